"""What ``bench pairs`` says: false alarms and misses, beside torch's assert_close."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from compare.bench.measurements import limits
from compare.bench.torch_pairs import GROUPS
from compare.bench.torch_pairs.faults import OPERATORS
from compare.core.outcome import Outcome

SAME, DIFFERENT, VACUOUS = (o.value for o in (Outcome.SAME, Outcome.DIFFERENT, Outcome.VACUOUS))
_GROUP_OF = {family.name: group for group, families in GROUPS.items() for family in families}


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts with their limits, by group and by operator; and the names of all that went wrong."""
    right = [r for r in records if r["key"].startswith("right/")]
    faulty = [r for r in records if r["key"].startswith("faulty/")]
    alarms = [r for r in right if r["outcome"] not in (SAME, VACUOUS)]
    missed = [r for r in faulty if r["outcome"] == SAME]
    found = [r for r in faulty if r["outcome"] == DIFFERENT]
    return {
        "families": len(set(map(_family, records))),
        "right": len(right),
        "false alarms": len(alarms),
        "false alarms, 95%": limits(len(alarms), len(right)),
        "right, vacuous": sum(r["outcome"] == VACUOUS for r in right),
        "faulty": len(faulty),
        "missed": len(missed),
        "missed, 95%": limits(len(missed), len(faulty)),
        "faulty, vacuous": sum(r["outcome"] == VACUOUS for r in faulty),
        "faulty, neither": len(faulty) - len(found) - len(missed) - sum(_is_vacuous(faulty)),
        "first place right": sum(r["named"] for r in found),
        "assert_close": {
            "false alarms": sum(not r["close"] for r in right),
            "missed": sum(r["close"] for r in faulty),
        },
        "groups": {g: _counts(r for r in records if _GROUP_OF[_family(r)] == g) for g in GROUPS},
        "operators": {
            operator: _counts(r for r in faulty if r["operator"] == operator)
            for operator in OPERATORS
        },
        "median seconds": float(np.median([r["seconds"] for r in records])),
        "listed": {
            "right, called otherwise": _names(r for r in right if r["outcome"] != SAME),
            "faulty, not found": _names(r for r in faulty if r["outcome"] != DIFFERENT),
            "found, another place named first": _names(r for r in found if not r["named"]),
        },
    }


def _family(record: Mapping[str, Any]) -> str:
    return record["key"].split("/", 2)[2]


def _is_vacuous(records: Sequence[Mapping[str, Any]]) -> Iterator[bool]:
    return (r["outcome"] == VACUOUS for r in records)


def _counts(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    every = list(records)
    right = [r for r in every if "operator" not in r]
    faulty = [r for r in every if "operator" in r]
    return {
        "right": len(right),
        "false alarms": sum(r["outcome"] not in (SAME, VACUOUS) for r in right),
        "faulty": len(faulty),
        "missed": sum(r["outcome"] == SAME for r in faulty),
        "missed by assert_close": sum(r["close"] for r in faulty),
    }


def _names(records: Any) -> dict[str, int]:
    """What went wrong, and how often: the family, the fault of a faulty one, the verdict."""
    return dict(
        Counter(
            f"{_family(r)}{': ' + r['fault'] if 'fault' in r else ''}, {r['outcome']}"
            + (f" at {r['first']}" if r["first"] else "")
            for r in records
        )
    )


def passed(result: Mapping[str, Any]) -> bool:
    """Whether every right pair is the same, and every faulty one different."""
    listed = result["listed"]
    return not listed["right, called otherwise"] and not listed["faulty, not found"]


def table(result: Mapping[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    head = f"{'':<35}{'right':>6}{'alarms':>8}{'faulty':>8}{'missed':>8}{'assert_close':>14}"
    lines = [*_totals(result), "", head]
    for title in ("groups", "operators"):
        for name, counts in result[title].items():
            lines.append(f"  {name:<33}" + _row(counts))
    lines.append("assert_close: what it misses of the faulty ones, on float32 outputs")
    for text, names in result["listed"].items():
        named = "; ".join(f"{name} ({n})" for name, n in names.items()) or "none"
        lines += textwrap.wrap(f"{text}: {named}", 79, subsequent_indent="  ")
    return "\n".join(lines)


def _row(counts: Mapping[str, int]) -> str:
    right = f"{counts['right']:>6}{counts['false alarms']:>8}" if counts["right"] else " " * 14
    return right + f"{counts['faulty']:>8}{counts['missed']:>8}{counts[_CLOSE]:>14}"


_CLOSE = "missed by assert_close"


def _totals(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"{result['families']} modules and functions of torch.nn, each beside twins of it"
    for kind, wrong in (("right", "false alarms"), ("faulty", "missed")):
        low, high = result[f"{wrong}, 95%"]
        yield (
            f"{result[kind]} {kind} pairs: {result[wrong]} {wrong} (95%: {low:.2%} to "
            f"{high:.2%}), {result[f'{kind}, vacuous']} vacuous"
        )
    neither = result["faulty, neither"]
    yield f"  the first place named is right in {result['first place right']} of those found" + (
        f"; {neither} end otherwise" if neither else ""
    )
    close = result["assert_close"]
    yield (f"torch's assert_close: {close['false alarms']} false alarms, {close['missed']} missed")
    yield f"a pair takes {result['median seconds']:.2f} s (median)"


def figure(result: Mapping[str, Any]) -> Figure:
    """A pair of bars an operator: the share of its faults that is found, by each."""
    rows = result["operators"]
    figure = Figure(figsize=(8, 1 + 0.5 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for shift, (key, label, colour) in zip(
        (-0.2, 0.2),
        (
            ("missed", "assert_equivalent", "tab:green"),
            (_CLOSE, "torch's assert_close on float32 outputs", "tab:gray"),
        ),
        strict=True,
    ):
        shares = [1 - counts[key] / max(counts["faulty"], 1) for counts in rows.values()]
        axes.barh(np.arange(len(rows)) + shift, shares, 0.4, color=colour, label=label)
    axes.set_yticks(np.arange(len(rows)), list(rows))
    axes.set_xlabel("share of the faulty pairs that is found")
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    axes.legend(loc="lower left")
    return figure
