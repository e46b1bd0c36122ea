"""A verdict explained: where the limit comes from, and what both sides' errors are."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.engine.result_rows import in_ulps, quantities
from compare.engine.run_case import run_case
from compare.engine.run_suite import UsageError
from compare.judge.attribution import rule_on
from compare.judge.judge import Evidence

FORMS = {
    "rounding of +, -, * and /": "u |result| each",
    "order of summation": "(n - 1) u sum |terms|",
    "exp, log, tanh": "2.5 to 4 ulp of a library",
    "constants": "|c - rounded c| for 0.999 or 1e-7",
    "underflow": "one smallest number each",
    "rounding of its inputs": "u |input|, where a side shows fewer digits",
}


def explained(case: Case, dtype: str, name: str, seed: int) -> Iterator[str]:
    """The verdict on one quantity of a case, line by line; on its first failure, or its worst.

    Raises UsageError where the case has no such quantity.
    """
    result = run_case(case, dtype, seed)
    rows = {str(row["name"]): row for row in quantities(result)}
    first = result.verdict.first
    if not name:
        judged = [r for r in rows.values() if r["limit"]]
        worst = max(judged, key=lambda r: float(str(r["worst_ratio"])), default=None)
        name = quantity(first.name) if first else str(worst["name"]) if worst else next(iter(rows))
    if name not in rows:
        raise UsageError(f"{result.id} has no quantity {name!r}: it has {' '.join(rows)}")
    at = str(rows[name]["first_failure"] or rows[name]["worst_at"])
    exhibit = run_case(case, dtype, seed, watch=at).watched
    yield f"{result.id}   {at}   {rows[name]['outcome']}"
    yield from _about(exhibit, result, at)


def _about(exhibit: Evidence | None, result: CaseResult, at: str) -> Iterator[str]:

    if exhibit is None:
        c = next(c for c in result.verdict.comparisons if c.name == at)
        said = c.reason or "Whole numbers and truth values have to be equal: there is no limit."
        yield from wrap(said, 76, initial_indent="  ", subsequent_indent="  ")
        if c.limit:  # measured: no formula says what it is computed from
            yield f"  values      yours {c.mine:.17g}"
            yield f"              torch {c.reference:.17g}"
            yield f"  measured    {c.error:.3g}, {c.ratio:.3g} of the limit"
            yield f"  limit       {c.limit:.3g}"
        return
    c, ruled = exhibit.comparison, rule_on(exhibit)
    format = exhibit.formats[0]
    side = "torch" if c.culprit == "torch" else "yours"
    where = f" at {ruled.index}" if ruled.index else ""
    yield f"  formula     {exhibit.rule.text or 'of ' + ', '.join(exhibit.rule.parents)}"
    yield f"  its inputs  {', '.join(exhibit.rule.parents)}"
    yield f"  element     the one with the largest error per limit{where}"
    yield f"  values      yours {c.mine:.17g}"
    yield f"              torch {c.reference:.17g}"
    yield f"              exact {ruled.exact[0]:.17g} from your inputs ({ruled.digits} digits)"
    yield f"  errors      yours {in_ulps(ruled.ulps[0])}, torch {in_ulps(ruled.ulps[1])}"
    yield f"  measured    {c.error:.3g} ({side}), {c.ratio:.3g} of the limit"
    parts = [part for part in ruled.parts if part[1] > 1e-3 * ruled.limit]
    sum_of = f"{format.slack:g} x the sum of these, u = {format.u:.3g}" if parts else "exact"
    yield f"  limit       {ruled.limit:.3g} = {sum_of}"
    for kind, share in parts:
        yield f"              {share / format.slack:<9.2g} {kind}: {FORMS[kind]}"
    if c.outcome is Outcome.DIFFERENT and c.consequence_of:
        yield f"  follows from {c.consequence_of}: its own operation is right"
