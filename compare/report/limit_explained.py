"""A verdict explained: where the limit comes from, and what both sides' errors are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from textwrap import wrap

from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.engine.result_rows import in_ulps, quantities
from compare.engine.run_case import run_case
from compare.judge.attribution import rule_on
from compare.judge.judge import Evidence
from compare.system.errors import UsageError

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

    Raises UsageError where the case is skipped, or has no such quantity.
    """
    result = run_case(case, dtype, seed)
    if result.skipped:
        raise UsageError(f"{result.id} is skipped: {result.skipped}")
    rows = {str(row["name"]): row for row in quantities(result.verdict.comparisons)}
    first = result.verdict.first
    if not name:
        # what is exact has no limit, and no ratio to it
        judged = [r for r in rows.values() if r["limit"]]
        worst = max(judged, key=lambda r: float(str(r["worst_ratio"])), default=None)
        name = quantity(first.name) if first else str(worst["name"]) if worst else next(iter(rows))
    if name not in rows:
        nearest = difflib.get_close_matches(name, rows, n=3, cutoff=0.4)
        advice = f"did you mean {', '.join(nearest)}?" if nearest else f"it has {' '.join(rows)}"
        raise UsageError(f"{result.id} has no quantity {name!r}: {advice}")
    place = str(rows[name]["first_failure"] or rows[name]["worst_at"])
    # once more, watching that one name: a whole run keeps no evidence of what is right
    evidence = run_case(case, dtype, seed, watch=place).watched
    yield f"{result.id}   {place}   {rows[name]['outcome']}"
    yield from _about(evidence, result, place)


def _about(evidence: Evidence | None, result: CaseResult, place: str) -> Iterator[str]:

    if evidence is None:
        comparison = next(c for c in result.verdict.comparisons if c.name == place)
        exact = "Whole numbers and truth values have to be equal: there is no limit."
        reason = comparison.reason or exact
        yield from wrap(reason, 76, initial_indent="  ", subsequent_indent="  ")
        if comparison.limit:  # measured: no formula says what it is computed from
            yield f"  values      yours {comparison.mine:.17g}"
            yield f"              torch {comparison.reference:.17g}"
            yield f"  measured    {comparison.error:.3g}, {comparison.ratio:.3g} of the limit"
            yield f"  limit       {comparison.limit:.3g}"
        return
    comparison, ruled = evidence.comparison, rule_on(evidence)
    format = evidence.formats[0]
    side = "torch" if comparison.culprit == "torch" else "yours"
    where = f" at {ruled.index}" if ruled.index else ""
    yield f"  formula     {evidence.rule.text or 'of ' + ', '.join(evidence.rule.parents)}"
    yield f"  its inputs  {', '.join(evidence.rule.parents)}"
    yield f"  element     the one with the largest error per limit{where}"
    yield f"  values      yours {comparison.mine:.17g}"
    yield f"              torch {comparison.reference:.17g}"
    yield f"              exact {ruled.exact[0]:.17g} from your inputs ({ruled.digits} digits)"
    yield f"  errors      yours {in_ulps(ruled.ulps[0])}, torch {in_ulps(ruled.ulps[1])}"
    yield f"  measured    {comparison.error:.3g} ({side}), {comparison.ratio:.3g} of the limit"
    # what is below a thousandth of the limit explains nothing of it
    parts = [part for part in ruled.parts if part[1] > 1e-3 * ruled.limit]
    sum_of = f"{format.slack:g} x the sum of these, u = {format.u:.3g}" if parts else "exact"
    yield f"  limit       {ruled.limit:.3g} = {sum_of}"
    for kind, share in parts:
        yield f"              {share / format.slack:<9.2g} {kind}: {FORMS[kind]}"
    if comparison.outcome is Outcome.DIFFERENT and comparison.consequence_of:
        yield f"  follows from {comparison.consequence_of}: its own operation is right"
