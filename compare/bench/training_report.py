"""What ``bench training`` says: false alarms, and where late bugs were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from compare.bench.late_bugs import LATE_BUGS
from compare.bench.measurements import limits
from compare.judge.training.trajectory import WIDTH


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """False alarms over the correct runs with their limits; by bug, what was found and where."""
    correct = [r for r in records if "/correct/" in r["key"]]
    buggy = [r for r in records if r.get("at") is not None]
    called = [r for r in correct if r["called"]]
    bugs = {bug.what: [r for r in buggy if r["key"].split("/")[1] == bug.what] for bug in LATE_BUGS}
    return {
        "correct": len(correct),
        "steps": sum(r["steps"] for r in correct),
        "longest": max((r["steps"] for r in correct), default=0),
        "diverging": sum(r["diverges"] for r in correct),
        "called different": [r["key"] for r in called],
        "95%": limits(len(called), len(correct)) if correct else None,
        "widest": {
            "cones": max((WIDTH * r["cones"] for r in correct), default=0.0),
            "forced": max((r["forced"] for r in correct), default=0.0),
        },
        "cost": {
            r["key"].replace("/cost/", " ").removesuffix("/0"): {
                what: r[what] for what in ("cone", "verdict", "logging")
            }
            for r in records
            if "/cost/" in r["key"]
        },
        "runs": {
            rule: [(r["steps"], WIDTH * r["cones"]) for r in correct if r["rule"] == rule]
            for rule in dict.fromkeys(r["rule"] for r in correct)
        },
        "bugs": {what: _of_bug(runs) for what, runs in bugs.items()},
    }


def _of_bug(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    def within(check: str, steps: int) -> int:
        # 0 <=: a difference before the bug has begun is a false alarm, and no detection
        return sum(r[check] is not None and 0 <= r[check] - r["at"] <= steps for r in runs)

    lags = sorted(r["free"] - r["at"] for r in runs if r["free"] is not None)
    return {
        "runs": len(runs),
        "operation": within("operation", 0),
        "forced": within("forced", 1),
        "free": len(lags),
        "free, median lag": lags[len(lags) // 2] if lags else None,
    }


def table(result: Mapping[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    lines = []
    if result["correct"]:
        low, high = result["95%"]
        lines = [
            f"{result['correct']} correct runs, {result['steps']} steps, the longest "
            f"{result['longest']}; {result['diverging']} diverge",
            f"  called different: {len(result['called different'])} "
            f"(95% limits {low:.2%} to {high:.2%})",
            f"  farthest from torch: {result['widest']['cones']:.2g} times the spread of rounding, "
            f"{WIDTH:g} are allowed;",
            f"  forced steps: {result['widest']['forced']:.2g} of their limit",
            "",
        ]
    head = f"{'late bugs':<42}{'runs':>5}{'operation':>10}{'forced':>7}{'free':>5}{'lag':>5}"
    lines.append(head)
    for what, counts in result["bugs"].items():
        lag = "-" if counts["free, median lag"] is None else counts["free, median lag"]
        lines.append(
            f"  {what:<40}{counts['runs']:>5}{counts['operation']:>10}"
            f"{counts['forced']:>7}{counts['free']:>5}{lag:>5}"
        )
    lines += [
        "operation: at the right step, exactly; forced: within one step; free: the",
        "runs part by more than rounding explains, and how many steps later (median)",
        "",
        f"{'cost, in runs of a plain torch loop':<50}{'ensemble':>8}{'verdict':>9}{'logging':>9}",
    ]
    for name, costs in result["cost"].items():
        lines.append(
            f"  {name:<48}{costs['cone']:>8.2f}{costs['verdict']:>9.1f}{costs['logging']:>9.2f}"
        )
    return "\n".join(lines)


def figure(result: Mapping[str, Any]) -> Figure:
    """How far correct runs are from torch, by their steps; and how far they may be."""
    drawn = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = drawn.add_subplot()
    for k, (rule, runs) in enumerate(result["runs"].items()):
        steps, distances = zip(*runs, strict=True)
        # a run of one step may be no distance away, which has no logarithm
        axes.plot(steps, [max(c, 1e-3) for c in distances], "o", color=f"C{k}", label=rule, ms=4)
    axes.axhline(WIDTH, color="black", linestyle=":")
    axes.annotate("different above this", (1, WIDTH), (3, 3), textcoords="offset points", size=8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("steps of a correct run")
    axes.set_ylabel("largest distance from torch / spread of rounding")
    drawn.legend(loc="outside right upper", fontsize=8)
    return drawn
