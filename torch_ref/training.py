"""§4 Training: one loop; how the batches were drawn decides which descent it is."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from .network import Network, transposed


def train_step(network: Network, optimizer: Any, x: Tensor, d: Tensor) -> dict[str, Tensor]:
    """One update p ← p - lr ∂E/∂p, or the optimizer's rule, on the batch (x, d)."""
    trace = network.forward(x) | {"loss": network.loss(d)} | network.backward(d)
    optimizer.update(network.params, network.grads)
    state = {
        f"state/{name}/{key}": transposed(value)
        for name, values in optimizer.state.items()
        for key, value in values.items()
    }
    return trace | state | {f"param/{name}": transposed(p) for name, p in network.params.items()}


def resume(network: Network, optimizer: Any, trace: dict[str, Tensor]) -> None:
    """Take up a training where the trace of a step left it: parameters and optimizer's state."""
    state: dict[str, dict[str, Tensor]] = {}
    for name, value in trace.items():
        kind, *of = name.split("/")
        if kind == "param":
            with torch.no_grad():
                network.params[of[0]].copy_(transposed(value))
        elif kind == "state":
            parameter, key = of
            state.setdefault(parameter, {})[key] = transposed(value)
    optimizer.state = state


def train(
    network: Network,
    optimizer: Any,
    x: Tensor,
    d: Tensor,
    batches: Iterable[Tensor],
    lrs: Iterable[float],
) -> Iterator[dict[str, Tensor]]:
    """Train on one batch of indices a step, at one learning rate a step."""
    for batch, lr in zip(batches, lrs, strict=True):
        optimizer.lr = lr
        yield train_step(network, optimizer, x[batch], d[batch])
