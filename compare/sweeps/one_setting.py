"""One knob of a training run at a time: the hidden activation, the hidden units, the batch."""

from __future__ import annotations

from collections.abc import Sequence

from compare.language.message import joined, message
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


_LOWEST = {
    "1-3": message("In 1-3 the loss is lowest with {names}."),
    "digits": message("On the digits the loss is lowest with {names}."),
}


def _activation_lesson(points: Sequence[Point]) -> str:
    sentences = []
    for part, text in _LOWEST.items():
        group = sorted(columns.of(points, part), key=columns.loss)
        names = [f"{drawing.short(p)} ({columns.loss(p):.2g})" for p in group]
        if names:
            sentences.append(text.filled({"names": joined(names, ", then ")}))
    slopes = message(
        "Sigmoid's slope is at most 1/4: less comes back through it, and it learns more slowly."
    )
    # a reason only for what these points show
    sigmoid_last = all(_sigmoid_is_last(columns.of(points, part)) for part in ("1-3", "digits"))
    return joined([*sentences, *([slopes] if sigmoid_last else [])])


def _sigmoid_is_last(group: Sequence[Point]) -> bool:
    return bool(group) and drawing.short(max(group, key=columns.loss)) == "sigmoid"


ACTIVATION = Sweep(
    "activation",
    message("relu, sigmoid and tanh in 1-3 and on the digits"),
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
    return message(
        "With {points} hidden units the test accuracy is {reached}: {times:.0f} "
        "times the units bring {value:+.1f} points at the end.",
        points=_listed(points),
        reached=reached,
        times=times,
        value=100 * gain,
    )


def _listed(points: Sequence[Point]) -> str:
    return ", ".join(str(p.setting.values["units"]) for p in points)


HIDDEN_SIZE = Sweep(
    "hidden-size",
    message("4, 10, 40 and 240 hidden units on the digits"),
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
    values = {
        "small": names[0], "large": names[1], "rises": rises[0], "others": rises[1],
        "reached": reached[0], "other": reached[1], "budget": budget,
    }  # fmt: skip
    # each word only where the numbers bear it out
    restless = message(
        "By steps, {small}: its test loss rises {rises} times, {large}'s {others} times."
    )
    if rises[0] > rises[1]:
        restless = message(
            "By steps, {small} is restless: its test loss rises {rises} times, {large}'s {others} "
            "times."
        )
    thrifty = message(
        "By samples seen, {small}: within the {budget} samples of one step on all data it comes to "
        "{reached:.2g}, {large} to {other:.2g}."
    )
    if reached[0] < reached[1]:
        thrifty = message(
            "By samples seen, {small} is thrifty: within the {budget} samples of one step on all "
            "data it comes to {reached:.2g}, {large} to {other:.2g}."
        )
    return joined([restless.filled(values), thrifty.filled(values)])


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
    message("one sample, mini-batches and all data in 1-3"),
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
