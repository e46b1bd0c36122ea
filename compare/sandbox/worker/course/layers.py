"""What ``common/layers.py`` of the books defines."""

import numpy as np
from common.functions import cross_entropy_error, sigmoid, softmax  # type: ignore[import-not-found]


class Relu:
    """z = max(0, x)."""

    def forward(self, x):
        """The output of the layer."""
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        """dE/dx, from dE of the output."""
        return dout * self.mask


class Sigmoid:
    """z = 1 / (1 + e^-x)."""

    def forward(self, x):
        """The output of the layer."""
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        """dE/dx, from dE of the output."""
        return dout * (1 - self.out) * self.out


class Affine:
    """u = x W + b: x (N, I), W (I, O), b (O,); dW and db are kept."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        """The output of the layer."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        """dE/dx, from dE of the output."""
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class SoftmaxWithLoss:
    """E = -1/N sum t log softmax(x): x (N, K)."""

    def forward(self, x, t):
        """The output of the layer."""
        self.t, self.y = t, softmax(x)
        return cross_entropy_error(self.y, t)

    def backward(self, dout=1):
        """dE/dx, from dE of the output."""
        t = self.t if np.size(self.t) == self.y.size else np.eye(self.y.shape[1])[self.t]
        return dout * (self.y - t) / len(self.y)
