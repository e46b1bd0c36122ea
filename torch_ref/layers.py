"""§5 Layers: torch.nn has them, and autograd their way back."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from ._autograd import pull_back
from .activations import step_function


class Step(nn.Module):
    """Step layer z = 1 where u > 0, else 0, which torch.nn lacks."""

    def forward(self, u: Tensor) -> Tensor:
        """z = 1 where u > 0, else 0."""
        return step_function(u)


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "step_function": Step,
    "softmax": partial(nn.Softmax, dim=-1),
}

# The losses that take u, and the output each belongs to.
OUTPUTS = {
    "softmax_with_loss": "softmax",
    "sigmoid_with_loss": "sigmoid",
    "identity_with_loss": "identity",
}


def activation_backward(name: str, delta: Tensor, u: Tensor) -> Tensor:
    """Carry delta = ∂E/∂z back through z = f(u): ∂E/∂u = delta * f'(u), softmax by its Jacobian."""
    return pull_back(ACTIVATIONS[name](), delta, u)[0]


def affine(W: Tensor, b: Tensor) -> nn.Linear:
    """Affine layer u = x W + b; torch.nn.Linear keeps W as (out, in)."""
    n_in, n_out = W.shape
    layer = nn.Linear(n_in, n_out, dtype=W.dtype)
    with torch.no_grad():
        layer.weight.copy_(W.T)
        layer.bias.copy_(b)
    return layer
