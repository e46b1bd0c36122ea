"""A result as far as its record tells it: enough for totals, tables and the first difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.engine.result import CaseResult
from compare.judge.verdict import Comparison, Verdict


def recalled(case: Case, record: Mapping[str, Any]) -> CaseResult:
    """The result of a case that was judged before: one comparison a quantity, the worst of each."""
    return CaseResult(
        case,
        record["id"],
        record["dtype"],
        record["seed"],
        Verdict(tuple(_comparisons(record))),
        skipped=record["skipped"],
        fingerprint=record["fingerprint"],
        seconds=record["seconds"],
        bits=_bits(record["quantities"]),
    )


def _comparisons(record: Mapping[str, Any]) -> list[Comparison]:
    """The first failure first: among these it is not known in which order the others came."""
    first = record["first"] or {"name": None}
    rows = sorted(record["quantities"], key=lambda row: row["first_failure"] != first["name"])
    return [_comparison(row, first) for row in rows]


def _comparison(row: Mapping[str, Any], first: Mapping[str, Any]) -> Comparison:
    is_first = row["first_failure"] is not None and row["first_failure"] == first["name"]
    return Comparison(
        first["name"] if is_first else row["worst_at"],
        Outcome(row["outcome"]),
        reason=first["figures"] if is_first else row["reason"],
        known=row["known"],
        error=float(row["error"]),  # what is not finite is recorded as text
        limit=float(row["limit"]),
    )


def _bits(quantities: list[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    by_side: dict[str, dict[str, str]] = {}
    for row in quantities:
        for side, digest in row["bits"].items():
            by_side.setdefault(side, {})[row["name"]] = digest
    return by_side
