"""Figures for TensorBoard's image cards: one panel, about 340 pixels wide, large type."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare.core.outcome import Outcome
from compare.engine.result import CaseResult
from compare.judge.training.trajectory import WIDTH

COLOURS = {
    Outcome.SAME: "#2e7d32",
    Outcome.DIFFERENT: "#c62828",
    Outcome.ERROR: "#c62828",
    Outcome.VACUOUS: "#f9a825",
    Outcome.NOT_COMPARED: "#f9a825",
    Outcome.SKIPPED: "#9e9e9e",
}

Curve = Sequence[tuple[int, float, float]]


def panel(title: str, legend: bool = False, bar: bool = False) -> tuple[Figure, Axes]:
    """An empty card and its axes, with room for a legend below them or a colour bar beside them.

    Margins and the title's place are given: to compute them costs twice as much as the drawing.
    """
    # no pyplot, which keeps every figure and may look for a display
    figure = Figure(figsize=(4, 3), dpi=100)
    axes = figure.add_subplot()
    figure.subplots_adjust(0.17, 0.31 if legend else 0.18, 0.93 if bar else 0.97, 0.9)
    axes.set_title(title, fontsize=11, y=1.0)
    axes.tick_params(labelsize=10)
    axes.locator_params(nbins=4)
    return figure, axes


def overlay(title: str, curve: Curve) -> Figure:
    """Both sides in one panel: torch thick and pale, scratch thin and dashed on top of it."""
    figure, axes = panel(title)
    steps = [t for t, _, _ in curve]
    # torch first: what is drawn later lies on top, and two equal curves would look like one
    axes.plot(steps, [r for _, _, r in curve], color="#f5b7a0", linewidth=6, label="torch")
    axes.plot(
        steps, [m for _, m, _ in curve], "--", color="#1a237e", linewidth=1.5, label="scratch"
    )
    axes.set_xlabel("step", fontsize=11)
    falls = steps and curve[0][2] > curve[-1][2]  # a place that is looked for takes long to find
    axes.legend(fontsize=11, loc="upper right" if falls else "lower right")
    return figure


def error(title: str, errors: Mapping[str, Curve]) -> Figure:
    """log10 of the error of each kind of quantity, and of its limit, dotted, in the same colour."""
    figure, axes = panel(title, legend=True)
    for k, (kind, curve) in enumerate(errors.items()):
        steps = [t for t, _, _ in curve]
        axes.plot(steps, [log10(e) for _, e, _ in curve], color=f"C{k}", label=kind)
        axes.plot(steps, [log10(limit) for _, _, limit in curve], ":", color=f"C{k}")
    axes.set_xlabel("step", fontsize=11)
    axes.set_ylabel("log10 error (dotted: limit)", fontsize=10)
    figure.legend(loc="lower center", ncols=5, fontsize=10, columnspacing=1, handlelength=1.2)
    return figure


def cone(title: str, curve: Curve) -> Figure:
    """How far two free runs are apart, as a multiple of the spread that rounding explains.

    A gap in the line: there rounding alone moves the runs by more than 1%.
    """
    figure, axes = panel(title, legend=True)
    steps = [t for t, _, _ in curve]
    # a limit of WIDTH spreads, so that WIDTH d / limit is d in spreads; 0 stands for no limit
    widths = [max(WIDTH * d / limit, 1e-3) if limit else math.nan for _, d, limit in curve]
    axes.axhspan(1e-3, 1, color="#cfd8dc", label="rounding alone")
    axes.axhline(WIDTH, color="black", linestyle=":", label="different above")
    axes.plot(steps, widths, color="#1a237e", label="yours - torch")
    axes.set_yscale("log")
    axes.set_ylim(1e-3, max([10 * WIDTH, *(2 * w for w in widths if w < math.inf)]))
    axes.set_xlabel("step", fontsize=11)
    axes.set_ylabel("distance / spread of rounding", fontsize=10)
    figure.legend(loc="lower center", ncols=3, fontsize=9, columnspacing=1, handlelength=1.2)
    return figure


def log10(value: float) -> float:
    """log10 with a floor, so that an error of 0 can be drawn."""
    # 1e-17 is below float64's rounding of numbers around 1; a NaN is drawn as the worst of all
    return math.log10(min(max(value, 1e-17), 1e300)) if not math.isnan(value) else 300.0


def scoreboard(results: Sequence[CaseResult]) -> Figure:
    """Cases of all dtypes by section and outcome, one row a section."""
    sections = list(dict.fromkeys(r.case.section for r in results))
    shown = [o for o in COLOURS if any(r.outcome is o for r in results)]
    figure = Figure(figsize=(4, 3), dpi=100, layout="constrained")  # names of any length
    axes = figure.add_subplot(title="cases by section")
    left = [0] * len(sections)
    for outcome in shown:
        counts = [
            sum(r.outcome is outcome and r.case.section == section for r in results)
            for section in sections
        ]
        bars = axes.barh(sections, counts, left=left, color=COLOURS[outcome], label=outcome.value)
        labels = [str(n) if n else "" for n in counts]
        axes.bar_label(bars, labels, label_type="center", color="white", fontsize=11)
        left = [a + n for a, n in zip(left, counts, strict=True)]
    axes.invert_yaxis()  # barh begins at the bottom, the table of cases at the top
    figure.legend(loc="outside lower center", ncols=3, fontsize=11)
    return figure
