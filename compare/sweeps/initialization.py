"""Initial weights: from zeros to He, under relu and under sigmoid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.language.message import joined, message
from compare.sweeps import columns, drawing
from compare.sweeps.networks import digits
from compare.sweeps.sweep import Point, Setting, Sweep

HIDDEN = ("relu", "sigmoid")
KINDS = ("zeros", "ones", "uniform", "small", "normal", "xavier", "he")
_NOTHING_LEARNS = ExpectedOutcome(
    Outcome.VACUOUS,
    message(
        "weights and biases of zero: hidden units are 0, and nothing but the output's bias learns"
    ),
)
_EQUAL_UNITS = ExpectedOutcome(
    Outcome.VACUOUS,
    message(
        "equal weights: every hidden unit is the same, and gets the same gradient but for rounding"
    ),
    always=False,  # rounding may part two units that would be equal
)
# With u1 = 0 relu and its derivative are 0, and so is all that is a product with them.
_ZERO = ("u1", "z1", "grad/W2", "delta1", "grad/W1", "grad/b1", "grad/x", "param/W1", "param/b1")
_LARGE_WEIGHTS = ExpectedOutcome(
    Outcome.VACUOUS,
    message(
        "large weights: what float32 may round on the way through the network "
        "hides a factor of 1.001"
    ),
    dtypes=("float32",),
    always=False,
)


def _known(hidden: str, kind: str) -> dict[str, ExpectedOutcome]:
    if kind == "zeros" and hidden == "relu":
        return dict.fromkeys((*_ZERO, "param/W2"), _NOTHING_LEARNS)
    if kind in ("zeros", "ones"):  # under sigmoid zeros are no end: sigmoid(0) is 1/2
        return dict.fromkeys(("delta1", "grad/W1", "grad/b1", "param/b1"), _EQUAL_UNITS)
    if kind in ("uniform", "normal"):
        return dict.fromkeys(("test/y", "test/loss"), _LARGE_WEIGHTS)
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
    return joined([*_best_and_worst(points), *_of_equal_weights(points)])


def _best_and_worst(points: Sequence[Point]) -> Iterator[str]:
    for hidden in HIDDEN:
        # equal weights have a sentence of their own
        group = [p for p in columns.of(points, hidden) if not _has_equal_weights(p)]
        ranked = sorted(group, key=columns.accuracy)
        if len(ranked) > 1:  # Ctrl-C may have left one
            most, least = _kind_and_accuracy(ranked[-1]), _kind_and_accuracy(ranked[0])
            yield message(
                "With {hidden}, {most} reaches most, {least} least.",
                hidden=hidden,
                most=most,
                least=least,
            )


def _kind_and_accuracy(point: Point) -> str:
    return f"{point.setting.values['weights']} ({columns.accuracy(point):.0%})"


def _has_equal_weights(point: Point) -> bool:
    return point.setting.values["weights"] in ("zeros", "ones")


def _of_equal_weights(points: Sequence[Point]) -> Iterator[str]:
    equal = [columns.accuracy(p) for p in points if _has_equal_weights(p)]
    if equal:
        yield (
            message(
                "From equal weights (zeros, ones) all hidden units stay one and the same "
                "unit: {equal:.0%} at most.",
                equal=max(equal),
            )
        )


INITIALIZATION = Sweep(
    "initialization",
    message("initial weights on the digits, 64-40-10"),
    _settings,
    columns.CLASSIFIER,
    tuple(drawing.loss_panel(hidden, f"{hidden}: test loss", hidden) for hidden in HIDDEN),
    _lesson,
    steps=200,
)
