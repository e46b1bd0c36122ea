"""§1 From the input layer to the hidden layer: the affine map."""

import torch
from torch import Tensor

from ._autograd import pull_back


def affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Affine map u = x W + b.

    x (N, I) or (I,) · W (I, O) · b (O,) → u (N, O) or (O,).   Source: torch.nn.functional.linear.
    """
    return torch.nn.functional.linear(x, W.T, b)


def affine_backward(delta: Tensor, x: Tensor, W: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Carry delta = ∂E/∂u back through u = x W + b to (∂E/∂x, ∂E/∂W, ∂E/∂b)."""
    return pull_back(affine, delta, x, W, b)


def affine_column(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Affine map u = W x + b, the report's other convention: one sample, as a column.

    x (I,) · W (O, I) · b (O,) → u (O,).   Source: torch.nn.functional.linear, whose W is this one.
    """
    return torch.nn.functional.linear(x, W, b)


def affine_column_backward(delta: Tensor, x: Tensor, W: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Carry delta = ∂E/∂u back through u = W x + b to (∂E/∂x, ∂E/∂W, ∂E/∂b)."""
    return pull_back(affine_column, delta, x, W, b)
