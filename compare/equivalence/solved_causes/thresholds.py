"""Causes by a threshold: both agree on one side of a value of some array, and not on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from compare.language.message import Message, message

NEAR = 2.0**-45  # of an element, up to which two are the same
LEAST = 4  # elements on each side of a threshold that is not solved, and that others do not check
FEW = 6  # elements, of which a threshold is solved in some rounds
ROUNDS = 12  # each narrows it by the number of elements
DIGITS, SLACK = 6, 1e-9  # of a number that people write, and of what is beside it

Known = Mapping[str, np.ndarray]
# What both compute of one name where an array is another; None where that is no more of one shape.
Again = Callable[[str, np.ndarray], tuple[np.ndarray, np.ndarray] | None]


def differs(mine: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Element by element, each beside its own size."""
    with np.errstate(invalid="ignore"):
        near = np.abs(mine - reference) <= NEAR * np.maximum(np.abs(mine), np.abs(reference))
    return np.asarray(~near)


@dataclass(frozen=True)
class _Threshold:
    """Where the two differ: on one side of ``value``, of an array or of its magnitude."""

    name: str
    magnitude: bool
    above: bool
    low: float
    high: float

    def of(self, array: np.ndarray) -> np.ndarray:
        return np.abs(array) if self.magnitude else array

    def may_differ(self, array: np.ndarray) -> np.ndarray:
        """On which side each element is."""
        values = self.of(array)
        return np.asarray(values >= self.high if self.above else values <= self.low)


def threshold(
    mine: np.ndarray, reference: np.ndarray, given: Known, before: Known, again: Again
) -> Message | str:
    """Which value of which array separates what agrees from what does not; "" where none does.

    given: arrays that can be chosen, so that the value is solved · before: what both have alike,
    of which it is known between two of their elements.
    """
    wrong = differs(mine, reference)
    for name, array in {**given, **before}.items():
        if array.shape != wrong.shape or array.dtype.kind != "f" or not wrong.any():
            continue
        least = 1 if name in given and array.size >= FEW else LEAST
        for found in _separating(name, array, wrong, least):
            ends = (found.low, found.high) if found.above else (found.high, found.low)
            said = _solved(found, array, again) if name in given else _said(found, *ends)
            if said:
                return said
        only = np.unique(array[wrong], return_counts=True)[0]
        # of a single element any value is its own
        told = wrong.sum() > 1 or not only[0]
        if only.size == 1 and told and not (array[~wrong] == only[0]).any() and not wrong.all():
            return message("they differ only where {name} is {value:.6g}", name=name, value=only[0])
    return ""


def _separating(
    name: str, array: np.ndarray, wrong: np.ndarray, least: int
) -> Iterator[_Threshold]:
    """Between which values it is, if all in one range differ: up to an end, or until it fades."""
    if not least <= wrong.sum() <= wrong.size - least:
        return
    for magnitude in (False, True):
        values = np.abs(array) if magnitude else array
        first, last = values[wrong].min(), values[wrong].max()
        below, above = values[values < first], values[values > last]
        if wrong[(first <= values) & (values <= last)].all():
            # what fades does so away from 0
            if below.size >= least and (not above.size or first > 0):
                yield _Threshold(name, magnitude, True, below.max(), first)
            elif above.size >= least and (not below.size or last < 0):
                yield _Threshold(name, magnitude, False, last, above.min())


def _solved(found: _Threshold, array: np.ndarray, again: Again) -> Message | str:
    """Narrowed by arrays of values between both; then held against one of values all over."""
    low, high = float(found.low), float(found.high)
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, array.size).reshape(array.shape)
        both = again(found.name, grid)
        if both is None or both[0].shape != array.shape:
            return ""
        wrong, values = differs(*both).ravel(), grid.ravel()
        wrong = wrong if found.above else ~wrong
        # one step from agreement to difference, or these elements have nothing to do with it
        first = int(wrong.argmax()) if wrong.any() else len(wrong)
        if not wrong[first:].all() or first in (0, len(wrong)):
            break
        low, high = float(values[first - 1]), float(values[first])
    narrowed = _Threshold(found.name, found.magnitude, found.above, low, high)
    largest = 2 * float(np.abs(array).max())
    span = np.linspace(-largest, largest, array.size).reshape(array.shape)
    both = again(found.name, span)
    if both is None or both[0].shape != array.shape:
        return ""
    wrong, side = differs(*both), narrowed.may_differ(span)
    # far beyond a threshold both may agree again, where what is added there is below rounding
    if wrong[~side].any() or not wrong[side].any():
        return ""
    value = _written(low, high)
    return "" if value is None else _said(found, value, value)


def _said(found: _Threshold, agree: float, differ: float) -> Message:
    text = message(
        "a threshold: both agree where {name} is at least {agree:.6g}, and differ below "
        "{differ:.6g}"
    )
    if found.above:
        text = message(
            "a threshold: both agree where {name} is at most {agree:.6g}, and differ above "
            "{differ:.6g}"
        )
    name = f"|{found.name}|" if found.magnitude else found.name
    return text.filled({"name": name, "agree": agree, "differ": differ})


def _written(low: float, high: float) -> float | None:
    """The number between both that people write; None where it is another, as where tanh is 1."""
    if low <= 0 <= high:
        return 0.0
    middle, slack = (low + high) / 2, SLACK * max(abs(low), abs(high))
    for digits in range(1, DIGITS + 1):
        value = float(f"{middle:.{digits}g}")
        if low - slack <= value <= high + slack:
            return value
    return None
