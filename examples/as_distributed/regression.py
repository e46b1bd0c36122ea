"""A regression with four outputs: the gradient is that of another loss than the one reported."""

import numpy as np

from common import functions


def train(seed):
    """Loss after 60 steps at a rate that suits the loss which is reported."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((50, 5))
    d = x @ rng.standard_normal((5, 4))
    W = np.zeros((5, 4))
    largest = np.linalg.eigvalsh(x.T @ x / d.size).max()
    for _ in range(60):
        delta = functions.d_mean_squared_error(d, x @ W)
        W -= 1 / largest * x.T @ delta
    return float(functions.mean_squared_error(d, x @ W))
