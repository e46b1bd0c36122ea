"""§5 A network of any depth: layers forward, and back by the chain rule."""

from typing import Any

from ._types import NI, NK, Array, Scalar, Targets
from .layers import Affine, activation, output_with_loss


class Network:
    """Layers u_k = z_{k-1} W_k + b_k, z_k = f(u_k), z_0 = x, y = g(u_L); the gradient of E(d, y).

    params {"W1": (I, H), "b1": (H,), "W2": ...}, copied · hidden f, output g: keys of ACTIVATIONS
    · loss E: a key of LOSSES. Raises ValueError where it belongs to another output.
    ``grads`` holds ∂E/∂W1 ... in memory that each backward pass writes again; ``grad_x`` is ∂E/∂x
    where ``wants_grad_x`` is set.   Source: report §5.
    """

    layers: list[Any]
    grads: dict[str, Array]

    def __init__(
        self,
        params: dict[str, Array],
        hidden: str = "relu",
        output: str = "softmax",
        loss: str = "softmax_with_loss",
    ) -> None:
        self.params = {name: p.copy() for name, p in params.items()}
        self.layers, self.grads, self.depth = [], {}, len(params) // 2
        self.output = output_with_loss(output, loss)
        for k in range(1, self.depth + 1):
            affine = Affine(self.params[f"W{k}"], self.params[f"b{k}"])
            self.layers += [affine, activation(hidden) if k < self.depth else self.output]
            self.grads |= {f"W{k}": affine.dW, f"b{k}": affine.db}
        self.wants_grad_x = False

    def forward(self, x: NI) -> NK:
        """The output y = g(u_L) of one pass.

        x (N, I) or one sample (I,) → y (N, K) or (K,).   Source: report §1 to §3.
        """
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, d: Targets) -> Scalar:
        """The error E(d, y) of the last forward pass.

        d as the loss wants it → a scalar.   Source: report §3.
        """
        return self.output.loss(d)

    def backward(self) -> None:
        """Every delta_k = ∂E/∂u_k and every gradient of the last loss, from the output back.

        The gradients are in ``grads``.   Source: report §5.
        """
        delta = self.output.backward()
        for layer in self.layers[-2:0:-1]:
            delta = layer.backward(delta)  # delta1 = (delta2 W2^T) * f'(u1)
        if self.wants_grad_x:
            self.grad_x = self.layers[0].backward(delta)
        else:
            self.layers[0].backward_to_parameters(delta)

    def predict(self, x: NI) -> NK:
        """The output y alone.

        x (N, I) or (I,) → y (N, K) or (K,).   Source: report §1 to §3.
        """
        return self.forward(x)

    def intermediates(self) -> dict[str, Array]:
        """u1 z1 u2 z2 ... y of the last forward pass, by name and in order of computation.

        → name → array.   Source: report §1 to §3.
        """
        values: dict[str, Array] = {}
        for k in range(1, self.depth + 1):
            affine, f = self.layers[2 * k - 2 : 2 * k]
            values |= {f"u{k}": affine.u, f"z{k}" if k < self.depth else "y": f.z}
        return values

    def deltas(self) -> dict[str, Array]:
        """delta2 grad/W2 grad/b2 delta1 ... of the last backward pass, in order of computation.

        → name → array.   Source: report §5.
        """
        values: dict[str, Array] = {}
        for k in range(self.depth, 0, -1):
            affine = self.layers[2 * k - 2]
            values |= {f"delta{k}": affine.delta, f"grad/W{k}": affine.dW, f"grad/b{k}": affine.db}
        return values
