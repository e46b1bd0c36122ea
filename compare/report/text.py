"""Results as text for a terminal, 80 columns wide, and without colour where it is not wanted."""

from __future__ import annotations

import io
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from compare.arithmetic.formats import COARSE, DTYPES
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import (
    course_of_training,
    divergence,
    figures,
    first_figures,
    quantities,
    ruling,
)
from compare.judge.verdict import Comparison, Verdict
from compare.system.command_line import printed

STYLES = {
    Outcome.SAME: "green",
    Outcome.DIFFERENT: "bold red",
    Outcome.ERROR: "bold red",
    Outcome.VACUOUS: "yellow",
    Outcome.NOT_COMPARED: "yellow",
    Outcome.SKIPPED: "dim",
}
# Ids hold brackets, which rich would take for markup, and long lines are for the terminal to wrap:
# wrapped here, a command could not be copied in one piece.
PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}
WIDTH = 79  # some terminals of 80 columns wrap a line that fills the last one
IN_FULL = 8  # failures; one bug often turns dozens of cases red, and the first ones tell it all


def _columns(result: CaseResult) -> tuple[str, ...]:
    # coarse formats run only where they are asked for: an empty column for each would fill the line
    return (result.dtype,) if result.dtype in COARSE else DTYPES


def section_line(result: CaseResult) -> Text:
    """The heading above a section's rows."""
    columns = "".join(f"{dtype:>12}" for dtype in _columns(result))
    return Text(f"\n{result.case.section:<39}{columns}{'names':>9}", style="bold")


def case_row(results: Sequence[CaseResult]) -> Text:
    """One case with its outcome in each dtype, and how many names were compared in all."""
    row = Text(f"  {results[0].case.name:<37}", end="")
    by_dtype = {result.dtype: result for result in results}
    for dtype in _columns(results[0]):
        outcome = by_dtype[dtype].outcome if dtype in by_dtype else None
        row.append(
            f"{outcome.value if outcome else '-':>12}", STYLES[outcome] if outcome else "dim"
        )
    row.append(f"{sum(sum(result.verdict.ledger.values()) for result in results):>9}", "dim")
    return row


def failure(result: CaseResult, command: str = "") -> Text:
    """Where a case first differs, by how much, what else differs, and how to see it again.

    ``command`` is what runs it again: by default as it is stored, for a report in a file.
    """
    text = Text(result.id + "  ")
    text.append(result.outcome.value, STYLES[result.outcome])
    where = first_at(result)
    text.append(f"  {where}\n" if len(text) + len(where) < WIDTH else f"\n  {where}\n")
    lines = failure_lines(result, command or result.reproduce)
    return text.append("".join(f"{line}\n" for line in lines))


def first_at(result: CaseResult) -> str:
    """The name at which it first differs."""
    first = result.verdict.first
    return f"first at {first.name}" if first else "nothing was compared"


def failure_lines(result: CaseResult, command: str) -> Iterable[str]:
    """All that is said of a failure below its heading."""
    first = result.verdict.first
    if first is None:
        return
    yield from _wrapped("", first_figures(result))
    yield from _wrapped("", ruling(result))
    if result.error_kind:
        yield from _wrapped("", result.error_kind.value)
    for line in course_of_training(result):
        yield from _wrapped("", line)
    before = _without_training(_before(result.verdict.comparisons, first))
    others = _without_training(c for c in result.verdict.failures if not c.consequence_of)
    # a quantity that is wrong by itself somewhere is no mere consequence
    following = [n for n in _without_training(result.verdict.failures) if n not in others]
    if before:
        yield from _wrapped("Same before it: ", " ".join(before))
    if others[1:]:
        yield from _wrapped("Also not same: ", " ".join(others[1:]))
    if following:
        yield from _wrapped("As a consequence: ", " ".join(following))
    yield f"  Reproduce: {command}"


def brief(result: CaseResult) -> str:
    """Its id, and where it first differs."""
    first = result.verdict.first
    return f"{result.id}  {first.name}" if first else result.id


def _before(comparisons: Iterable[Comparison], first: Comparison) -> list[Comparison]:
    before: list[Comparison] = []
    for comparison in comparisons:
        if comparison is first:
            break
        # the same quantity at earlier steps was right, and now it is not: it is no part of the list
        if quantity(comparison.name) != quantity(first.name):
            before.append(comparison)
    return before


def _names(comparisons: Iterable[Comparison]) -> list[str]:
    return list(dict.fromkeys(quantity(c.name) for c in comparisons))


def _without_training(comparisons: Iterable[Comparison]) -> list[str]:
    """Their quantities, without those that ``course_of_training`` speaks of."""
    return [n for n in _names(comparisons) if not n.startswith(("free/", "forced/"))]


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        label + text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    )


def quantity_rows(verdict: Verdict) -> list[str]:
    """Every quantity of a case: its outcome, how often it was compared, its largest error."""
    return [
        f"    {row['name']:<28}{row['outcome']:<13}{row['compared']:>6} x"
        f"   error/limit {row['worst_ratio']:<10.3g}{' known' if row['known'] else ''}"
        for row in quantities(verdict.comparisons)
    ]


def stated(results: Iterable[CaseResult]) -> list[str]:
    """Known outcomes, looser limits and skips, with the reason; and where both sides diverge."""
    # dicts in place of sets keep their order: reasons as they come, each with its cases once
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for r in results:
        if r.skipped:
            reasons.setdefault(("skipped", r.skipped), {})[r.case.name] = None
        if r.diverges_at is not None:
            why = "the loss grows without bound, on both sides, from these steps on"
            at = f"{r.case.name}[{r.dtype}] at {r.diverges_at}"
            reasons.setdefault(("diverges", why), {})[at] = None
        elif why := divergence(r):
            reasons.setdefault(("diverges on one side", why), {})[r.id] = None
        for known in r.case.known_in(r.dtype).values():
            reasons.setdefault((known.what, known.reason), {})[r.case.name] = None
        for looser in r.case.looser.values():
            text = f"limit x{looser.factor:g}"
            reasons.setdefault((text, looser.reason), {})[r.case.name] = None
    lines: list[str] = []
    for (kind, reason), names in reasons.items():
        lines += _wrapped("", f"{kind}: {reason}")
        lines += [f"    {line.strip()}" for line in _wrapped("", " ".join(names))]
    return lines


def summary(result: RunResult) -> list[str]:
    """The totals: cases, names, and what came of each."""
    cases = ", ".join(f"{n} {o.value}" for o, n in result.outcomes.items())
    names = ", ".join(f"{n} {entry}" for entry, n in result.ledger.items())
    lines = [f"Cases: {cases}  ({result.seconds:.1f} s, seed {result.seed})"]
    lines += textwrap.wrap(f"Names: {sum(result.ledger.values())} accounted for: {names}", WIDTH)
    return lines


def verdict_line(result: RunResult) -> Text:
    """The last word of a run."""
    if result.interrupted:  # before all else: of what was not run nothing is known
        done = f"INTERRUPTED after {len(result)} of {result.selected} cases"
        return Text(f"{done}; the results above are complete", style="yellow")
    if result.failures:
        return Text(f"NOT THE SAME: {len(result.failures)} of {len(result)} cases", "bold red")
    if not result.compared:
        why = "every case is skipped, for the reason above" if result.results else "no case"
        return Text(f"NOTHING COMPARED: {why}", style="yellow")
    if result.problems:
        return Text(f"ALL SAME, but {_packs(result.problems)}", "yellow")
    return Text("ALL SAME", style="bold green")


def _packs(problems: Sequence[str]) -> str:
    n = len(problems)
    return f"{n} problem{'' if n == 1 else 's'} with case packs: what they offer may be missing"


def by_case(results: Iterable[CaseResult]) -> list[list[CaseResult]]:
    """The results of each case together, in order."""
    groups: dict[str, list[CaseResult]] = {}
    for r in results:
        groups.setdefault(r.case.name, []).append(r)
    return list(groups.values())


def print_rows(
    console: Console, results: Iterable[CaseResult], verbose: bool = False, section: str = ""
) -> str:
    """Rows of all cases under their sections' headings; returns the section it ended in."""
    for group in by_case(results):
        if group[0].case.section != section:
            section = group[0].case.section
            console.print(section_line(group[0]))
        console.print(case_row(group))
        if verbose:
            for r in group:
                console.print(f"   {r.dtype}", **PLAIN)
                for line in quantity_rows(r.verdict):
                    console.print(line, **PLAIN)
    return section


def print_conclusion(
    console: Console, result: RunResult, quiet: bool = False, options: Sequence[str] = ()
) -> None:
    """Failures, what was stated in advance, the totals and the last word.

    ``options``: with which the command that runs a case again leaves its logs where these are.
    """
    for r in result.failures[:IN_FULL]:
        console.print()
        console.print(failure(r, printed(r.reproduce, *options)), end="", soft_wrap=True)
    for k, r in enumerate(result.failures[IN_FULL:]):
        console.print(("" if k else "\nLikewise:\n") + f"  {brief(r)}", **PLAIN)
    lines = stated(result.results)
    if lines and not quiet:
        console.print(
            "\nStated in advance, with the reason; and where both sides diverge", style="bold"
        )
        for line in lines:
            console.print(line, **PLAIN)
    console.print()
    for line in summary(result):
        console.print(line, **PLAIN)
    console.print(verdict_line(result))


def print_earlier(console: Console, earlier: Sequence[CaseResult], whole: RunResult) -> None:
    """What was judged before a run was cut off, and the last word on all of it."""
    counts = Counter(r.outcome.value for r in earlier)
    told = ", ".join(f"{n} {outcome}" for outcome, n in counts.items())
    console.print(f"\nJudged before, as recorded: {told}", **PLAIN)
    for r in earlier:
        if r.fails:
            console.print(f"  {brief(r)}", **PLAIN)
    console.print(f"All {len(whole)} cases together: ", end="", **PLAIN)
    console.print(verdict_line(whole))


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
    for line in stated([result]):
        console.print(line, **PLAIN)
    if result.fails:
        console.print(failure(result, printed(result.reproduce)), end="", soft_wrap=True)
    return out.getvalue().strip("\n")


def verdict_text(verdict: Verdict) -> str:
    """A verdict as plain text: where it first differs, and every quantity."""
    first = verdict.first
    lines = [f"{verdict.outcome.value}  first at {first.name}" if first else verdict.outcome.value]
    lines += _wrapped("", figures(first)) if first else []
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
