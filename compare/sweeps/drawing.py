"""How a panel is drawn: torch thick and pale, yours thin and dashed on top of it, one colour each.

Two curves that are the same would hide each other, and look as if one were missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare.sweeps.sweep import Curve, Panel, Point, Sweep

BOTH = "thick: torch, dashed: yours"
# Okabe and Ito (2008), "Color universal design"
COLOURS = "#000000 #0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #b3a100".split()
LEAVES = 1e3  # times its start: above that a curve that diverges leaves the panel


def figure(sweep: Sweep, points: Sequence[Point]) -> Figure:
    """All panels of a sweep side by side."""
    # not by pyplot, which would keep every figure and may look for a display
    image = _empty((5.6 * len(sweep.panels), 4.6), dpi=110)
    for k, panel in enumerate(sweep.panels, start=1):
        _draw(image.add_subplot(1, len(sweep.panels), k), panel, points, 10)
    image.suptitle(f"{sweep.name}: {sweep.about}  ({BOTH})", fontsize=11)
    return image


def card(panel: Panel, points: Sequence[Point]) -> Figure:
    """One panel alone, for TensorBoard's image cards of some 340 pixels."""
    image = _empty((4, 3), dpi=100)
    _draw(image.add_subplot(), panel, points, 9)
    return image


def _empty(inches: tuple[float, float], dpi: int) -> Figure:
    return Figure(figsize=inches, dpi=dpi, layout="constrained")


def _draw(axes: Axes, panel: Panel, points: Sequence[Point], size: int) -> None:
    axes.set_title(panel.title, fontsize=size + 1)
    axes.tick_params(labelsize=size - 1)
    panel.draw(axes, points)
    _drawable(axes)  # last: what panel.draw() has put in decides
    axes.xaxis.label.set_fontsize(size)
    axes.yaxis.label.set_fontsize(size)
    if axes.get_legend_handles_labels()[0]:  # matplotlib warns of an empty legend
        axes.legend(fontsize=size - 2, framealpha=0.7, handlelength=1.5)


def _drawable(axes: Axes) -> None:
    """A logarithmic axis on which no number can stand becomes plain; an empty panel says so."""
    for scale, values in ((axes.set_xscale, "get_xdata"), (axes.set_yscale, "get_ydata")):
        numbers = [v for line in axes.lines for v in np.ravel(getattr(line, values)())]
        if not any(math.isfinite(v) and v > 0 for v in numbers):
            scale("linear")
    if not any(np.size(line.get_xdata()) for line in axes.lines):
        axes.text(0.5, 0.5, "nothing to draw", ha="center", transform=axes.transAxes)


def colour_of(k: int) -> str:
    """The colour of the k-th setting, of eight that colour-blind readers can tell apart."""
    return COLOURS[k % len(COLOURS)]


def pair(
    axes: Axes,
    x: Sequence[float],
    mine: Sequence[float],
    reference: Sequence[float],
    colour: object,
    label: str,
    marker: str = "",
) -> None:
    """Both sides' line in one colour."""
    # torch first: what is drawn later lies on top
    axes.plot(x, reference, f"{marker}-", color=colour, alpha=0.35, linewidth=5)
    axes.plot(x, mine, f"{marker}--", color=colour, linewidth=1.4, label=label)


def short(point: Point) -> str:
    """A setting's name without its part."""
    return point.setting.name.partition(".")[2] or point.setting.name


def curves(
    name: str,
    part: str = "",
    x: Callable[[Point, int], float] = lambda point, step: step,
    xlabel: str = "step",
    scale: str = "linear",
    log: bool = True,
) -> Callable[[Axes, Sequence[Point]], None]:
    """Draws one curve a setting of a part: ``name`` over the steps, with an x where it diverges."""

    def draw(axes: Axes, points: Sequence[Point]) -> None:
        shown = [p for p in points if p.setting.part.startswith(part) and p.curves.get(name)]
        for k, point in enumerate(shown):
            # a run that diverges ends before it is tested again
            curve = finite(point.curves["loss" if point.diverges_at else name])
            if curve:
                _one_setting(axes, point, curve, [x(point, t) for t, _, _ in curve], colour_of(k))
        axes.set_yscale("log" if log else "linear")
        axes.set_xscale(scale)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(name.replace("test/", "test "))
        _limit_height(axes, shown)

    return draw


def loss_panel(name: str, title: str, part: str) -> Panel:
    """The test loss of every setting of a part."""
    return Panel(name, title, curves("test/loss", part))


def _one_setting(axes: Axes, point: Point, curve: Curve, x: Sequence[float], colour: str) -> None:
    label = short(point) + (" diverges" if point.diverges_at else "")
    pair(axes, x, [m for _, m, _ in curve], [r for _, _, r in curve], colour, label)
    if point.diverges_at:
        # on the upper edge (x in data, y in parts of the axes): the loss itself is far above it
        place = (x[-1], 1.0)
        across = axes.get_xaxis_transform()
        axes.plot(*place, "x", color=colour, markersize=9, transform=across, clip_on=False)


def _limit_height(axes: Axes, points: Sequence[Point]) -> None:
    """Keep what diverges from flattening all the others."""
    starts = [p.curves["loss"][0][1] for p in points]
    if any(p.diverges_at for p in points) and all(map(math.isfinite, starts)):
        axes.set_ylim(top=min(axes.get_ylim()[1], LEAVES * max(starts)))


def finite(curve: Curve) -> Curve:
    """Its points that can be drawn."""
    return tuple(p for p in curve if math.isfinite(p[1]) and math.isfinite(p[2]))
