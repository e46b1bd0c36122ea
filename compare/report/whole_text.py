"""Whole results as plain text: what ``str()`` and ``repr()`` say of them."""

from __future__ import annotations

import io

from compare.core.outcome import Outcome
from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import figures
from compare.judge.verdict import Verdict
from compare.language.choice import _, told
from compare.report.text import (
    PLAIN,
    WIDTH,
    Console,
    failure,
    notes,
    print_conclusion,
    print_rows,
    quantity_rows,
    stated,
    verdict_line,
    whose,
    wrapped,
)
from compare.system.command_line import printed


def _plain() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    # In a notebook rich would write below the cell, and leave ``out`` empty.
    console = Console(
        file=out, width=WIDTH + 1, no_color=True, force_terminal=False, force_jupyter=False
    )
    return console, out


def run_text(result: RunResult) -> str:
    """A whole run as plain text."""
    console, out = _plain()
    print_rows(console, result.results)
    print_conclusion(console, result)
    return out.getvalue().rstrip("\n")


def case_text(result: CaseResult) -> str:
    """One case as plain text, every quantity in it."""
    console, out = _plain()
    print_rows(console, [result], verbose=True)
    for line in [*stated([result]), *notes([result]), *whose([result])]:
        console.print(line, **PLAIN)
    if result.fails:
        console.print(failure(result, printed(result.reproduce)), end="", soft_wrap=True)
    return out.getvalue().strip("\n")


def verdict_text(verdict: Verdict) -> str:
    """A verdict as plain text: where it first differs, and every quantity."""
    first = verdict.first
    at = f"  {_('first at {name}', name=first.name)}" if first else ""
    lines = [verdict.outcome.value + at]
    lines += wrapped("", told(figures(first))) if first else []
    return "\n".join([*lines, *quantity_rows(verdict)])


def run_repr(result: RunResult) -> str:
    """A run in one line."""
    cases = ", ".join(f"{n} {o.value}" for o, n in result.outcomes.items()) or "no case"
    return f"<RunResult {verdict_line(result).plain}; {cases}; seed {result.seed}>"


def case_repr(result: CaseResult) -> str:
    """A case in one line."""
    return f"<CaseResult {result.id} {_in_short(result.outcome, result.verdict)}>"


def verdict_repr(verdict: Verdict) -> str:
    """A verdict in one line."""
    return f"<Verdict {_in_short(verdict.outcome, verdict)}>"


def _in_short(outcome: Outcome, verdict: Verdict) -> str:
    at = f" first at {verdict.first.name}" if verdict.first else ""
    return f"{outcome.value}{at}, {sum(verdict.ledger.values())} names"
