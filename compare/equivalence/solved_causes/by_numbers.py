"""Causes that the numbers of two results allow to name: a factor, an order, axes, a part.

Each says how yours is made of the reference's numbers, and holds for all of them in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np

from compare.language.message import Message, message

DIGITS = 2.0**-36  # of the largest number, up to which two results are the same in float64
KNOWN = 4  # digits of a number that is solved where there are fewer
_PRECISION = ContextVar("_PRECISION", default=DIGITS)
AXES = 5  # of more, not every order is tried
MOSTLY = 0.5  # of the elements of a part that differs
SHORT = 8  # an axis, of which the order itself says most
MOST_BLOCKS = 12  # of an axis, as of the gates of a recurrent layer or of several heads
LONG = 4096  # an axis, of which no order is looked for


def cause_of(
    mine: np.ndarray,
    reference: np.ndarray,
    sizes: Collection[int] = (),
    ratio: Callable[[float], str] = lambda factor: "",
) -> Message | str:
    """What yours is beside the reference's, both in float64 and of one shape; "" if nothing fits.

    ``sizes``: lengths of axes and numbers of elements, by which a sum may have been divided ·
    ``ratio``: of what else a factor is, as it is written.
    """
    if not (np.isfinite(mine).all() and np.isfinite(reference).all()) or not mine.size:
        return ""
    return next((cause for cause in _causes(mine, reference, sizes, ratio) if cause), "")


@contextmanager
def to_precision(of_numbers: float) -> Iterator[None]:
    """Results inside are the same up to that share of the largest, of a reference that has no more.

    As of one that rounds to float32 inside.
    """
    token = _PRECISION.set(max(of_numbers, DIGITS))
    try:
        yield
    finally:
        _PRECISION.reset(token)


def precision() -> float:
    """Of the largest number, up to which two results are the same here."""
    return _PRECISION.get()


def in_known_digits(number: float) -> float:
    """In as many digits as are known of it here."""
    return number if precision() == DIGITS else float(f"{number:.{KNOWN}g}")


def same_numbers(mine: np.ndarray, reference: np.ndarray) -> bool:
    """Whether both agree in nearly every digit of float64, or of what the reference has."""
    return mine.shape == reference.shape and not _differs(mine, reference).any()


def _differs(mine: np.ndarray, reference: np.ndarray) -> np.ndarray:
    sizes = np.abs(reference)
    largest = sizes.max(initial=0.0, where=np.isfinite(sizes))  # everything is near to infinity
    with np.errstate(invalid="ignore"):
        near = np.abs(mine - reference) <= precision() * largest
    return np.asarray(~(near | (mine == reference)))  # NaN is near nothing


def _causes(
    mine: np.ndarray,
    reference: np.ndarray,
    sizes: Collection[int],
    ratio: Callable[[float], str],
) -> Iterator[Message | str]:
    yield _factor(mine, reference, sizes, ratio)
    yield _shift_of_values(mine, reference)
    yield _other_axes(mine, reference)
    yield _flipped(mine, reference)
    yield from (_order_along(axis, mine, reference) for axis in range(mine.ndim))
    yield _flattened(mine, reference)
    yield _any_order(mine, reference)


def part_of(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    """Which part of an axis alone differs, where that is less than all of it; else ""."""
    parts = (_part_of(axis, mine, reference) for axis in reversed(range(mine.ndim)))
    return next((part for part in parts if part), "")


def _factor(
    mine: np.ndarray,
    reference: np.ndarray,
    sizes: Collection[int],
    ratio: Callable[[float], str],
) -> Message | str:
    largest = np.unravel_index(np.abs(reference).argmax(), reference.shape)
    if not reference[largest]:
        return ""
    factor = float(mine[largest] / reference[largest])
    if not factor or not same_numbers(mine, factor * reference):
        return ""
    if abs(factor + 1) < precision():
        return message("another sign: yours is everywhere minus the reference's")
    name = fraction(factor, sizes) or ratio(factor)
    # any factor explains a single number: one that people write, or none
    if mine.size == 1 and not name:
        return ""
    if np.abs(float(f"{factor:.8g}") - factor) > 0.1 * abs(factor - 1):  # as good as 1
        return message(
            "a factor: yours is everywhere 1 {sign} {more:.2g} times the reference's, and no more "
            "than that apart",
            sign="+" if factor > 1 else "-",
            more=abs(factor - 1),
        )
    return message(
        "a factor: yours is everywhere {factor:.8g} times the reference's{name}",
        factor=in_known_digits(factor),
        name=f" ({name})" if name else "",
    )


def fraction(factor: float, sizes: Collection[int]) -> str:
    """The factor as a small fraction, or a root of one; "" where it is neither."""
    small = range(1, 13)
    for power, sign in ((1, ""), (2, "sqrt")):
        value = abs(factor) ** power
        for below in (*small, *sizes):
            above = round(value * below)
            known = above in small or above in sizes
            if known and abs(value * below - above) < 16 * DIGITS * above:
                text = str(Fraction(above, below))
                text = f"{sign}({text})" if sign else text
                return f"-{text}" if factor < 0 else text
    return ""


def _shift_of_values(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    more = float((mine - reference).flat[0])
    if not np.ptp(reference) or not more or not same_numbers(mine, reference + more):
        return ""
    return message(
        "a constant: yours is everywhere {more:.8g} more than the reference's", more=more
    )


def _other_axes(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    if not 2 <= mine.ndim <= AXES:
        return ""
    for axes in permutations(range(mine.ndim)):
        if list(axes) != sorted(axes) and same_numbers(mine, reference.transpose(axes)):
            return message(
                "transposed: yours is the reference's with its axes in the order {axes}",
                axes=str(axes),
            )
    return ""


def _flipped(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    """Reversed along several axes; along one alone that is another order of it."""
    if mine.ndim > AXES:
        return ""
    several = (a for n in range(2, mine.ndim + 1) for a in combinations(range(mine.ndim), n))
    for axes in several:
        if same_numbers(mine, np.flip(reference, axes)):
            return message(
                "flipped: yours is the reference's, reversed along the axes {axes}", axes=str(axes)
            )
    return ""


def _flattened(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    """Read in another order of its axes, and put into the same shape."""
    if not 2 <= mine.ndim <= AXES:
        return ""
    for axes in permutations(range(mine.ndim)):
        for one, other, read in ((mine, reference, True), (reference, mine, False)):
            if list(axes) == sorted(axes) or not same_numbers(
                one, other.transpose(axes).reshape(other.shape)
            ):
                continue
            return message(
                "flattened in another order: {one} is {other}.transpose{axes}, reshaped",
                one=message("yours") if read else message("the reference"),
                other=message("the reference") if read else message("yours"),
                axes=str(axes),
            )
    return ""


def _order_along(axis: int, mine: np.ndarray, reference: np.ndarray) -> Message | str:
    n = mine.shape[axis]
    if not 1 < n <= LONG:
        return ""
    rows, others = (np.moveaxis(a, axis, 0).reshape(n, -1) for a in (mine, reference))
    # where each of ours is in the reference: nearest in one product with random weights
    weights = np.random.default_rng(0).standard_normal(rows.shape[1])
    ours, theirs = rows @ weights, others @ weights
    order = np.abs(ours[:, None] - theirs).argmin(1)
    if sorted(order) != list(range(n)) or not same_numbers(rows, others[order]):
        return ""
    return message(
        "another order: along axis {axis} yours has the same values, {order}",
        axis=axis,
        order=_in_words(order),
    )


def _in_words(order: np.ndarray) -> Message | str:
    n = len(order)
    if list(order) == list(range(n))[::-1]:
        return message("reversed")
    by = int(order[0])
    if list(order) == [(k + by) % n for k in range(n)]:
        # the shorter way round
        return message("shifted by {by}", by=by if by <= n - by else by - n)
    for rows in (r for r in range(2, n) if n % r == 0 and n > SHORT):
        if list(order) == list(np.arange(n).reshape(rows, -1).T.ravel()):
            return message(
                "those of {rows} rows of {columns}, column by column", rows=rows, columns=n // rows
            )
    blocks = _blocks(order) if n > SHORT else []
    if blocks:
        return message(
            "blocks of {size} of them, in the order {blocks}",
            size=n // len(blocks),
            blocks=", ".join(map(str, blocks)),
        )
    shown = ", ".join(map(str, order[:12])) + (", ..." if n > 12 else "")
    return message("those at {shown}", shown=shown)


def _blocks(order: np.ndarray) -> list[int]:
    """The order of the fewest equal blocks that it consists of, each of more than one."""
    n = len(order)
    for many in (m for m in range(2, min(n, MOST_BLOCKS + 1)) if n % m == 0):
        starts = order[:: n // many]
        of_blocks = starts[:, None] + np.arange(n // many)
        if not (starts % (n // many)).any() and (of_blocks.ravel() == order).all():
            return [int(start) // (n // many) for start in starts]
    return []


def _any_order(mine: np.ndarray, reference: np.ndarray) -> Message | str:
    one, other = np.sort(mine, axis=None), np.sort(reference, axis=None)
    distinct = 1 + np.count_nonzero(one[1:] != one[:-1])  # np.unique imports masked arrays for it
    if mine.size < 3 or 2 * distinct < mine.size or not same_numbers(one, other):
        return ""
    return message("another order: yours has the same values in other places")


def _part_of(axis: int, mine: np.ndarray, reference: np.ndarray) -> Message | str:
    """Where a part of an axis alone differs, one after the other, and as good as all of it."""
    n = mine.shape[axis]
    wrong = np.moveaxis(_differs(mine, reference), axis, 0).reshape(n, -1).mean(1)
    at = np.flatnonzero(wrong)
    if not at.size or at.size == n or wrong[at].min() < MOSTLY:
        return ""
    same = np.flatnonzero(wrong == 0)
    apart = at.size != at[-1] - at[0] + 1
    if apart and at.size <= same.size == same[-1] - same[0] + 1:
        return message(
            "both ends: only index 0 to {first} and {last} to {end} of axis {axis} differ",
            first=same[0] - 1,
            last=same[-1] + 1,
            end=n - 1,
            axis=axis,
        )
    if apart:
        return ""
    part = message("the first half") if at[0] == 0 and 2 * at.size == n else ""
    if at[-1] == n - 1 and 2 * at.size == n:
        part = message("the second half")
    which = str(at[0]) if at.size == 1 else f"{at[0]} to {at[-1]}"
    if part:
        return message(
            "half of an axis: only index {which} of axis {axis} differ, {part} of it",
            which=which,
            axis=axis,
            part=part,
        )
    return message("a part: only index {which} of axis {axis} differ", which=which, axis=axis)
