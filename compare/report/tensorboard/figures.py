"""Figures for TensorBoard's image cards: one panel, about 340 pixels wide, large type."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, islice

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
LOWEST, HIGHEST = 0.01, 1e15  # of an error over its limit, in a drawing
PANEL = "panel"  # what a card of one panel is known by
_blank: list[Figure] = []  # the one that waits to be drawn on
LARGEST_RATIO = 1e30  # float32 keeps it, and an error where none is allowed is no gap in the line


def panel(title: str, legend: bool = False, bar: bool = False) -> tuple[Figure, Axes]:
    """An empty card and its axes, with room for a legend below them or a colour bar beside them.

    Margins and the title's place are given: to compute them costs twice as much as the drawing.
    """
    figure = _blank.pop() if _blank and not bar else _new_panel()
    (axes,) = figure.axes
    figure.subplots_adjust(0.17, 0.31 if legend else 0.18, 0.88 if bar else 0.97, 0.9)
    axes.set_title(title, fontsize=11, y=1.0)
    axes.tick_params(labelsize=10)
    axes.locator_params(nbins=4)
    return figure, axes


def _new_panel() -> Figure:
    # no pyplot, which keeps every figure and may look for a display
    figure = Figure(figsize=(4, 3), dpi=100)
    figure.add_subplot()
    figure.set_gid(PANEL)
    return figure


def give_back(figure: Figure) -> None:
    """Take off a card what was drawn on it: ``panel`` hands it out again, as if it were new.

    Axes and their ticks take as long to make as the drawing. A card with a colour bar, which has
    moved them, is not kept.
    """
    if figure.get_gid() != PANEL or len(figure.axes) != 1 or _blank:
        return
    (axes,) = figure.axes
    drawn = (axes.lines, axes.patches, axes.collections, axes.images, axes.texts)
    for artist in [*chain(*drawn), *figure.texts, *figure.legends, axes.get_legend()]:
        if artist is not None:
            artist.remove()
    axes.set(xscale="linear", yscale="linear", xlabel="", ylabel="")
    axes.set_xlim(0, 1, auto=True)
    axes.set_ylim(0, 1, auto=True)
    axes.relim()
    axes.set_prop_cycle(None)
    _blank.append(figure)


def overlay(title: str, curve: Curve, mine: str = "scratch") -> Figure:
    """Both sides in one panel: torch thick and pale, ``mine`` thin and dashed on top of it."""
    figure, axes = panel(title)
    steps = [t for t, _, _ in curve]
    # torch first: what is drawn later lies on top, and two equal curves would look like one
    axes.plot(steps, [r for _, _, r in curve], color="#f5b7a0", linewidth=6, label="torch")
    axes.plot(steps, [m for _, m, _ in curve], "--", color="#1a237e", linewidth=1.5, label=mine)
    axes.set_xlabel("step", fontsize=11)
    falls = steps and curve[0][2] > curve[-1][2]  # a place that is looked for takes long to find
    axes.legend(fontsize=11, loc="upper right" if falls else "lower right")
    return figure


def error(title: str, errors: Mapping[str, Curve]) -> Figure:
    """The error over its limit of each kind of quantity, as one line: above 1 it is DIFFERENT."""
    figure, axes = panel(title, legend=True)
    for kind, curve in errors.items():
        line = over_limit({kind: curve})
        axes.plot([t for t, _ in line], [_drawn(ratio) for _, ratio in line], label=kind)
    _limit_at_1(axes, _top(over_limit(errors)))
    axes.set_xlabel("step", fontsize=11)
    figure.legend(loc="lower center", ncols=5, fontsize=10, columnspacing=1, handlelength=1.2)
    return figure


def over_limit(errors: Mapping[str, Curve]) -> list[tuple[int, float]]:
    """(step, largest error per limit of all kinds of quantity at that step): 1 is the limit."""
    largest: dict[int, float] = {}
    for curve in errors.values():
        for step, error, limit in curve:
            if limit or error:  # both are 0 where nothing is compared, or nothing can round
                ratio = error / limit if limit else math.inf
                ratio = LARGEST_RATIO if math.isnan(ratio) else min(ratio, LARGEST_RATIO)
                largest[step] = max(largest.get(step, 0.0), ratio)
    return sorted(largest.items())


def so_far(line: Sequence[tuple[int, float]], before: float = 0.0) -> list[tuple[int, float]]:
    """The largest up to each step: from step to step rounding jumps at random, a block of ink."""
    largest = accumulate((ratio for _, ratio in line), max, initial=before)
    return [(step, ratio) for (step, _), ratio in zip(line, islice(largest, 1, None), strict=True)]


def errors_over_limits(results: Sequence[CaseResult]) -> Figure | None:
    """Each training case as one line, its error over its limit; the one that comes nearest, dark.

    None where nothing was trained.
    """
    lines = [(r, line) for r in results if (line := over_limit(r.errors))]
    if not lines:
        return None
    figure, axes = panel(f"{len(lines)} trainings: largest error so far", legend=True)
    lines.sort(key=lambda each: _top(each[1]))  # the nearest to its limit last, on top of all
    for _, line in lines:
        peaks = so_far(_peaks(line))
        part = [t / line[-1][0] for t, _ in peaks]
        axes.plot(part, [_drawn(ratio) for _, ratio in peaks], color="#b0bec5", linewidth=1)
    axes.lines[-1].set(color="#1a237e", linewidth=2)
    nearest, line = lines[-1]
    _limit_at_1(axes, _top(line))
    axes.set_xticks([0, 0.5, 1], ["start", "steps", "end"])
    figure.text(0.5, 0.11, f"dark: {nearest.case.name} {nearest.dtype},", ha="center", fontsize=10)
    figure.text(0.5, 0.03, f"at most {_top(line):.2g} of its limit", ha="center", fontsize=10)
    return figure


def _limit_at_1(axes: Axes, top: float) -> None:
    axes.axhline(1, color="#c62828", linestyle=":")
    axes.set_yscale("log")
    axes.set_ylim(LOWEST, max(3, 2 * _drawn(top)))
    if top < 1000:
        axes.set_yticks([LOWEST, 0.1, 1], ["1%", "10%", "limit"])
    else:  # so far above it that what lies below has no room for words
        far = 10.0 ** (math.log10(_drawn(top)) // 1)
        axes.set_yticks([1, far], ["limit", f"{far:.0e} x"])
    axes.minorticks_off()


def _drawn(ratio: float) -> float:
    return min(max(ratio, LOWEST), HIGHEST)


def _top(line: Sequence[tuple[int, float]]) -> float:
    return max((ratio for _, ratio in line), default=0.0)


def _peaks(line: Sequence[tuple[int, float]], windows: int = 40) -> list[tuple[int, float]]:
    """The highest point of each of some windows: more cannot be seen."""
    size = -(-len(line) // windows)
    parts = [line[k : k + size] for k in range(0, len(line), size)]
    return [max(part, key=lambda point: point[1]) for part in parts]


def words(heading: str, lines: Sequence[str], outcome: Outcome) -> Figure:
    """A card of words: TensorBoard pins pictures and no texts."""
    figure = Figure(figsize=(4, 3), dpi=100)
    figure.text(0.04, 0.88, heading, fontsize=14, color=COLOURS[outcome], fontweight="bold")
    wrapped = [part for line in lines for part in textwrap.wrap(line, 46)]
    figure.text(0.04, 0.82, "\n".join(wrapped[:10]), fontsize=11, va="top", linespacing=1.4)
    return figure


def cone(title: str, curve: Curve) -> Figure:
    """How far two free runs are apart, as a multiple of the spread that rounding explains.

    A gap in the line: there rounding alone moves the runs by more than 1%.
    """
    figure, axes = panel(title, legend=True)
    steps = [t for t, _, _ in curve]
    # a limit of WIDTH spreads, so that WIDTH d / limit is d in spreads; 0 stands for no limit
    # runs that part for good reach numbers that no axis can be drawn to
    widths = [
        min(max(WIDTH * d / limit, 1e-3), HIGHEST) if limit else math.nan for _, d, limit in curve
    ]
    axes.axhspan(1e-3, 1, color="#cfd8dc", label="rounding alone")
    axes.axhline(WIDTH, color="black", linestyle=":", label="different above")
    axes.plot(steps, widths, color="#1a237e", label="yours - torch")
    axes.set_yscale("log")
    axes.minorticks_off()  # some fifty, which take longer to draw than the line
    top = max([10 * WIDTH, *(2 * w for w in widths if not math.isnan(w))])
    axes.set_ylim(1e-3, top)
    # in plain words: matplotlib's own are formulas, and take as long as the rest of the card
    every = max(1, round(math.log10(top / 1e-3) / 5))
    powers = range(-3, math.floor(math.log10(top)) + 1, every)
    axes.set_yticks(
        [10.0**k for k in powers], [f"{10**k}" if 0 <= k < 3 else f"1e{k}" for k in powers]
    )
    axes.set_xlabel("step", fontsize=11)
    axes.set_ylabel("distance / spread of rounding", fontsize=9)
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
