"""§4 Gradient descent and its improvements: one class a rule, which is its formula.

p a parameter, g its gradient; m, v, h, s: what a rule remembers of each parameter, zero at first,
and kept in ``state``; t counts the updates. ``lr`` may be set between updates: that is all a
learning-rate schedule does.
"""

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from ._types import Array, Elements

Arrays = dict[str, Array]

# Elements that are updated together: as many as stay in a core's cache while a rule's formula is
# computed. A temporary as large as the weights would be written to memory and read again.
PART = 1 << 15


def parts(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """The same rows of every array, PART elements at a time.

    arrays of one shape → views into them.   Source: none; a matter of memory, not of the rule.
    """
    rows = max(1, PART * len(arrays[0]) // arrays[0].size)
    for i in range(0, len(arrays[0]), rows):
        yield tuple(array[i : i + rows] for array in arrays)


class Optimizer:
    """One update of every parameter p by its gradient g: what the rules have in common.

    lr > 0 the learning rate ε.   Source: report §4.
    """

    remembers: ClassVar[tuple[str, ...]] = ()
    step: Callable[..., None]  # the rule: change p and its state in place

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.t = 0
        self.state: dict[str, Arrays] = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        self.t += 1
        for name, g in grads.items():
            if name not in self.state:
                self.state[name] = {key: np.zeros_like(g) for key in self.remembers}
            arrays = params[name], g, *self.state[name].values()
            for part in parts(*arrays) if g.size > PART else [arrays]:
                self.step(*part)


class SGD(Optimizer):
    """Gradient descent p ← p - lr g; stochastic when g comes from a sample of the data.

    lr > 0 the learning rate ε.   Source: report §4.
    """

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(lr)

    def step(self, p: Elements, g: Elements) -> None:
        """p ← p - lr g."""
        p -= self.lr * g


class Momentum(Optimizer):
    """Momentum m ← μ m + g, p ← p - lr m, with lr outside m, so that a schedule acts at once.

    lr > 0 · momentum μ in [0, 1). The books' v ← μ v - lr g, p ← p + v is the same at a constant lr
    (v = -lr m).   Source: Polyak (1964); report §4.
    """

    remembers = ("m",)

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(lr)
        self.momentum = momentum

    def step(self, p: Elements, g: Elements, m: Elements) -> None:
        """m ← μ m + g, p ← p - lr m."""
        m[...] = self.momentum * m + g
        p -= self.lr * m


class Nesterov(Optimizer):
    """Nesterov's momentum m ← μ m + g, p ← p - lr (g + μ m): the gradient after a look ahead.

    lr > 0 · momentum μ in (0, 1).   Source: Sutskever et al. (2013), as torch.optim.SGD writes it.
    """

    remembers = ("m",)

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(lr)
        self.momentum = momentum

    def step(self, p: Elements, g: Elements, m: Elements) -> None:
        """m ← μ m + g, p ← p - lr (g + μ m)."""
        m[...] = self.momentum * m + g
        p -= self.lr * (g + self.momentum * m)


class AdaGrad(Optimizer):
    """AdaGrad h ← h + g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    lr > 0 · eps ε > 0.   Source: Duchi et al. (2011); report §4.
    """

    remembers = ("h",)

    def __init__(self, lr: float = 0.01, eps: float = 1e-10) -> None:
        super().__init__(lr)
        self.eps = eps

    def step(self, p: Elements, g: Elements, h: Elements) -> None:
        """h ← h + g², p ← p - lr g / (√h + ε)."""
        h += g * g
        p -= self.lr * g / (np.sqrt(h) + self.eps)


class RMSprop(Optimizer):
    """RMSprop h ← α h + (1-α) g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    lr > 0 · alpha α in [0, 1) · eps ε > 0.   Source: Hinton's lecture 6e (2012).
    """

    remembers = ("h",)

    def __init__(self, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.alpha = alpha
        self.eps = eps

    def step(self, p: Elements, g: Elements, h: Elements) -> None:
        """h ← α h + (1-α) g², p ← p - lr g / (√h + ε)."""
        h[...] = self.alpha * h + (1 - self.alpha) * g * g
        p -= self.lr * g / (np.sqrt(h) + self.eps)


class Adadelta(Optimizer):
    """Adadelta h ← ρ h + (1-ρ) g², Δ = √(s+ε)/√(h+ε) g, s ← ρ s + (1-ρ) Δ², p ← p - lr Δ.

    lr > 0 (1 in the paper) · rho ρ in [0, 1) · eps ε > 0, inside both roots.
    Source: Zeiler (2012); report §4.
    """

    remembers = ("h", "s")

    def __init__(self, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6) -> None:
        super().__init__(lr)
        self.rho = rho
        self.eps = eps

    def step(self, p: Elements, g: Elements, h: Elements, s: Elements) -> None:
        """h ← ρ h + (1-ρ) g², Δ = √(s+ε)/√(h+ε) g, s ← ρ s + (1-ρ) Δ², p ← p - lr Δ."""
        h[...] = self.rho * h + (1 - self.rho) * g * g
        delta = np.sqrt(s + self.eps) / np.sqrt(h + self.eps) * g
        s[...] = self.rho * s + (1 - self.rho) * delta * delta
        p -= self.lr * delta


class Adam(Optimizer):
    """Adam m ← β1 m + (1-β1) g, v ← β2 v + (1-β2) g², p ← p - lr m̂ / (√v̂ + ε), bias-corrected.

    m̂ = m / (1-β1^t), v̂ = v / (1-β2^t); epsilon is added after the correction.
    lr > 0 · beta1, beta2 in [0, 1) · eps ε > 0.   Source: Kingma and Ba (2015), algorithm 1.
    """

    remembers = ("m", "v")

    def __init__(
        self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps

    def step(self, p: Elements, g: Elements, m: Elements, v: Elements) -> None:
        """m ← β1 m + (1-β1) g, v ← β2 v + (1-β2) g², p ← p - lr m̂ / (√v̂ + ε)."""
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
