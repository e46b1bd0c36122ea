"""Drawings of a training case, from prepared data: torch filled or pale, scratch dashed upon it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import IdentityTransform

from compare.report.tensorboard.figures import panel
from compare.report.tensorboard.trainings.confusion import ClassProbabilities, Confusion, lines
from compare.report.tensorboard.trainings.gradient_maps import EQUAL, ErrorMap
from compare.report.tensorboard.trainings.landscape import Landscape
from compare.report.tensorboard.trainings.regions import Regions
from compare.report.tensorboard.trainings.regression_fit import Scatter, Surface

TORCH, SCRATCH = "#f5b7a0", "#1a237e"
# pale, of different lightness side by side: a region's number tells it from the others
PALE = (
    "#cfe3f5", "#fbe0b5", "#c9e8d3", "#f3cfe0", "#f7f3b6",
    "#d8d2ee", "#e3e3e3", "#f9cdbd", "#bfe5ea", "#e7d9c6",
)  # fmt: skip
DASHED: dict[str, Any] = {"colors": SCRATCH, "linestyles": "dashed", "linewidths": 1.5}


def surface(step: int, data: Surface) -> Figure:
    """torch's output filled, scratch's dashed, the target's samples dotted, on the same levels."""
    figure, axes = panel(f"output and target, step {step}", legend=True, bar=True)
    low, high = data.d.min(), data.d.max()
    levels = np.linspace(low, high, 7)  # the target's, for all three: else lines say nothing
    a_axis, b_axis = data.grid.a, data.grid.b
    filled = axes.contourf(a_axis, b_axis, data.y["torch"], levels, cmap="Oranges", extend="both")
    figure.colorbar(filled, ax=axes, format="%.2g", label="output y of torch")
    axes.contour(a_axis, b_axis, data.y["scratch"], levels, **DASHED)
    axes.tricontour(data.x[:, 0], data.x[:, 1], data.d, levels, colors="black", linestyles="dotted")
    axes.set_xlabel("x0", fontsize=11)
    axes.set_ylabel("x1", fontsize=11)
    _key(figure, "filled: torch, dashed: scratch, dotted: target")
    return figure


def scatter(step: int, data: Scatter) -> Figure:
    """Predicted against true: on the line where the fit is right."""
    which = "first output, " if data.outputs > 1 else ""
    figure, axes = panel(f"fit, {which}step {step}")
    ends = [data.d.min(), data.d.max()]
    axes.plot(ends, ends, color="0.5", linewidth=1)
    axes.scatter(data.d, data.y["torch"], s=42, color=TORCH, label="torch")
    axes.scatter(data.d, data.y["scratch"], s=16, marker="x", color=SCRATCH, label="scratch")
    axes.set_xlabel("target d", fontsize=11)
    axes.set_ylabel("output y", fontsize=11)
    axes.legend(fontsize=10, loc="upper left")
    return figure


def regions(step: int, data: Regions) -> Figure:
    """torch's regions filled and numbered, scratch's boundaries dashed; samples as their class."""
    where = "plane of x's first 2 PCs" if data.cut.plane else "classes"
    figure, axes = panel(f"{where}, step {step}", legend=True)
    a_axis, b_axis, decided = data.cut.grid.a, data.cut.grid.b, data.decided["torch"]
    classes = max(data.y["torch"].shape[2], 2)
    colours = ListedColormap([PALE[k % len(PALE)] for k in range(classes)])
    axes.imshow(
        decided, cmap=colours, vmin=-0.5, vmax=classes - 0.5, origin="lower", aspect="auto",
        extent=(a_axis[0], a_axis[-1], b_axis[0], b_axis[-1]), interpolation="nearest",
    )  # fmt: skip
    boundary = lines(data.cut.grid, data.y["scratch"])
    # autolim=False: the filled picture alone sets the limits of the axes
    axes.add_collection(LineCollection(boundary, **DASHED), autolim=False)
    axes.add_collection(_numbers(axes, data.cut.samples, data.cut.classes), autolim=False)
    axes.set_xlabel("1st component" if data.cut.plane else "x0", fontsize=11)
    axes.set_ylabel("2nd component" if data.cut.plane else "x1", fontsize=11)
    _key(figure, "filled: torch, dashed: scratch")
    return figure


def _numbers(axes: Axes, positions: np.ndarray, numbers: np.ndarray) -> PathCollection:
    glyphs = {}
    for k in np.unique(numbers):
        outline = TextPath((0, 0), str(k), size=1)
        # glyphs stand on a baseline, and a marker is placed by its middle
        middle = (outline.vertices.min(axis=0) + outline.vertices.max(axis=0)) / 2
        glyphs[k] = Path(outline.vertices - middle, outline.codes)
    drawn = [glyphs[k] for k in numbers]
    return PathCollection(
        drawn, sizes=[64.0], offsets=positions, offset_transform=axes.transData,
        transform=IdentityTransform(), color="black", linewidths=0,
    )  # fmt: skip


def path(data: Landscape) -> Figure:
    """Both paths on the contours of the loss, in the plane of torch's path."""
    figure, axes = panel(f"path, and torch's loss on {data.samples} samples", legend=True, bar=True)
    with np.errstate(all="ignore"):
        logs = np.log10(np.maximum(data.loss, 1e-12))  # a loss of 0 has no logarithm
    logs = np.ma.masked_invalid(logs)
    filled = axes.contourf(data.grid.a, data.grid.b, logs, 12, cmap="cividis")
    figure.colorbar(filled, ax=axes, label="loss of torch", format=lambda v, _: f"{10**v:.2g}")
    _path(axes, data)
    percent = [f"{share:.0%}" for share in data.plane.shares]
    axes.set_xlabel(f"1st direction, {percent[0]}", fontsize=11)
    axes.set_ylabel(f"2nd, {percent[1]}", fontsize=11)
    _key(figure, "thick: torch, dashed: scratch, square: start")
    return figure


def _path(axes: Axes, data: Landscape) -> None:
    torch, scratch = data.paths["torch"], data.paths["scratch"]
    axes.plot(*torch.T, "-o", color="#ffb08f", linewidth=5, markersize=8)
    axes.plot(*scratch.T, "--", color="black", linewidth=1.5)
    axes.plot(*torch[0], "s", color="white", markeredgecolor="black")


def gradient_errors(step: int, maps: tuple[ErrorMap, ...]) -> Figure:
    """Every weight's gradient as a square, its first input on top, its first unit on the left."""
    figure, axes = panel(f"gradients apart, step {step}", bar=True)
    figure.subplots_adjust(left=0.03)  # no ticks there; three shapes below need the width
    finite = [m.values[np.isfinite(m.values)].max(initial=EQUAL) for m in maps]
    # at least 3, so that rounding, of which a few u are usual, does not fill the whole scale
    top = max(3.0, float(np.ceil(max(finite))))
    for k, each in enumerate(maps):
        image = axes.imshow(
            np.minimum(each.values, top), cmap="viridis", vmin=EQUAL, vmax=top,
            extent=(k, k + 0.92, 0, 1), aspect="auto", interpolation="nearest",
        )  # fmt: skip
    axes.set_xlim(-0.02, len(maps) - 0.06)
    axes.set_ylim(0, 1)
    names = [f"{m.name.removeprefix('grad/')}\n{m.shape[0]} x {m.shape[1]}" for m in maps]
    axes.set_xticks([k + 0.46 for k in range(len(maps))], names, fontsize=11)
    axes.set_yticks([])
    bar = figure.colorbar(image, ax=axes)
    size = -(-int(top) // 4)
    powers = range(0 if size == 1 else size, int(top) + 1, size)  # 1 has no room beside "equal"
    bar.set_ticks([EQUAL, *powers], labels=["equal", *(f"{10.0**k:g}" for k in powers)])
    bar.set_label("in roundings of max |g|", fontsize=10)
    return figure


def confusion(data: Confusion) -> Figure:
    """Your counts without zeros; a frame where torch's differs, and its count if there is room."""
    mine, reference = data.counts["scratch"], data.counts["torch"]
    mine_right, torch_right = data.accuracy("scratch"), data.accuracy("torch")
    figure, axes = panel(f"accuracy: yours {mine_right:.3g}, torch {torch_right:.3g}")
    # square roots, so that a few mistakes show beside hundreds on the diagonal; 1.6 keeps it pale
    axes.imshow(np.sqrt(mine), cmap="Blues", vmax=1.6 * np.sqrt(mine.max()), aspect="auto")
    roomy = len(mine) < 6  # both counts fit into a cell of a card of 340 pixels
    for (i, j), n in np.ndenumerate(mine):
        same = n == reference[i, j]
        if same and not n:
            continue
        text = str(n) if same or not roomy else f"{n} (torch {reference[i, j]})"
        axes.text(j, i, text, ha="center", va="center", fontsize=11 if roomy else 9)
        if not same:
            frame = Rectangle((j - 0.48, i - 0.48), 0.96, 0.96, fill=False, lw=2, ec="#d55e00")
            axes.add_patch(frame)
    axes.set_xticks(range(len(mine)))
    axes.set_yticks(range(len(mine)))
    axes.set_xlabel("class of y (framed: torch differs)", fontsize=11)
    axes.set_ylabel("class of d", fontsize=11)
    return figure


def class_probabilities(step: int, data: ClassProbabilities) -> Figure:
    """The picture on the left, two bars a class on the right: torch's pale, scratch's dark."""
    figure, axes = panel(f"{data.name}, step {step}", legend=True)
    figure.subplots_adjust(left=0.54, right=0.95)
    picture = figure.add_axes((0.02, 0.31, 0.34, 0.59))
    picture.imshow(data.picture, cmap="Greys", vmin=0, vmax=1)
    picture.set_axis_off()
    places = np.arange(len(data.names))
    for run, colour, offset in (("torch", TORCH, -0.2), ("scratch", SCRATCH, 0.2)):
        axes.barh(places + offset, data.y[run], height=0.4, color=colour)
    axes.set_yticks(places, data.names, fontsize=9)
    axes.invert_yaxis()  # the first class on top
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1])
    axes.set_xlabel("probability y", fontsize=11)
    _key(figure, "pale: torch, dark: scratch")
    return figure


def _key(figure: Figure, text: str) -> None:
    """What is whose, in words: a legend takes as long as the rest of the card."""
    figure.text(0.5, 0.05, text, ha="center", fontsize=10)
