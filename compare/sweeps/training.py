"""One knob of a training run at a time: the hidden activation, the hidden units, the batch."""

from __future__ import annotations

from collections.abc import Sequence

from compare.sweeps import columns, drawing
from compare.sweeps.networks import SAMPLES, digits, regression
from compare.sweeps.sweep import Panel, Point, Setting, Sweep

HIDDEN = ("relu", "sigmoid", "tanh")
UNITS = (4, 10, 40, 240)
BATCHES = (1, 16, 100, SAMPLES)


def _activations(steps: int) -> tuple[Setting, ...]:
    return tuple(
        Setting(f"{part}.{hidden}", part, case, {"exercise": part, "hidden": hidden})
        for part, build in (("1-3", regression), ("digits", digits))
        for hidden in HIDDEN
        for case in [build(steps, hidden, kind="xavier") if build is digits else build(steps, hidden)]
    )


def _activation_lesson(points: Sequence[Point]) -> str:
    sentences = []
    for part, what in (("1-3", "In the regression"), ("digits", "on the digits")):
        group = sorted(columns.of(points, part), key=columns.loss)
        names = [f"{drawing.short(p)} ({columns.loss(p):.2g})" for p in group]
        if names:
            sentences.append(f"{what} the loss is lowest with {', then '.join(names)}")
    return ";\n".join(sentences).replace(";\n", "; ") + "." if sentences else ""


ACTIVATION = Sweep(
    "activation",
    "relu, sigmoid and tanh in 1-3 and on the digits",
    _activations,
    (*columns.LOSS, *columns.ACCURACY, columns.DIVERGED),
    (
        Panel("regression", "exercise 1-3", drawing.curves("test/loss", "1-3")),
        Panel("digits", "digits, 64-40-10", drawing.curves("test/loss", "digits")),
    ),
    _activation_lesson,
    steps=300,
)


def _units(steps: int) -> tuple[Setting, ...]:
    return tuple(
        Setting(f"units{n}", "digits", digits(steps, units=n), {"units": n}) for n in UNITS
    )


def _units_lesson(points: Sequence[Point]) -> str:
    if len(points) < 2:
        return ""
    first, last = points[0], points[-1]
    reached = ", ".join(f"{columns.accuracy(p):.0%}" for p in points)
    gain = columns.accuracy(points[-1]) - columns.accuracy(points[-2])
    return (
        f"From {first.setting.values['units']} to {last.setting.values['units']} hidden units the"
        f" test accuracy is {reached}: the last step up brings {100 * gain:.1f} points, for"
        f" {last.setting.values['units'] / points[-2].setting.values['units']:.0f} times the weights."
    )


HIDDEN_SIZE = Sweep(
    "hidden-size",
    "4, 10, 40 and 240 hidden units on the digits",
    _units,
    (*columns.LOSS, *columns.ACCURACY, columns.DIVERGED),
    (
        Panel("loss", "loss by hidden units", drawing.curves("test/loss")),
        Panel("accuracy", "accuracy by hidden units", drawing.curves("test/accuracy", log=False)),
    ),
    _units_lesson,
    steps=200,
)


def _batches(steps: int) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            f"batch{n}",
            "1-3",
            regression(steps, batch_size=n, how="all_data" if n == SAMPLES else "with_replacement"),
            {"batch": n},
        )
        for n in BATCHES
    )


def _samples(point: Point, step: int) -> float:
    return step * int(point.setting.values["batch"])


def _batches_lesson(points: Sequence[Point]) -> str:
    if len(points) < 2:
        return ""
    by_steps = sorted(points, key=columns.loss)[0]
    budget = points[-1].setting.values["batch"]  # what one step of the largest batch costs
    spent = {p.setting.name: _after(p, int(budget)) for p in points}
    by_samples = min(spent, key=lambda name: spent[name])
    return (
        f"After the same number of steps, {by_steps.setting.name} is lowest"
        f" ({columns.loss(by_steps):.2g}). But a step on all data costs {budget} samples: by then"
        f" {by_samples} was at {spent[by_samples]:.2g},"
        f" and {points[-1].setting.name} at {spent[points[-1].setting.name]:.2g}."
    )


def _after(point: Point, samples: int) -> float:
    """The last test loss within a number of samples seen, or within the run where that is less."""
    seen = [m for t, m, _ in point.curves.get("test/loss", ()) if _samples(point, t) <= samples]
    return seen[-1] if seen else float("inf")


BATCH_SIZE = Sweep(
    "batch-size",
    "one sample, mini-batches and all data in 1-3",
    _batches,
    (*columns.LOSS, columns.DIVERGED),
    (
        Panel("by_steps", "by steps", drawing.curves("test/loss")),
        Panel(
            "by_samples",
            "by samples seen",
            drawing.curves("test/loss", x=_samples, xlabel="samples seen", scale="log"),
        ),
    ),
    _batches_lesson,
    steps=300,
)
