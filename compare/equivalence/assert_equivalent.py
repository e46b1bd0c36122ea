"""Any pair: is a callable of yours the same as a reference, forward and backward?"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from inspect import getdoc, signature
from typing import Any, TypeVar

from compare.arithmetic.formats import COARSE, DTYPES
from compare.arithmetic.running_error import FORMATS
from compare.core.implementation import NEEDS_ML_DTYPES
from compare.core.outcome import Outcome
from compare.engine.result import CaseResult, RunResult
from compare.engine.run_case import Measured, run_case
from compare.equivalence.blind_spots import with_blind_spots
from compare.equivalence.case_of_pair import called, in_format, pair_case
from compare.equivalence.diagnosis import diagnosed
from compare.equivalence.referee import refereed
from compare.equivalence.warned import with_warnings_noted
from compare.judge.verdict import Verdict, names_faults
from compare.language.message import Message, message
from compare.system.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])
_SETTINGS = [p for p in signature(pair_case).parameters.values() if p.kind is p.KEYWORD_ONLY]


def _with_every_setting(f: F) -> F:
    """f, of which ``help`` shows what its settings may be: those of ``pair_case``."""
    own = [p for p in signature(f).parameters.values() if p.kind is not p.VAR_KEYWORD]
    added = [p for p in _SETTINGS if p.name not in {q.name for q in own}]
    f.__signature__ = signature(f).replace(parameters=[*own, *added])  # type: ignore[attr-defined]
    texts = (getdoc(f) or "", (getdoc(pair_case) or "").partition("\n\n")[2])
    f.__doc__ = "\n".join(texts)
    return f


class NotEquivalent(AssertionError):
    """Two callables are not the same; the message is the report, ``result`` what it is of."""

    def __init__(self, result: RunResult) -> None:
        super().__init__(f"not equivalent\n{result}")
        self.result = result


@_with_every_setting
def equivalent(
    mine: Any,
    reference: Any,
    arrays: Mapping[str, Any] | Sequence[Any],
    *,
    dtypes: Sequence[str] = DTYPES,
    seed: int = 0,
    **settings: Any,
) -> RunResult:
    """Compare two callables on the same arrays: one result a dtype; ``str()`` of it is the report.

    dtypes: of "float64", "float32", "bfloat16" and "float16", in the last two of which NumPy code
        computes in float32 and what it returns is rounded
    """
    asked = dtypes if isinstance(dtypes, (list, tuple)) else ()
    # np.float32 and torch.float32 mean what they say
    named = [getattr(t, "__name__", str(t)).removeprefix("torch.") for t in asked]
    if not named or not {*named} <= {*DTYPES, *COARSE}:
        raise UsageError(f"dtypes are {dtypes!r}: give some of {(*DTYPES, *COARSE)}, in a list")
    dtypes = named

    lacking = [t for t in dtypes if t not in FORMATS]
    if lacking:
        raise UsageError(NEEDS_ML_DTYPES.format(lacking[0]))
    _check_settings(settings)
    started = time.perf_counter()
    case = pair_case(mine, reference, arrays, seed=seed, **settings)

    measured = Measured()  # the noise of float64 says what that of float32 is, as a rule
    results: list[CaseResult] = []
    for dtype in dtypes:
        own = replace(in_format(case, dtype), again=_again(mine, reference, dtype, seed))
        first = next((r.verdict.first for r in results), None)
        watched = first.name if first else ""  # the other format is asked what it has of that
        results.append(run_case(own, dtype, seed, watch=watched, measured=measured))
    results = _resolved(results)
    wide = _in_float64(results)
    verdict = wide.verdict if wide else None
    results = [refereed(with_warnings_noted(r), seed, verdict) for r in results]
    known = {r.dtype: r.apart for r in results}
    diagnoses: list[CaseResult] = []
    for result in results:
        diagnoses.append(diagnosed(result, seed, known, _in_float64(diagnoses)))
    results = [replace(with_blind_spots(r), apart=()) for r in diagnoses]
    return RunResult(tuple(results), len(dtypes), seed, time.perf_counter() - started)


@_with_every_setting
def assert_equivalent(
    mine: Any,
    reference: Any,
    arrays: Mapping[str, Any] | Sequence[Any],
    *,
    dtypes: Sequence[str] = DTYPES,
    **settings: Any,
) -> RunResult:
    """Raise NotEquivalent, an AssertionError, unless ``equivalent`` of the same arguments passes.

    Returns its result: of each dtype one, ``str()`` of which is the report.

    dtypes: of "float64", "float32" (both by default), "bfloat16" and "float16"
    """
    __tracebackhide__ = True  # pytest then points at the line that called this
    result = equivalent(mine, reference, arrays, dtypes=dtypes, **settings)
    if not result.passed:
        raise NotEquivalent(result)
    return result


def _check_settings(settings: Mapping[str, Any]) -> None:
    # before pair_case gets them: its TypeError would name a function that nobody has called
    known = [p.name for p in _SETTINGS]
    unknown = next((name for name in settings if name not in known), None)
    if unknown in ("rtol", "atol"):  # what assert_allclose and torch's assert_close take
        raise UsageError(f"{unknown}: limits are measured here, and none is set by hand")
    if unknown is not None:
        raise UsageError(f"unknown setting {unknown!r}: there are dtypes, {', '.join(known)}")


def _in_float64(results: Sequence[CaseResult]) -> CaseResult | None:
    return next((r for r in results if r.dtype == "float64"), None)


def _resolved(results: list[CaseResult]) -> list[CaseResult]:
    """Where a coarser format cannot tell a fault from rounding, and float64 can, that is enough."""
    same = {
        comparison.name
        for result in results
        for comparison in result.verdict.comparisons
        if result.dtype == "float64" and comparison.outcome is Outcome.SAME
    }
    return [
        result
        if result.dtype == "float64"
        else replace(result, verdict=_resolved_by(same, result.verdict, result.dtype))
        for result in results
    ]


def _resolved_by(same: Collection[str], verdict: Verdict, dtype: str) -> Verdict:
    return Verdict(
        tuple(
            replace(comparison, known=True, reason=_seen_in_float64(comparison.reason, dtype))
            if comparison.name in same and names_faults(comparison.reason)
            else comparison
            for comparison in verdict.comparisons
        )
    )


def _seen_in_float64(reason: str, dtype: str) -> Message:
    return message(
        "within the noise of {dtype}, and not of float64: {reason}", dtype=dtype, reason=reason
    )


def _again(mine: Any, reference: Any, dtype: str, seed: int) -> str:
    return (
        f"compare.assert_equivalent({called(mine)}, {called(reference)}, ..., "
        f'dtypes=["{dtype}"], seed={seed})'
    )
