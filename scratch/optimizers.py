"""§4 Gradient descent and its improvements: one class a rule, each with its update and its state.

``update(params, grads)`` changes the arrays in ``params`` in place. ``state[name]`` holds what a
rule remembers of each parameter, under the names that ``torch.optim`` uses. ``lr`` may be set
between updates: that is all a learning-rate schedule does.
"""

from typing import Any

import numpy as np

from ._types import Array

Arrays = dict[str, Array]


class SGD:
    """Gradient descent p ← p - lr g; stochastic when g comes from a sample of the data.

    lr > 0 the learning rate ε.   Source: report §4.
    """

    def __init__(self, lr: float = 0.01) -> None:
        self.lr = lr
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            params[name] -= self.lr * g


class Momentum:
    """Momentum m ← μ m + g, p ← p - lr m, with lr outside m, so that a schedule acts at once.

    lr > 0 · momentum μ in [0, 1). The books' v ← μ v - lr g, p ← p + v is the same at a constant lr
    (v = -lr m).   Source: Polyak (1964); report §4.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        self.lr = lr
        self.momentum = momentum
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            s = self.state.setdefault(name, {"momentum_buffer": np.zeros_like(g)})
            m = s["momentum_buffer"] = self.momentum * s["momentum_buffer"] + g
            params[name] -= self.lr * m


class Nesterov:
    """Nesterov's momentum m ← μ m + g, p ← p - lr (g + μ m): the gradient after a look ahead.

    lr > 0 · momentum μ in (0, 1).   Source: Sutskever et al. (2013), as torch.optim.SGD writes it.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        self.lr = lr
        self.momentum = momentum
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            s = self.state.setdefault(name, {"momentum_buffer": np.zeros_like(g)})
            m = s["momentum_buffer"] = self.momentum * s["momentum_buffer"] + g
            params[name] -= self.lr * (g + self.momentum * m)


class AdaGrad:
    """AdaGrad h ← h + g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    lr > 0 · eps ε > 0.   Source: Duchi et al. (2011); report §4.
    """

    def __init__(self, lr: float = 0.01, eps: float = 1e-10) -> None:
        self.lr = lr
        self.eps = eps
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            s = self.state.setdefault(name, {"step": 0, "sum": np.zeros_like(g)})
            s["step"] += 1
            h = s["sum"] = s["sum"] + g * g
            params[name] -= self.lr * g / (np.sqrt(h) + self.eps)


class RMSprop:
    """RMSprop h ← α h + (1-α) g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    lr > 0 · alpha α in [0, 1) · eps ε > 0.   Source: Hinton's lecture 6e (2012).
    """

    def __init__(self, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8) -> None:
        self.lr = lr
        self.alpha = alpha
        self.eps = eps
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            s = self.state.setdefault(name, {"step": 0, "square_avg": np.zeros_like(g)})
            s["step"] += 1
            h = s["square_avg"] = self.alpha * s["square_avg"] + (1 - self.alpha) * g * g
            params[name] -= self.lr * g / (np.sqrt(h) + self.eps)


class Adadelta:
    """Adadelta h ← ρ h + (1-ρ) g², Δ = √(s+ε)/√(h+ε) g, s ← ρ s + (1-ρ) Δ², p ← p - lr Δ.

    lr > 0 (1 in the paper) · rho ρ in [0, 1) · eps ε > 0, inside both roots.
    Source: Zeiler (2012); report §4.
    """

    def __init__(self, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6) -> None:
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            zeros = np.zeros_like(g)
            s = self.state.setdefault(name, {"step": 0, "square_avg": zeros, "acc_delta": zeros})
            s["step"] += 1
            h = s["square_avg"] = self.rho * s["square_avg"] + (1 - self.rho) * g * g
            delta = np.sqrt(s["acc_delta"] + self.eps) / np.sqrt(h + self.eps) * g
            s["acc_delta"] = self.rho * s["acc_delta"] + (1 - self.rho) * delta * delta
            params[name] -= self.lr * delta


class Adam:
    """Adam m ← β1 m + (1-β1) g, v ← β2 v + (1-β2) g², p ← p - lr m̂ / (√v̂ + ε), bias-corrected.

    m̂ = m / (1-β1^t), v̂ = v / (1-β2^t); epsilon is added after the correction.
    lr > 0 · beta1, beta2 in [0, 1) · eps ε > 0.   Source: Kingma and Ba (2015), algorithm 1.
    """

    def __init__(
        self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.state: dict[str, dict[str, Any]] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        for name, g in grads.items():
            zeros = np.zeros_like(g)
            s = self.state.setdefault(name, {"step": 0, "exp_avg": zeros, "exp_avg_sq": zeros})
            t = s["step"] = s["step"] + 1
            m = s["exp_avg"] = self.beta1 * s["exp_avg"] + (1 - self.beta1) * g
            v = s["exp_avg_sq"] = self.beta2 * s["exp_avg_sq"] + (1 - self.beta2) * g * g
            m_hat = m / (1 - self.beta1**t)
            v_hat = v / (1 - self.beta2**t)
            params[name] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
