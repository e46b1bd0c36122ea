"""The smallest problem that still fails: fewer samples, narrower layers, rounder numbers.

To be computed by hand it has to show something: results that differ in their first three digits,
arrays that are not all zeros, and two samples where what is right depends on how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
_SEEN = 1e-3  # of a number: what is seen in its first three digits
_SAMPLES = "N"
Fails = Callable[[Problem], bool]
Difference = Callable[[Problem], float]


def smallest(
    subject: Subject, arrangement: CallStyle, meaning: Form, case: Case, seed: int
) -> Arrays:
    """The arrays of the smallest problem found on which the results are not those of the meaning.

    Greedy: sizes first, then whole numbers, then zeros, then without what plays no part. Empty
    where none of them fails by itself.
    """

    def difference(problem: Problem) -> float:
        """The largest, beside the number itself; 0 where it is none."""
        ran = called(subject, arrangement, problem)
        if ran.failed is not None:
            return 0.0
        wanted = expected(meaning, problem.arrays)
        return 0.0 if follows(ran.values, wanted) else largest_difference(ran.values, wanted)

    problem = _built(case, seed)
    first = _safely(difference, problem) if problem is not None else 0.0
    if problem is None or not first:
        return {}
    # where nothing shows at first, nothing has to
    least = min(_SEEN, first)

    def fails(problem: Problem) -> bool:
        return _safely(difference, problem) >= least

    case = _smaller(case, seed, fails, 2 if _counts_samples(meaning, case, problem) else 1)
    arrays = dict(build(case, "float64", seed).arrays)
    for simpler in _simpler(arrays):
        if not _vanish(arrays, simpler) and fails(replace(problem, arrays=simpler)):
            arrays = simpler
    for name, index in _places(arrays):
        simpler = {**arrays, name: _with_zero(arrays[name], index)}
        if not _vanish(arrays, simpler) and fails(replace(problem, arrays=simpler)):
            arrays = simpler
    for name in tuple(arrays):
        fewer = {n: array for n, array in arrays.items() if n != name}
        if fails(replace(problem, arrays=fewer)):
            arrays = fewer  # it has nothing to do with what fails
    return arrays


def largest_difference(values: Arrays, wanted: Mapping[str, Any]) -> float:
    """Of all results, beside the number that differs; 1 where one has another shape."""
    largest = 0.0
    for name, value in values.items():
        mine = np.asarray(value, dtype=np.float64)
        right = np.asarray(wanted[name].value, dtype=np.float64) if name in wanted else None
        if right is None or mine.shape != right.shape:
            return 1.0
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(mine), np.abs(right))
            apart = np.where(mine == right, 0.0, np.abs(mine - right) / size)
        largest = max(largest, float(np.nan_to_num(apart, nan=1.0).max(initial=0.0)))
    return largest


def _counts_samples(meaning: Form, case: Case, problem: Problem) -> bool:
    """Whether what is right of a sample depends on the others: a mean does."""
    n = case.sizes.get(_SAMPLES, 1)
    if n < 2:
        return False
    fewer = {k: v[:-1] if np.shape(v)[:1] == (n,) else v for k, v in problem.arrays.items()}
    try:
        whole, part = expected(meaning, problem.arrays), expected(meaning, fewer)
        pairs = [(np.asarray(w.value), np.asarray(part[k].value)) for k, w in whole.items()]
        return not all(np.array_equal(w[: len(p)], p) for w, p in pairs if w.ndim) or any(
            w.ndim == 0 for w, _ in pairs
        )
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
        return False


def _vanish(arrays: Arrays, simpler: Arrays) -> bool:
    """Whether all of an array would be zeros, which shows nothing."""
    return any(
        np.any(a) and not np.any(simpler[name])
        for name, a in arrays.items()
        if isinstance(a, np.ndarray) and a.dtype.kind == "f"
    )


def _built(case: Case, seed: int) -> Problem | None:
    try:
        return build(case, "float64", seed)
    except (ValueError, IndexError):
        return None  # these arrays cannot be drawn so small


def _safely(difference: Difference, problem: Problem) -> float:
    try:
        return difference(problem)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
        return 0.0  # the formula has no value for it


def _smaller(case: Case, seed: int, fails: Fails, samples: int) -> Case:
    for letter in case.sizes:
        for size in range(samples if letter == _SAMPLES else 1, case.sizes[letter]):
            tried = replace(case, sizes={**case.sizes, letter: size})
            problem = _built(tried, seed)
            if problem is not None and fails(problem):
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
