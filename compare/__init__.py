"""Feed a NumPy network and a torch network the same arrays, and say whether they are the same."""
