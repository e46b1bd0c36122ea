"""Results as tables for notebooks: what comes of others' code and names is escaped everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from textwrap import dedent
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from compare.core.outcome import Outcome
from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import figures, quantities
from compare.judge.verdict import Verdict
from compare.language.choice import _, ngettext, told
from compare.report.text import (
    IN_FULL,
    alike,
    brief,
    by_case,
    failure_lines,
    first_at,
    likewise,
    notes,
    stated,
    summary,
    verdict_line,
)
from compare.system.command_line import printed

TONES = {
    Outcome.SAME: "good",
    Outcome.DIFFERENT: "bad",
    Outcome.ERROR: "bad",
    Outcome.VACUOUS: "warned",
    Outcome.NOT_COMPARED: "warned",
    Outcome.SKIPPED: "todo",
}
OPEN = 80  # rows; a longer table is folded, and opened by a click
Entry = dict[str, Any]


@cache
def templates(package: str = "compare.report") -> Environment:
    """A package's templates, and those beside this file; what is filled in is escaped."""
    packages = dict.fromkeys((package, "compare.report"))
    loader = ChoiceLoader([PackageLoader(name, "templates") for name in packages])
    return Environment(
        # strict: a template that asks for what there is not is our mistake, and no empty text
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def run_html(result: RunResult) -> str:
    """What a notebook shows of a run: every case in each dtype, and the failures in full."""
    groups = alike(result.failures)
    more = {_("Likewise"): [brief(r) for group in groups[IN_FULL:] for r in group]}
    more[_("Not compared, or not to be seen")] = notes(result.results)
    more[_("Stated in advance, with the reason")] = stated(result.results)
    return _rendered(
        name="",
        conclusion=verdict_line(result).plain,
        tone="good" if result.passed else "bad" if result.failures else "warned",
        lines=[*summary(result), *map(told, result.problems)],
        counted=ngettext("{n} case", "{n} cases", len(by_case(result.results))),
        headings=[_("case"), *_dtypes(result), _("names")],
        rows=list(_case_rows(result)),
        failures=[failure_entry(*group) for group in groups[:IN_FULL]],
        told={title: "\n".join(lines) for title, lines in more.items() if lines},
    )


def case_html(result: CaseResult) -> str:
    """What a notebook shows of a case: every quantity of it."""
    failures = [failure_entry(result)] if result.fails else []
    conclusion = "" if failures else result.outcome.value  # a failure has a heading of its own
    lines = [*([told(result.skipped)] if result.skipped else []), *notes([result])]
    return _quantities(result.id, conclusion, result.verdict, lines, failures)


def verdict_html(verdict: Verdict) -> str:
    """What a notebook shows of a verdict: every quantity, and where it first differs."""
    first = verdict.first
    at = _("first at {name}", name=first.name) if first else ""
    lines = [f"{at}: {told(figures(first))}"] if first else []
    return _quantities("", verdict.outcome.value, verdict, lines, [])


def _quantities(
    name: str, conclusion: str, verdict: Verdict, lines: Sequence[str], failures: Sequence[Entry]
) -> str:
    rows = [_quantity_row(quantity) for quantity in quantities(verdict.comparisons)]
    return _rendered(
        name=name,
        conclusion=conclusion,
        tone="todo" if conclusion == Outcome.SKIPPED.value else TONES[verdict.outcome],
        lines=lines,
        counted=ngettext("{n} quantity", "{n} quantities", len(rows)),
        headings=[_("quantity"), _("outcome"), _("times"), _("error/limit")],
        rows=rows,
        failures=failures,
        told={},
    )


def _quantity_row(quantity: Entry) -> Entry:
    outcome = Outcome(quantity["outcome"])
    stated = quantity["known"] and outcome is not Outcome.SAME
    return {
        "section": "",
        "name": quantity["name"],
        "outcomes": [
            (
                _("{outcome} as stated", outcome=outcome.value) if stated else outcome.value,
                TONES[outcome],
            )
        ],
        "numbers": [quantity["compared"], f"{quantity['worst_ratio']:.3g}"],
    }


def _rendered(rows: Sequence[Entry], **view: Any) -> str:
    template = templates().get_template("result.html")
    return template.render(view={"rows": rows, "folded": len(rows) > OPEN, **view})


def _dtypes(result: RunResult) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.dtype for r in result.results))


def _case_rows(result: RunResult) -> Iterator[Entry]:
    section = ""
    for group in by_case(result.results):
        by_dtype = {r.dtype: r.outcome for r in group}
        outcomes = [by_dtype.get(dtype) for dtype in _dtypes(result)]
        heading = told(group[0].case.section)
        yield {
            "section": heading if heading != section else "",
            "name": group[0].case.name,
            "outcomes": [(o.value, TONES[o]) if o else ("-", "todo") for o in outcomes],
            "numbers": [sum(sum(r.verdict.ledger.values()) for r in group)],
        }
        section = heading


def failure_entry(result: CaseResult, *likewise_failing: CaseResult) -> Entry:
    """A failure in full, and what is the same of it in other dtypes."""
    lines = [
        *failure_lines(result, printed(result.reproduce)),
        *(f"  {likewise(r)}" for r in likewise_failing),
    ]
    return {
        "name": result.id,
        "tone": TONES[result.outcome],
        "title": f"{result.outcome.value}, {first_at(result)}",
        "text": dedent("\n".join(lines)),
    }
