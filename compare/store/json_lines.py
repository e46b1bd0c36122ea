"""Results as JSON: one object a case, the same on a line of results.jsonl and in --json."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import first_figures, quantities, ruling

SCHEMA = 2  # raised when a key goes or changes its meaning: readers refuse any other


def case_object(result: CaseResult) -> dict[str, Any]:
    """Everything about one case, as plain values; numbers that are not finite become strings."""
    first = result.verdict.first
    return finite(
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
            "digests": result.digests,
            "training": result.case.training and not result.skipped,
            "seconds": round(result.seconds, 4),
            "ledger": result.verdict.ledger,
            "first": None
            if first is None
            else {
                "name": first.name,
                "figures": first_figures(result),
                "ruling": ruling(result),
                "nature": result.error_kind.value if result.error_kind else "",
            },
            "causes": [c.name for c in result.verdict.causes],
            "quantities": [
                {**row, "bits": _bits(result, str(row["name"]))}
                for row in quantities(result.verdict.comparisons)
            ],
            "reproduce": result.reproduce,
            "whose": result.whose,
        }
    )


def _bits(result: CaseResult, name: str) -> dict[str, str]:
    return {side: digests[name] for side, digests in result.bits.items() if name in digests}


def run_json(result: RunResult) -> str:
    """A whole run as one JSON document."""
    document = {
        "schema": SCHEMA,
        "passed": result.passed,
        "interrupted": result.interrupted,
        "problems": list(result.problems),
        "selected": result.selected,
        "seed": result.seed,
        "outcomes": {o.value: n for o, n in result.outcomes.items()},
        "ledger": result.ledger,
        "results": [case_object(r) for r in result.results],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def case_line(result: CaseResult) -> str:
    """One case as one line, with the checksum of all that stands in it before."""
    record = case_object(result)
    return _line({**record, "checksum": _checksum(record)}) + "\n"


def is_whole(line: str) -> bool:
    """Whether a line, an object of this version, is as it was written, to the last digit."""
    # keys keep their order and floats their shortest repr, so that the text comes out again
    record = json.loads(line)
    stated = record.pop("checksum", None)
    return stated == _checksum(record)


def _checksum(record: dict[str, Any]) -> str:
    # 64 bits are enough against damage; against forgery no checksum inside the line would help
    return hashlib.sha256(line_bytes(_line(record))).hexdigest()[:16]


def line_bytes(line: str) -> bytes:
    """UTF-8; what that cannot hold, half of a pair in somebody's message, as JSON escapes it."""
    return line.encode("utf-8", "backslashreplace")


def _line(record: dict[str, Any]) -> str:
    # Python would write NaN and Infinity, which are no JSON (RFC 8259, section 6): finite() first
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def finite(value: Any) -> Any:
    """Plain values for JSON: what is not finite becomes a string, as in "inf"."""
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
