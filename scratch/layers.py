"""§5 Layers: each goes forward, keeps what its way back needs, and carries delta back.

``forward`` takes what the layer before gives; ``backward`` takes delta = ∂E/∂(its output), which
nobody needs afterwards, and returns ∂E/∂(its input). A network ends in an output layer, which knows
its loss: ``forward`` gives y, ``loss`` the error E(d, y), ``backward`` the first delta, ∂E/∂u.
Every formula is that of affine.py, activations.py or losses.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._types import IO, NI, NK, NO, Array, Bias, Elements, Scalar, Targets
from .activations import ACTIVATIONS, sigmoid, softmax
from .affine import affine, bias_gradient, input_gradient, weight_gradient
from .losses import (
    LOSSES,
    delta_sigmoid_with_loss,
    one_hot,
    samples,
    sigmoid_with_loss,
)

# f'(u) of z = f(u): the forward pass has computed z, and u would need f again.
SLOPES: dict[str, Callable[[Array], Any]] = {
    "identity": lambda z: 1,
    "relu": lambda z: z > 0,
    "sigmoid": lambda z: z * (1 - z),
    "tanh": lambda z: 1 - z**2,
    "step_function": lambda z: 0,
}

# The losses that take u, and the output each belongs to.
OUTPUTS = {
    "softmax_with_loss": "softmax",
    "sigmoid_with_loss": "sigmoid",
    "identity_with_loss": "identity",
}


class Affine:
    """Affine layer u = x W + b; its gradients ∂E/∂W and ∂E/∂b stay in ``dW`` and ``db``.

    W (I, O) and b (O,) are held, not copied.   Source: report §1 and §5; torch.nn.Linear.
    """

    def __init__(self, W: IO, b: Bias) -> None:
        self.W, self.b = W, b
        self.dW, self.db = np.empty_like(W), np.empty_like(b)

    def forward(self, x: NI) -> NO:
        """u = x W + b."""
        self.x = x
        self.u = affine(x, self.W, self.b)
        return self.u

    def backward(self, delta: NO) -> NI:
        """∂E/∂x = delta W^T, after the gradients of W and b."""
        self.backward_to_parameters(delta)
        return input_gradient(delta, self.W)

    def backward_to_parameters(self, delta: NO) -> None:
        """∂E/∂W and ∂E/∂b alone: the first layer's x is data, which nobody trains."""
        self.delta = delta
        weight_gradient(delta, self.x, out=self.dW)
        bias_gradient(delta, out=self.db)


class Activation:
    """Elementwise activation z = f(u), and back by delta * f'(u).

    name a key of SLOPES.   Source: report §2 and §5; torch.nn.ReLU and its like.
    """

    def __init__(self, name: str) -> None:
        self.f, self.slope = ACTIVATIONS[name], SLOPES[name]

    def forward(self, u: Elements) -> Elements:
        """z = f(u)."""
        self.z = self.f(u)
        return self.z

    def backward(self, delta: Elements) -> Elements:
        """∂E/∂u = delta * f'(u), in place of delta."""
        delta *= self.slope(self.z)
        return delta


class Softmax:
    """Softmax z_k = e^(u_k) / Σ_j e^(u_j) over the last axis, and back by its Jacobian.

    Source: report §3; torch.nn.Softmax.
    """

    def forward(self, u: NK) -> NK:
        """z = softmax(u)."""
        self.z = softmax(u)
        return self.z

    def backward(self, delta: NK) -> NK:
        """∂E/∂u_k = z_k (delta_k - Σ_j z_j delta_j): the whole Jacobian, not only its diagonal."""
        return self.z * (delta - (delta * self.z).sum(axis=-1, keepdims=True))


class SoftmaxWithLoss:
    """Softmax output and cross-entropy in one: ∂E/∂u = (y - d) / N.

    Source: report §3 and §5; torch.nn.CrossEntropyLoss.
    """

    def forward(self, u: NK) -> NK:
        """y = softmax(u), with u - max u and Σ_j e^(u_j - max u) kept for the loss."""
        self.u = u - u.max(axis=-1, keepdims=True)
        self.z = np.exp(self.u)
        self.total = self.z.sum(axis=-1, keepdims=True)
        self.z /= self.total
        return self.z

    def loss(self, d: Targets) -> Scalar:
        """E = 1/N Σ_n Σ_k d_nk (log Σ_j e^u_nj - u_nk)."""
        self.d = one_hot(d, self.z)
        return -(self.d * (self.u - np.log(self.total))).sum() / samples(self.z)

    def backward(self) -> NK:
        """∂E/∂u = (y - d) / N."""
        return (self.z - self.d) / samples(self.z)


class SigmoidWithLoss:
    """Sigmoid output and binary cross-entropy in one: ∂E/∂u = (y - d) / (N K).

    Source: course §3; torch.nn.BCEWithLogitsLoss.
    """

    def forward(self, u: NK) -> NK:
        """y = 1 / (1 + e^-u), with u kept for the loss."""
        self.u, self.z = u, sigmoid(u)
        return self.z

    def loss(self, d: NK) -> Scalar:
        """E(d, u), which loses no digits where y is next to 0 or 1."""
        self.d = d
        return sigmoid_with_loss(d, self.u)

    def backward(self) -> NK:
        """∂E/∂u = (y - d) / (N K)."""
        return delta_sigmoid_with_loss(self.d, self.z)


class OutputThenLoss:
    """Any activation as output, y = g(u), and a loss E(d, y) after it.

    output a key of ACTIVATIONS · loss a key of LOSSES.   Source: report §5.
    """

    def __init__(self, output: str, loss: str) -> None:
        self.activation = activation(output)
        self.E, self.d_E = LOSSES[loss]

    def forward(self, u: NK) -> NK:
        """y = g(u)."""
        self.z = self.activation.forward(u)
        return self.z

    def loss(self, d: Targets) -> Scalar:
        """E(d, y)."""
        self.d = d
        return self.E(d, self.z)

    def backward(self) -> NK:
        """∂E/∂u: ∂E/∂y carried back through y = g(u)."""
        return self.activation.backward(self.d_E(self.d, self.z))


def activation(name: str) -> Activation | Softmax:
    """Layer z = f(u) of this activation.

    name a key of ACTIVATIONS. Raises KeyError where there is none.   Source: report §2.
    """
    return Softmax() if name == "softmax" else Activation(name)


def activation_backward(name: str, delta: Elements, u: Elements) -> Elements:
    """Carry delta = ∂E/∂z back through z = f(u): ∂E/∂u = delta * f'(u), softmax by its Jacobian.

    name a key of ACTIVATIONS · delta, u any shape → the same shape.
    Raises KeyError where the name is unknown.   Source: report §5.
    """
    layer = activation(name)
    layer.forward(u)
    return layer.backward(delta.copy())


def output_with_loss(output: str, loss: str) -> SoftmaxWithLoss | SigmoidWithLoss | OutputThenLoss:
    """Output layer y = g(u) with its loss E, in one where the loss takes u and knows its output.

    output a key of ACTIVATIONS · loss a key of LOSSES.
    Raises ValueError where the loss belongs to another output.   Source: report §3.
    """
    if OUTPUTS.get(loss, output) != output:
        raise ValueError(f"{loss} belongs to the output {OUTPUTS[loss]!r}, not to {output!r}")
    if loss == "softmax_with_loss":
        return SoftmaxWithLoss()
    if loss == "sigmoid_with_loss":
        return SigmoidWithLoss()
    return OutputThenLoss(output, loss)
