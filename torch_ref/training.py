"""§4 Training: one loop; how the batches were drawn decides which descent it is."""

from collections.abc import Iterable, Iterator

from torch import Tensor

from .network import Network
from .optimizers import Optimizer


def train_step(network: Network, optimizer: Optimizer, x: Tensor, d: Tensor) -> Tensor:
    """One update p ← p - lr ∂E/∂p, or the optimizer's rule, on the batch (x, d)."""
    network(x)
    E = network.loss(d)
    network.backward()
    optimizer.update(network.params, network.grads)
    return E


def train(
    network: Network,
    optimizer: Optimizer,
    x: Tensor,
    d: Tensor,
    batches: Iterable[Tensor],
    lrs: Iterable[float],
) -> Iterator[Tensor]:
    """Train on one batch of indices a step, at one learning rate a step."""
    for batch, lr in zip(batches, lrs, strict=True):
        optimizer.lr = lr
        yield train_step(network, optimizer, x[batch], d[batch])
