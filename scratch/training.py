"""§4 Training: one loop; how the batches were drawn decides which descent it is."""

from collections.abc import Iterable, Iterator
from typing import Any

from ._types import Array
from .network import Network


def train_step(network: Network, optimizer: Any, x: Array, d: Array) -> dict[str, Array]:
    """One update p ← p - lr ∂E/∂p, or the optimizer's rule, on the batch (x, d).

    x (N, I) · d as the loss wants it → every intermediate, the loss, every gradient, then the
    optimizer's state and the parameters after the step.   Source: report §4.
    """
    trace = network.forward(x) | {"loss": network.loss(d)} | network.backward(d)
    optimizer.update(network.params, network.grads)
    state = {
        f"state/{name}/{key}": value
        for name, values in optimizer.state.items()
        for key, value in values.items()
    }
    return trace | state | {f"param/{name}": p.copy() for name, p in network.params.items()}


def resume(network: Network, optimizer: Any, trace: dict[str, Array]) -> None:
    """Take up a training where the trace of a step left it: parameters and optimizer's state.

    trace of ``train_step``, of which param/W1 ... and state/W1/exp_avg ... are taken. What follows
    has the bits of a training that never stopped.   Source: the inverse of ``train_step``'s trace.
    """
    state: dict[str, dict[str, Any]] = {}
    for name, value in trace.items():
        kind, *of = name.split("/")
        if kind == "param":
            network.params[of[0]][...] = value
        elif kind == "state":
            parameter, key = of
            kept = int(value) if key == "step" else value.copy()
            state.setdefault(parameter, {})[key] = kept
    optimizer.state = state


def train(
    network: Network,
    optimizer: Any,
    x: Array,
    d: Array,
    batches: Iterable[Array],
    lrs: Iterable[float],
) -> Iterator[dict[str, Array]]:
    """Train on one batch of indices a step, at one learning rate a step.

    x (N, I) · d (N, ...) · batches of indices · lrs → the trace of each step.   Source: report §4.
    """
    for batch, lr in zip(batches, lrs, strict=True):
        optimizer.lr = lr
        yield train_step(network, optimizer, x[batch], d[batch])
