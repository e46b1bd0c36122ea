"""Causes along an axis: another factor for each index of it, or normalized along another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from compare.equivalence.solved_causes.by_numbers import (
    DIGITS,
    LONG,
    SHORT,
    fraction,
    in_known_digits,
    precision,
    same_numbers,
)
from compare.equivalence.solved_causes.quantities import Arrays, vectors
from compare.language.message import Message, message

POWERS = {1.0: "{}", -1.0: "1 / {}", 0.5: "sqrt({})", -0.5: "1 / sqrt({})", 2.0: "{}^2"}
MOST_AXES = 4
LARGEST = 100.0  # of which exponentials are taken
TOTALS: tuple[tuple[Message, Callable[..., np.ndarray]], ...] = (
    (message("the sum"), np.sum),
    (message("the sum of the squares"), lambda a, axis: np.sum(a * a, axis)),
    (message("the sum of the exponentials"), lambda a, axis: np.sum(np.exp(a), axis)),
    (message("the mean of the squares"), lambda a, axis: np.mean(a * a, axis)),
)
LEAST = 3  # elements of which a factor is solved, two of them beyond what any would fit


def factors_along(mine: np.ndarray, reference: np.ndarray, arrays: Arrays) -> Message | str:
    """A factor for each index of an axis, and of which given numbers it is made."""
    for axis in range(mine.ndim):
        factors = _factors(axis, mine, reference)
        if factors is None:
            continue
        name = _made_of(factors, arrays)
        if not name and len(factors) > SHORT:
            continue
        return message(
            "a factor for each index of axis {axis}: yours is the reference's times {factors}",
            axis=axis,
            factors=name or ", ".join(f"{f:.6g}" for f in factors),
        )
    return ""


def _factors(axis: int, mine: np.ndarray, reference: np.ndarray) -> np.ndarray | None:
    n = mine.shape[axis]
    if not 1 < n <= LONG or mine.size < LEAST * n:
        return None
    rows, others = (np.moveaxis(a, axis, 0).reshape(n, -1) for a in (mine, reference))
    if ((others != 0).sum(1) < LEAST).any():
        return None
    factors = np.asarray((rows * others).sum(1) / (others * others).sum(1))
    if not np.all(factors) or np.ptp(factors) <= precision() * np.abs(factors).max():
        return None
    # each by itself: beside a large one a small one would pass
    agree = (same_numbers(r, f * o) for r, f, o in zip(rows, factors, others, strict=True))
    return factors if all(agree) else None


def _made_of(factors: np.ndarray, arrays: Arrays) -> str:
    for text, values in vectors(arrays, len(factors)).items():
        for power, form in POWERS.items():
            if power % 1 and (values < 0).any():
                continue
            rest = factors / values**power
            if np.ptp(rest) < 16 * DIGITS * np.abs(rest).max():
                return _times(float(rest[0]), form.format(text), len(factors))
    return ""


def _times(constant: float, text: str, n: int) -> str:
    if abs(constant - 1) < DIGITS:
        return text
    return f"{fraction(constant, (n,)) or f'{constant:.8g}'} * {text}"


def two_factors(mine: np.ndarray, reference: np.ndarray, arrays: Arrays) -> Message | str:
    """One factor in some places and none, or another, in the rest; and which array says where."""
    known = reference != 0
    if known.sum() < 2 * LEAST or (mine[~known] != 0).any():
        return ""
    factors = mine[known] / reference[known]
    low, high = float(factors.min()), float(factors.max())
    where = np.asarray(factors > (low + high) / 2)
    least, near = min(where.sum(), (~where).sum()), precision() * max(abs(low), abs(high))
    if least < LEAST or high - low < 16 * near or not low or not high:
        return ""
    if np.ptp(factors[where]) > near or np.ptp(factors[~where]) > near:
        return ""
    for text, mask in _masks(arrays, mine.shape):
        there = mask[known]
        if np.array_equal(there, where) or np.array_equal(there, ~where):
            yes, no = (high, low) if there[0] == where[0] else (low, high)
            return message(
                "two factors: yours is {yes:.8g} times the reference's where {array}, and "
                "{no:.8g} times elsewhere",
                yes=in_known_digits(yes),
                no=in_known_digits(no),
                array=text,
            )
    if near > min(abs(low - 1), abs(high - 1)):  # the others are the same
        factor, there = (high, where) if abs(low - 1) <= near else (low, ~where)
        return message(
            "a factor in part: where they differ, in {n} of {total} elements, yours is "
            "{factor:.8g} times the reference's",
            n=int(there.sum()),
            total=mine.size,
            factor=in_known_digits(factor),
        )
    return ""


def _masks(arrays: Arrays, shape: tuple[int, ...]) -> Iterator[tuple[str, np.ndarray]]:
    """Where an array of two values has one of them, and where another is above 0."""
    for name, array in arrays.items():
        if array.shape != shape or array.dtype.kind not in "fiub":
            continue
        values = np.unique(array, return_counts=True)[0]
        if len(values) == 2:
            yield f"{name} = {values[1]:.6g}", np.asarray(array == values[1])
        else:
            yield f"{name} > 0", np.asarray(array > 0)


def normalized_otherwise(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    """What is one number along some axes of the reference's, and along others of yours."""
    if not 2 <= mine.ndim <= MOST_AXES or max(mine.max(), reference.max()) > LARGEST:
        return ""
    for what, total in TOTALS:
        theirs, ours = (_constant_along(a, total) for a in (reference, mine))
        for axes, constant in theirs.items():
            for other, value in ours.items():
                # along all axes everything is one number; where both are so along the same of
                # them, it tells nothing
                told = other not in theirs or len(other) == mine.ndim
                told = told and (axes not in ours or len(axes) == mine.ndim) and axes != other
                if not told or abs(value - constant) > 64 * DIGITS * value:
                    continue
                return message(
                    "normalized along other axes: {what} of the reference's is {constant:.6g} "
                    "along {axes}, and of yours along {other}",
                    what=what,
                    constant=constant,
                    axes=_in_words(axes),
                    other=_in_words(other),
                )
    return ""


def _constant_along(
    a: np.ndarray, total: Callable[..., np.ndarray]
) -> dict[tuple[int, ...], float]:
    return {
        axes: float(totals.flat[0])
        for axes, totals in _totals(a, total)
        if totals.min() > 0 and np.ptp(totals) < 64 * DIGITS * totals.max()
    }


def _totals(
    a: np.ndarray, total: Callable[..., np.ndarray]
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    for many in range(1, a.ndim + 1):
        for axes in combinations(range(a.ndim), many):
            yield axes, np.asarray(total(a, axis=axes))


def _in_words(axes: tuple[int, ...]) -> Message:
    if len(axes) == 1:
        return message("axis {axis}", axis=axes[0])
    return message("the axes {axes}", axes=", ".join(map(str, axes)))
