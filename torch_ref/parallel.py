"""§4 Mini-batches in parallel: a replica of the network a rank, each on its part of the batch.

Every rank is a process that runs this same code, and has its own replica alone: gradients are
summed by DistributedDataParallel. This file as a program learns XOR so, on any number of ranks:
``torchrun --nproc-per-node 2 -m torch_ref.parallel``.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from .network import Network
from .optimizers import Adam, Optimizer, Tensors


def share(batch: Tensor, rank: int, ranks: int) -> Tensor:
    """The part of a batch that rank r of R takes: N_r of its N samples, in their order.

    Source: torch.tensor_split.
    """
    return batch.tensor_split(ranks)[rank]


def mean_of_all(means: Sequence[Tensor], sizes: Sequence[int]) -> Tensor:
    """The mean over all N samples, from the means of parts of N_r samples: Σ_r (N_r / N) m_r.

    Source: torch.tensordot.
    """
    weights = torch.tensor(sizes, dtype=means[0].dtype)
    return torch.tensordot(weights / weights.sum(), torch.stack(list(means)), 1)


def mean_of_means(means: Sequence[Tensor]) -> Tensor:
    """The mean of the means of R parts, (1 / R) Σ_r m_r: that of all samples where parts are equal.

    Source: torch.nn.parallel.DistributedDataParallel, which so divides what it sums.
    """
    return torch.stack(list(means)).mean(dim=0)


class Replica:
    """What one rank has: a network and an optimizer of its own, which start as everybody's.

    Source: torch.nn.parallel.DistributedDataParallel, which sends rank 0's parameters to all.
    """

    def __init__(self, network: Network, optimizer: Optimizer, rank: int, ranks: int) -> None:
        self.network, self.optimizer = network, optimizer
        self.rank, self.ranks = rank, ranks
        self.part: Tensors = {}
        for name, p in network.params.items():  # p.grad will be everybody's: a hook keeps its own
            p.register_hook(partial(self.part.__setitem__, name))
        self.distributed = DistributedDataParallel(network)
        self.distributed.register_comm_hook(self, _weighed)

    @property
    def grads(self) -> Tensors:
        """The gradient of the whole batch, in torch's layout."""
        return self.network.grads

    def backward(self, x: Tensor, d: Tensor, batch: Tensor) -> None:
        """The error E_r and the gradient ∂E_r/∂p of its part of the batch; 0 without samples."""
        rows = share(batch, self.rank, self.ranks)
        self.size, self.weight = len(rows), len(rows) / len(batch)
        y = self.distributed(x[rows])
        self.E = self.network.loss(d[rows]) if self.size else y.detach().sum()
        self.network.zero_grad()
        # without samples a 0 whose gradient is 0: the others wait for this rank all the same
        (self.network.E if self.size else y.sum()).backward()

    def update(self, lr: float) -> None:
        """One step of the optimizer's rule by ``grads``, which are the same at every rank."""
        self.optimizer.lr = lr
        self.optimizer.update(self.network.params, self.grads)


def _weighed(replica: Replica, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
    """In place of DDP's mean of means: Σ_r (N_r / N) ∂E_r/∂p."""
    part = bucket.buffer().mul_(replica.weight)
    work = dist.all_reduce(part, async_op=True)
    return work.get_future().then(lambda done: done.value()[0])


def train(
    replicas: Sequence[Replica],
    x: Tensor,
    d: Tensor,
    batches: Iterable[Tensor],
    lrs: Iterable[float],
) -> Iterator[Tensor]:
    """Train replicas, which start equal, on one batch of indices a step, each on its part of it.

    replicas: those of this process, which is one.
    """
    for batch, lr in zip(batches, lrs, strict=True):
        for replica in replicas:
            replica.backward(x, d, batch)
            replica.update(lr)
        E = torch.stack([replica.weight * replica.E for replica in replicas]).sum()
        dist.all_reduce(E)
        yield E


def main() -> None:
    """Learn XOR in a process that torchrun started; rank 0 says what came of it."""
    if not dist.is_torchelastic_launched():
        raise SystemExit("start it with: torchrun --nproc-per-node 2 -m torch_ref.parallel")
    dist.init_process_group("gloo", timeout=timedelta(seconds=60))
    rank, ranks = dist.get_rank(), dist.get_world_size()
    rng = torch.Generator().manual_seed(rank)  # other weights at each rank: DDP sends those of 0
    params = {"W1": torch.randn(2, 8, generator=rng), "b1": torch.zeros(8)}
    params |= {"W2": torch.randn(8, 2, generator=rng), "b2": torch.zeros(2)}
    x, d = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([0, 1, 1, 0])
    replica = Replica(Network(params, hidden="tanh"), Adam(), rank, ranks)
    batches = [torch.tensor([0, 1, 2]), torch.tensor([3])] * 100  # an epoch's last one is short
    for E in train([replica], x, d, batches, [0.05] * len(batches)):
        loss = E
    weights = torch.cat([p.detach().flatten() for p in replica.network.params.values()])
    everybodys = [torch.empty_like(weights) for _ in range(ranks)]
    dist.all_gather(everybodys, weights)
    if rank == 0:
        y, same = replica.network.predict(x).argmax(dim=1), sum(map(weights.equal, everybodys))
        print(f"{ranks} ranks, loss {loss:.3f}: XOR is {y.tolist()}")
        print(f"{same} of {ranks} replicas have the same weights, bit for bit")
    dist.barrier()  # who leaves while others still send to it is aborted
    # and so are, on a busy machine, some ranks that wait for gloo's threads: at the end of Python,
    # and more of them in dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
