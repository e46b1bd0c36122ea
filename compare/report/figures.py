"""Figures for TensorBoard's image cards: one panel, about 340 pixels wide, large type."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare.case import DTYPES, Outcome
from compare.runner import CaseResult

COLOURS = {
    Outcome.SAME: "#2e7d32",
    Outcome.DIFFERENT: "#c62828",
    Outcome.ERROR: "#c62828",
    Outcome.VACUOUS: "#f9a825",
    Outcome.NOT_COMPARED: "#f9a825",
    Outcome.SKIPPED: "#9e9e9e",
}

Curve = Sequence[tuple[int, float, float]]


def _panel(title: str, width: float = 4.0, height: float = 3.0) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11)
    axes.tick_params(labelsize=10)
    return figure, axes


def overlay(title: str, curve: Curve) -> Figure:
    """Both sides in one panel: torch thick and pale, scratch thin and dashed on top of it."""
    figure, axes = _panel(title)
    steps = [t for t, _, _ in curve]
    axes.plot(steps, [r for _, _, r in curve], color="#f5b7a0", linewidth=6, label="torch")
    axes.plot(
        steps, [m for _, m, _ in curve], "--", color="#1a237e", linewidth=1.5, label="scratch"
    )
    axes.set_xlabel("step", fontsize=11)
    axes.legend(fontsize=11)
    return figure


def error(title: str, errors: Mapping[str, Curve]) -> Figure:
    """log10 of the error of each kind of quantity, and of its limit, dotted, in the same colour."""
    figure, axes = _panel(title)
    for k, (kind, curve) in enumerate(errors.items()):
        steps = [t for t, _, _ in curve]
        axes.plot(steps, [log10(e) for _, e, _ in curve], color=f"C{k}", label=kind)
        axes.plot(steps, [log10(limit) for _, _, limit in curve], ":", color=f"C{k}")
    axes.set_xlabel("step", fontsize=11)
    axes.set_ylabel("log10 error (dotted: limit)", fontsize=10)
    axes.legend(fontsize=9)
    return figure


def log10(value: float) -> float:
    """log10 with a floor, so that an error of 0 can be drawn."""
    return math.log10(min(max(value, 1e-17), 1e300)) if not math.isnan(value) else 300.0


def scoreboard(results: Sequence[CaseResult]) -> Figure:
    """Cases by section and outcome, one row a section and dtype."""
    rows = list(dict.fromkeys((r.case.section, t) for t in DTYPES for r in results))
    rows.sort(key=lambda row: [r.case.section for r in results].index(row[0]))
    figure, axes = _panel("cases by section", height=1.2 + 0.28 * len(rows))
    for y, (section, dtype) in enumerate(rows):
        left = 0
        for outcome, colour in COLOURS.items():
            n = sum(
                r.outcome is outcome
                for r in results
                if r.case.section == section and r.dtype == dtype
            )
            axes.barh(y, n, left=left, color=colour)
            if n:
                axes.text(
                    left + n / 2, y, str(n), ha="center", va="center", color="white", fontsize=11
                )
            left += n
    axes.set_yticks(range(len(rows)), [f"{s} {t.removeprefix('float')}" for s, t in rows])
    axes.invert_yaxis()
    handles = [
        axes.barh(0, 0, color=c, label=o.value)
        for o, c in COLOURS.items()
        if any(r.outcome is o for r in results)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=10)
    return figure
