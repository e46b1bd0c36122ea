"""What ``common/optimizer.py`` of the books defines."""

import numpy as np


class SGD:
    """W <- W - lr dW."""

    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        """Move every array of params by its gradient, in place."""
        for key in params:
            params[key] -= self.lr * grads[key]


class Momentum(SGD):
    """v <- momentum v - lr dW; W <- W + v."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def update(self, params, grads):
        """Move every array of params by its gradient, in place."""
        for key in params:
            self.v[key] = self.momentum * self.v.get(key, 0) - self.lr * grads[key]
            params[key] += self.v[key]


class AdaGrad(SGD):
    """h <- h + dW^2; W <- W - lr dW / (sqrt(h) + 1e-7)."""

    def __init__(self, lr=0.01):
        self.lr, self.h = lr, {}

    def update(self, params, grads):
        """Move every array of params by its gradient, in place."""
        for key in params:
            self.h[key] = self.h.get(key, 0) + grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)


class Adam(SGD):
    """m, v: running means of dW and dW^2, both corrected; W <- W - lr m / (sqrt(v) + 1e-7)."""

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2, self.t, self.m, self.v = lr, beta1, beta2, 0, {}, {}

    def update(self, params, grads):
        """Move every array of params by its gradient, in place."""
        self.t += 1
        rate = self.lr * np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        for key in params:
            m, v = self.m.get(key, 0), self.v.get(key, 0)
            self.m[key] = m + (1 - self.beta1) * (grads[key] - m)
            self.v[key] = v + (1 - self.beta2) * (grads[key] ** 2 - v)
            params[key] -= rate * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)
