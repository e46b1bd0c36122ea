"""A result in one line that says first what differs first: for summaries, which are cut off."""

from __future__ import annotations

from compare.engine.result import CaseResult
from compare.engine.result_rows import first_figures, ruling
from compare.language.choice import _, told
from compare.report.text import first_at


def headline(result: CaseResult) -> str:
    """Its id and outcome; of what is not the same, at which name, and why."""
    start, first = f"{result.id} {result.outcome.value}", result.verdict.first
    if result.skipped:
        return f"{start}: {told(result.skipped)}"
    if first is None:
        return f"{start}: {first_at(result)}" if result.fails else start
    kind = result.error_kind.value if result.error_kind else ""
    why = next(filter(None, (result.cause, kind, ruling(result), first_figures(result))), "")
    return f"{start} " + _("at {name}: {why}", name=first.name, why=told(why))
