"""Float64 as a referee of float32: two results that are as far from it differ by rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from compare.arithmetic.running_error import FORMATS
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.engine.error_kind import STABLE, widened
from compare.engine.result import CaseResult
from compare.engine.result_rows import in_ulps
from compare.judge.rounding_noise.measured_limits import until_it_raises
from compare.judge.rounding_noise.measurement import flat
from compare.judge.verdict import Comparison, Verdict
from compare.language.message import message

ALIKE = 4.0  # times the other's error at most
Values = Mapping[str, np.ndarray]


def refereed(result: CaseResult, seed: int) -> CaseResult:
    """The result without differences that float64 lays to both sides' rounding.

    There, on the same float32 inputs, both agree far better, and each is as far from it as the
    other: a limit that was too narrow, and no fault, which would be as large in float64.
    """
    sides, verdict = result.case.sides, result.verdict
    differing = [c for c in verdict.comparisons if c.outcome is Outcome.DIFFERENT and c.mismatched]
    if result.dtype != "float32" or sides is None or not differing:
        return result
    narrow = build(result.case, "float32", seed)
    here, there = (
        [flat(until_it_raises(result.case, problem, side)) for side in sides]
        for problem in (narrow, widened(narrow))
    )
    alike = {c.name: _alike(c, *(v.get(c.name) for v in (*here, *there))) for c in differing}
    comparisons = (alike.get(c.name) or c for c in verdict.comparisons)
    return replace(result, verdict=Verdict(tuple(comparisons)))


def _alike(
    compared: Comparison,
    mine: np.ndarray | None,
    reference: np.ndarray | None,
    mine_there: np.ndarray | None,
    right: np.ndarray | None,
) -> Comparison | None:
    """It as the same, where both sides err alike; else None."""
    if mine is None or reference is None or mine_there is None or right is None:
        return None
    if not mine.shape == reference.shape == mine_there.shape == right.shape:
        return None
    with np.errstate(all="ignore"):
        apart, apart_there = (
            np.abs(a.astype(np.float64) - b).max()
            for a, b in ((mine, reference), (mine_there, right))
        )
        errors = [np.abs(a - right) for a in (mine, reference)]
        ulps = [float((e / _ulp(right)).max()) for e in errors]
    far = [ulps, [float(e.max()) for e in errors]]
    if not apart_there < STABLE * apart or not all(m <= ALIKE * r < np.inf for m, r in far):
        return None
    reason = message(
        "rounding: in float64, on the same inputs, both agree, and from there your error is {mine} "
        "and the reference's {reference}",
        mine=in_ulps(ulps[0]),
        reference=in_ulps(ulps[1]),
    )
    return replace(compared, outcome=Outcome.SAME, mismatched=0, size=np.nan, reason=reason)


def _ulp(right: np.ndarray) -> np.ndarray:
    format = FORMATS["float32"]
    return np.asarray(2 * format.u * np.maximum(np.abs(right), format.tiny))
