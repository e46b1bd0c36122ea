"""How weights moved, or what was kept as their gradient, beside the derivative of a number.

Everything here is of entries: each is a direction in a group of weights, along which a step, a
gradient and a derivative are numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_FEW = 2e-5  # of the largest: what differences, and an epsilon inside a logarithm, may lose
_LEAST = 1e-9  # of the largest, below which a derivative says nothing


@dataclass(frozen=True)
class Slope:
    """The derivative of one number along every entry, with its error, and each entry's group.

    ``at``: the number itself.
    """

    value: np.ndarray
    error: np.ndarray
    group: np.ndarray
    at: float = 0.0

    @cached_property
    def weights(self) -> np.ndarray:
        """The entries of the groups on which the number depends."""
        scale = np.abs(self.value).max(initial=0.0)
        moved = {g for g, v, e in zip(self.group, self.value, self.error, strict=True)
                 if abs(v) > max(2 * e, _LEAST * scale)}  # fmt: skip
        return np.isin(self.group, list(moved))

    @cached_property
    def tolerance(self) -> np.ndarray:
        """By how much each entry may be off: its error, and a part of the largest in its group."""
        limit = np.zeros(len(self.value))
        for g in np.unique(self.group):
            mine = self.group == g
            limit[mine] = _FEW * np.abs(self.value[mine]).max()
        return limit + 4 * self.error


@dataclass(frozen=True)
class Multiple:
    """Entries that are one multiple of a derivative, but for those that are not ``right``."""

    factor: float
    right: np.ndarray

    @property
    def whole(self) -> bool:
        """Whether all of them are."""
        return bool(self.right.all())


def multiple(
    given: np.ndarray,
    slope: Slope,
    numbers: int,
    may_be: Callable[[float], bool] = lambda factor: True,
) -> Multiple | None:
    """The factor by which most of what was given is the derivative; None where none is.

    ``numbers``: how many numbers the weights are · of one alone any derivative is a multiple ·
    ``may_be``: whether a factor can be meant.
    """
    of = slope.weights
    if numbers < 2 or of.sum() < 2 or not np.isfinite(slope.value).all():
        return None
    scale = np.abs(slope.value[of]).max()
    known = of & (np.abs(slope.value) > 1e-4 * scale) & (slope.error < 1e-4 * np.abs(slope.value))
    best: Multiple | None = None
    for factor in given[known] / slope.value[known]:
        off = np.abs(given - factor * slope.value)
        right = off <= abs(factor) * slope.tolerance
        found = Multiple(float(factor), right[of])
        if factor and may_be(factor) and (best is None or found.right.sum() > best.right.sum()):
            best = found
        if best is not None and best.whole:
            break
    return best


def combined(
    given: np.ndarray, slope: Slope, others: Sequence[np.ndarray], numbers: int
) -> np.ndarray | None:
    """The factors of the derivative, and of what is added to it; None where that is not all."""
    of = slope.weights
    columns = np.stack([slope.value, *others], axis=1)[of]
    if min(numbers, of.sum()) <= columns.shape[1] or not np.isfinite(columns).all():
        return None
    size = np.abs(columns).max(axis=0)
    if not (size > 0).all():
        return None
    found, _, rank, _ = np.linalg.lstsq(columns / size, given[of], rcond=1e-8)
    if rank < columns.shape[1]:
        return None
    factors = found / size
    off = np.abs(given[of] - columns @ factors)
    limit = np.abs(factors[0]) * slope.tolerance[of]
    return factors if factors[0] and (off <= limit).all() else None
