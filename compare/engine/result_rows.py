"""A result in rows: what every report says of a name and of a quantity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.judge.attribution import rule_on
from compare.judge.evidence import REFERENCE
from compare.judge.verdict import Comparison
from compare.language.message import constant, message


def figures(c: Comparison, reference: str = REFERENCE) -> str:
    """The reason, or how many elements differ, and the worst of them with both values."""
    # no element to show: the arrays could not be compared, or the comparison is of no array at all
    if not c.index and (c.total != 1 or (c.reason and not c.mismatched)):
        return c.reason
    values = {
        "mismatched": c.mismatched, "total": c.total, "mine": c.mine, "reference": c.reference,
        "side": constant(reference), "error": c.error, "limit": c.limit, "expected": c.expected,
        "culprit": constant(c.culprit), "place": str(c.index),
    }  # fmt: skip
    worst = (
        message("worst at {place}: yours {mine:.10g}, {side} {reference:.10g}")
        if c.index
        else message("worst: yours {mine:.10g}, {side} {reference:.10g}")
    )
    excess = message("error {error:.3g}, allowed {limit:.3g}").filled(values)
    if c.culprit:
        should = message("{culprit} should be {expected:.10g} by its own inputs; {excess}")
        excess = should.filled({**values, "excess": excess})
    summary = message(
        "{mismatched} of {total} elements differ; {worst}; {excess}",
        mismatched=c.mismatched,
        total=c.total,
        worst=worst.filled(values),
        excess=excess,
    )
    if not c.reason:
        return summary
    return message("{summary} ({reason})", summary=summary, reason=constant(c.reason))


def ruling(result: CaseResult) -> str:
    """Which side is wrong at the first difference, and by how much, or ""."""
    if result.ruled:
        return result.ruled
    first = result.verdict.first
    if first is None or not first.culprit or result.evidence is None:
        return ""
    # the first failure was judged without a rule: a warning, say
    if result.evidence.comparison.name != first.name:
        return ""

    ruled = rule_on(result.evidence)
    verdicts = {
        "yours": message("yours is wrong"),
        "torch": message("torch is wrong"),
        "both": message("both are wrong"),
    }
    return message(
        "{verdict}: your error is {mine}, torch's {reference} ({digits} digits, each from its own "
        "inputs)",
        verdict=verdicts[first.culprit],
        mine=in_ulps(ruled.ulps[0]),
        reference=in_ulps(ruled.ulps[1]),
        digits=ruled.digits,
    )


def first_figures(result: CaseResult) -> str:
    """``figures`` of the first failure, or ""; and where its numbers are right, of the first wrong.

    Those of a wrong dtype, say: what else is not the same may be more than that.
    """
    first, sides = result.verdict.first, result.case.sides
    if not first:
        return ""
    of_reference = sides[1].name if sides else REFERENCE
    said = figures(first, of_reference)
    if first.outcome is not Outcome.DIFFERENT or first.mismatched or _repeats(first):
        return said
    wrong = (c for c in result.verdict.failures if c.mismatched and not c.consequence_of)
    other = next(wrong, None)
    if other is None:
        return said
    return message(
        "{first}. {name}: {figures}", first=said, name=other.name,
        figures=figures(other, of_reference),
    )  # fmt: skip


def _repeats(c: Comparison) -> bool:
    return c.name.startswith("repeats/")


def course_of_training(result: CaseResult) -> Iterator[str]:
    """Where two training runs part, and whether the step at which they do is itself wrong."""
    # known or not: a difference that is stated still says where the runs part
    different = [c for c in result.verdict.comparisons if c.outcome is Outcome.DIFFERENT]
    free = [c for c in different if "/free/" in c.name]
    forced = [c for c in different if "/forced/" in c.name]
    if free:
        first = min(free, key=_step)
        yield message(
            "The runs part by more than rounding at step {step}, {name} first: {reason}",
            step=_step(first),
            name=quantity(first.name).removeprefix("free/"),
            reason=constant(first.reason),
        )
    if forced:
        first = min(forced, key=_step)
        yield message(
            "From torch's own state, step {step} is wrong by itself, at {name}",
            step=_step(first),
            name=quantity(first.name).removeprefix("forced/"),
        )
    elif free:
        yield message(
            "From torch's own state every step that was tried is right: the error is inherited"
        )


def divergence(result: CaseResult) -> str:
    """From which step on a side's numbers are not finite, or ""."""
    found = (c for c in result.verdict.comparisons if quantity(c.name) == "divergence")
    return next((c.reason for c in found), "")


def _step(c: Comparison) -> int:
    return int(c.name.split("/")[1])


def in_ulps(error: float) -> str:
    """A number of ulps; infinite where a result is not finite, or is no 0 where 0 is exact."""
    if math.isfinite(error):
        return message("{error:.3g} ulp", error=error)
    return message("too large to be given in ulp")


def quantities(comparisons: Iterable[Comparison]) -> list[dict[str, object]]:
    """Each quantity over all its steps, worst outcome first within it, as plain values."""
    groups: dict[str, list[Comparison]] = {}
    for c in comparisons:
        groups.setdefault(quantity(c.name), []).append(c)
    rows: list[dict[str, object]] = []
    for name, group in groups.items():
        # a failure before what is merely not the same, that before the largest ratio
        worst = max(group, key=lambda c: (c.fails, c.outcome is not Outcome.SAME, c.ratio))
        rows.append(
            {
                "name": name,
                "outcome": worst.outcome.value,
                "known": worst.known,
                "reason": worst.reason,
                "compared": sum(c.times for c in group),
                "worst_at": worst.name,
                "worst_ratio": worst.ratio,
                "error": worst.error,
                "limit": worst.limit,
                "first_failure": next((c.name for c in group if c.fails), None),
            }
        )
    return rows
