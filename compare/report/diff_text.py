"""The difference of two runs as text, 80 columns wide and worst first, and as JSON."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from compare.language.choice import _, told
from compare.language.message import message
from compare.language.wrapping import filled
from compare.store.diff import CaseDifference, Difference
from compare.store.reader import StoredRun

WIDTH = 79  # some terminals of 80 columns wrap a line that fills the last one
# a manifest says "running" until its run ends: one that was killed still does
STATES = {
    "running": message("cut off"),
    "finished": message("finished"),
    "interrupted": message("interrupted"),
}
AT_MOST = 12  # entries a heading; the first ones are the worst

Describe = Callable[[CaseDifference], list[str]]


def lines(difference: Difference) -> list[str]:
    """The whole difference; the last line is the conclusion."""
    verdicts = [case for case in difference.cases if verdict_lines(case)]
    bits = [case for case in difference.cases if _bits(case)]
    return [
        *_runs(difference.runs),
        *_headed(_("Verdicts that changed"), verdicts, verdict_lines),
        *_headed(_("Bits that changed"), bits, _bits),
        *_only("A", difference.only[0]),
        *_only("B", difference.only[1]),
        *_ratios(difference.cases),
        *_context(difference.context),
        "",
        *wrapped(conclusion(difference)),
    ]


def conclusion(difference: Difference) -> str:
    """How much changed, in one sentence."""
    if not difference.changed:
        if difference.context or difference.cases:
            return _(
                "Nothing changed in {shared} cases: the same verdicts, the same bits",
                shared=difference.shared,
            )
        return _(
            "Nothing changed in {shared} cases: the same verdicts, the same bits; nothing else "
            "either",
            shared=difference.shared,
        )
    verdicts = sum(bool(verdict_lines(c)) for c in difference.cases)
    bits = sum(bool(_bits(c)) for c in difference.cases)
    clauses = [_("{n} with another verdict", n=verdicts)] if verdicts else []
    clauses += [_("{n} with other bits", n=bits)] if bits else []
    clauses += [
        _("{n} more only in {run}", n=len(ids), run=run)
        for run, ids in zip("AB", difference.only, strict=True)
        if ids
    ]
    return _(
        "CHANGED, of {shared} cases in both runs: {changes}",
        shared=difference.shared,
        changes=", ".join(clauses),
    )


def as_json(difference: Difference) -> str:
    """The difference as one JSON document, with nothing left out."""
    document = {
        "changed": difference.changed,
        "runs": [str(run.directory) for run in difference.runs],
        "context": difference.context,
        "only": difference.only,
        "shared": difference.shared,
        "cases": [asdict(case) for case in difference.cases],
    }
    return json.dumps(finite(document), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _runs(runs: Sequence[StoredRun]) -> Iterable[str]:
    for letter, run in zip("AB", runs, strict=True):
        state = STATES.get(run.manifest["state"], run.manifest["state"])
        yield f"{letter}  {run.directory}"
        counted = _(
            "{state}, {n} cases, seed {seed}",
            state=told(state),
            n=len(run.results),
            seed=run.manifest["seed"],
        )
        yield f"   {counted}"


def _headed(heading: str, cases: Sequence[CaseDifference], describe: Describe) -> Iterable[str]:
    if cases:
        yield f"\n{heading}"
    for case in cases[:AT_MOST]:
        yield f"  {case.id}"
        for text in describe(case):
            yield from wrapped(text, "    ")
    yield from _more(len(cases))


def verdict_lines(case: CaseDifference) -> list[str]:
    """What changed in a verdict: the outcome, the first difference, outcomes of quantities."""
    changes = []
    if case.outcome:
        changes.append(f"{case.outcome[0]} -> {case.outcome[1]}")
    if case.first:
        before, after = (_("at {name}", name=n) if n else _("none") for n in case.first)
        changes.append(_("first difference: {before} -> {after}", before=before, after=after))
    # one bug often changes dozens of quantities in the same way: one line for all of them
    for (before, after), names in _grouped(case.quantities or {}).items():
        was, now = before or _("absent"), after or _("absent")
        changes.append(f"{was} -> {now}: {_some(names)}")
    return changes


def _grouped(quantities: Mapping[str, Any]) -> dict[Any, list[str]]:
    groups: dict[Any, list[str]] = {}
    for name, pair in quantities.items():
        groups.setdefault(tuple(pair), []).append(name)
    return groups


def _bits(case: CaseDifference) -> list[str]:
    changes = (
        [_("other arrays went in: the data, the seed or the case changed")] if case.inputs else []
    )
    for side, names in (case.bits or {}).items():
        first = _("{n} quantities, first: {names}", n=len(names), names=_some(names))
        changes.append(f"{side}, {first}")
    return changes


def _some(names: Sequence[str]) -> str:
    return " ".join(names[:6]) + _and_more(len(names) - 6)


def _and_more(n: int) -> str:
    return " " + _("and {n} more", n=n) if n > 0 else ""


def _only(run: str, ids: Sequence[str]) -> Iterable[str]:
    if ids:
        yield "\n" + _("Only in {run}", run=run)
    yield from (f"  {id}" for id in ids[:AT_MOST])
    yield from _more(len(ids))


def _more(count: int) -> Iterable[str]:
    if count > AT_MOST:
        yield "  " + _("and {n} more: --json has them all", n=count - AT_MOST)


def _ratios(cases: Sequence[CaseDifference]) -> Iterable[str]:
    changed = [(case.id, *case.ratio) for case in cases if case.ratio]
    if not changed:
        return
    changed.sort(key=lambda row: _change(row[2], row[3]), reverse=True)
    yield "\n" + _("Largest changes of error per limit (above 1 is different)")
    for id, name, before, after in changed[:5]:
        yield f"  {before:9.3g} -> {after:<9.3g} {name}"
        yield f"{'':24}{id}"  # ids are too long for the same line


def _change(before: float, after: float) -> float:
    # inf - inf is NaN, by which nothing can be sorted
    return abs(after - before) if math.isfinite(after - before) else math.inf


def _context(context: Mapping[str, Any]) -> Iterable[str]:
    if context:
        yield "\n" + _("What else differs, and may be why")
    yield from context_lines(context)


def context_lines(context: Mapping[str, Any]) -> Iterable[str]:
    """One line a setting or version that differs; of sources one a package."""
    sources = [path.removeprefix("sources/") for path in context if path.startswith("sources/")]
    for package, count in Counter(path.split("/")[0] for path in sources).items():
        files = [path.removeprefix(f"{package}/") for path in sources if path.startswith(package)]
        named = ", ".join(files[:6]) + _and_more(count - 6)
        changed = _("{package}/ changed: {names}", package=package, names=named)
        yield from wrapped(changed, "  ")
    for path, (before, after) in context.items():
        if not path.startswith("sources/"):
            yield from wrapped(f"{path}: {_plain(before)} -> {_plain(after)}", "  ")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def wrapped(text: str, indent: str = "") -> list[str]:
    """Lines of at most 79 columns; those after the first two columns further in."""
    return filled(text, WIDTH, indent, indent + "  ")


def finite(value: Any) -> Any:
    """Plain values that JSON can hold: what is not finite becomes text."""
    if isinstance(value, Mapping):
        return {key: finite(inside) for key, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inside) for inside in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
