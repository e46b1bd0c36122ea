"""What a part shows in one way of calling it, beside what a line of its definition makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.standard.definition import Line
from compare.check.calling.standard.flat import flat
from compare.check.calling.standard.parts import (
    RETURNED,
    Assignment,
    Part,
    Shown,
    constants_in,
    key_of,
    shown,
)
from compare.check.calling.standard.roles import FED, OF_TENSORS, SERIES, SIZES, STEPS, drawn

DIGITS = 2.0**-42  # of the largest number: ten of 52 bits, which other steps may lose
_STEP_OF_SLOPE = 1e-5


@dataclass(frozen=True)
class Call:
    """A way to call a part: ``of``: which roles there are."""

    part: Part
    of: Line
    assigned: Assignment
    form: int

    @property
    def numbers(self) -> range:
        """The problems that it is called in."""
        return range(SERIES if {"losses", "first"} & {*self.of.roles} else len(SIZES))

    @property
    def first(self) -> int:
        """The first step: many have no rate of step 0."""
        return 1 if "step" in self.assigned.values() else 0

    def values(self, number: int) -> dict[str, Any]:
        """The values of all roles in a problem."""
        return {**drawn(number, self.form), **constants_in(self.assigned)}

    def shown(self, number: int) -> Shown:
        """What it shows in a problem.   Raises Failed."""
        return shown(self.part, self.of, self.assigned, self.values(number), number, self.form)


def followed_by(call: Call, follows: Line) -> str:
    """In which of the ways in which it shows something it shows what a line says, or ""."""
    ways: set[str] | None = None
    for number in call.numbers:
        wanted = _value(follows, call, number)
        given = call.shown(number) if wanted else {}
        same = {
            name
            for name, y in given.items()
            if y and wanted and _is(y, wanted, follows, call, number)
        }
        ways = same if ways is None else ways & same
        if not ways:
            return ""
    return min(ways or {""})


def _is(
    mine: list[np.ndarray], wanted: list[np.ndarray], line: Line, call: Call, number: int
) -> bool:
    """Whether it is what a line makes, or that one number and its gradient."""
    if len(mine) == len(wanted):
        return alike(mine, wanted)
    return len(wanted) == 1 and alike(mine[:1], wanted) and bool(_sloped(mine, line, call, number))


def wanted_of(
    line: Line, call: Call, number: int, mine: list[np.ndarray] | None
) -> list[np.ndarray]:
    """What a line makes, and the gradient that was given beside it if it is that."""
    wanted = _value(line, call, number) or []
    return wanted + (mine[1:] if mine and len(wanted) == 1 < len(mine) else [])


def _sloped(mine: list[np.ndarray], line: Line, call: Call, number: int) -> str:
    """The role by which the rest is the gradient of the first, to the digits of differences."""
    values = call.values(number)
    for role in line.roles:
        arrays = values[role] if role in OF_TENSORS else [values[role]]
        shapes = [np.shape(a) for a in arrays]
        floats = all(isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in arrays)
        if floats and shapes == [m.shape for m in mine[1:]]:
            slopes = differences(line, values, role, arrays)
            if all(map(partial(np.allclose, rtol=1e-5, atol=1e-7), mine[1:], slopes)):
                return role
    return ""


def differences(
    line: Line, values: Mapping[str, Any], role: str, arrays: list[np.ndarray]
) -> list[np.ndarray]:
    """The gradient of the one number of a line by the arrays of a role, by differences."""
    slopes = [np.zeros(a.shape) for a in arrays]
    for k, place in ((k, i) for k, a in enumerate(arrays) for i in np.ndindex(a.shape)):
        ends = []
        for h in (_STEP_OF_SLOPE, -_STEP_OF_SLOPE):
            moved = [np.copy(a) for a in arrays]
            moved[k][place] += h
            at = {**values, role: moved if role in OF_TENSORS else moved[0]}
            ends.append(float(np.ravel(line.value(at))[0]))
        slopes[k][place] = (ends[0] - ends[1]) / (2 * _STEP_OF_SLOPE)
    return slopes


def changed_in(call: Call, name: str, right: list[np.ndarray]) -> tuple[str, ...]:
    """The arguments that it changes in place and should not."""
    changes = call.part.changes[key_of(call.of, call.assigned, 0, call.form)]
    lent = {n for n, role in call.assigned.items() if role in OF_TENSORS and name == RETURNED}
    lent = lent if np.ndim(right[0]) else set()  # weights that are changed and returned as well
    return tuple(n for n in changes if n not in lent)


def _value(line: Line, call: Call, number: int) -> list[np.ndarray] | None:
    """The numbers that a line makes; in place of a schedule those of each step."""
    values = call.values(number)
    with np.errstate(all="ignore"):
        try:
            if "step" not in call.of.roles:
                made = line.value(values)
                return flat(np.asarray(made) if {*FED} & {*call.of.roles} else made)
            steps = (
                float(_real(line.value({**values, "step": i})))
                for i in range(call.first, call.first + STEPS)
            )
            return [np.array(list(steps))]
        except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError):
            return None


def _real(number: Any) -> Any:
    if np.iscomplexobj(number):
        raise ValueError
    return number


def alike(mine: list[np.ndarray], wanted: list[np.ndarray]) -> bool:
    """Whether all numbers are the same, to within rounding."""
    return len(mine) == len(wanted) and all(map(_equal, mine, wanted))


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    one, other = np.squeeze(one), np.squeeze(other)
    if one.shape != other.shape or not np.isfinite(one + other).all():
        return False
    return bool((np.abs(one - other) <= DIGITS * np.abs(other).max(initial=0.0)).all())
