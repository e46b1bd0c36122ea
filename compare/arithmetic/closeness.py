"""Two arrays beside each other, element by element: the one place that decides what is equal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from compare.arithmetic.pieces import is_masked
from compare.arithmetic.running_error import FORMAT_OF
from compare.language.message import message

# TINY: an error is divided by it where its limit is 0
TINY, LARGEST = float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Gap:
    """|value - expected| beside its limit, which elements exceed it, and how many."""

    error: np.ndarray
    limit: np.ndarray
    wrong: np.ndarray
    count: int

    @cached_property
    def worst(self) -> tuple[int, ...]:
        """Where the error is largest per limit, among the wrong elements where there are any."""
        with np.errstate(over="ignore"):
            excess = self.error / np.maximum(self.limit, TINY)
        candidates = np.where(self.wrong, excess, -1.0) if self.count else excess
        at = candidates.argmax()
        if candidates.flat[at] == np.inf:  # no error is allowed there: the largest of them counts
            at = np.where(candidates == np.inf, self.error, -1.0).argmax()
        return tuple(map(int, np.unravel_index(at, self.error.shape)))

    @property
    def error_there(self) -> float:
        """Of the worst element."""
        return float(self.error[self.worst])

    @property
    def limit_there(self) -> float:
        """Of the worst element."""
        return float(self.limit[self.worst])

    @property
    def largest(self) -> float:
        """The largest error of all elements."""
        return float(self.error.max())


def gap(value: np.ndarray, expected: np.ndarray, limit: np.ndarray | float) -> Gap:
    """Compare a result with what is expected of it.

    An infinity is met by the same infinity, NaN by NaN. Where a finite number is expected, what is
    not finite is an infinite error, which only an infinite limit allows: one that says that a step
    on the way may exceed the largest number. But an infinity that the limit reaches to is off by
    what the expected number lacks to the largest.
    """
    # in float64, so that the difference of two coarser numbers is not rounded to their format
    mine, right = value.astype(np.float64, copy=False), expected.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = mine - right
        error = np.abs(apart, out=apart) if apart.ndim else np.abs(apart)
        if value.dtype.kind == "f" and error.max(initial=0.0) < np.inf:  # as nearly always: finite
            limit = limit if np.shape(limit) == error.shape else np.full(error.shape, limit)
            return _gap(error, np.asarray(limit), error > limit)
        # equality is that of the numbers as they are: float64 merges whole numbers above 2^53
        equal = (value == expected) | (np.isnan(mine) & np.isnan(right))
        error = np.where(equal, 0.0, np.abs(mine - right))
    error = np.where(np.isnan(error), np.inf, error)
    # no rounding explains another infinity, or a number in place of one
    limit = np.where(np.isfinite(right), limit, 0.0)
    if is_float(value.dtype):
        lacking = np.maximum(FORMAT_OF[value.dtype].largest - np.abs(right), 0.0)
        reached = np.isinf(mine) & ((mine > 0) == (right > 0)) & (lacking <= limit)
        error = np.where(reached, lacking, error)
    wrong = ~equal & ((error > limit) | (limit == 0))
    error = np.where(limit < np.inf, error, np.minimum(error, LARGEST))  # inf / inf is no ratio
    return _gap(error, limit, wrong)


def _gap(error: np.ndarray, limit: np.ndarray, wrong: np.ndarray) -> Gap:
    return Gap(error, limit, wrong, int(np.count_nonzero(wrong)))


def measured_gap(value: np.ndarray, reference: np.ndarray, limit: np.ndarray) -> Gap:
    """``gap`` to a side's own result, which is no formula's: rounding may have made it infinite."""
    return gap(value, decided(value, reference, limit), limit)


def decided(value: np.ndarray, reference: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """The reference, or the value itself where that may have come out as anything.

    So where the reference is not finite, and its noise or bound makes the limit infinite.
    """
    endless = np.isposinf(limit)
    if not endless.any():
        return reference
    undecided = endless & ~np.isfinite(reference.astype(np.float64, copy=False))
    return np.where(undecided, value, reference) if undecided.any() else reference


def is_float(dtype: np.dtype) -> bool:
    """Whether it is one of the formats whose rounding is known."""
    return dtype in FORMAT_OF


def unlike(mine: np.ndarray, reference: np.ndarray) -> str:
    """Why two arrays cannot be compared element by element, or "".

    Another shape or dtype, what is no plain array, and what is no number.
    """
    if is_masked(mine):
        return message("yours is a masked array: some of its elements are hidden")
    if is_masked(reference):
        return message("the reference is a masked array: some of its elements are hidden")
    if mine.shape != reference.shape:
        shapes = {"shape": str(mine.shape), "right": str(reference.shape)}
        return message("shape {shape}, expected {right}", **shapes)
    # promotion would compare a float32 result with a float64 one as if both had one unit roundoff
    if mine.dtype != reference.dtype:
        kinds = {"kind": str(mine.dtype), "right": str(reference.dtype)}
        return message("dtype {kind}, expected {right}", **kinds)
    if not (is_float(mine.dtype) or mine.dtype.kind in "fiub"):
        kind = str(mine.dtype)
        return message("dtype {kind} is neither real numbers nor truth values", kind=kind)
    return ""


def length(array: np.ndarray) -> float:
    """The Euclidean length of all elements, scaled where squares would overflow or vanish."""
    flat = array.ravel()
    square = float(flat @ flat)
    # far from float64's 2e-308 and 2e308, so that no term that counts under- or overflowed
    if 1e-200 < square < 1e200:
        return square**0.5
    largest = float(np.abs(flat).max(initial=0.0))
    if not 0 < largest < np.inf:  # nothing to scale by: all zeros, or infinite
        return largest
    return largest * float(np.sqrt(np.sum((flat / largest) ** 2)))
