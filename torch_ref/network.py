"""§5 A network of any depth: forward, and back by autograd."""

import torch
from torch import Tensor, nn

from .layers import ACTIVATIONS, OUTPUTS, affine
from .losses import LOSSES


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None, "backward comes first"
    return tensor.grad


class Network(nn.Module):
    """Layers u_k = z_{k-1} W_k + b_k, z_k = f(u_k), z_0 = x, y = g(u_L); the gradient of E(d, y).

    ``params`` are the torch.nn.Parameters by the course's names, weights as (out, in).
    Source: torch.nn.Sequential.
    """

    def __init__(
        self,
        params: dict[str, Tensor],
        hidden: str = "relu",
        output: str = "softmax",
        loss: str = "softmax_with_loss",
    ) -> None:
        super().__init__()
        if OUTPUTS.get(loss, output) != output:
            raise ValueError(f"{loss} belongs to the output {OUTPUTS[loss]!r}, not to {output!r}")
        self.depth = len(params) // 2
        self.layers, self.params = nn.Sequential(), dict[str, Tensor]()
        for k in range(1, self.depth + 1):
            linear = affine(params[f"W{k}"], params[f"b{k}"])
            self.params |= {f"W{k}": linear.weight, f"b{k}": linear.bias}
            self.layers.append(linear)
            self.layers.append(ACTIVATIONS[hidden if k < self.depth else output]())
        for layer in self.layers.children():  # autograd shows no intermediate: a hook keeps them
            layer.register_forward_hook(self._keep)
        self.error, self.takes_scores = LOSSES[loss][0], loss in OUTPUTS
        self.wants_grad_x = False
        self._outputs: list[Tensor] = []

    def _keep(self, layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if output.requires_grad:
            output.retain_grad()
        self._outputs.append(output)

    @property
    def grads(self) -> dict[str, Tensor]:
        """Their gradients, in torch's layout."""
        return {name: _gradient(p) for name, p in self.params.items()}

    @property
    def grad_x(self) -> Tensor:
        """∂E/∂x, where ``wants_grad_x`` is set."""
        return _gradient(self.x)

    def forward(self, x: Tensor) -> Tensor:
        """The output y = g(u_L) of one pass."""
        self.x = x.detach().clone().requires_grad_(self.wants_grad_x)
        self._outputs = []
        return self.layers(self.x)

    def loss(self, d: Tensor) -> Tensor:
        """The error E(d, y) of the last forward pass."""
        scores, y = self._outputs[-2:]
        self.E = self.error(d, scores if self.takes_scores else y)
        return self.E.detach()

    def backward(self) -> None:
        """Every delta_k = ∂E/∂u_k and every gradient of the last loss, from the output back."""
        self.zero_grad()
        self.E.backward()

    @torch.no_grad()
    def predict(self, x: Tensor) -> Tensor:
        """The output y alone."""
        return self.forward(x)

    def intermediates(self) -> dict[str, Tensor]:
        """u1 z1 u2 z2 ... y of the last forward pass, by name and in order of computation."""
        names = [name for k in range(1, self.depth + 1) for name in (f"u{k}", f"z{k}")]
        return dict(zip([*names[:-1], "y"], self._outputs, strict=True))

    def deltas(self) -> dict[str, Tensor]:
        """delta2 grad/W2 grad/b2 delta1 ... of the last backward pass, in order of computation."""
        values: dict[str, Tensor] = {}
        grads = self.grads
        for k in range(self.depth, 0, -1):
            values |= {
                f"delta{k}": _gradient(self._outputs[2 * k - 2]),
                f"grad/W{k}": grads[f"W{k}"].T,  # as (in, out)
                f"grad/b{k}": grads[f"b{k}"],
            }
        return values
