"""Standard functions and small classes beside a network, by a table of their definitions."""
