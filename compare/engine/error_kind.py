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
from compare.judge.evidence import Evidence
from compare.judge.judge import Judge
from compare.language.message import message
from compare.oracle.rules import rounded

# a detour through float32, as of a tensor made without a dtype, leaves float32's numbers
COARSER = {"float64": "float32", "float32": "float16"}
STABLE = 2.0**-15  # of float32's error is left in float64, where it is rounding and no function


class ErrorKind(Enum):
    """The kinds of difference, in the words of the reports."""

    ANOTHER = message("another function: it is as far off in float64 as in float32")
    UNSTABLE = message(
        "the same function, computed unstably: in float64 the error all but vanishes"
    )
    OUT_OF_RANGE = message("out of range: not finite where the exact value is")
    LESS_PRECISE = message(
        "the same function in less precision: every value is one of a coarser format"
    )
    FLOAT32_INSIDE = message(
        "less precise inside: in float64 both agree to float32's precision and no further, as by a "
        "constant or an upcast in float32, or by a fault as small as that"
    )


def error_kind_of(
    case: Case, evidence: Evidence, seed: int, mine: Implementation, reference: Implementation
) -> ErrorKind:
    """The kind of a difference of ``mine``, from its error in float64 beside that in float32.

    Both on the same float32 inputs; each is how far the result is from what its own inputs make of
    it.
    """
    if not np.isfinite(_error(evidence)):
        return ErrorKind.OUT_OF_RANGE
    if _is_coarser(evidence):
        return ErrorKind.LESS_PRECISE
    # the same float32 inputs in both, or the rounding of the inputs would be part of the error
    narrow = build(case, "float32", seed)
    errors = [
        _error_of(case, problem, evidence.comparison.name, mine, reference)
        for problem in (narrow, widened(narrow))
    ]
    if None in errors:  # in another format it takes another way, or fails before
        return ErrorKind.ANOTHER
    # another function keeps its error in float64; cancellation shrinks
    # it by 2^-29, the ratio of the two formats' unit roundoffs
    in_float32, in_float64 = (e or 0.0 for e in errors)
    # where float32 overflows, what is left in float64 may be as far off as any other function
    vanishes = in_float64 < STABLE * in_float32 and in_float64 < 1.0
    return ErrorKind.UNSTABLE if vanishes else ErrorKind.ANOTHER


def widened(problem: Problem) -> Problem:
    """The same numbers, to compute with in float64."""

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
    # only as far as the step that shows it: a training run need not be run to its end
    while judge.watched is None:
        traces = [running.next() for running in sides]
        if None in traces:  # a side ended, or raised
            return None
        judge.pair(*traces)
    return _error(judge.watched)


def _error(evidence: Evidence) -> float:
    """max |value - formula of its own inputs| / max |the latter|; infinite where not finite."""
    value, expected = _value_and_expected(evidence)
    known = np.isfinite(expected)
    if not np.isfinite(value[known]).all():  # where the formula is finite, as it overflows itself
        return np.inf
    scale = np.abs(expected[known]).max(initial=0.0) or 1.0
    return float(np.abs(value[known] - expected[known]).max(initial=0.0) / scale)


def _value_and_expected(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    # a formula may overflow on the way; its result says so
    with np.errstate(all="ignore"):
        expected = rounded(evidence.rule, evidence.parents[0], evidence.formats[0]).value
    value = evidence.values[0].astype(np.float64)
    return value, np.broadcast_to(np.asarray(expected, dtype=np.float64), value.shape)


def _is_coarser(evidence: Evidence) -> bool:
    """Whether every value fits a coarser format, and those expected do not."""
    coarser = COARSER.get(evidence.formats[0].name)
    if coarser is None:  # NumPy has no arithmetic of less than float16
        return False
    with np.errstate(over="ignore"):
        rounded_values, rounded_expected = (
            a == a.astype(coarser).astype(np.float64) for a in _value_and_expected(evidence)
        )
    # zeros and small whole numbers fit every format: it has to be the right result, in few digits
    half_its_digits_agree = _error(evidence) < FORMATS[coarser].u ** 0.5
    return bool(rounded_values.all() and not rounded_expected.all() and half_its_digits_agree)
