"""Initial weights: from zeros to He, under relu and under sigmoid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.sweeps import columns, drawing
from compare.sweeps.networks import digits
from compare.sweeps.sweep import Point, Setting, Sweep

HIDDEN = ("relu", "sigmoid")
KINDS = ("zeros", "ones", "uniform", "small", "normal", "xavier", "he")
_NOTHING = ExpectedOutcome(
    Outcome.VACUOUS,
    "weights and biases of zero: hidden units are 0, and nothing but the output's bias learns",
)
_EQUAL = ExpectedOutcome(
    Outcome.VACUOUS,
    "equal weights: every hidden unit is the same, and gets the same gradient but for rounding",
    always=False,
)
_DEAD = ("u1", "z1", "grad/W2", "delta1", "grad/W1", "grad/b1", "grad/x", "param/W1", "param/b1")
_WIDE = ExpectedOutcome(
    Outcome.VACUOUS,
    "large weights: what float32 may round on the way through the network hides a factor of 1.001",
    dtypes=("float32",),
    always=False,
)


def _known(hidden: str, kind: str) -> dict[str, ExpectedOutcome]:
    if kind == "zeros" and hidden == "relu":
        return dict.fromkeys((*_DEAD, "param/W2"), _NOTHING)
    if kind in ("zeros", "ones"):
        return dict.fromkeys(("delta1", "grad/W1", "grad/b1", "param/b1"), _EQUAL)
    if kind in ("uniform", "normal"):
        return dict.fromkeys(("test/y", "test/loss"), _WIDE)
    return {}


def _settings(steps: int) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            f"{hidden}.{kind}",
            hidden,
            digits(steps, hidden, kind, known=_known(hidden, kind)),
            {"hidden": hidden, "weights": kind},
        )
        for hidden in HIDDEN
        for kind in KINDS
    )


def _lesson(points: Sequence[Point]) -> str:
    return " ".join([*_best_and_worst(points), *_symmetric(points)])


def _best_and_worst(points: Sequence[Point]) -> Iterator[str]:
    for hidden in HIDDEN:
        group = [p for p in columns.of(points, hidden) if not _equal(p)]
        ranked = sorted(group, key=columns.accuracy)
        if len(ranked) > 1:
            most, least = _reached(ranked[-1]), _reached(ranked[0])
            yield f"With {hidden}, {most} reaches most, {least} least."


def _reached(point: Point) -> str:
    return f"{point.setting.values['weights']} ({columns.accuracy(point):.0%})"


def _equal(point: Point) -> bool:
    return point.setting.values["weights"] in ("zeros", "ones")


def _symmetric(points: Sequence[Point]) -> Iterator[str]:
    equal = [columns.accuracy(p) for p in points if _equal(p)]
    if equal:
        yield (
            "From equal weights (zeros, ones) all hidden units stay one and the same unit:"
            f" {max(equal):.0%} at most."
        )


INITIALIZATION = Sweep(
    "initialization",
    "initial weights on the digits, 64-40-10",
    _settings,
    columns.CLASSIFIER,
    tuple(drawing.loss_panel(hidden, f"{hidden}: test loss", hidden) for hidden in HIDDEN),
    _lesson,
    steps=200,
)
