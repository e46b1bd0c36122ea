"""What a training of a submission does turn by turn, seen while its own script runs it."""
