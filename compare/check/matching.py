"""Whether results follow a formula: the one place where a submission's numbers are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare.arithmetic.closeness import gap
from compare.arithmetic.running_error import FORMATS, Bounded
from compare.check.concept import Arrays, Form
from compare.core.outcome import Outcome
from compare.judge.compared import compared_at
from compare.judge.sensitivity import Sensitivity
from compare.judge.verdict import Comparison
from compare.language.message import message
from compare.oracle.rules import AS_THEY_ARE

F64 = FORMATS["float64"]


class Numbers(dict[str, Any]):
    """A problem's numbers by name, which nobody changes; ``results`` is what formulas made of them.

    Most meanings of a concept are a few formulas with a factor each: each is evaluated once.
    """

    def __init__(self, arrays: Arrays) -> None:
        super().__init__(numbers(arrays))
        self.arrays = arrays
        # by the function: for every factor fitting/factors.py wraps the same one
        self.results: dict[Callable[[Arrays], Arrays], Arrays] = {}


def evaluated(formula: Callable[[Arrays], Arrays], numbers_of_probe: Arrays) -> Arrays:
    """What a formula makes of numbers; once where they can remember it."""
    if not isinstance(numbers_of_probe, Numbers):
        return formula(numbers_of_probe)
    if formula not in numbers_of_probe.results:
        numbers_of_probe.results[formula] = formula(numbers_of_probe)
    return numbers_of_probe.results[formula]


def numbers(arrays: Arrays) -> dict[str, Any]:
    """A problem's arrays as numbers that carry their error; targets and integers as they are."""
    return {n: Bounded.given(a, F64) if _is_number(n, a) else a for n, a in arrays.items()}


def _is_number(name: str, a: Any) -> bool:
    return isinstance(a, np.ndarray) and a.dtype.kind == "f" and name not in AS_THEY_ARE


def expected(meaning: Form, arrays: Arrays) -> dict[str, Bounded]:
    """What the meaning makes of a problem's arrays, each with its bound."""
    with np.errstate(all="ignore"):
        inputs = arrays if isinstance(arrays, Numbers) else numbers(arrays)
        return dict(meaning.formula(inputs))


def follows(values: Arrays, wanted: Mapping[str, Bounded]) -> bool:
    """Whether all results are what is wanted, to within rounding; one that is not known fails."""
    with np.errstate(all="ignore"):
        return bool(values) and all(
            name in wanted and not _wrong(values[name], wanted[name]) for name in values
        )


def known(values: Arrays, wanted: Mapping[str, Bounded]) -> bool:
    """Whether there is a result in which not just any number follows; NaN is met by NaN alone."""
    with np.errstate(all="ignore"):
        return any(
            not (np.isfinite(wanted[n].value) & np.isinf(wanted[n].limit())).any() for n in values
        )


def _wrong(value: Any, wanted: Bounded) -> bool:
    value = np.asarray(value)
    # f, i, u, b: real numbers and bools; others have no distance
    if value.shape != np.shape(wanted.value) or value.dtype.kind not in "fiub":
        return True
    right, limit = np.asarray(wanted.value), wanted.limit()
    # most of what is tried is off from the first number on, and the rest of it says no more
    if value.size and _is_off(value.item(0), right.item(0), limit.item(0)):
        return True
    return bool(gap(value, right, limit).wrong.any())


def _is_off(value: float, right: float, limit: float) -> bool:
    """Whether two finite numbers are further apart than that."""
    return math.isfinite(value) and math.isfinite(right) and abs(float(value) - right) > limit


def comparisons(
    values: Arrays,
    wanted: Mapping[str, Bounded],
    torch: Arrays,
    sensitivity: Sensitivity | None = None,
) -> list[Comparison]:
    """Every name of either side, compared; ``torch`` has torch's, to be shown beside."""
    with np.errstate(all="ignore"):
        return [
            _compared(n, values, wanted, torch, sensitivity)
            for n in dict.fromkeys([*wanted, *values])
        ]


def _compared(
    name: str,
    values: Arrays,
    wanted: Mapping[str, Bounded],
    torch: Arrays,
    sensitivity: Sensitivity | None,
) -> Comparison:
    if name not in values:
        # no lack: many return the loss alone
        return Comparison(name, Outcome.NOT_COMPARED, message("it does not show this"), known=True)
    if name not in wanted:
        return Comparison(name, Outcome.NOT_COMPARED, message("nothing says what it should be"))
    mine, right = np.asarray(values[name]), np.asarray(wanted[name].value)
    if mine.shape != right.shape:
        shapes = {"shape": str(mine.shape), "right": str(right.shape)}
        reason = message("shape {shape}, expected {right}", **shapes)
        return Comparison(name, Outcome.DIFFERENT, reason, total=right.size)
    if mine.dtype.kind not in "fiub":
        reason = message("dtype {kind} is not one of numbers", kind=str(mine.dtype))
        return Comparison(name, Outcome.DIFFERENT, reason)
    # where every element has the same error, the limit is one number
    limit = np.broadcast_to(wanted[name].limit(), right.shape)
    if sensitivity is not None:
        sensitivity.attempt(name, right, limit, "float64")
    reference = np.broadcast_to(np.asarray(torch.get(name, right)), right.shape)
    return compared_at(name, gap(mine, right, limit), mine, reference, right)
