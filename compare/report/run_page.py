"""A run as one page of HTML: every case with formula, sources, numbers, and what was not compared.

It loads nothing, and whatever a case says is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import quantities
from compare.language.choice import _, language, told
from compare.report.case_explained import sources_of
from compare.report.html import TONES, failure_entry, templates
from compare.report.tensorboard.figures import error, overlay
from compare.report.text import alike, by_case, stated, summary, verdict_line

Entry = dict[str, Any]


def run_page(result: RunResult, environment: Mapping[str, str]) -> str:
    """The page. ``environment``: what the numbers depend on besides, by name."""
    groups = by_case(result.results)
    dtypes = list(dict.fromkeys(r.dtype for r in result.results))
    view = {
        "conclusion": verdict_line(result).plain,
        "tone": "good" if result.passed else "bad" if result.failures else "warned",
        "lines": [*summary(result), *map(told, result.problems)],
        "dtypes": dtypes,
        "failures": [failure_entry(*group) for group in alike(result.failures)],
        "sections": list(_sections(groups, dtypes)),
        "cases": [_case(group) for group in groups],
        "stated": stated(result.results),
        "not_compared": list(_not_compared(result.results)),
        "environment": [*environment.items(), ("seed", str(result.seed))],
    }
    template = templates().get_template("run.html")
    return template.render(view=view, words=_words(), lang=language())


def _words() -> dict[str, str]:
    return {
        "title": _("scratch beside torch"),
        "failures": _("What is not the same"),
        "cases": _("Cases"),
        "case": _("case"),
        "about": _("about"),
        "case_by_case": _("Case by case"),
        "quantity": _("quantity"),
        "quantities": _("quantities"),
        "outcome": _("outcome"),
        "times": _("times"),
        "error": _("error"),
        "limit": _("limit"),
        "as_stated": _("as stated"),
        "sources": _("Sources: scratch beside torch"),
        "not_compared": _("What was not compared"),
        "nothing": _("Nothing: every name of every case was compared."),
        "stated": _("Stated in advance, with the reason"),
        "environment": _("Environment"),
    }


def _sections(groups: Sequence[Sequence[CaseResult]], dtypes: Sequence[str]) -> Iterator[Entry]:
    sections: dict[str, list[Sequence[CaseResult]]] = {}
    for group in groups:
        sections.setdefault(group[0].case.section, []).append(group)
    for section, its_groups in sections.items():
        yield {
            "title": told(section),
            "rows": [
                {
                    "name": group[0].case.name,
                    "about": told(group[0].case.about),
                    "outcomes": [_outcome(group, dtype) for dtype in dtypes],
                }
                for group in its_groups
            ],
        }


def _outcome(group: Sequence[CaseResult], dtype: str) -> tuple[str, str]:
    outcome = next((r.outcome for r in group if r.dtype == dtype), None)
    return (outcome.value, TONES[outcome]) if outcome else ("-", "todo")


def _case(group: Sequence[CaseResult]) -> Entry:
    case = group[0].case
    return {
        "name": case.name,
        "about": told(case.about),
        "section": told(case.section),
        "formula": case.formula,
        "results": [_result(r) for r in group],
        "sources": [sources_of(path) for path in case.sources],
        "figures": list(_figures(group)),
        "notes": _notes(case),
    }


def _result(result: CaseResult) -> Entry:
    return {
        "id": result.id,
        "dtype": result.dtype,
        "outcome": result.outcome.value,
        "tone": TONES[result.outcome],
        "skipped": told(result.skipped),
        "failure": failure_entry(result) if result.fails else None,
        "rows": [
            {**row, "tone": TONES[Outcome(str(row["outcome"]))]}
            for row in quantities(result.verdict.comparisons)
        ],
    }


def _notes(case: Case) -> list[str]:
    notes = [f"{name}: {known.what}, {told(known.reason)}" for name, known in case.known.items()]
    wider = (
        f"{name}: {_('limit x{factor:g}', factor=limit.factor)}, {told(limit.reason)}"
        for name, limit in case.looser.items()
    )
    return [*notes, *wider]


def _not_compared(results: Sequence[CaseResult]) -> Iterator[tuple[str, str]]:
    """Each case and name of which nothing is said, with the reason."""
    for result in results:
        if result.skipped:
            yield result.id, told(result.skipped)
        for row in quantities(result.verdict.comparisons):
            if row["outcome"] in (Outcome.VACUOUS.value, Outcome.NOT_COMPARED.value):
                yield f"{result.id} {row['name']}", f"{row['outcome']}: {told(row['reason'])}"


def _figures(group: Sequence[CaseResult]) -> Iterator[Entry]:
    # of one dtype: the curves of the other lie on the same line
    trained = next((r for r in group if r.curves.get("loss") or r.errors), None)
    if trained is None:
        return
    loss = trained.curves.get("loss")
    if loss:
        first, last = loss[0], loss[-1]
        alt = _(
            "loss by step, from {mine:.4g} to {mine_last:.4g} at step {step}; torch's from "
            "{torch:.4g} to {torch_last:.4g}",
            mine=first[1],
            mine_last=last[1],
            step=last[0],
            torch=first[2],
            torch_last=last[2],
        )
        yield _drawn(overlay(f"loss, {trained.dtype}", loss), alt, trained.id)
    if trained.errors:
        kinds = ", ".join(trained.errors)
        alt = _("error, and its limit dotted, of {kinds} by step", kinds=kinds)
        # English, as all that is drawn: not every machine has a font with Japanese
        yield _drawn(error(f"error, {trained.dtype}", trained.errors), alt, trained.id)


def _drawn(figure: Figure, alt: str, salt: str) -> Entry:
    file = io.BytesIO()
    # the same text each time: its ids are salted by what it shows, and it has no date
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return {"alt": alt, "data": base64.b64encode(file.getvalue()).decode("ascii")}
