"""A constant that is written into the code, such as an epsilon: solved from the results.

One element of the results, in which it tells most, gives its value by bisection. Rounded to as few
digits as people write it has to explain all results, as a form from a table has to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from compare.check.concept import Arrays, CallStyle, Form, Free, Tried
from compare.check.matching import Numbers, evaluated

_HALVINGS = 24  # of 17 decades: to six digits of the constant
_DIGITS = (1, 2, 3)  # with which people write a constant
_DENOMINATOR = 12  # of a fraction that people write
_NEAR = 1e-3  # as near to a power of two: np.finfo(float).eps is 2^-52


@dataclass(frozen=True)
class _Shown:
    """The results on a probe, and the numbers of that probe."""

    values: Arrays
    numbers: Numbers

    def wanted(self, form: Form) -> Mapping[str, Any]:
        """What a form makes of them; empty where it has no results there."""
        try:
            with np.errstate(all="ignore"):
                return evaluated(form.formula, self.numbers)
        except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
            return {}  # a mistake may have no result on some legal shapes


@dataclass(frozen=True)
class _Element:
    """An element of the results, and how much the constant moved it, in units of its limit."""

    shown: _Shown
    name: str
    at: int
    moved: float


@cache  # what a form computes is remembered by the form, for all submissions
def forms(free: Free, value: float) -> Sequence[Form]:
    """The forms of a constant with this value."""
    return free.of(value)


def solved(trial: Tried, arrangement: CallStyle, free: Free, right: bool) -> Iterator[Form]:
    """The forms, right or mistakes, with each constant as written that one element shows."""
    return (form for _, form in constants(trial, arrangement, free, right))


def constants(
    trial: Tried, arrangement: CallStyle, free: Free, right: bool, only: str = ""
) -> Iterator[tuple[float, Form]]:
    """Each constant with its form; ``only``: from the results whose names begin so."""
    ends = zip(forms(free, free.low), forms(free, free.high), strict=True)
    shown: list[_Shown] = []
    for i, (low, high) in enumerate(ends):
        if low.right is not right or not low.takes(trial.subject):
            continue
        shown = shown or _all_shown(trial, arrangement, only)
        element = _most_moved(shown, low, high)
        if element:
            for value in written(_root(free, i, element)):
                if free.low <= value <= free.high:
                    yield value, forms(free, value)[i]


def written(value: float) -> tuple[float, ...]:
    """A value as people write it: with few digits, the fewest first, or as a power of two."""
    rounded = [float(f"{value:.{digits - 1}e}") for digits in _DIGITS]
    power = 2.0 ** round(math.log2(value))
    near = [power] if abs(power - value) < _NEAR * value else []
    simple = Fraction(value).limit_denominator(_DENOMINATOR)  # 1/3
    near += [float(simple)] if abs(float(simple) - value) < _NEAR * value else []
    return tuple(dict.fromkeys([*rounded, *near]))


def _all_shown(trial: Tried, arrangement: CallStyle, only: str) -> list[_Shown]:
    return [
        _Shown(
            {n: v for n, v in trial.ran(arrangement, p).values.items() if n.startswith(only)},
            trial.numbers(p),
        )
        for p in trial.concept.ordinary
    ]


def _most_moved(shown: Sequence[_Shown], low: Form, high: Form) -> _Element | None:
    """Where the constant tells most; None where a result lies on neither side of any value."""
    most: _Element | None = None
    for each in shown:
        least, largest = each.wanted(low), each.wanted(high)
        for name in each.values:
            element = _moved(each, name, least, largest)
            if element is None:
                return None
            if most is None or element.moved > most.moved:
                most = element
    return most if most is not None and most.moved > 1.0 else None


def _moved(
    shown: _Shown, name: str, least: Mapping[str, Any], largest: Mapping[str, Any]
) -> _Element | None:
    value = np.asarray(shown.values[name])
    if name not in least or value.dtype.kind not in "fiu":
        return None
    ends = [np.asarray(w[name].value, dtype=np.float64) for w in (least, largest)]
    if any(end.shape != value.shape for end in ends):
        return None
    with np.errstate(all="ignore"):
        limit = np.maximum(least[name].limit(), largest[name].limit())
        below, above = np.minimum(*ends) - limit, np.maximum(*ends) + limit
        if not ((below <= value) & (value <= above)).all():
            return None
        # from where the least constant leaves it: beyond a clip no larger one moves anything
        moved = np.nan_to_num(np.abs(value - ends[0]) / limit, nan=0.0, posinf=0.0)
    at = int(np.argmax(moved))
    return _Element(shown, name, at, float(moved.flat[at]))


def _root(free: Free, i: int, element: _Element) -> float:
    """The constant with which the form gives this element, by bisection of its logarithm."""
    value = float(np.asarray(element.shown.values[element.name]).flat[element.at])

    # of its own: these constants are asked for once
    shown = replace(element.shown, numbers=Numbers(element.shown.numbers.arrays))

    def result(constant: float) -> float:
        wanted = shown.wanted(free.of(constant)[i])
        return float(np.asarray(wanted[element.name].value).flat[element.at])

    return bisected(lambda constant: result(constant) - value, free.low, free.high)


def bisected(off: Callable[[float], float], low: float, high: float) -> float:
    """Where it is 0, between two constants at which it is of different signs."""
    rises = off(high) > off(low)
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        if (off(middle) < 0) is rises:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)
