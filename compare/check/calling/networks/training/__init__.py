"""How networks of the course are trained: their loops, mini-batches and learning rates."""
