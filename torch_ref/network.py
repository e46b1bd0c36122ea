"""§5 A network of any depth: forward, and back by autograd."""

import torch
from torch import Tensor

from . import losses
from .activations import ACTIVATIONS

# These take u, the output before its activation, and know which activation that is.
COMBINED = {
    "softmax_with_loss": "softmax",
    "sigmoid_with_loss": "sigmoid",
    "identity_with_loss": "identity",
}


def transposed(p: Tensor) -> Tensor:
    """Between the course's W (in, out) and torch.nn.Linear's weight (out, in); the only place."""
    return p.T if p.ndim == 2 else p


def _linear(W: Tensor) -> torch.nn.Linear:
    n_in, n_out = W.shape
    return torch.nn.Linear(n_in, n_out, dtype=W.dtype)


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None, "backward comes first"
    return tensor.grad


class Network(torch.nn.Module):
    """Layers u_k = z_{k-1} W_k + b_k, z_k = f(u_k), z_0 = x, y = g(u_L); the gradient of E(d, y).

    ``params`` are the torch.nn.Parameters, weights as (out, in).   Source: torch.nn.Linear.
    """

    def __init__(
        self,
        params: dict[str, Tensor],
        hidden: str = "relu",
        output: str = "softmax",
        loss: str = "softmax_with_loss",
    ) -> None:
        super().__init__()
        if COMBINED.get(loss, output) != output:
            raise ValueError(f"{loss} belongs to the output {COMBINED[loss]!r}, not to {output!r}")
        self.depth = len(params) // 2
        self.hidden, self.output, self.error = hidden, output, loss
        self.layers = torch.nn.ModuleList(
            _linear(params[f"W{k}"]) for k in range(1, self.depth + 1)
        )
        with torch.no_grad():
            for name, p in self.params.items():
                p.copy_(transposed(params[name]))

    @property
    def params(self) -> dict[str, Tensor]:
        """The parameters by the course's names, in torch's layout."""
        return {
            name: p
            for k, layer in enumerate(self.layers, start=1)
            for name, p in zip((f"W{k}", f"b{k}"), layer.parameters(), strict=True)
        }

    @property
    def grads(self) -> dict[str, Tensor]:
        """Their gradients, in torch's layout."""
        return {name: _gradient(p) for name, p in self.params.items()}

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Every intermediate of one pass, u1 z1 u2 z2 ... y, in order of computation."""
        self.x = z = x.detach().clone().requires_grad_()
        trace: dict[str, Tensor] = {}
        for k, layer in enumerate(self.layers, start=1):
            trace[f"u{k}"] = u = layer(z)
            last = k == self.depth
            trace["y" if last else f"z{k}"] = z = ACTIVATIONS[self.output if last else self.hidden](
                u
            )
        self.trace = trace
        return trace

    @torch.no_grad()
    def predict(self, x: Tensor) -> Tensor:
        """The output y alone.   x (N, I) or (I,) → y (N, K) or (K,)."""
        return self.forward(x)["y"]

    def loss(self, d: Tensor) -> Tensor:
        """The error E(d, y) of the last forward pass.   d as the loss wants it → a scalar."""
        argument = f"u{self.depth}" if self.error in COMBINED else "y"
        return getattr(losses, self.error)(d, self.trace[argument])

    def backward(self, d: Tensor) -> dict[str, Tensor]:
        """Every delta_k = ∂E/∂u_k and every gradient, from the output back to x."""
        self.zero_grad()
        for k in range(1, self.depth + 1):
            self.trace[f"u{k}"].retain_grad()
        self.loss(d).backward()
        trace: dict[str, Tensor] = {}
        for k in range(self.depth, 0, -1):
            trace |= {
                f"delta{k}": _gradient(self.trace[f"u{k}"]),
                f"grad/W{k}": transposed(self.grads[f"W{k}"]),
                f"grad/b{k}": self.grads[f"b{k}"],
            }
        return trace | {"grad/x": _gradient(self.x)}
