"""Two stored tensors beside each other: how many elements differ, by how much, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from compare.arithmetic.blocks import apart
from compare.arithmetic.closeness import gap, is_float
from compare.arithmetic.pieces import BLOCK, is_same, iterated, same_bits
from compare.core.outcome import Outcome
from compare.equivalence.solved_causes.by_numbers import cause_of, part_of
from compare.equivalence.tensors.files import Stored
from compare.equivalence.tensors.pairing import Pairing, paired
from compare.language.message import Message, message

LARGE = 1 << 22  # elements: of more no cause is looked for, which takes copies in float64
AXES = 4  # of more, not every order is tried
_ONLY_FIRST, _ONLY_SECOND = message("in the first alone"), message("in the second alone")


@dataclass(frozen=True)
class Allowed:
    """What counts as the same although the bits are others."""

    ulps: int = 0
    transposed: bool = False
    dtype: bool = False


@dataclass(frozen=True)
class TensorComparison:
    """One tensor of the first file and the one that it is paired with.

    ``count`` of ``total`` elements are further apart than allowed · ``worst`` is where, ``values``
    are both there, ``ulps`` how far apart they are in the coarser format · ``note`` says how
    one that is the same is kept otherwise (transposed, another dtype), ``cause`` what is wrong.
    """

    name: str
    other: str
    outcome: Outcome
    total: int = 0
    nbytes: int = 0
    count: int = 0
    worst: tuple[int, ...] = ()
    values: tuple[float, float] = (0.0, 0.0)
    ulps: float = 0.0
    note: str = ""
    cause: str = ""


@dataclass(frozen=True)
class FilesComparison:
    """All tensors of two files, in the order of the first; what only one has; the settings."""

    tensors: tuple[TensorComparison, ...]
    pairing: Pairing
    settings: tuple[TensorComparison, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all that either has was compared, and is the same."""
        missing = self.pairing.only_first or self.pairing.only_second
        return not missing and all(
            c.outcome is Outcome.SAME for c in (*self.tensors, *self.settings)
        )


def compare_stored(
    first: Stored,
    second: Stored,
    allowed: Allowed | None = None,
    renamed: Mapping[str, str] | None = None,
) -> FilesComparison:
    """Every tensor of the two, and what stands beside them."""
    pairing = paired(first.arrays, second.arrays, renamed)
    tensors = tuple(
        compared(a, first.arrays[a], b, second.arrays[b], allowed or Allowed())
        for a, b in pairing.pairs
    )
    return FilesComparison(tensors, pairing, tuple(_settings(first.settings, second.settings)))


def compared(
    name: str, mine: np.ndarray, other: str, right: np.ndarray, allowed: Allowed
) -> TensorComparison:
    """One pair.   ``right`` is the reference's, ``mine`` the one that is to be the same."""
    draft = TensorComparison(name, other, Outcome.SAME, mine.size, mine.nbytes + right.nbytes)
    note: Message | str = ""
    if mine.shape != right.shape:
        axes = _axes(mine, right)
        if axes is None:
            return _different(draft, message(
                "shape {shape} beside {right}", shape=str(mine.shape), right=str(right.shape)
            ))  # fmt: skip
        note = message("transposed: the same with its axes in the order {axes}", axes=str(axes))
        mine = mine.transpose(axes)
        if not allowed.transposed:
            return _different(draft, note)
    if mine.dtype.kind == "c" and mine.dtype == right.dtype:  # real and imaginary parts
        mine, right = (_parts(side) for side in (mine, right))
    if mine.dtype != right.dtype:
        return _of_two_formats(draft, mine, right, allowed)
    if is_float(mine.dtype):
        return _of_one_format(draft, mine, right, allowed.ulps, note)
    count, first = _unequal(mine, right)
    if not count:
        return replace(draft, note=note)
    return _at(draft, mine, right, count, np.unravel_index(first, mine.shape), "")


def _unequal(mine: np.ndarray, right: np.ndarray) -> tuple[int, int]:
    """How many elements are not equal, and the first of them."""
    count = first = start = 0
    for a, b in iterated([mine, right], BLOCK):
        if not is_same(a, b):
            unequal = np.flatnonzero(a != b)
            if unequal.size and not count:
                first = start + int(unequal[0])
            count += int(unequal.size)
        start += a.size
    return count, first


def _parts(array: np.ndarray) -> np.ndarray:
    real = np.float32 if array.dtype == np.complex64 else np.float64
    return np.ascontiguousarray(array)[..., None].view(real)


def _axes(mine: np.ndarray, right: np.ndarray) -> tuple[int, ...] | None:
    """The order of axes in which they have the same bits; of one shape alone a look is enough."""
    if mine.ndim != right.ndim or not 2 <= mine.ndim <= AXES or mine.dtype != right.dtype:
        return None
    orders = [
        axes for axes in permutations(range(mine.ndim)) if mine.transpose(axes).shape == right.shape
    ]
    for axes in orders:
        if same_bits(mine.transpose(axes), right):
            return axes
    return None


def _of_one_format(
    draft: TensorComparison, mine: np.ndarray, right: np.ndarray, ulps: int, note: Message | str
) -> TensorComparison:
    if not mine.size:
        return replace(draft, note=note)
    distance = apart(mine, right, 0.0)
    if not distance.count:
        return replace(draft, note=note)
    count = (
        distance.count if not ulps else sum(_beyond(*pair, ulps) for pair in _pieces(mine, right))
    )
    if not count:
        nearly = message("within {n} ulp", n=ulps)
        return replace(draft, note=nearly)
    return _at(draft, mine, right, count, distance.worst, _cause(mine, right))


def _pieces(mine: np.ndarray, right: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for a, b in iterated([mine, right], BLOCK):
        if not is_same(a, b):
            yield a, b


def _beyond(mine: np.ndarray, right: np.ndarray, ulps: int) -> int:
    """How many elements are more than so many ulps apart."""
    with np.errstate(all="ignore"):
        exact, reference = mine.astype(np.float64), right.astype(np.float64)
        equal = (exact == reference) | (np.isnan(exact) & np.isnan(reference))
        near = np.abs(exact - reference) <= ulps * np.abs(_spacing(right))
    return int(np.count_nonzero(~equal & ~near))


def _spacing(values: np.ndarray) -> np.ndarray:
    """One ulp of each, in its own format."""
    return np.spacing(np.abs(values)).astype(np.float64)


def _of_two_formats(
    draft: TensorComparison, mine: np.ndarray, right: np.ndarray, allowed: Allowed
) -> TensorComparison:
    """Whether the coarser one is the finer one, rounded: each element to the nearest."""
    kinds = {"kind": str(mine.dtype), "right": str(right.dtype)}
    if not (is_float(mine.dtype) and is_float(right.dtype)):
        return _different(draft, message("dtype {kind} beside {right}", **kinds))
    coarse, fine = (mine, right) if _digits(mine) <= _digits(right) else (right, mine)
    unlike = 0
    for a, b in iterated([coarse, fine], BLOCK):
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = b.astype(coarse.dtype)
        unlike += int(np.count_nonzero(~((rounded == a) | (np.isnan(rounded) & np.isnan(a)))))
    if not unlike:
        note = message("dtype {kind} beside {right}, the same but for rounding", **kinds)
        return replace(draft, note=note) if allowed.dtype else _different(draft, note)
    cause = message("dtype {kind} beside {right}, and other numbers", **kinds)
    return _at(draft, mine, right, unlike, _furthest(mine, right), cause)


def _furthest(mine: np.ndarray, right: np.ndarray) -> tuple[Any, ...]:
    """Where two formats are furthest apart; as a whole in float64 they would not fit in memory."""
    largest, at, start = -1.0, 0, 0
    for a, b in iterated([mine, right], BLOCK):
        found = gap(a.astype(np.float64), b.astype(np.float64), 0.0)
        if found.error_there > largest:
            largest, at = found.error_there, start + found.worst[0]
        start += a.size
    return np.unravel_index(at, mine.shape)


def _digits(array: np.ndarray) -> float:
    return -float(np.log2(float(np.spacing(array.dtype.type(1)))))


def _cause(mine: np.ndarray, right: np.ndarray) -> Message | str:
    if mine.size > LARGE:
        return ""
    both = mine.astype(np.float64), right.astype(np.float64)
    return cause_of(*both, mine.shape) or part_of(*both)


def _at(
    draft: TensorComparison,
    mine: np.ndarray,
    right: np.ndarray,
    count: int,
    worst: Any,
    cause: Message | str,
) -> TensorComparison:
    at = tuple(int(k) for k in worst)
    values = (float(mine[at]), float(right[at]))
    ulps = math.nan
    if is_float(right.dtype):
        with np.errstate(all="ignore"):
            unit = max(float(_spacing(side[at])) for side in (mine, right))
            ulps = abs(values[0] - values[1]) / unit if unit else math.inf
    return replace(
        draft, outcome=Outcome.DIFFERENT, count=count, worst=at, values=values, ulps=ulps,
        cause=cause,
    )  # fmt: skip


def _different(draft: TensorComparison, cause: Message | str) -> TensorComparison:
    return replace(draft, outcome=Outcome.DIFFERENT, count=draft.total, cause=cause)


def _settings(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[TensorComparison]:
    """What is no tensor: equal, or not; what cannot be compared is said."""
    for name in dict.fromkeys([*first, *second]):
        if name not in first or name not in second:
            side = (
                message("in the first alone") if name in first else message("in the second alone")
            )
            yield TensorComparison(name, name, Outcome.DIFFERENT, cause=side)
            continue
        mine, right = first[name], second[name]
        plain = isinstance(mine, (int, float, str, bool, type(None)))
        if not plain or type(mine) is not type(right):
            kinds = {"kind": type(mine).__name__, "right": type(right).__name__}
            yield TensorComparison(
                name, name, Outcome.NOT_COMPARED, cause=message("{kind} beside {right}", **kinds)
            )
        elif mine == right or (mine != mine and right != right):
            yield TensorComparison(name, name, Outcome.SAME)
        else:
            beside = message("{value} beside {right}", value=repr(mine), right=repr(right))
            yield TensorComparison(name, name, Outcome.DIFFERENT, cause=beside)
