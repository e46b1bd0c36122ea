"""What kind of difference it is: another function, the same one unstably, or out of range."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import numpy as np

from compare.arithmetic.running_error import FORMATS
from compare.core.arrays import each
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem, build
from compare.engine.side_run import SideRun
from compare.judge.judge import Evidence, Judge
from compare.oracle.rules import rounded

COARSER = {"float64": "float32", "float32": "float16"}
STABLE = 2.0**-15  # of float32's error is left in float64, where it is rounding and no function


class ErrorKind(Enum):
    """The kinds of difference, in the words of the reports."""

    ANOTHER = "another function: it is as far off in float64 as in float32"
    UNSTABLE = "the same function, computed unstably: in float64 the error all but vanishes"
    OUT_OF_RANGE = "out of range: not finite where the exact value is"
    LESS_PRECISE = "the same function in less precision: every value is one of a coarser format"


def error_kind_of(
    case: Case, exhibit: Evidence, seed: int, mine: Implementation, reference: Implementation
) -> ErrorKind:
    """The kind of a difference of ``mine``, from its error in float64 beside that in float32.

    Both on the same float32 inputs; each is how far the result is from what its own inputs make of
    it.
    """
    if not np.isfinite(_error(exhibit)):
        return ErrorKind.OUT_OF_RANGE
    if _is_coarser(exhibit):
        return ErrorKind.LESS_PRECISE
    narrow = build(case, "float32", seed)
    errors = [
        _error_of(case, problem, exhibit.comparison.name, mine, reference)
        for problem in (narrow, _widened(narrow))
    ]
    if None in errors:  # in another format it takes another way, or fails before
        return ErrorKind.ANOTHER
    in_float32, in_float64 = (e or 0.0 for e in errors)
    return ErrorKind.UNSTABLE if in_float64 < STABLE * in_float32 else ErrorKind.ANOTHER


def _widened(problem: Problem) -> Problem:
    def wide(a: np.ndarray) -> np.ndarray:
        return a.astype(np.float64) if a.dtype == np.float32 else a

    arrays = {name: each(wide, values) for name, values in problem.arrays.items()}
    return replace(problem, dtype="float64", arrays=arrays)


def _error_of(
    case: Case, problem: Problem, name: str, mine: Implementation, reference: Implementation
) -> float | None:
    """The error of ``mine`` at that name, or None where it does not come that far."""
    judge = Judge(case, case.program.specify(problem.arrays), watch=name)
    sides = [SideRun(case, mine, problem), SideRun(case, reference, problem)]
    while judge.exhibit is None:
        traces = [running.next() for running in sides]
        if None in traces:
            return None
        judge.pair(*traces)
    return _error(judge.exhibit)


def _error(exhibit: Evidence) -> float:
    """max |value - formula of its own inputs| / max |the latter|; infinite where not finite."""
    value, expected = _pair(exhibit)
    known = np.isfinite(expected)
    if not np.isfinite(value[known]).all():
        return np.inf
    scale = np.abs(expected[known]).max(initial=0.0) or 1.0
    return float(np.abs(value - expected)[known].max(initial=0.0) / scale)


def _pair(exhibit: Evidence) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(all="ignore"):
        expected = rounded(exhibit.rule, exhibit.parents[0], exhibit.formats[0]).value
    value = exhibit.values[0].astype(np.float64)
    return value, np.broadcast_to(np.asarray(expected, dtype=np.float64), value.shape)


def _is_coarser(exhibit: Evidence) -> bool:
    """Whether every value fits a coarser format, and those expected do not."""
    coarser = COARSER.get(exhibit.formats[0].name)
    if coarser is None:
        return False
    with np.errstate(over="ignore"):
        fits, right = (a == a.astype(coarser).astype(np.float64) for a in _pair(exhibit))
    half_its_digits_agree = _error(exhibit) < FORMATS[coarser].u ** 0.5
    return bool(fits.all() and not right.all() and half_its_digits_agree)
