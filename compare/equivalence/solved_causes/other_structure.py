"""Outputs that each side has under names of its own: another structure, and no other numbers."""

from __future__ import annotations

from collections.abc import Sequence

from compare.equivalence.passes import OUTPUT
from compare.judge.verdict import Verdict
from compare.language.message import Message, message

SHOWN = 4  # names


def other_structure(verdict: Verdict) -> Message | str:
    """Which outputs stand for each other, where the first difference is one that one side lacks."""
    of_outputs = [c for c in verdict.comparisons if c.name.split("/")[0] == OUTPUT]
    lacking = [
        [c.name for c in of_outputs if c.reason == missing]
        for missing in ("is missing in the reference", "is missing in yours")
    ]
    mine, reference = lacking
    if not mine or not reference or verdict.first not in of_outputs:
        return ""
    return message(
        "another structure: yours returns {mine} where the reference returns {reference}; wrap one "
        "of both, as names are compared",
        mine=_shown(mine),
        reference=_shown(reference),
    )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
