"""The numerical gradient against back-propagation: how far apart, at which step h, at what cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.cases import inputs
from compare.cases.programs import network, numerical
from compare.core.case import Case, Program
from compare.core.implementation import Implementation
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.core.problem import build
from compare.core.trace import Trace
from compare.language.message import joined, message
from compare.oracle.rules import Specification
from compare.sweeps import columns, drawing
from compare.sweeps.sweep import Column, Context, Pair, Panel, Point, Setting, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = tuple(10.0**-k for k in range(1, 13))
# Hidden units of 2-units-1: four parameters each, and one. 10 of them have the course's 41.
UNITS = (2, 10, 25, 100, 250)
SIZES, WIDTHS = "parameters", "h"
REPEATS = 3  # the shortest counts: whatever else the machine does only adds to it
_NETWORK = ("tanh", "identity", "identity_with_loss")  # relu's error has no third derivative
_NOISE = ExpectedOutcome(
    Outcome.VACUOUS,
    message("at so small a step the rounding of the two losses hides a factor of 1.001"),
    always=False,
)


def both_gradients(h: float) -> Program:
    """The gradient by back-propagation, and then by central differences of step h."""
    programs = network(*_NETWORK), numerical(*_NETWORK, h=h)

    def program(side: Implementation, arrays: Mapping[str, Any]) -> Iterator[Trace]:
        # one trace, since both are of the same point and batch
        yield Trace(
            {n: v for p in programs for t in p.run(side, arrays) for n, v in t.values.items()}
        )

    def specify(arrays: Mapping[str, Any]) -> Specification:
        back, differences = (p.specify(arrays) for p in programs)
        return Specification(
            {**back.rules, **differences.rules}, {**back.initial, **differences.initial}
        )

    return Program(program, specify)


def _case(units: int, h: float) -> Case:
    return Case(
        "sweep.gradient",
        "sweep",
        f"both gradients of 2-{units}-1, {_parameters(units)} parameters, h = {h:g}",
        both_gradients(h),
        sources=("numerical.numerical_gradient", "network.Network"),
        sizes={"N": 6, "I": 2, "H": units, "K": 1},
        arrays={"x": "N I", "d": "N K", **inputs.weights((2, units, 1), "xavier")},
        known={"numerical/*": _NOISE} if h < 1e-6 else {},
        dtypes=("float64",),  # rounding is u / h: in float32 6e-4 at h = 1e-4
    )


def _parameters(units: int) -> int:
    return 4 * units + 1


def _settings(steps: int) -> tuple[Setting, ...]:
    sizes = [
        Setting(
            f"params{_parameters(n)}",
            SIZES,
            _case(n, 1e-4),
            {"parameters": _parameters(n), "h": 1e-4},
        )
        for n in UNITS
    ]
    widths = [
        Setting(f"h1e-{k:02}", WIDTHS, _case(10, h), {"parameters": _parameters(10), "h": h})
        for k, h in enumerate(STEPS, start=1)
    ]
    return (*sizes, *widths)


def _gap_and_time(point: Point, context: Context) -> Mapping[str, Pair]:
    timed = point.setting.part == SIZES and point.outcome is not Outcome.ERROR
    return {**gaps(point), **(_times(point, context) if timed else {})}


def gaps(point: Point) -> Mapping[str, Pair]:
    """For each parameter max |numerical - back-propagated| / max |back-propagated|; "gap" is the
    largest of them."""
    by_name: dict[str, Pair] = {}
    for name, path in point.paths.items():
        parameter = name.removeprefix("numerical/")
        back = point.paths.get(f"grad/{parameter}")
        if name != parameter and back:
            mine, reference = (_relative(path[0][k], back[0][k]) for k in (1, 2))
            by_name[f"gap/{parameter}"] = (mine, reference)
    if by_name:
        mine, reference = (max(gap[k] for gap in by_name.values()) for k in (0, 1))
        by_name["gap"] = (mine, reference)
    return by_name


def _relative(estimate: Any, expected: Any) -> float:
    """max |difference| / max |expected|; infinite where there is no such number."""
    if estimate.shape != expected.shape:
        return np.inf
    with np.errstate(all="ignore"):  # a side may return zeros, or what is not finite
        gap = float(np.abs(estimate - expected).max() / np.abs(expected).max())
    if np.isnan(gap):
        return 0.0 if np.array_equal(estimate, expected) else np.inf
    return gap


def _times(point: Point, context: Context) -> dict[str, Pair]:
    """Seconds of each gradient on each side, timed in turns, and numerical per back-propagated."""
    h = float(point.setting.values["h"])
    programs = {"back": network(*_NETWORK), "numerical": numerical(*_NETWORK, h=h)}
    problem = build(point.setting.case, context.dtype, context.seed)
    best: dict[tuple[str, str], float] = {}
    for _ in range(REPEATS):
        # in turns, so that a slow moment of the machine does not fall on one of them alone
        for kind, program in programs.items():
            for side in (context.mine, context.reference):
                seconds = _seconds(program, side, problem.arrays)
                best[kind, side.name] = min(best.get((kind, side.name), seconds), seconds)
    sides = context.mine.name, context.reference.name
    times = {kind: (best[kind, sides[0]], best[kind, sides[1]]) for kind in programs}
    ratio = [n / b for n, b in zip(times["numerical"], times["back"], strict=True)]
    return {**times, "ratio": (ratio[0], ratio[1])}


def _seconds(program: Program, side: Implementation, arrays: Mapping[str, Any]) -> float:
    inputs = {name: side.from_numpy(np.copy(values)) for name, values in arrays.items()}
    started = time.perf_counter()
    for _ in program.run(side, inputs):  # a generator: it computes as it is asked for traces
        pass
    return time.perf_counter() - started


def _cost_panel(axes: Axes, points: Sequence[Point]) -> None:
    shown = [p for p in columns.of(points, SIZES) if "ratio" in p.ends]
    sizes = [float(p.setting.values["parameters"]) for p in shown]
    for k, kind in enumerate(("numerical", "back")):
        mine, reference = ([1000 * p.end(kind)[side] for p in shown] for side in (0, 1))
        label = "numerical" if kind == "numerical" else "back-propagation"
        drawing.pair(axes, sizes, mine, reference, drawing.colour_of(k + 1), label, ".")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("parameters")
    axes.set_ylabel("milliseconds")


def _gap_panel(axes: Axes, points: Sequence[Point]) -> None:
    shown = [p for p in columns.of(points, WIDTHS) if "gap" in p.ends]
    widths = [float(p.setting.values["h"]) for p in shown]
    mine, reference = ([p.end("gap")[side] for p in shown] for side in (0, 1))
    drawing.pair(axes, widths, mine, reference, "#0072b2", "largest relative gap", ".")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("step h of the differences")
    axes.set_ylabel("gap to back-propagation")


def _lesson(points: Sequence[Point]) -> str:
    sentences = []
    widths = [p for p in columns.of(points, WIDTHS) if "gap" in p.ends]
    if widths:
        best = min(widths, key=lambda p: p.end("gap")[0])
        sentences.append(
            message(
                "The gap is smallest at h = {h:g} ({value:.1e}): a larger step adds the "
                "bend of the curve, h^2, a smaller one rounding, 1/h.",
                h=best.setting.values["h"],
                value=best.end("gap")[0],
            )
        )
    sized = [p for p in columns.of(points, SIZES) if "ratio" in p.ends]
    if sized:
        ratios = ", ".join(f"{p.end('ratio')[0]:.0f}" for p in sized)
        numbers = ", ".join(str(p.setting.values["parameters"]) for p in sized)
        sentences.append(
            message(
                "With {numbers} parameters it takes {ratios} times as long as "
                "back-propagation in yours, which is two passes forward for each of them; "
                "the course has 117 ms against 5 for 41, 23 times.",
                numbers=numbers,
                ratios=ratios,
            )
        )
    return joined(sentences)


def _ratio(side: int) -> Callable[[Point], str]:
    return lambda point: f"{point.end('ratio')[side]:.0f} x" if "ratio" in point.ends else ""


def _worst(point: Point) -> str:
    """The parameter that has the largest gap in yours."""
    by_parameter = {n.removeprefix("gap/"): gap[0] for n, gap in point.ends.items() if "gap/" in n}
    return max(by_parameter, key=lambda name: by_parameter[name], default="")


NUMERICAL_GRADIENT = Sweep(
    "numerical-gradient",
    message("numerical against back-propagated gradient: gap, step h and time"),
    _settings,
    (
        columns.number("gap", 0, message("gap, yours"), form=".2e"),
        columns.number("gap", 1, "torch", 11, ".2e"),
        Column("in", 5, _worst),
        Column(message("time, yours"), 13, _ratio(0)),
        Column("torch", 9, _ratio(1)),
    ),
    (
        Panel("gap", "gap by the step h", _gap_panel),
        Panel("cost", "time by parameters", _cost_panel),
    ),
    _lesson,
    watched=lambda name: name.startswith(("grad/", "numerical/")),
    measure=_gap_and_time,
    dtypes=("float64",),
)
