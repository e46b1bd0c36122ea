"""A verdict explained: where the limit comes from, and what both sides' errors are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.engine.result_rows import in_ulps, quantities
from compare.engine.run_case import run_case
from compare.judge.attribution import rule_on
from compare.judge.evidence import Evidence
from compare.judge.verdict import Comparison
from compare.language.choice import _, told
from compare.language.columns import set_cell_size
from compare.language.message import message
from compare.language.wrapping import filled
from compare.system.errors import UsageError

FORMS: dict[str, str] = {
    message("rounding of +, -, * and /"): message("u |result| each"),
    message("order of summation"): message("(n - 1) u sum |terms|"),
    message("exp, log, tanh"): message("2.5 to 4 ulp of a library"),
    message("constants"): message("|c - rounded c| for 0.999 or 1e-7"),
    message("underflow"): message("one smallest number each"),
    message("rounding of its inputs"): message("u |input|, where a side shows fewer digits"),
}


def explained(case: Case, dtype: str, name: str, seed: int) -> Iterator[str]:
    """The verdict on one quantity of a case, line by line; on its first failure, or its worst.

    Raises UsageError where the case is skipped, or has no such quantity.
    """
    result = run_case(case, dtype, seed)
    if result.skipped:
        raise UsageError(
            message("{id} is skipped: {skipped}", id=result.id, skipped=result.skipped)
        )
    rows = {str(row["name"]): row for row in quantities(result.verdict.comparisons)}
    first = result.verdict.first
    if not name:
        # what is exact has no limit, and no ratio to it
        judged = [r for r in rows.values() if r["limit"]]
        worst = max(judged, key=lambda r: float(str(r["worst_ratio"])), default=None)
        name = quantity(first.name) if first else str(worst["name"]) if worst else next(iter(rows))
    if name not in rows:
        nearest = difflib.get_close_matches(name, rows, n=3, cutoff=0.4)
        advice = message("it has {names}", names=" ".join(rows))
        if nearest:
            advice = message("did you mean {names}?", names=", ".join(nearest))
        raise UsageError(
            message(
                "{id} has no quantity {name}: {advice}",
                id=result.id,
                name=repr(name),
                advice=advice,
            )
        )
    place = str(rows[name]["first_failure"] or rows[name]["worst_at"])
    # once more, watching that one name: a whole run keeps no evidence of what is right
    evidence = run_case(case, dtype, seed, watch=place).watched
    yield f"{result.id}   {place}   {rows[name]['outcome']}"
    yield from _about(evidence, result, place)


def _about(evidence: Evidence | None, result: CaseResult, place: str) -> Iterator[str]:

    if evidence is None:
        comparison = next(c for c in result.verdict.comparisons if c.name == place)
        exact = _("Whole numbers and truth values have to be equal: there is no limit.")
        yield from filled(told(comparison.reason) or exact, 76, "  ", "  ")
        if comparison.limit:  # measured: no formula says what it is computed from
            yield from _values(comparison)
            measured = _("{error:.3g}, {ratio:.3g} of the limit", error=comparison.error,
                         ratio=comparison.ratio)  # fmt: skip
            yield _row(_("measured"), measured)
            yield _row(_("limit"), f"{comparison.limit:.3g}")
        return
    comparison, ruled = evidence.comparison, rule_on(evidence)
    format = evidence.formats[0]
    side = "torch" if comparison.culprit == "torch" else message("yours")
    inputs = ", ".join(evidence.rule.parents)
    yield _row(_("formula"), evidence.rule.text or _("of {inputs}", inputs=inputs))
    yield _row(_("its inputs"), inputs)
    element = _("the one with the largest error per limit")
    if ruled.index:
        element = _("the one with the largest error per limit at {place}", place=str(ruled.index))
    yield _row(_("element"), element)
    yield from _values(comparison)
    yield _row("", _("exact {exact:.17g} from your inputs ({digits} digits)",
                     exact=ruled.exact[0], digits=ruled.digits))  # fmt: skip
    mine, reference = map(in_ulps, ruled.ulps)
    yield _row(_("errors"), _("yours {mine}, torch {reference}", mine=mine, reference=reference))
    measured = _("{error:.3g} ({side}), {ratio:.3g} of the limit", error=comparison.error,
                 side=side, ratio=comparison.ratio)  # fmt: skip
    yield _row(_("measured"), measured)
    # what is below a thousandth of the limit explains nothing of it
    parts = [part for part in ruled.parts if part[1] > 1e-3 * ruled.limit]
    sum_of = _("exact")
    if parts:
        sum_of = _("{slack:g} x the sum of these, u = {u:.3g}", slack=format.slack, u=format.u)
    yield _row(_("limit"), f"{ruled.limit:.3g} = {sum_of}")
    for kind, share in parts:
        yield _row("", f"{share / format.slack:<9.2g} {told(kind)}: {told(FORMS[kind])}")
    if comparison.outcome is Outcome.DIFFERENT and comparison.consequence_of:
        yield "  " + _(
            "follows from {name}: its own operation is right", name=comparison.consequence_of
        )


def _row(label: str, text: str) -> str:
    return f"  {set_cell_size(label, 12)}{text}"


def _values(comparison: Comparison) -> Iterator[str]:
    yield _row(_("values"), _("yours {mine:.17g}", mine=comparison.mine))
    yield _row("", _("torch {reference:.17g}", reference=comparison.reference))
