"""§2 Activation functions, each with its derivative beside it."""

from collections.abc import Callable

import torch
from torch import Tensor

from ._autograd import derivative


def identity(u: Tensor) -> Tensor:
    """Identity f(u) = u, for the output layer of a regression.

    u any shape → the same shape.   Source: torch.nn.Identity.
    """
    return torch.nn.Identity()(u)


def d_identity(u: Tensor) -> Tensor:
    """Derivative of the identity, f'(u) = 1."""
    return derivative(identity, u)


def relu(u: Tensor) -> Tensor:
    """Rectified linear unit f(u) = max(0, u).

    u any shape → the same shape.   Source: torch.nn.functional.relu.
    """
    return torch.nn.functional.relu(u)


def d_relu(u: Tensor) -> Tensor:
    """Derivative of ReLU, f'(u) = 1 where u > 0, else 0; so f'(0) = 0, as in torch."""
    return derivative(relu, u)


def sigmoid(u: Tensor) -> Tensor:
    """Sigmoid f(u) = 1 / (1 + e^-u).

    u any shape → the same shape.   Source: torch.sigmoid.
    """
    return torch.sigmoid(u)


def d_sigmoid(u: Tensor) -> Tensor:
    """Derivative of the sigmoid, f'(u) = f(u) (1 - f(u)), of the PRE-activation u."""
    return derivative(sigmoid, u)


def tanh(u: Tensor) -> Tensor:
    """Hyperbolic tangent f(u) = (e^u - e^-u) / (e^u + e^-u).

    u any shape → the same shape.   Source: torch.tanh.
    """
    return torch.tanh(u)


def d_tanh(u: Tensor) -> Tensor:
    """Derivative of tanh, f'(u) = 1 - f(u)², of the PRE-activation u."""
    return derivative(tanh, u)


def step_function(u: Tensor) -> Tensor:
    """Step f(u) = 1 where u > 0, else 0; so f(0) = 0.

    u any shape → the same shape. The values of torch.heaviside(u, 0), whose backward raises; this
    one autograd can go through.   Source: torch.sign.
    """
    return torch.relu(torch.sign(u))


def d_step_function(u: Tensor) -> Tensor:
    """Derivative of the step, f'(u) = 0: nothing can be learned through it."""
    return derivative(step_function, u)


def softmax(u: Tensor) -> Tensor:
    """Softmax f(u)_k = e^(u_k) / Σ_j e^(u_j) over the last axis: per row, or over a 1-D sample.

    u (K,) or (N, K) → the same shape.   Source: torch.softmax.
    """
    return torch.softmax(u, dim=-1)


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": identity,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "step_function": step_function,
    "softmax": softmax,
}
