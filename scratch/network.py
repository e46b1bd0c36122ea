"""§5 A network of any depth: forward, and back by the chain rule."""

from . import losses
from ._types import Array, Scalar
from .activations import ACTIVATIONS, d_activation
from .affine import affine, d_affine

# These take u, the output before its activation, and know which activation that is.
COMBINED = {
    "softmax_with_loss": "softmax",
    "sigmoid_with_loss": "sigmoid",
    "identity_with_loss": "identity",
}


class Network:
    """Layers u_k = z_{k-1} W_k + b_k, z_k = f(u_k), z_0 = x, y = g(u_L); the gradient of E(d, y).

    params {"W1": (I, H), "b1": (H,), "W2": ...}, copied · hidden f, output g: keys of ACTIVATIONS
    · loss E: a function of ``losses``. Raises ValueError where it belongs to another output.
    Source: report §5.
    """

    def __init__(
        self,
        params: dict[str, Array],
        hidden: str = "relu",
        output: str = "softmax",
        loss: str = "softmax_with_loss",
    ) -> None:
        if COMBINED.get(loss, output) != output:
            raise ValueError(f"{loss} belongs to the output {COMBINED[loss]!r}, not to {output!r}")
        self.params = {name: p.copy() for name, p in params.items()}
        self.grads: dict[str, Array] = {}
        self.depth = len(params) // 2
        self.hidden, self.output, self.error = hidden, output, loss

    def forward(self, x: Array) -> dict[str, Array]:
        """Every intermediate of one pass, u1 z1 u2 z2 ... y, in order of computation.

        x (N, I) or one sample (I,) → name → array.   Source: report §1 to §3.
        """
        self.u, self.z = {}, {0: x}
        for k in range(1, self.depth + 1):
            f = ACTIVATIONS[self.hidden if k < self.depth else self.output]
            self.u[k] = affine(self.z[k - 1], self.params[f"W{k}"], self.params[f"b{k}"])
            self.z[k] = f(self.u[k])
        self.y = self.z[self.depth]
        return {
            name: values
            for k in self.u
            for name, values in (
                (f"u{k}", self.u[k]),
                (f"z{k}" if k < self.depth else "y", self.z[k]),
            )
        }

    def predict(self, x: Array) -> Array:
        """The output y alone.   x (N, I) or (I,) → y (N, K) or (K,)."""
        return self.forward(x)["y"]

    def loss(self, d: Array) -> Scalar:
        """The error E(d, y) of the last forward pass.   d as the loss wants it → a scalar."""
        error = getattr(losses, self.error)
        return error(d, self.u[self.depth] if self.error in COMBINED else self.y)

    def backward(self, d: Array) -> dict[str, Array]:
        """Every delta_k = ∂E/∂u_k and every gradient, from the output back to x.

        d as the loss wants it → delta2 grad/W2 grad/b2 delta1 grad/W1 grad/b1 ... grad/x; the
        gradients of the parameters stay in ``grads`` too.   Source: report §5.
        """
        delta = getattr(losses, f"d_{self.error}")(d, self.y)
        if self.error not in COMBINED:
            delta = d_activation(self.output, delta, self.u[self.depth])
        trace: dict[str, Array] = {}
        for k in range(self.depth, 0, -1):
            W, b = self.params[f"W{k}"], self.params[f"b{k}"]
            d_z, self.grads[f"W{k}"], self.grads[f"b{k}"] = d_affine(delta, self.z[k - 1], W, b)
            trace |= {
                f"delta{k}": delta,
                f"grad/W{k}": self.grads[f"W{k}"],
                f"grad/b{k}": self.grads[f"b{k}"],
            }
            if k > 1:  # delta1 = (delta2 @ W2.T) * f'(u1)
                delta = d_activation(self.hidden, d_z, self.u[k - 1])
        return trace | {"grad/x": d_z}
