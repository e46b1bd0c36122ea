"""§4 Which samples each update sees: all of them, one, a mini-batch, or a stream."""

import numpy as np

from ._types import Array


def all_data(n: int, steps: int) -> list[Array]:
    """Gradient descent: every update sees all n samples.

    → one array of n indices a step.   Source: report §4.
    """
    return [np.arange(n)] * steps


def stream(n: int) -> list[Array]:
    """Online learning: one pass over n samples in their order of arrival, each seen once.

    → n arrays of one index.   Source: report §4, オンライン学習.
    """
    return split(np.arange(n), 1)


def split(order: Array, batch_size: int) -> list[Array]:
    """Cut one epoch's order into mini-batches; the last one is short where it does not divide.

    order (n,) of indices → ⌈n / batch_size⌉ arrays.   Source: report §4.
    """
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def with_replacement(n: int, batch_size: int, steps: int, seed: int) -> list[Array]:
    """Draw each mini-batch from all n samples, with replacement, as random.choice does.

    → one array of batch_size indices a step.   Source: course, exercises 1-3 and 1-4.
    """
    draws = np.random.default_rng(seed).integers(n, size=(steps, batch_size))
    return list(draws)


def without_replacement(n: int, batch_size: int, epochs: int, seed: int) -> list[Array]:
    """Shuffle and split, once an epoch, so that an epoch sees each of n samples exactly once.

    → ⌈n / batch_size⌉ arrays of indices an epoch, the last one short.   Source: report §4.
    """
    rng = np.random.default_rng(seed)
    return [batch for _ in range(epochs) for batch in split(rng.permutation(n), batch_size)]
