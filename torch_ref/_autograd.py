"""What autograd says of a function, in the forms that the scratch side writes by hand."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def pull_back(f: Callable[..., Tensor], delta: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Carry delta = ∂E/∂output back through f to every input, by autograd."""
    leaves = tuple(x.detach().clone().requires_grad_() for x in inputs)
    return torch.autograd.grad(f(*leaves), leaves, delta)


def derivative(f: Callable[[Tensor], Tensor], u: Tensor) -> Tensor:
    """The derivative f'(u) of an elementwise f: a delta of ones carried back, by autograd."""
    return pull_back(f, torch.ones_like(u), u)[0]


def loss_gradient(loss: Callable[[Any, Tensor], Tensor], d: Tensor, y: Tensor) -> Tensor:
    """∂E/∂y of a scalar loss E(d, y), by autograd."""
    y = y.detach().clone().requires_grad_()
    return torch.autograd.grad(loss(d, y), y)[0]
