"""The exit codes of the command."""

SAME, DIFFERENT, USAGE, INTERNAL, NOTHING, INTERRUPTED = 0, 1, 2, 3, 5, 130
