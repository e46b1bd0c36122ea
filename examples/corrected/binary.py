"""1-1f trained: one sigmoid output under its own loss."""

import numpy as np

from common import functions


def train(seed):
    """Loss that is reported after 100 steps at lr 0.5, on 60 points of which a tenth is mislabelled."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((60, 2))
    d = ((x[:, :1] > 0) ^ (rng.uniform(size=(60, 1)) < 0.1)).astype(float)
    W, b = np.zeros((2, 1)), np.zeros(1)
    for _ in range(100):
        y = functions.sigmoid(x @ W + b)
        delta = functions.d_sigmoid_with_loss(d, y)
        W -= 0.5 * x.T @ delta
        b -= 0.5 * delta.sum(axis=0)
    return float(functions.binary_cross_entropy_error(d, functions.sigmoid(x @ W + b)))
