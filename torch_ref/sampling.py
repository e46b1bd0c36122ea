"""§4 Which samples each update sees: all of them, one, a mini-batch, or a stream."""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.utils.data import BatchSampler, RandomSampler, SequentialSampler


def _batches(sampler: Iterable[int], batch_size: int) -> list[Tensor]:
    return [torch.tensor(b) for b in BatchSampler(sampler, batch_size, drop_last=False)]


def all_data(n: int, steps: int) -> list[Tensor]:
    """Gradient descent: every update sees all n samples.

    Source: torch.utils.data.BatchSampler.
    """
    return _batches(SequentialSampler(range(n)), n) * steps


def stream(n: int) -> list[Tensor]:
    """Online learning: one pass over n samples in their order of arrival, each seen once.

    Source: torch.utils.data.SequentialSampler.
    """
    return _batches(SequentialSampler(range(n)), 1)


def split(order: Tensor, batch_size: int) -> list[Tensor]:
    """Cut one epoch's order into mini-batches; the last one is short where it does not divide.

    Source: torch.utils.data.BatchSampler.
    """
    return _batches(order.tolist(), batch_size)


def with_replacement(n: int, batch_size: int, steps: int, seed: int) -> list[Tensor]:
    """Draw each mini-batch from all n samples, with replacement, as random.choice does.

    Source: torch.utils.data.RandomSampler.
    """
    generator = torch.Generator().manual_seed(seed)
    draws = RandomSampler(
        range(n), replacement=True, num_samples=steps * batch_size, generator=generator
    )
    return _batches(draws, batch_size)


def without_replacement(n: int, batch_size: int, epochs: int, seed: int) -> list[Tensor]:
    """Shuffle and split, once an epoch, so that an epoch sees each of n samples exactly once.

    Source: torch.utils.data.RandomSampler.
    """
    shuffle = RandomSampler(range(n), generator=torch.Generator().manual_seed(seed))
    return [batch for _ in range(epochs) for batch in _batches(shuffle, batch_size)]
