"""§5 The gradient by differences."""

from collections.abc import Callable

import torch
from torch import Tensor


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
