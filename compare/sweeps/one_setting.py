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
    built = {  # one kind of weights for all three, so that the activation alone differs
        "1-3": [regression(steps, hidden) for hidden in HIDDEN],
        "digits": [digits(steps, hidden, "xavier") for hidden in HIDDEN],
    }
    return tuple(
        Setting(f"{part}.{hidden}", part, case, {"exercise": part, "hidden": hidden})
        for part, cases in built.items()
        for hidden, case in zip(HIDDEN, cases, strict=True)
    )


def _activation_lesson(points: Sequence[Point]) -> str:
    sentences = []
    for part, what in (("1-3", "In 1-3"), ("digits", "On the digits")):
        group = sorted(columns.of(points, part), key=columns.loss)
        names = [f"{drawing.short(p)} ({columns.loss(p):.2g})" for p in group]
        if names:
            sentences.append(f"{what} the loss is lowest with {', then '.join(names)}.")
    slopes = (
        "Sigmoid's slope is at most 1/4: less comes back through it, and it learns more slowly."
    )
    # a reason only for what these points show
    sigmoid_last = all(_sigmoid_is_last(columns.of(points, part)) for part in ("1-3", "digits"))
    return " ".join([*sentences, *([slopes] if sigmoid_last else [])])


def _sigmoid_is_last(group: Sequence[Point]) -> bool:
    return bool(group) and drawing.short(max(group, key=columns.loss)) == "sigmoid"


ACTIVATION = Sweep(
    "activation",
    "relu, sigmoid and tanh in 1-3 and on the digits",
    _activations,
    columns.CLASSIFIER,
    (
        drawing.loss_panel("regression", "exercise 1-3", "1-3"),
        drawing.loss_panel("digits", "digits, 64-40-10", "digits"),
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
    reached = ", ".join(f"{columns.accuracy(p):.0%}" for p in points)
    before, last = points[-2:]  # the two largest, in the order of UNITS
    gain = columns.accuracy(last) - columns.accuracy(before)
    times = float(last.setting.values["units"]) / float(before.setting.values["units"])
    return (
        f"With {_listed(points)} hidden units the test accuracy is {reached}: {times:.0f} times the"
        f" units bring {100 * gain:+.1f} points at the end."
    )


def _listed(points: Sequence[Point]) -> str:
    return ", ".join(str(p.setting.values["units"]) for p in points)


HIDDEN_SIZE = Sweep(
    "hidden-size",
    "4, 10, 40 and 240 hidden units on the digits",
    _units,
    columns.CLASSIFIER,
    (
        Panel("loss", "loss by hidden units", drawing.curves("test/loss")),
        Panel("accuracy", "accuracy by hidden units", drawing.curves("test/accuracy", log=False)),
    ),
    _units_lesson,
    steps=200,
)


def _batches(steps: int) -> tuple[Setting, ...]:
    return tuple(
        Setting(  # "all_data" has every sample once a step, a drawing of so many has not
            f"batch{n}",
            "1-3",
            regression(
                steps, batch_size=n, sampling="all_data" if n == SAMPLES else "with_replacement"
            ),
            {"batch": n},
        )
        for n in BATCHES
    )


def _samples(point: Point, step: int) -> float:
    return step * int(point.setting.values["batch"])


def _batches_lesson(points: Sequence[Point]) -> str:
    if len(points) < 2:
        return ""
    small, large = points[0], points[-1]
    budget = int(large.setting.values["batch"])  # what one step of the largest batch costs
    rises, reached = (
        (_rises(small), _rises(large)),
        (_loss_after(small, budget), _loss_after(large, budget)),
    )
    names = small.setting.name, large.setting.name
    # each word only where the numbers bear it out
    restless = " is restless:" if rises[0] > rises[1] else ":"
    thrifty = " is thrifty:" if reached[0] < reached[1] else ":"
    return (
        f"By steps, {names[0]}{restless} its test loss rises {rises[0]} times, {names[1]}'s"
        f" {rises[1]} times. By samples seen, {names[0]}{thrifty} within the {budget} samples of"
        f" one step on all data it comes to {reached[0]:.2g}, {names[1]} to {reached[1]:.2g}."
    )


def _rises(point: Point) -> int:
    # of the test loss: that of a batch of one rises whenever a harder sample is drawn
    tested = [m for _, m, _ in point.curves.get("test/loss", ())]
    return sum(b > a for a, b in zip(tested[:-1], tested[1:], strict=True))


def _loss_after(point: Point, samples: int) -> float:
    """The last test loss within a number of samples seen, or within the run where that is less."""
    losses = [m for t, m, _ in point.curves.get("test/loss", ()) if _samples(point, t) <= samples]
    return losses[-1] if losses else float("inf")


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
