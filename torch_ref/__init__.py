"""The course's networks with torch.nn, torch.optim and autograd: no derivative written by hand."""
