"""What ``bench training`` says: false alarms, and where late bugs were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from compare.bench.judge_report import limits
from compare.bench.late_bugs import LATE_BUGS
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
    def within(how: str, steps: int) -> int:
        return sum(r[how] is not None and 0 <= r[how] - r["at"] <= steps for r in runs)

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
            f"  farthest from torch: {result['widest']['cones']:.2g} cones of {WIDTH:g}, "
            f"forced steps {result['widest']['forced']:.2g} of their limit",
            "",
        ]
    head = f"{'late bugs':<42}{'runs':>5}{'operation':>10}{'forced':>7}{'free':>5}{'lag':>5}"
    lines.append(head)
    for what, b in result["bugs"].items():
        lag = "-" if b["free, median lag"] is None else b["free, median lag"]
        lines.append(
            f"  {what:<40}{b['runs']:>5}{b['operation']:>10}{b['forced']:>7}{b['free']:>5}{lag:>5}"
        )
    lines += [
        "operation: at the right step, exactly; forced: within one step; free: the",
        "runs leave the cone, and how many steps later, in the median",
        "",
        f"{'cost, in runs of a plain torch loop':<50}{'cone':>8}{'verdict':>9}{'logging':>9}",
    ]
    for name, c in result["cost"].items():
        lines.append(f"  {name:<48}{c['cone']:>8.2f}{c['verdict']:>9.1f}{c['logging']:>9.2f}")
    return "\n".join(lines)


def figure(result: Mapping[str, Any]) -> Figure:
    """How far correct runs are from torch, in cones, by their steps; and how far they may be."""
    drawn = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = drawn.add_subplot()
    for k, (rule, runs) in enumerate(result["runs"].items()):
        steps, cones = zip(*runs, strict=True)
        axes.plot(steps, [max(c, 1e-3) for c in cones], "o", color=f"C{k}", label=rule, ms=4)
    axes.axhline(WIDTH, color="black", linestyle=":")
    axes.annotate("different above this", (1, WIDTH), (3, 3), textcoords="offset points", size=8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("steps of a correct run")
    axes.set_ylabel("largest distance from torch, in cones")
    drawn.legend(loc="outside right upper", fontsize=8)
    return drawn
