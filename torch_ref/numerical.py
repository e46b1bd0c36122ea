"""§5 The gradient by differences, and the work that back-propagation saves."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from .network import Network


def numerical_gradient(f: Callable[[Tensor], Tensor], x: Tensor, h: float = 1e-4) -> Tensor:
    """Central difference ∂f/∂x_i ≈ (f(x + h e_i) - f(x - h e_i)) / (2h), for every element of x.

    f: tensor → scalar · x floats of any shape → the same shape.   Source: torch.gradient.
    """
    gradient = torch.empty_like(x)
    for i in range(x.numel()):
        e = torch.zeros_like(x)
        e.view(-1)[i] = h
        values = torch.stack([f(x - e), f(x), f(x + e)])
        gradient.view(-1)[i] = torch.gradient(values, spacing=h)[0][1]
    return gradient


def work(network: Network, x: Tensor, d: Tensor) -> dict[str, int]:
    """Floating-point operations in matrix products: forward, back-propagation, central differences.

    Counted while the operations run.   Source: torch.utils.flop_counter.FlopCounterMode.
    """

    def count(passes: int, backward: bool = False) -> int:
        with FlopCounterMode(display=False) as counter:
            for _ in range(passes):
                network.forward(x)
            if backward:
                network.backward(d)
        return counter.get_total_flops()

    parameters = sum(p.numel() for p in network.params.values())
    return {
        "forward": count(1),
        "backpropagation": count(1, backward=True),
        "numerical": count(2 * parameters),
    }
