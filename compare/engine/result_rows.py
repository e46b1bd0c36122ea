"""A result in rows: what every report says of a name and of a quantity."""

from __future__ import annotations

import math
from collections.abc import Iterator

from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.judge.attribution import rule_on
from compare.judge.judge import REFERENCE
from compare.judge.verdict import Comparison


def figures(c: Comparison, reference: str = REFERENCE) -> str:
    """The reason, or how many elements differ, and the worst of them with both values."""
    if not c.index and (c.total != 1 or (c.reason and not c.mismatched)):
        return c.reason
    at = f" at {c.index}" if c.index else ""
    values = f"yours {c.mine:.10g}, {reference} {c.reference:.10g}"
    excess = f"error {c.error:.3g}, allowed {c.limit:.3g}"
    if c.culprit:
        excess = f"{c.culprit} should be {c.expected:.10g} by its own inputs; {excess}"
    counted = f"{c.mismatched} of {c.total} elements differ; worst{at}: {values}; {excess}"
    return f"{counted} ({c.reason})" if c.reason else counted


def ruling(result: CaseResult) -> str:
    """Which side is wrong at the first difference, and by how much, or ""."""
    if result.ruled:
        return result.ruled
    first = result.verdict.first
    if first is None or not first.culprit or result.exhibit is None:
        return ""
    if result.exhibit.comparison.name != first.name:
        return ""

    ruled = rule_on(result.exhibit)
    who = {"yours": "yours is wrong", "torch": "torch is wrong", "both": "both are wrong"}
    errors = f"your error is {in_ulps(ruled.ulps[0])}, torch's {in_ulps(ruled.ulps[1])}"
    return f"{who[first.culprit]}: {errors} ({ruled.digits} digits, each from its own inputs)"


def first_figures(result: CaseResult) -> str:
    """``figures`` of the first failure, or ""."""
    first, sides = result.verdict.first, result.case.sides
    return figures(first, sides[1].name if sides else REFERENCE) if first else ""


def course_of_training(result: CaseResult) -> Iterator[str]:
    """Where two training runs part, and whether the step that shows it is itself wrong."""
    different = [c for c in result.verdict.comparisons if c.outcome is Outcome.DIFFERENT]
    free = [c for c in different if "/free/" in c.name]
    forced = [c for c in different if "/forced/" in c.name]
    if free:
        first = min(free, key=_step)
        where = f"step {_step(first)}, {quantity(first.name).removeprefix('free/')} first"
        yield f"The runs leave the cone of rounding at {where}: {first.reason}"
    if forced:
        first = min(forced, key=_step)
        where = quantity(first.name).removeprefix("forced/")
        yield f"From torch's own state, step {_step(first)} is wrong by itself, at {where}"
    elif free:
        yield "From torch's own state every step that was tried is right: the error is inherited"


def _step(c: Comparison) -> int:
    return int(c.name.split("/")[1])


def in_ulps(error: float) -> str:
    """A number of ulps, or that there are too many for a float: where 0 is exact, or not finite."""
    return f"{error:.3g} ulp" if math.isfinite(error) else "beyond counting in ulp"


def quantities(result: CaseResult) -> list[dict[str, object]]:
    """Each quantity over all its steps, worst outcome first within it, as plain values."""
    groups: dict[str, list[Comparison]] = {}
    for c in result.verdict.comparisons:
        groups.setdefault(quantity(c.name), []).append(c)
    rows: list[dict[str, object]] = []
    for name, group in groups.items():
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
