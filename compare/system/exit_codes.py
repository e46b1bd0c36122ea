"""The exit codes of the command."""

# 2 is click's code for wrong usage; 3 (internal error) and 5 (nothing was selected) are pytest's;
# 130 is 128 + SIGINT, by which shells know Ctrl-C
SAME, DIFFERENT, USAGE, INTERNAL, NOTHING, INTERRUPTED = 0, 1, 2, 3, 5, 130
