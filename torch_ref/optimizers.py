"""§4 Gradient descent and its improvements: torch.optim, behind the course's ``update``."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

Tensors = dict[str, Tensor]


class Optimizer:
    """One update of every parameter p by its gradient g: what the rules have in common.

    rule: torch.optim's with its settings, made at the first update, which brings the parameters.
    Source: torch.optim.Optimizer.
    """

    def __init__(self, lr: float, rule: Callable[..., torch.optim.Optimizer]) -> None:
        self.lr = lr
        self.rule = rule
        self.torch_optimizer: torch.optim.Optimizer | None = None

    def update(self, params: Tensors, grads: Tensors) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        optimizer = self.make(params)
        optimizer.param_groups[0]["lr"] = self.lr
        for name, g in grads.items():
            params[name].grad = g
        optimizer.step()

    def make(self, params: Tensors) -> torch.optim.Optimizer:
        """torch's optimizer of these parameters, made once."""
        if self.torch_optimizer is None:
            self.params = params
            self.torch_optimizer = self.rule(list(params.values()), lr=self.lr)
        return self.torch_optimizer

    @property
    def state(self) -> dict[str, Any]:
        """What torch remembers of each parameter, under torch's names."""
        if self.torch_optimizer is None:
            return {}
        return {name: self.torch_optimizer.state[p] for name, p in self.params.items()}


class SGD(Optimizer):
    """Gradient descent p ← p - lr g; stochastic when g comes from a sample of the data.

    Source: torch.optim.SGD.
    """

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(lr, torch.optim.SGD)


class Momentum(Optimizer):
    """Momentum m ← μ m + g, p ← p - lr m, with lr outside m, so that a schedule acts at once.

    Source: torch.optim.SGD.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(lr, partial(torch.optim.SGD, momentum=momentum))


class Nesterov(Optimizer):
    """Nesterov's momentum m ← μ m + g, p ← p - lr (g + μ m): the gradient after a look ahead.

    Source: torch.optim.SGD.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(lr, partial(torch.optim.SGD, momentum=momentum, nesterov=True))


class AdaGrad(Optimizer):
    """AdaGrad h ← h + g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    Source: torch.optim.Adagrad.
    """

    def __init__(self, lr: float = 0.01, eps: float = 1e-10) -> None:
        super().__init__(lr, partial(torch.optim.Adagrad, eps=eps))


class RMSprop(Optimizer):
    """RMSprop h ← α h + (1-α) g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    Source: torch.optim.RMSprop.
    """

    def __init__(self, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(lr, partial(torch.optim.RMSprop, alpha=alpha, eps=eps))


class Adadelta(Optimizer):
    """Adadelta h ← ρ h + (1-ρ) g², Δ = √(s+ε)/√(h+ε) g, s ← ρ s + (1-ρ) Δ², p ← p - lr Δ.

    Source: torch.optim.Adadelta.
    """

    def __init__(self, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6) -> None:
        super().__init__(lr, partial(torch.optim.Adadelta, rho=rho, eps=eps))


class Adam(Optimizer):
    """Adam m ← β1 m + (1-β1) g, v ← β2 v + (1-β2) g², p ← p - lr m̂ / (√v̂ + ε), bias-corrected.

    Source: torch.optim.Adam.
    """

    def __init__(
        self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr, partial(torch.optim.Adam, betas=(beta1, beta2), eps=eps))
