"""The race of the update rules, from one point: the gradient by hand, and by autograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare.core.case import Case
from compare.language.message import joined, message
from compare.sweeps import columns, drawing
from compare.sweeps.surfaces import SURFACES, descent
from compare.sweeps.sweep import Column, Panel, Point, Setting, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

START = {"bowl": (-7.0, 2.0), "valley": (-1.5, 2.0)}
LOWEST = {"bowl": (0.0, 0.0), "valley": (1.0, 1.0)}
VIEW = {"bowl": ((-8.0, 3.0), (-2.6, 2.6)), "valley": ((-2.0, 2.0), (-1.0, 3.2))}
LONGER = {"bowl": 1, "valley": 10}  # how many times the steps: along a flat floor it takes longer
# Each rule has a rate of its own, as the course's sources do: no one rate suits them all.
RATES = {
    "bowl": {
        "SGD": 0.95,
        "Momentum": 0.1,
        "Nesterov": 0.1,
        "AdaGrad": 1.5,
        "RMSprop": 0.1,
        "Adadelta": 20.0,
        "Adam": 0.3,
    },
    "valley": {
        "SGD": 0.001,
        "Momentum": 0.0005,
        "Nesterov": 0.0005,
        "AdaGrad": 0.5,
        "RMSprop": 0.02,
        "Adadelta": 10.0,
        "Adam": 0.2,
    },
}


def _settings(steps: int) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            f"{surface}.{rule}",
            surface,
            Case(
                f"sweep.{surface}",
                "sweep",
                f"{rule} on the {surface}, lr {lr:g}",
                descent(surface, rule, lr, LONGER[surface] * steps),
                sources=(f"surfaces.d_{surface}", f"optimizers.{rule}"),
                arrays={"w": np.array(START[surface])},
            ),
            {"surface": surface, "rule": rule, "lr": lr},
        )
        for surface in SURFACES
        for rule, lr in RATES[surface].items()
    )


def _paths(surface: str) -> Callable[[Axes, Sequence[Point]], None]:
    """Draws every rule's path of both sides over the surface's contours."""

    def draw(axes: Axes, points: Sequence[Point]) -> None:
        _contours(axes, surface)
        for k, point in enumerate(columns.of(points, surface)):
            path = point.paths.get("param/w", ())
            start = np.array(START[surface])
            # a trace holds the point behind its step, so that the start is in none
            mine = np.array([start, *(a for _, a, _ in path)])
            reference = np.array([start, *(b for _, _, b in path)])
            colour, label = drawing.colour_of(k), drawing.short(point)
            axes.plot(*reference.T, "-", color=colour, alpha=0.35, linewidth=4)
            axes.plot(*mine.T, ".--", color=colour, linewidth=1, markersize=2.5, label=label)
        # lines have zorder 2: the star stays on top of all paths
        axes.plot(*LOWEST[surface], "*", color="#c62828", markersize=12, zorder=5)
        axes.set_xlabel("w_0")
        axes.set_ylabel("w_1")

    return draw


def _contours(axes: Axes, surface: str) -> None:
    (left, right), (bottom, top) = VIEW[surface]
    w = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    heights = SURFACES[surface][0](np.array(w))
    # levels by a factor: evenly spaced ones would nearly all lie on the steep walls
    levels = np.geomspace(heights.max() * 1e-4, heights.max(), 14)
    axes.contour(*w, heights, levels=levels, colors="0.8", linewidths=0.7)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)


def _lesson(points: Sequence[Point]) -> str:
    sentences, winners = [], set()
    for surface in SURFACES:
        ranked = sorted(columns.of(points, surface), key=columns.loss)
        if len(ranked) > 1:
            names = [f"{drawing.short(p)} ({columns.loss(p):.2g})" for p in (ranked[0], ranked[-1])]
            sentences.append(
                message(
                    "On the {surface} {first} ends lowest and {last} highest.",
                    surface=surface,
                    first=names[0],
                    last=names[1],
                )
            )
            winners.add(drawing.short(ranked[0]))
    if len(winners) > 1:
        sentences.append(message("No rule wins everywhere."))
    return joined(sentences)


OPTIMIZERS = Sweep(
    "optimizers",
    message("the update rules race down a surface from one point"),
    _settings,
    (
        Column("lr", 8, lambda point: f"{point.setting.values['lr']:g}"),
        *columns.LOSS,
        columns.DIVERGED,
    ),
    (
        *(Panel(name, f"paths on the {name}", _paths(name)) for name in SURFACES),
        Panel("valley_height", "height on the valley", drawing.curves("loss", "valley")),
    ),
    _lesson,
    steps=40,
    watched=lambda name: name == "param/w",
)
