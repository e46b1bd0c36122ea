"""Results as text for a terminal, 80 columns wide, and without colour where it is not wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from compare.language.columns import cell_len, set_cell_size

try:
    from rich.console import Console
    from rich.text import Text
except ImportError:  # the commands need it; what str() says of a result does not
    from compare.report.plain import Console, Text  # type: ignore[assignment]

from compare.arithmetic.formats import COARSE, DTYPES
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import (
    course_of_training,
    divergence,
    first_figures,
    quantities,
    ruling,
)
from compare.engine.where_written import places
from compare.judge.verdict import Comparison, Verdict
from compare.language.choice import _, language, ngettext, told
from compare.language.message import ENGLISH, message
from compare.language.wrapping import filled, right
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
MEANINGS = {
    "same": message("both sides agree, but for rounding"),
    "DIFFERENT": message("they differ by more than rounding explains"),
    "ERROR": message("a side raised an exception"),
    "VACUOUS": message("no mistake could be seen with these numbers"),
    "NOT COMPARED": message("it could not be compared, for the reason given"),
    "skipped": message("it was not run, for the reason given"),
}
WIDTH = 79  # some terminals of 80 columns wrap a line that fills the last one
IN_FULL = 8  # failures; one bug often turns dozens of cases red, and the first ones tell it all


def _columns(results: Sequence[CaseResult]) -> tuple[str, ...]:
    # coarse formats run only where they are asked for: an empty column for each would fill the line
    asked = tuple(dict.fromkeys(r.dtype for r in results if r.dtype in COARSE))
    return asked if len(asked) == len(results) else (*DTYPES, *asked)


def section_line(results: Sequence[CaseResult]) -> Text:
    """The heading above a section's rows, which begin with these."""
    columns = "".join(f"{dtype:>12}" for dtype in _columns(results))
    section = _cell(told(results[0].case.section), 39)
    return Text(f"\n{section}{columns}{right(_('names'), 9)}", style="bold")


def _cell(text: str, width: int) -> str:
    return set_cell_size(text, width)  # Japanese takes two columns a character


def case_row(results: Sequence[CaseResult]) -> Text:
    """One case with its outcome in each dtype, and how many names were compared in all."""
    row = Text(f"  {results[0].case.name:<37}", end="")
    by_dtype = {result.dtype: result for result in results}
    for dtype in _columns(results):
        outcome = by_dtype[dtype].outcome if dtype in by_dtype else None
        # with a space before it: NOT COMPARED is as wide as its column
        shown = f" {outcome.value}" if outcome else "-"
        row.append(f"{shown:>12}", STYLES[outcome] if outcome else "dim")
    row.append(f"{sum(sum(result.verdict.ledger.values()) for result in results):>9}", "dim")
    return row


def failure(result: CaseResult, command: str = "") -> Text:
    """Where a case first differs, by how much, what else differs, and how to see it again.

    ``command`` is what runs it again: by default as it is stored, for a report in a file.
    """
    text = Text(result.id + "  ")
    text.append(result.outcome.value, STYLES[result.outcome])
    where = first_at(result)
    text.append(f"  {where}\n" if len(text) + cell_len(where) < WIDTH else f"\n  {where}\n")
    lines = failure_lines(result, command or result.reproduce)
    return text.append("".join(f"{line}\n" for line in lines))


def first_at(result: CaseResult) -> str:
    """The name at which it first differs."""
    first = result.verdict.first
    return _("first at {name}", name=first.name) if first else _("nothing was compared")


def failure_lines(result: CaseResult, command: str) -> Iterable[str]:
    """All that is said of a failure below its heading."""
    first = result.verdict.first
    if first is None:
        return
    yield from in_words(result)
    yield from wrapped("", told(first_figures(result)))
    yield from wrapped("", told(ruling(result)))
    if result.error_kind:
        yield from wrapped("", told(result.error_kind.value))
    if result.cause and not result.formula:
        yield from wrapped(_("Cause: "), told(result.cause))
    for line in course_of_training(result):
        yield from wrapped("", told(line))
    before = _without_training(_before(result.verdict.comparisons, first))
    others = _without_training(c for c in result.verdict.failures if not c.consequence_of)
    # a quantity that is wrong by itself somewhere is no mere consequence
    following = [n for n in _without_training(result.verdict.failures) if n not in others]
    if before:
        yield from wrapped(_("Same before it: "), " ".join(before))
    if others[1:]:
        yield from wrapped(_("Also not same: "), " ".join(others[1:]))
    if following:
        yield from wrapped(_("As a consequence: "), " ".join(following))
    yield f"  {_('Reproduce')}: {command}"


def in_words(result: CaseResult) -> Iterable[str]:
    """What the first wrong operation is to compute, where it is written, and its known cause."""
    if not result.formula:
        return
    yield from wrapped(_("Formula: "), result.formula)
    for k, place in enumerate(places(result.written)):
        yield from wrapped(_("or at: ") if k else _("Look at: "), told(place))
    if result.cause:
        yield from wrapped(_("Cause: "), told(result.cause))


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


def wrapped(label: str, text: str) -> list[str]:
    """A text after its label, as lines: two blanks before the first, four before the others."""
    return filled(label + text, WIDTH, "  ", "    ")


def quantity_rows(verdict: Verdict) -> list[str]:
    """Every quantity of a case: its outcome, how often it was compared, its largest error."""
    return [
        f"    {row['name']:<28}{row['outcome']:<13}{row['compared']:>6} x"
        f"   {_('error/limit')} {row['worst_ratio']:<10.3g}"
        f"{' ' + _('known') if row['known'] else ''}"
        for row in quantities(verdict.comparisons)
    ]


def stated(results: Iterable[CaseResult]) -> list[str]:
    """Known outcomes, looser limits and skips, with the reason; and where both sides diverge."""
    # dicts in place of sets keep their order: reasons as they come, each with its cases once
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for r in results:
        if r.skipped:
            reasons.setdefault((_("skipped"), told(r.skipped)), {})[r.case.name] = None
        if r.diverges_at is not None:
            why = _("the loss grows without bound, on both sides, from these steps on")
            where = f"{r.case.name}[{r.dtype}]"
            at = _("{case} at {step}", case=where, step=r.diverges_at)
            reasons.setdefault((_("diverges"), why), {})[at] = None
        elif why := divergence(r):
            reasons.setdefault((_("diverges on one side"), told(why)), {})[r.id] = None
        for known in r.case.known_in(r.dtype).values():
            reasons.setdefault((known.what, told(known.reason)), {})[r.case.name] = None
        for looser in r.case.looser.values():
            text = _("limit x{factor:g}", factor=looser.factor)
            reasons.setdefault((text, told(looser.reason)), {})[r.case.name] = None
    lines: list[str] = []
    for (kind, reason), names in reasons.items():
        lines += wrapped("", f"{kind}: {reason}")
        lines += [f"    {line.strip()}" for line in wrapped("", " ".join(names))]
    return lines


def summary(result: RunResult) -> list[str]:
    """The totals: cases, names, and what came of each."""
    cases = ", ".join(f"{n} {o.value}" for o, n in result.outcomes.items())
    names = ", ".join(f"{n} {told(entry)}" for entry, n in result.ledger.items())
    counted = _(
        "Cases: {cases}  ({seconds:.1f} s, seed {seed})",
        cases=cases,
        seconds=result.seconds,
        seed=result.seed,
    )
    total = sum(result.ledger.values())
    accounted = _("Names: {total} accounted for: {names}", total=total, names=names)
    return [counted, *filled(accounted, WIDTH), *_words(result)]


def _words(result: RunResult) -> list[str]:
    """What the words of the outcomes mean, where the language is not theirs."""
    if language() == ENGLISH:
        return []
    entries = [*(o.value for o in result.outcomes), *result.ledger]
    came = [word for word in MEANINGS if any(entry.startswith(word) for entry in entries)]
    return filled("、".join(f"{word}: {told(MEANINGS[word])}" for word in came), WIDTH, "", "  ")


def verdict_line(result: RunResult) -> Text:
    """The last word of a run."""
    if result.interrupted:  # before all else: of what was not run nothing is known
        done = _("INTERRUPTED before a first case was judged")
        if len(result):
            done = _(
                "INTERRUPTED after {done} of {selected} cases; the results above are complete",
                done=len(result),
                selected=result.selected,
            )
        return Text(done, style="yellow")
    if result.failures:
        failed, total = len(result.failures), len(result)
        text = _("NOT THE SAME: {failed} of {total} cases", failed=failed, total=total)
        return Text(text, "bold red")
    if not result.compared:
        if result.results:
            why = _("NOTHING COMPARED: every case is skipped, for the reason above")
            return Text(why, style="yellow")
        return Text(_("NOTHING COMPARED: no case"), style="yellow")
    if result.problems:
        return Text(_packs(len(result.problems)), "yellow")
    return Text(_("ALL SAME"), style="bold green")


def _packs(n: int) -> str:
    return ngettext(
        "ALL SAME, but {n} problem with case packs: what they offer may be missing",
        "ALL SAME, but {n} problems with case packs: what they offer may be missing",
        n,
    )


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
            console.print(section_line(group))
        console.print(case_row(group))
        if verbose:
            for r in group:
                console.print(f"   {r.dtype}", **PLAIN)
                for line in quantity_rows(r.verdict):
                    console.print(line, **PLAIN)
    return section


def alike(failures: Iterable[CaseResult]) -> list[list[CaseResult]]:
    """Failures, those of one case that begin at the same name together: they tell the same."""
    groups: dict[tuple[str, ...], list[CaseResult]] = {}
    for r in failures:
        first = r.verdict.first
        kind = (first.name, first.culprit) if first and first.culprit else (r.id,)
        groups.setdefault((r.case.name, *kind), []).append(r)
    return list(groups.values())


def likewise(result: CaseResult) -> str:
    """What is said of a failure that is told already in another dtype."""
    first = result.verdict.first
    assert first is not None
    return _(
        "The same in {dtype}: {wrong} of {total} elements differ, error {error:.3g}, allowed "
        "{limit:.3g}",
        dtype=result.dtype,
        wrong=first.mismatched,
        total=first.total,
        error=first.error,
        limit=first.limit,
    )


def print_conclusion(
    console: Console, result: RunResult, quiet: bool = False, options: Sequence[str] = ()
) -> None:
    """Failures, what was stated in advance, the totals and the last word.

    ``options``: with which the command that runs a case again leaves its logs where these are.
    """
    groups = alike(result.failures)
    for first, *others in groups[:IN_FULL]:
        console.print()
        console.print(failure(first, printed(first.reproduce, *options)), end="", soft_wrap=True)
        for r in others:
            for line in wrapped("", likewise(r)):
                console.print(line, **PLAIN)
    for k, r in enumerate(r for group in groups[IN_FULL:] for r in group):
        console.print(("" if k else f"\n{_('Likewise')}:\n") + f"  {brief(r)}", **PLAIN)
    lines = stated(result.results)
    _print_notes(console, result)
    _print_whose(console, result)
    if lines and not quiet:
        title = _("Stated in advance, with the reason; and where both sides diverge")
        console.print(f"\n{title}", style="bold")
        for line in lines:
            console.print(line, **PLAIN)
    console.print()
    for line in summary(result):
        console.print(line, **PLAIN)
    console.print(verdict_line(result))


def notes(results: Iterable[CaseResult]) -> list[str]:
    """What was not compared, and what could not be seen, each once."""
    said = dict.fromkeys(told(note) for r in results for note in (*r.case.left_out, *r.unseen))
    return [line for note in said for line in wrapped("", note)]


def whose(results: Iterable[CaseResult]) -> list[str]:
    """Whose code ran in which cases, where that is of several people."""
    cases: dict[str, dict[str, None]] = {}
    for r in results:
        if r.whose:
            cases.setdefault(told(r.whose), {})[r.case.name] = None
    lines: list[str] = []
    for who, names in cases.items():
        lines += wrapped("", who)
        lines += [f"    {line.strip()}" for line in wrapped("", " ".join(names))]
    return lines


def _print_whose(console: Console, result: RunResult) -> None:
    lines = whose(result.results)
    if lines:
        console.print(f"\n{_('Whose code ran')}", style="bold")
    for line in lines:
        console.print(line, **PLAIN)


def _print_notes(console: Console, result: RunResult) -> None:
    lines = [
        *notes(result.results),
        *(n for note in result.notes for n in wrapped("", told(note))),
    ]
    if lines:
        title = _("Not compared, or not to be seen")
        console.print(f"\n{title}", style="bold")
    for line in lines:
        console.print(line, **PLAIN)


def print_earlier(console: Console, earlier: Sequence[CaseResult], whole: RunResult) -> None:
    """What was judged before a run was cut off, and the last word on all of it."""
    counts = Counter(r.outcome.value for r in earlier)
    outcomes = ", ".join(f"{n} {outcome}" for outcome, n in counts.items())
    before = _("Judged before, as recorded: {counts}", counts=outcomes)
    console.print(f"\n{before}", **PLAIN)
    for r in earlier:
        if r.fails:
            console.print(f"  {brief(r)}", **PLAIN)
    together = _("All {n} cases together: ", n=len(whole))
    console.print(together, end="", **PLAIN)
    console.print(verdict_line(whole))
