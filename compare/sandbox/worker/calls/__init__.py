"""What the calls of a submission were: their arguments, and the lines that they ran."""
