"""§2 Activation functions, each with its derivative beside it."""

from collections.abc import Callable

import numpy as np

from ._types import NK, Array, Elements


def identity(u: Elements) -> Elements:
    """Identity f(u) = u, for the output layer of a regression.

    u any shape → the same shape.   Source: report §2.
    """
    return u.copy()


def d_identity(u: Elements) -> Elements:
    """Derivative of the identity, f'(u) = 1.

    u any shape → the same shape.   Source: report §2.
    """
    return np.ones_like(u)


def relu(u: Elements) -> Elements:
    """Rectified linear unit f(u) = max(0, u).

    u any shape → the same shape, values in [0, ∞).   Source: report §2.
    """
    return np.maximum(u, 0)


def d_relu(u: Elements) -> Elements:
    """Derivative of ReLU, f'(u) = 1 where u > 0, else 0; so f'(0) = 0, as in torch.

    u (the pre-activation) any shape → the same shape.   Source: report §2.
    """
    return (u > 0).astype(u.dtype)


def sigmoid(u: Elements) -> Elements:
    """Sigmoid f(u) = 1 / (1 + e^-u).

    u any shape → the same shape, values in [0, 1].   Source: report §2.
    """
    e = np.exp(-np.abs(u))  # e^-u would overflow for a large negative u
    return np.where(u >= 0, 1, e) / (1 + e)


def d_sigmoid(u: Elements) -> Elements:
    """Derivative of the sigmoid, f'(u) = f(u) (1 - f(u)), of the PRE-activation u.

    u any shape → the same shape, values in [0, 1/4].   Source: report §5.
    """
    z = sigmoid(u)
    return z * (1 - z)


def tanh(u: Elements) -> Elements:
    """Hyperbolic tangent f(u) = (e^u - e^-u) / (e^u + e^-u).

    u any shape → the same shape, values in [-1, 1].   Source: course §2.
    """
    return np.tanh(u)


def d_tanh(u: Elements) -> Elements:
    """Derivative of tanh, f'(u) = 1 - f(u)², of the PRE-activation u.

    u any shape → the same shape, values in [0, 1].   Source: course §2.
    """
    return 1 - np.tanh(u) ** 2


def step_function(u: Elements) -> Elements:
    """Step f(u) = 1 where u > 0, else 0; so f(0) = 0.

    u any shape → the same shape, values 0 and 1.   Source: report §2 (the slides have f(0) = 1).
    """
    return np.heaviside(u, 0)


def d_step_function(u: Elements) -> Elements:
    """Derivative of the step, f'(u) = 0: nothing can be learned through it.

    u any shape → the same shape.   Source: report §2.
    """
    return np.zeros_like(u)


def softmax(u: NK) -> NK:
    """Softmax f(u)_k = e^(u_k) / Σ_j e^(u_j) over the last axis: per row, or over a 1-D sample.

    u (K,) or (N, K) → the same shape, values in [0, 1], each row sums to 1.   Source: report §3.
    """
    e = np.exp(u - u.max(axis=-1, keepdims=True))  # the shift cancels, and e^u cannot overflow
    return e / e.sum(axis=-1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": identity,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "step_function": step_function,
    "softmax": softmax,
}
