"""The smallest problem that still fails: fewer samples, narrower layers, rounder numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.concept import Arrays, CallStyle, Form
from compare.check.matching import expected, follows
from compare.check.subject import Subject
from compare.check.trial import called
from compare.core.case import Case
from compare.core.problem import Problem, build

ELEMENTS = 40  # that are tried as 0, one by one
Fails = Callable[[Problem], bool]


def smallest(
    subject: Subject, arrangement: CallStyle, meaning: Form, case: Case, seed: int
) -> Arrays:
    """The arrays of the smallest problem found on which the results are not those of the meaning.

    Greedy: sizes first, then whole numbers, then zeros, then without what plays no part. Empty
    where none of them fails by itself.
    """

    def fails(problem: Problem) -> bool:
        ran = called(subject, arrangement, problem)
        if ran.failed is not None:
            return False
        return not follows(ran.values, expected(meaning, problem.arrays))

    problem = _built(case, seed)
    if problem is None or not _safely(fails, problem):
        return {}
    case = _smaller(case, seed, fails)
    arrays = dict(build(case, "float64", seed).arrays)
    for simpler in _simpler(arrays):
        if _safely(fails, replace(problem, arrays=simpler)):
            arrays = simpler
    for name, index in _places(arrays):
        simpler = {**arrays, name: _with_zero(arrays[name], index)}
        if _safely(fails, replace(problem, arrays=simpler)):
            arrays = simpler
    for name in tuple(arrays):
        fewer = {n: array for n, array in arrays.items() if n != name}
        if _safely(fails, replace(problem, arrays=fewer)):
            arrays = fewer  # it has nothing to do with what fails
    return arrays


def _built(case: Case, seed: int) -> Problem | None:
    try:
        return build(case, "float64", seed)
    except (ValueError, IndexError):
        return None  # these arrays cannot be drawn so small


def _safely(fails: Fails, problem: Problem) -> bool:
    try:
        return fails(problem)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
        return False  # the formula has no value for it


def _smaller(case: Case, seed: int, fails: Fails) -> Case:
    for letter in case.sizes:
        for size in range(1, case.sizes[letter]):
            tried = replace(case, sizes={**case.sizes, letter: size})
            problem = _built(tried, seed)
            if problem is not None and _safely(fails, problem):
                case = tried
                break
    return case


def _simpler(arrays: Arrays) -> Iterator[dict[str, Any]]:
    """Rounder numbers, all arrays at once; from three digits to whole ones."""
    for digits in (3, 1, 0):
        yield {name: _rounder(a, digits) for name, a in arrays.items()}


def _rounder(array: Any, digits: int) -> Any:
    if not (isinstance(array, np.ndarray) and array.dtype.kind == "f"):
        return array
    return np.asarray(np.round(array, digits))  # of no axes, it gives no array


def _places(arrays: Arrays) -> list[tuple[str, int]]:
    floats = {n: a for n, a in arrays.items() if isinstance(a, np.ndarray) and a.dtype.kind == "f"}
    return [(name, at) for name, a in floats.items() for at in range(a.size)][:ELEMENTS]


def _with_zero(array: np.ndarray, index: int) -> np.ndarray:
    changed = array.copy()
    changed.flat[index] = 0.0
    return changed
