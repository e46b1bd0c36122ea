"""Two arrays beside each other a block at a time: in the processor's cache, in constant memory.

What is found is what ``gap`` finds of the whole arrays, to the bit. Memory-mapped arrays, and those
in any strides, are read once, from beginning to end, and never copied whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.closeness import TINY, Gap, gap
from compare.arithmetic.pieces import BLOCK, is_same, iterated

FEW = 64
MANY = 16  # beyond a block's size by this, elements are not looked at apart
_SCREENED = {np.dtype(np.float32): 1 + 2.0**-22, np.dtype(np.float64): 1.0}


@dataclass(frozen=True)
class Farthest:
    """What a ``Gap`` says of two arrays, without its arrays: how many are wrong, the worst element.

    ``error_there`` and ``limit_there`` are its own; ``largest`` is the largest error of all.
    """

    count: int
    worst: tuple[int, ...]
    error_there: float
    limit_there: float
    largest: float
    expected: np.ndarray
    given_limit: np.ndarray | float

    @property
    def limit(self) -> np.ndarray:
        """Of every element, as in a ``Gap``."""
        limit = np.broadcast_to(self.given_limit, self.expected.shape)
        finite = np.isfinite(self.expected)
        return limit if finite.all() else np.where(finite, limit, 0.0)


def apart(value: np.ndarray, expected: np.ndarray, limit: np.ndarray | float) -> Gap | Farthest:
    """How far a result is from what is expected of it, as ``gap`` says; large ones in blocks."""
    small = value.size <= BLOCK
    return gap(value, expected, limit) if small else farthest(value, expected, limit)


def farthest(
    value: np.ndarray, expected: np.ndarray, limit: np.ndarray | float, block: int = BLOCK
) -> Farthest:
    """The same of arrays of any size, but for empty ones.   limit: nowhere NaN."""
    count, start, largest = 0, 0, -1.0
    best: tuple[bool, float, float] = (False, -1.0, -1.0)
    at, error_there, limit_there = 0, 0.0, 0.0
    with np.errstate(all="ignore"):
        for mine, right, allowed in _blocks(value, expected, limit, block):
            wrong = _wrong_below(largest, mine, right, allowed)
            if wrong is None:
                found = gap(mine, right, allowed)
                wrong, (k,) = found.count, found.worst
                largest = max(largest, found.largest)
                error, its_limit = found.error_there, found.limit_there
                excess = error / max(its_limit, TINY)
                # as ``Gap.worst``: where no error is allowed, the largest; of equals the first
                rank = (wrong > 0, excess, error if excess == np.inf else 0.0)
                if rank > best:
                    best, at, error_there, limit_there = rank, start + k, error, its_limit
            count += wrong
            start += mine.size
    worst = tuple(map(int, np.unravel_index(at, value.shape)))
    return Farthest(count, worst, error_there, limit_there, largest, expected, limit)


def largest_finite(array: np.ndarray) -> float:
    """The largest magnitude of all finite elements; 0 where there are none."""
    largest = 0.0
    for block in iterated([array], BLOCK):
        magnitudes = np.abs(block.astype(np.float64))
        largest = max(largest, magnitudes.max(initial=0.0, where=np.isfinite(magnitudes)))
    return float(largest)


def _blocks(
    value: np.ndarray, expected: np.ndarray, limit: np.ndarray | float, block: int
) -> Iterator[tuple[np.ndarray, np.ndarray, Any]]:
    """Flat pieces of all three, in C's order; a limit for all elements stays one number."""
    if np.ndim(limit) == 0:
        for mine, right in iterated([value, expected], block):
            yield mine, right, limit
        return
    yield from iterated([value, expected, np.broadcast_to(limit, value.shape)], block)


def _wrong_below(largest: float, mine: np.ndarray, right: np.ndarray, limit: Any) -> int | None:
    """How many are wrong, where no error is above the largest so far; None where one may be.

    In the arrays' own format, and so two to four times as fast as in float64. Of one limit alone:
    then an element that is no further off is no more times beyond its limit, either.
    """
    if mine.dtype != right.dtype or largest < 0:
        return None
    # a few first: of a block that differs all over, the rest need not be read for that
    if mine[:FEW].tobytes() == right[:FEW].tobytes() and is_same(mine, right):
        return 0
    rounding = _SCREENED.get(mine.dtype)
    if rounding is None or isinstance(limit, np.ndarray):
        return None
    error = mine - right
    np.abs(error, out=error)
    most = float(error.max())
    if not most < np.inf:  # NaN is not, either
        return None
    if most * rounding > largest and _exceeds(largest, error, rounding, mine, right):
        return None
    if limit == 0:  # two numbers are 0 apart only where they are equal
        return int(np.count_nonzero(error > 0))
    least, most_allowed = (
        np.nextafter(error.dtype.type(bound), towards)
        for bound, towards in ((limit / rounding, -np.inf), (limit * rounding, np.inf))
    )
    if most <= least:
        return 0
    count = int(np.count_nonzero(error > least))
    # some may be so near to the limit that rounding decides
    return count if count == np.count_nonzero(error > most_allowed) else None


def _exceeds(
    largest: float, error: np.ndarray, rounding: float, mine: np.ndarray, right: np.ndarray
) -> bool:
    """Whether an error in float64 is above the largest so far; True where many may be.

    Two runs of one computation are a few ulps apart, so that many errors are equally large.
    """
    least = np.nextafter(error.dtype.type(largest / rounding), -np.inf)
    near = np.flatnonzero(error > least)
    if near.size > error.size // MANY:
        return True
    exact = np.subtract(mine[near], right[near], dtype=np.float64)
    return bool(np.abs(exact).max(initial=0.0) > largest)
