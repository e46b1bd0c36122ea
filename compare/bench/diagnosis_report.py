"""What ``bench diagnosis`` says: bugs detected and explained, correct variants that pass."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from compare.bench.diagnosis import NO_CAUSE, RIGHT, WRONG
from compare.bench.measurements import limits


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts and shares with their limits; by concept; and the names of all that went wrong."""
    bugs = [r for r in records if r["key"].startswith("bug/")]
    variants = [r for r in records if r["key"].startswith("variant/")]
    detected = [r for r in bugs if r["detected"]]
    by_cause = Counter(r["cause"] for r in detected)
    return {
        "bugs": len({_name(r) for r in bugs}),
        "problems": len(bugs),
        "detected": len(detected),
        "detected, 95%": limits(len(detected), len(bugs)),
        "causes": {kind: by_cause[kind] for kind in (RIGHT, NO_CAUSE, WRONG)},
        "variants": len({_name(r) for r in variants}),
        "variants' problems": len(variants),
        "called different": sum(r["alarm"] for r in variants),
        "convention named": sum(r["named"] for r in variants),
        "concepts": {c: _counts([r for r in bugs if r["concept"] == c]) for c in _concepts(bugs)},
        "missed": _names(r for r in bugs if not r["detected"]),
        "unknown": _names(r for r in detected if r["cause"] == NO_CAUSE),
        "wrong": _names(r for r in detected if r["cause"] == WRONG),
        "alarms": _names(r for r in variants if r["alarm"]),
        "unnamed": _names(r for r in variants if not r["named"]),
    }


def _name(record: Mapping[str, Any]) -> str:
    return record["key"].split("/", 2)[2]


def _names(records: Any) -> dict[str, int]:
    return dict(Counter(map(_name, records)))


def _concepts(bugs: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(r["concept"] for r in bugs))


def _counts(bugs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    by_cause = Counter(r["cause"] for r in bugs if r["detected"])
    detected = sum(r["detected"] for r in bugs)
    return {"problems": len(bugs), "detected": detected, **{k: by_cause[k] for k in _KINDS}}


_KINDS = (RIGHT, NO_CAUSE, WRONG)
_LISTS = {
    "missed": "bugs not detected",
    "unknown": "detected, without a cause",
    "wrong": "detected, with a wrong cause",
    "alarms": "correct variants called different",
    "unnamed": "correct variants whose convention is not named",
}


def table(result: Mapping[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    head = f"{'concept':<34}{'problems':>9}{'detected':>9}" + "".join(f"{k:>9}" for k in _KINDS)
    lines = [*_totals(result), "", head]
    for name, counts in result["concepts"].items():
        lines.append(f"  {name:<32}" + "".join(f"{counts[k]:>9}" for k in counts))
    for key, text in _LISTS.items():
        named = ", ".join(f"{name} ({n})" for name, n in result[key].items()) or "none"
        lines += textwrap.wrap(f"{text}: {named}", 79, subsequent_indent="  ")
    return "\n".join(lines)


def _totals(result: Mapping[str, Any]) -> list[str]:
    low, high = result["detected, 95%"]
    # at least 1: a short bench may detect nothing, and then all shares are 0
    causes, detected = result["causes"], max(result["detected"], 1)
    return [
        f"{result['bugs']} planted bugs, {result['problems']} problems: {result['detected']} "
        f"detected (95% limits {low:.2%} to {high:.2%})",
        f"  cause: {causes[RIGHT]} right ({causes[RIGHT] / detected:.2%}), "
        f"{causes[NO_CAUSE]} unknown, {causes[WRONG]} wrong",
        f"{result['variants']} correct variants, {result[_PROBLEMS]} problems: "
        f"{result['called different']} called different, "
        f"{result['convention named']} with their convention named",
    ]


_PROBLEMS = "variants' problems"


def figure(result: Mapping[str, Any]) -> Figure:
    """A bar a concept: how its planted bugs were explained."""
    names = list(result["concepts"])
    figure = Figure(figsize=(8, 1 + 0.25 * len(names)), layout="constrained")
    axes = figure.subplots()
    left = [0.0] * len(names)
    for kind, colour in zip(_KINDS, ("tab:green", "tab:gray", "tab:red"), strict=True):
        # of all problems, so that what a bar lacks to 1 was not detected
        width = [result["concepts"][n][kind] / result["concepts"][n]["problems"] for n in names]
        axes.barh(names, width, left=left, color=colour, label=f"cause {kind}")
        left = [a + b for a, b in zip(left, width, strict=True)]
    axes.set_xlabel("share of the problems with a planted bug")
    axes.invert_yaxis()
    axes.legend(loc="lower right")
    return figure
