"""Why the error is squared, and why it is halved: signs cancel, and a slope of 2 (y - d)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.core.case import Case, Program
from compare.core.implementation import Implementation
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.core.trace import Trace
from compare.language.message import joined, message
from compare.oracle import formulas
from compare.oracle.rules import Rule, Specification, loss_rule
from compare.sweeps import columns, drawing
from compare.sweeps.sweep import Context, Pair, Panel, Point, Setting, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CANCEL, SLOPE = "cancel", "slope"
TARGET = 3.0
# Exact in every format, as their sums and squares are.
SIZES = tuple(k / 4 for k in range(1, 9))
ERRORS = (-2.0, -1.5, -0.75, 0.75, 1.5, 2.0)
_CANCELS = ExpectedOutcome(
    Outcome.VACUOUS, message("the errors cancel: their sum is 0, however wrong y is")
)


def squared_errors() -> Program:
    """Of one sample: Σ (y - d), Σ (y - d)², E = 1/2 Σ (y - d)², ∂E/∂y, and both slopes measured."""

    def program(side: Implementation, arrays: Mapping[str, Any]) -> Iterator[Trace]:
        d, y = arrays["d"], arrays["y"]
        half = side.get("losses.half_squared_error")
        slope_of = side.get("numerical.numerical_gradient")
        yield Trace(
            {
                "signed": (y - d).sum(),
                "squared": 2 * half(d, y),
                "loss": half(d, y),
                "grad/y": side.get("losses.d_half_squared_error")(d, y),
                "slope/squared": slope_of(lambda moved: 2 * half(d, moved), y),
                "slope/loss": slope_of(lambda moved: half(d, moved), y),
            }
        )

    def squared(d: Any, y: Any) -> Any:
        return formulas.half_squared_error(d, y) * 2.0

    def slope(error: Any) -> Any:
        return lambda d, y: formulas.central_difference(lambda moved: error(d, moved), y)

    of = ("d", "y")
    rules = {
        "signed": Rule(lambda d, y: (y - d).sum(), of, "sum (y - d)"),
        "squared": Rule(squared, of, "sum (y - d)^2"),
        **loss_rule("loss", "half_squared_error", *of),
        "grad/y": Rule(formulas.D_LOSSES["half_squared_error"], of, "dE/dy = y - d"),
        "slope/squared": Rule(slope(squared), of, "measured slope of sum (y - d)^2"),
        "slope/loss": Rule(slope(formulas.half_squared_error), of, "measured slope of E"),
    }
    return Program(program, lambda arrays: Specification(rules, arrays))


def _setting(part: str, size: float, errors: tuple[float, ...]) -> Setting:
    d = np.full(len(errors), TARGET)
    case = Case(
        "sweep.squared_error",
        "sweep",
        f"one sample whose outputs are off by {', '.join(f'{e:g}' for e in errors)}",
        squared_errors(),
        sources=("losses.half_squared_error", "losses.d_half_squared_error"),
        sizes={"K": len(errors)},
        arrays={"d": d, "y": d + errors},
        known={"signed": _CANCELS} if part == CANCEL else {},
        dtypes=("float64",),  # slopes are measured: in float32 rounding is 6e-4 of them
    )
    return Setting(f"{part}.{size:g}", part, case, {"part": part, "error": size})


def _settings(steps: int) -> tuple[Setting, ...]:
    return (
        *(_setting(CANCEL, size, (size, -size)) for size in SIZES),
        *(_setting(SLOPE, error, (error,)) for error in ERRORS),
    )


def _first_numbers(point: Point, context: Context) -> Mapping[str, Pair]:
    """Of every name that is kept its first element, on both sides."""
    return {
        name: (float(mine.flat[0]), float(reference.flat[0]))
        for name, ((_, mine, reference), *_) in point.paths.items()
        if mine.size and reference.size
    }


def _lines(axes: Axes, points: Sequence[Point], part: str, names: Mapping[str, str]) -> None:
    for k, (name, label) in enumerate(names.items(), start=1):
        shown = [p for p in columns.of(points, part) if name in p.ends]
        x = [float(p.setting.values["error"]) for p in shown]
        mine, reference = ([p.end(name)[side] for p in shown] for side in (0, 1))
        drawing.pair(axes, x, mine, reference, drawing.colour_of(k), label, ".")


def _squared_panel(axes: Axes, points: Sequence[Point]) -> None:
    _lines(axes, points, CANCEL, {"signed": "sum of y - d", "loss": "half squared error"})
    axes.set_xlabel("t: one output is off by t, the other by -t")


def _half_panel(axes: Axes, points: Sequence[Point]) -> None:
    names = {"slope/squared": "of the square: 2 (y - d)", "slope/loss": "of its half: y - d"}
    _lines(axes, points, SLOPE, names)
    axes.set_xlabel("y - d")
    axes.set_ylabel("measured slope")


def _lesson(points: Sequence[Point]) -> str:
    sentences = []
    cancelling = [p for p in columns.of(points, CANCEL) if "signed" in p.ends]
    # a sentence only where the numbers bear it out
    if cancelling and all(p.end("signed")[0] == 0 for p in cancelling):
        worst = max(cancelling, key=lambda p: p.end("loss")[0])
        t = float(worst.setting.values["error"])
        sentences.append(
            message(
                "Two outputs that are off by t and by -t: the sum of y - d is 0 at every "
                "t, and says that all is right; squared, nothing cancels: at t = {t:g} E "
                "is {value:g}.",
                t=t,
                value=worst.end("loss")[0],
            )
        )
    sloping = [p for p in columns.of(points, SLOPE) if "slope/loss" in p.ends]
    if sloping:
        steepest = max(sloping, key=lambda p: p.end("slope/squared")[0])
        whole, half = (steepest.end(name)[0] for name in ("slope/squared", "slope/loss"))
        sentences.append(
            message(
                "At y - d = {error:g} the slope of the square is {whole:.4g}, and that of "
                "its half {half:.4g}: the 1/2 takes the 2 of the derivative away, and "
                "leaves delta = y - d.",
                error=steepest.setting.values["error"],
                whole=whole,
                half=half,
            )
        )
    return joined(sentences)


SQUARED_ERROR = Sweep(
    "squared-error",
    message("why the error is squared, and why it is halved"),
    _settings,
    (
        columns.number("signed", 0, message("sum of y-d"), 12),
        columns.number("loss", 0, message("half squared"), 14),
        columns.number("slope/squared", 0, message("slope, no 1/2"), 15, ".4g"),
        columns.number("slope/loss", 0, message("with 1/2"), 10, ".4g"),
    ),
    (
        Panel("squared", "why squared: signed errors cancel", _squared_panel),
        Panel("half", "why halved: the slope is y - d", _half_panel),
    ),
    _lesson,
    watched=lambda name: name != "loss",
    measure=_first_numbers,
    dtypes=("float64",),
)
