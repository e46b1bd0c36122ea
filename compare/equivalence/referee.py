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
from compare.language.message import Message, message

ALIKE = 4.0  # times the other's error at most
CLEARLY = 2.0**10  # times as large as any rounding of float32 would be in float64
Values = Mapping[str, np.ndarray]


def refereed(result: CaseResult, seed: int, in_float64: Verdict | None = None) -> CaseResult:
    """The result without differences that float64 lays to both sides' rounding.

    There, on the same float32 inputs, both agree far better, and each is as far from it as the
    other: a limit that was too narrow, and no fault, which would be as large in float64. Of what
    ``in_float64``, the verdict on other inputs, has such a fault nothing is asked.
    """
    sides, verdict = result.case.sides, result.verdict
    differing = [c for c in verdict.comparisons if c.outcome is Outcome.DIFFERENT and c.mismatched]
    differing = [c for c in differing if in_float64 is None or not shows(in_float64, c)]
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


def shows(in_float64: Verdict, compared: Comparison) -> bool:
    """Whether float64 has a difference there, larger than rounding of float32 leaves any."""
    there = (c.size for c in in_float64.comparisons if c.name == compared.name)
    return next(there, np.nan) > CLEARLY * STABLE * compared.size  # NaN: of what is the same


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


def which_is_further(
    mine: np.ndarray, reference: np.ndarray, wide: np.ndarray, first: Comparison, name: str
) -> Message | str:
    """Which is further from what the reference has in float64, at the worst element.

    wide: that, on the same float32 inputs · name: that of the reference's side.
    """
    right = wide[first.index]
    if not np.isfinite(right):
        return ""
    ulp = 2 * FORMATS["float32"].u * 2.0 ** np.floor(np.log2(abs(right) or 1.0))
    ours, theirs = (float(abs(a[first.index] - right) / ulp) for a in (mine, reference))
    name = whose(name)
    who = message("yours") if ours > theirs else name
    return message(
        "{who} is wrong: your error is {mine}, {name}'s {reference} (of {name} in float64, on the "
        "same inputs)",
        who=who,
        mine=in_ulps(ours),
        name=name,
        reference=in_ulps(theirs),
    )


def whose(name: str) -> str:
    """What a side is called in a sentence."""
    return name if name == "torch" else message("the {name}", name=name)
