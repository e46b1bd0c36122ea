"""§4 Mini-batches in parallel: a replica of the network a rank, each on its part of the batch.

A rank is a worker's number r = 0 ... R-1. Each computes the gradient of its own part; the mean of
all of them goes to every rank (the all-reduce), so that the replicas stay the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy

import numpy as np

from ._types import NI, Array, Elements, Targets
from .network import Network
from .optimizers import Arrays, Optimizer


def share(batch: Array, rank: int, ranks: int) -> Array:
    """The part of a batch that rank r of R takes: N_r of its N samples, in their order.

    batch (N,) of indices → (N_r,): sizes that differ by one at most, and 0 where N has run out.
    Source: report §4, ミニバッチ.
    """
    return np.array_split(batch, ranks)[rank]


def mean_of_all(means: Sequence[Elements], sizes: Sequence[int]) -> Elements:
    """The mean over all N samples, from the means of parts of N_r samples: Σ_r (N_r / N) m_r.

    means, R of one shape · sizes, R of them → that shape.   Source: report §4.
    """
    mean = np.zeros_like(means[0])
    for m, size in zip(means, sizes, strict=True):
        mean += size / sum(sizes) * m
    return mean


def mean_of_means(means: Sequence[Elements]) -> Elements:
    """The mean of the means of R parts, (1 / R) Σ_r m_r: that of all samples where parts are equal.

    Of three samples with the mean 2 and one with 8 it is not the mean of the four:

    >>> means = [np.array(2.0), np.array(8.0)]
    >>> float(mean_of_means(means)), float(mean_of_all(means, [3, 1]))
    (5.0, 3.5)

    means, R of one shape → that shape.   Source: torch.nn.parallel.DistributedDataParallel.
    """
    return mean_of_all(means, [1] * len(means))


class Replica:
    """What one rank has: a network and an optimizer of its own, which start as everybody's.

    ``size``, ``E`` and ``part``: N_r of its last part, the error and the gradient, which are means
    over that; ``grads`` the gradient of the whole batch.
    Source: torch.nn.parallel.DistributedDataParallel.
    """

    def __init__(self, network: Network, optimizer: Optimizer, rank: int, ranks: int) -> None:
        self.network, self.optimizer = deepcopy(network), deepcopy(optimizer)
        self.rank, self.ranks = rank, ranks
        self.part = self.network.grads
        self.grads: Arrays = {}

    def backward(self, x: NI, d: Targets, batch: Array) -> None:
        """The error E_r and the gradient ∂E_r/∂p of its part of the batch; 0 without samples.

        x (N, I) · d (N, ...) · batch of indices.   Source: report §4 and §5.
        """
        rows = share(batch, self.rank, self.ranks)
        self.size, self.E = len(rows), x.dtype.type(0)
        for g in self.part.values():
            g[...] = 0
        if self.size:
            self.network.forward(x[rows])
            self.E = self.network.loss(d[rows])
            self.network.backward()

    def update(self, lr: float) -> None:
        """One step of the optimizer's rule by ``grads``, which are the same at every rank.

        lr > 0 the learning rate of the step.   Source: report §4.
        """
        self.optimizer.lr = lr
        self.optimizer.update(self.network.params, self.grads)


def all_reduce(replicas: Sequence[Replica]) -> None:
    """Give every replica ∂E/∂p = Σ_r (N_r / N) ∂E_r/∂p, added in the order of the ranks.

    Source: MPI_Allreduce; torch.distributed.all_reduce.
    """
    for name in replicas[0].part:
        total = mean_of_all([r.part[name] for r in replicas], [r.size for r in replicas])
        for replica in replicas:
            replica.grads[name] = total.copy()


def train(
    replicas: Sequence[Replica], x: NI, d: Targets, batches: Iterable[Array], lrs: Iterable[float]
) -> Iterator[Elements]:
    """Train replicas, which start equal, on one batch of indices a step, each on its part of it.

    x (N, I) · d (N, ...) · batches of indices · lrs → the loss of each step.   Source: report §4.
    """
    for batch, lr in zip(batches, lrs, strict=True):
        for replica in replicas:
            replica.backward(x, d, batch)
        all_reduce(replicas)
        for replica in replicas:
            replica.update(lr)
        yield mean_of_all([r.E for r in replicas], [r.size for r in replicas])
