"""§4 Gradient descent and its improvements: torch.optim, behind the course's ``update``."""

from typing import Any

import torch
from torch import Tensor

Tensors = dict[str, Tensor]


class _TorchOptimizer:
    """A torch.optim optimizer that is made at the first update, when the parameters are known."""

    def __init__(self, rule: type[torch.optim.Optimizer], lr: float, **settings: Any) -> None:
        self._rule, self._settings = rule, settings
        self._optimizer: torch.optim.Optimizer | None = None
        self._params: Tensors = {}
        self._remembered: dict[str, dict[str, Tensor]] = {}
        self.lr = lr

    def update(self, params: Tensors, grads: Tensors) -> None:
        """Take one step, in place: params, grads map the same names to the same shapes."""
        if self._optimizer is None:
            self._params = params
            self._optimizer = self._made(params)
        self._optimizer.param_groups[0]["lr"] = self.lr
        for name, g in grads.items():
            params[name].grad = g
        self._optimizer.step()

    def _made(self, params: Tensors) -> torch.optim.Optimizer:
        made = self._rule(list(params.values()), lr=self.lr, **self._settings)  # type: ignore[call-arg]
        if self._remembered:
            known = {
                k: {
                    key: value.to(torch.float32) if key == "step" else value
                    for key, value in self._remembered[name].items()
                }
                for k, name in enumerate(params)
                if name in self._remembered
            }
            made.load_state_dict({**made.state_dict(), "state": known})
        return made

    @property
    def state(self) -> dict[str, dict[str, Tensor]]:
        """What torch remembers of each parameter, under torch's names; ``step`` as an integer."""
        if self._optimizer is None:
            return self._remembered
        return {
            name: {
                key: value.to(torch.int64) if key == "step" else value
                for key, value in self._optimizer.state[p].items()
                if value is not None
            }
            for name, p in self._params.items()
        }

    @state.setter
    def state(self, state: dict[str, dict[str, Tensor]]) -> None:
        """Remember this from the next update on."""
        self._optimizer = None
        self._remembered = {
            name: {k: v.clone(memory_format=torch.contiguous_format) for k, v in values.items()}
            for name, values in state.items()
        }


class SGD(_TorchOptimizer):
    """Gradient descent p ← p - lr g; stochastic when g comes from a sample of the data.

    Source: torch.optim.SGD.
    """

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(torch.optim.SGD, lr)


class Momentum(_TorchOptimizer):
    """Momentum m ← μ m + g, p ← p - lr m, with lr outside m, so that a schedule acts at once.

    Source: torch.optim.SGD.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(torch.optim.SGD, lr, momentum=momentum)


class Nesterov(_TorchOptimizer):
    """Nesterov's momentum m ← μ m + g, p ← p - lr (g + μ m): the gradient after a look ahead.

    Source: torch.optim.SGD.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(torch.optim.SGD, lr, momentum=momentum, nesterov=True)


class AdaGrad(_TorchOptimizer):
    """AdaGrad h ← h + g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    Source: torch.optim.Adagrad.
    """

    def __init__(self, lr: float = 0.01, eps: float = 1e-10) -> None:
        super().__init__(torch.optim.Adagrad, lr, eps=eps)


class RMSprop(_TorchOptimizer):
    """RMSprop h ← α h + (1-α) g², p ← p - lr g / (√h + ε), with epsilon outside the root.

    Source: torch.optim.RMSprop.
    """

    def __init__(self, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(torch.optim.RMSprop, lr, alpha=alpha, eps=eps)


class Adadelta(_TorchOptimizer):
    """Adadelta h ← ρ h + (1-ρ) g², Δ = √(s+ε)/√(h+ε) g, s ← ρ s + (1-ρ) Δ², p ← p - lr Δ.

    Source: torch.optim.Adadelta.
    """

    def __init__(self, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6) -> None:
        super().__init__(torch.optim.Adadelta, lr, rho=rho, eps=eps)


class Adam(_TorchOptimizer):
    """Adam m ← β1 m + (1-β1) g, v ← β2 v + (1-β2) g², p ← p - lr m̂ / (√v̂ + ε), bias-corrected.

    Source: torch.optim.Adam.
    """

    def __init__(
        self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(torch.optim.Adam, lr, betas=(beta1, beta2), eps=eps)
