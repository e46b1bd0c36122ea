"""Our rule beside the comparisons that people use: does each call two runs different?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch

from compare.arithmetic.closeness import is_float
from compare.core.case import Case
from compare.core.implementation import Implementation, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import Problem
from compare.core.trace import Trace
from compare.judge.judge import Judge
from compare.judge.rounding_noise.measured_limits import judged
from compare.oracle.rules import Specification

OURS = "ours"
BLACK_BOX = "ours, black box"


def traces(case: Case, problem: Problem, side: Implementation) -> list[Trace]:
    """What a side computes on the problem's arrays, in NumPy."""
    arrays = {name: side.given(values) for name, values in problem.arrays.items()}
    return [
        Trace({k: side.to_numpy(v) for k, v in trace.values.items()}, trace.step)
        for trace in case.program.run(side, arrays)
    ]


def ours(
    case: Case, problem: Problem, mine: Sequence[Trace], reference: Sequence[Trace]
) -> str | None:
    """The full name of the first difference, or None."""
    return _first(Judge(case, case.program.specify(problem.arrays)), mine, reference)


def _first(judge: Judge, mine: Sequence[Trace], reference: Sequence[Trace]) -> str | None:
    for trace, reference_trace in zip(mine, reference, strict=True):
        for compared in judge.pair(trace, reference_trace):
            if compared.outcome is not Outcome.SAME:
                return compared.name
    return None


def black_box(
    case: Case, problem: Problem, mine: Sequence[Trace], reference: Sequence[Trace]
) -> str | None:
    """The first difference where no rule says how anything is computed: by the noise of torch."""
    names = {
        trace.full_name(name)
        for trace in reference
        for name, value in trace.values.items()
        if is_float(value.dtype)
    }
    measured = judged(case, problem, mine, torch_side(), names)
    return _first(Judge(case, Specification(), measured), mine, reference)


def _torch(mine: np.ndarray, reference: np.ndarray) -> bool:

    try:
        torch.testing.assert_close(
            torch.from_numpy(np.asarray(mine)),
            torch.from_numpy(np.asarray(reference)),
            equal_nan=True,
        )
    except AssertionError:
        return False
    return True


def _scipy(mine: np.ndarray, reference: np.ndarray) -> bool:
    # the default of scipy's xp_assert_close
    rtol = 4 * np.sqrt(np.finfo(reference.dtype).eps)
    return bool(np.allclose(mine, reference, rtol=rtol, atol=0, equal_nan=True))


# At their defaults, as people call them, but that a NaN on both sides is equal.
OTHERS: dict[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "torch assert_close": _torch,
    "np.allclose": lambda a, b: bool(np.allclose(a, b, equal_nan=True)),
    "np assert_allclose": lambda a, b: bool(np.allclose(a, b, rtol=1e-7, atol=0, equal_nan=True)),
    "SciPy's default": _scipy,
}


def alarms(mine: Iterable[Trace], reference: Iterable[Trace]) -> dict[str, bool]:
    """For each of the others: whether it calls any array different."""
    different = dict.fromkeys(OTHERS, False)
    for trace, reference_trace in zip(mine, reference, strict=True):
        for name, right in reference_trace.values.items():
            if right.dtype.kind != "f":
                continue
            for rule, agrees in OTHERS.items():
                wrong = trace.values[name].shape != right.shape or not agrees(
                    trace.values[name], right
                )
                different[rule] = different[rule] or wrong
    return different


def first_beyond(
    mine: Iterable[Trace], right: Iterable[Trace], dtype: str, ulps: float = 2.0
) -> str | None:
    """The first name at which two runs in extended precision differ by more than 2 ulp of dtype."""
    info = np.finfo(dtype)
    for trace, right_trace in zip(mine, right, strict=True):
        for name, expected in right_trace.values.items():
            if expected.dtype.kind != "f":
                continue
            actual = trace.values[name]
            if actual.shape != expected.shape:
                return right_trace.full_name(name)
            # below the normal numbers the spacing does not shrink any more
            ulp = np.maximum(np.abs(expected) * info.eps, info.smallest_subnormal)
            # ==: the difference of two equal infinities is NaN
            if not np.all((np.abs(actual - expected) <= ulps * ulp) | (actual == expected)):
                return right_trace.full_name(name)
    return None
