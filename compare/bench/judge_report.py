"""What ``bench judge`` says: false alarms and detections with their limits, as table and figure."""

from __future__ import annotations

import platform
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from matplotlib.figure import Figure

from compare.bench.judge import RULES, parts
from compare.bench.measurements import limits
from compare.bench.mutants import FAULTS
from compare.bench.other_comparisons import BLACK_BOX, OURS
from compare.bench.problems import PROBES


def summary(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The table: for each dtype and rule, false alarms and detections with their limits."""
    tables = {}
    for dtype in dict.fromkeys(r["key"].split("/")[0] for r in records):
        of_dtype = [r for r in records if r["key"].startswith(f"{dtype}/")]
        correct = [r for r in of_dtype if "/correct/" in r["key"]]
        faulty = [r for r in of_dtype if r.get("differs")]
        detected = [r for r in faulty if r["alarm"][OURS]]
        tables[dtype] = {
            "correct": len(correct),
            "faulty": len(faulty),
            "rules": {rule: _rates(rule, correct, faulty) for rule in RULES},
            "first named rightly": sum(r["first"] == r["truth"] for r in detected)
            / max(len(detected), 1),
            "cost": _cost([r for r in of_dtype if "passes" in r]),
            "cost of noise": _mean(r["cost of noise"] for r in correct if "cost of noise" in r),
            "faults never found": _never(faulty),
        }
    suites = [r for r in records if "/suite/" in r["key"]]
    return {
        "machine": f"{platform.machine()}, {platform.system()}",
        "tables": tables,
        "suites": {
            "probes": len(PROBES),
            "of each fault": len(suites) // max(len(FAULTS) * len(tables), 1),
            "missed": {dtype: _missed(suites, (dtype,)) for dtype in tables},
            "missed in both": _missed(suites, tuple(tables)),
        },
    }


def _cost(costed: list[dict[str, Any]]) -> dict[str, float]:
    """Of whole cases of the suite, in torch passes: how many, and their mean."""
    kinds = {"training": True, "single pass": False}
    by_kind = {
        kind: [r["passes"] for r in costed if r["training"] is training]
        for kind, training in kinds.items()
    }
    means = {kind: _mean(passes) for kind, passes in by_kind.items()}
    return {"cases": len(costed), "mean": _mean(r["passes"] for r in costed), **means}


def _missed(suites: list[dict[str, Any]], dtypes: tuple[str, ...]) -> dict[str, int]:
    """By fault, in how many suites no probe in any of these dtypes found it."""
    was_found: dict[tuple[str, int], bool] = {}
    for record in suites:
        dtype, _, fault, suite = parts(record["key"])
        if dtype in dtypes:
            key = (fault, suite)
            # by any probe of the suite, in any of the formats
            was_found[key] = was_found.get(key, False) or record["found by"] is not None
    return dict(Counter(fault for (fault, _), found in was_found.items() if not found))


def _rates(rule: str, correct: list[Any], faulty: list[Any]) -> dict[str, Any]:
    correct, faulty = ([r for r in g if rule in r["alarm"]] for g in (correct, faulty))
    false, detected = (sum(r["alarm"][rule] for r in group) for group in (correct, faulty))
    return {
        "problems": [len(correct), len(faulty)],
        "false alarms": false / max(len(correct), 1),
        "false alarms, 95%": limits(false, len(correct)),
        "detection": detected / max(len(faulty), 1),
        "detection, 95%": limits(detected, len(faulty)),
    }


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / max(len(values), 1)


def _never(faulty: list[Any]) -> list[str]:
    by_fault: dict[str, bool] = {}
    for record in faulty:
        name = parts(record["key"])[2]
        by_fault[name] = by_fault.get(name, False) or record["alarm"][OURS]
    return [name for name, found in by_fault.items() if not found]


def figure(result: dict[str, Any]) -> Figure:
    """Detection beside false alarms: one point a rule and dtype; the best is at the upper left."""
    drawn = Figure(figsize=(7, 4.5), dpi=120, layout="constrained")
    axes = drawn.add_subplot()
    for k, (dtype, of_dtype) in enumerate(result["tables"].items()):
        for n, (rule, rates) in enumerate(of_dtype["rules"].items()):
            x, y = 100 * rates["false alarms"], 100 * rates["detection"]
            # above and below in turns: the rules of one format lie close together
            beside = (-6, -12) if x > 30 else (5, 4 if n % 2 else -10)
            axes.plot(x, y, "s" if rule in (OURS, BLACK_BOX) else "o", color=f"C{k}")
            axes.annotate(
                f"{rule}, {dtype}",
                (x, y),
                beside,
                textcoords="offset points",
                size=8,
                ha="right" if x > 30 else "left",
            )
    axes.set_xscale("symlog", linthresh=0.1)  # our rules have 0 alarms, which has no logarithm
    axes.set_xlim(-0.02, 400)
    axes.set_xlabel("correct problems called different, %")
    axes.set_ylabel("faults detected, %")
    return drawn


def table(result: dict[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    lines = []
    for dtype, of_dtype in result["tables"].items():
        lines.append(
            f"{dtype}: {of_dtype['correct']} correct problems, {of_dtype['faulty']} with a fault"
        )
        lines.append(f"  {'':<19}{'false':>8}{'95% limits':>20}{'detected':>10}{'95% limits':>20}")
        for rule, rates in of_dtype["rules"].items():
            alarms, detections = (
                f"{low:.2%} to {high:.2%}"
                for low, high in (rates["false alarms, 95%"], rates["detection, 95%"])
            )
            lines.append(
                f"  {rule:<19}{rates['false alarms']:>8.2%}{alarms:>20}"
                f"{rates['detection']:>10.2%}{detections:>20}"
            )
        lines.append(
            f"  first wrong operation named rightly: {of_dtype['first named rightly']:.2%}"
        )
        box = of_dtype["rules"][BLACK_BOX]["problems"]
        lines.append(f"  as a black box: {box[0]} of the correct problems, {box[1]} with a fault")
        lines.append(f"  cost of judging so: mean {of_dtype['cost of noise']:.1f} torch passes")
        lines += _cost_lines(of_dtype["cost"])
        lines.append(
            f"  faults never found: {', '.join(of_dtype['faults never found']) or 'none'}\n"
        )
    return "\n".join([*lines, *_suite_lines(result["suites"])])


def _cost_lines(cost: dict[str, float]) -> list[str]:
    if not cost["cases"]:
        return []
    mean, training, single = (f"{cost[k]:.1f}" for k in ("mean", "training", "single pass"))
    return [
        f"  cost of a whole case over the suite ({cost['cases']} cases):",
        f"    mean {mean}, training {training}, single pass {single} torch passes",
    ]


def _suite_lines(suites: dict[str, Any]) -> Iterator[str]:
    what = f"suites of {suites['probes']} deliberate probes, {suites['of each fault']} a fault"
    yield f"{what}: faults missed by a suite"
    for dtype, missed in suites["missed"].items():
        text = ", ".join(f"{fault} ({n})" for fault, n in missed.items()) or "none"
        yield from textwrap.wrap(
            f"{dtype}: {text}", 79, initial_indent="  ", subsequent_indent="    "
        )
    yield f"  in both: {', '.join(suites['missed in both']) or 'none'}"
