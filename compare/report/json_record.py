"""Results as JSON: one object a case, the same on a line of results.jsonl and in --json."""

from __future__ import annotations

import json
import math
from typing import Any

from compare.report.rows import figures, quantities, ruling
from compare.runner import CaseResult
from compare.suite import RunResult

SCHEMA = 1


def case_object(result: CaseResult) -> dict[str, Any]:
    """Everything about one case, as plain values; numbers that are not finite become strings."""
    first = result.verdict.first
    return _finite(
        {
            "schema": SCHEMA,
            "id": result.id,
            "case": result.case.name,
            "section": result.case.section,
            "about": result.case.about,
            "dtype": result.dtype,
            "seed": result.seed,
            "outcome": result.outcome.value,
            "skipped": result.skipped,
            "fingerprint": result.fingerprint,
            "seconds": round(result.seconds, 4),
            "ledger": result.verdict.ledger,
            "first": None
            if first is None
            else {
                "name": first.name,
                "figures": figures(first),
                "ruling": ruling(result),
                "nature": result.nature.value if result.nature else "",
            },
            "causes": [c.name for c in result.verdict.causes],
            "quantities": quantities(result),
            "reproduce": result.reproduce,
        }
    )


def run_json(result: RunResult) -> str:
    """A whole run as one JSON document."""
    document = {
        "schema": SCHEMA,
        "passed": result.passed,
        "interrupted": result.interrupted,
        "selected": result.selected,
        "seed": result.seed,
        "outcomes": {o.value: n for o, n in result.outcomes.items()},
        "ledger": result.ledger,
        "results": [case_object(r) for r in result.results],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def case_line(result: CaseResult) -> str:
    """One case as one line."""
    return json.dumps(case_object(result), ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
