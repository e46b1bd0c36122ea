"""§4 Training: one loop; how the batches were drawn decides which descent it is."""

from collections.abc import Iterable, Iterator

from ._types import NI, Array, Scalar, Targets
from .network import Network
from .optimizers import Optimizer


def train_step(network: Network, optimizer: Optimizer, x: NI, d: Targets) -> Scalar:
    """One update p ← p - lr ∂E/∂p, or the optimizer's rule, on the batch (x, d).

    x (N, I) · d as the loss wants it → the loss before the update.   Source: report §4.
    """
    network.forward(x)
    E = network.loss(d)
    network.backward()
    optimizer.update(network.params, network.grads)
    return E


def train(
    network: Network,
    optimizer: Optimizer,
    x: NI,
    d: Targets,
    batches: Iterable[Array],
    lrs: Iterable[float],
) -> Iterator[Scalar]:
    """Train on one batch of indices a step, at one learning rate a step.

    x (N, I) · d (N, ...) · batches of indices · lrs → the loss of each step.   Source: report §4.
    """
    for batch, lr in zip(batches, lrs, strict=True):
        optimizer.lr = lr
        yield train_step(network, optimizer, x[batch], d[batch])
