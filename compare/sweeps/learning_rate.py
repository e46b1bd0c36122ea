"""Learning rates: exercise 1-2 after one step, and exercise 1-3 trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from compare.cases import CASES
from compare.language.message import joined, message
from compare.sweeps import columns, drawing
from compare.sweeps.networks import regression
from compare.sweeps.sweep import Column, Context, Pair, Panel, Point, Setting, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ONE_STEP, TRAINED = "1-2", "1-3"
_BEFORE, _AFTER = "cross_entropy_error", "after/cross_entropy_error"
_RATES = (0.0001, 0.001, 0.01, 0.07, 0.2, 1.0, 5.0)  # 0.07 is the course's; 5 diverges


def _settings(steps: int) -> tuple[Setting, ...]:
    prefix = "exercise.1-2.lr"
    one_step = [case for case in CASES if case.name.startswith(prefix)]
    return (
        *(
            Setting(f"1-2.lr{rate}", ONE_STEP, case, {"exercise": ONE_STEP, "lr": float(rate)})
            for case in one_step
            for rate in [case.name.removeprefix(prefix)]  # as the course writes it
        ),
        *(
            Setting(
                f"1-3.lr{lr:g}",
                TRAINED,
                regression(steps, lr=lr),
                {"exercise": TRAINED, "lr": lr},
            )
            for lr in _RATES
        ),
    )


def _after_one_step(point: Point, context: Context) -> Mapping[str, Pair]:
    if not point.paths.get(_AFTER):  # 1-3, which is trained, or a side that raised before
        return {}
    ends = {name: point.paths[key][0][1:] for name, key in (("before", _BEFORE), ("loss", _AFTER))}
    return {name: (float(mine), float(reference)) for name, (mine, reference) in ends.items()}


def _printed(point: Point) -> str:
    """The course's loss after one step, to as many digits as both sides show."""
    text = point.setting.case.golden.get(_AFTER)
    return f"{float(text):.6g}" if text else ""


def _one_step_panel(axes: Axes, points: Sequence[Point]) -> None:
    shown = [p for p in columns.of(points, ONE_STEP) if "loss" in p.ends]
    rates = [float(p.setting.values["lr"]) for p in shown]
    mine, reference = ([p.end("loss")[side] for p in shown] for side in (0, 1))
    drawing.pair(axes, rates, mine, reference, "#1a237e", "loss after the step", ".")
    # rings around both sides' points, to be seen on top of them
    axes.plot(
        [float(p.setting.values["lr"]) for p in shown if _printed(p)],
        [float(p.setting.case.golden[_AFTER]) for p in shown if _printed(p)],
        "o",
        markerfacecolor="none",
        color="#c62828",
        markersize=10,
        label="printed in the course",
    )
    if shown:
        axes.axhline(shown[0].end("before")[0], color="0.6", linestyle=":", label="before")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("cross-entropy")


def _lesson(points: Sequence[Point]) -> str:
    one_step = [p for p in columns.of(points, ONE_STEP) if "before" in p.ends]
    trained = columns.of(points, TRAINED)
    return joined([*_of_one_step(one_step), *_of_training(trained)])


def _of_one_step(points: Sequence[Point]) -> Iterator[str]:
    helped = [p for p in points if p.end("loss")[0] < p.end("before")[0]]
    losses = [p.end("loss")[0] for p in points]  # in the order of the rates
    if points and len(helped) == len(points) and losses == sorted(losses, reverse=True):
        yield (
            message(
                "One step on one sample gets the better the larger the rate, up to {lr:g}: "
                "it cannot show that a rate is too large.",
                lr=points[-1].setting.values["lr"],
            )
        )
    elif points:
        yield message(
            "One step lowers that sample's loss at {helped} of {total} rates.",
            helped=len(helped),
            total=len(points),
        )


def _of_training(points: Sequence[Point]) -> Iterator[str]:
    converged = [p for p in points if not p.diverges_at]
    if converged:
        # points are in the order of their rates
        best, slowest, fastest = min(converged, key=columns.loss), converged[0], converged[-1]
        clauses = [
            message("{rate} ends lowest ({loss:.2g})", rate=_rate(best), loss=columns.loss(best))
        ]
        if slowest is not best:
            clauses.append(
                message(
                    "{rate} is too slow ({loss:.2g})",
                    rate=_rate(slowest),
                    loss=columns.loss(slowest),
                )
            )
        if fastest is not best:
            clauses.append(
                message(
                    "{rate} too large ({loss:.2g})",
                    rate=_rate(fastest),
                    loss=columns.loss(fastest),
                )
            )
        yield message("Trained on many samples, {names}.", names=joined(clauses, ", "))
    for point in points:
        if point.diverges_at:
            yield message(
                "{point} diverges at step {diverges_at}: training stops there.",
                point=_rate(point),
                diverges_at=point.diverges_at,
            )


def _rate(point: Point) -> str:
    return message("lr {lr:g}", lr=point.setting.values["lr"])


LEARNING_RATE = Sweep(
    "learning-rate",
    message("the learning rate: 1-2 after one step, and 1-3 trained"),
    _settings,
    (*columns.LOSS, Column(message("the course"), 13, _printed), columns.DIVERGED),
    (
        Panel("one_step", "exercise 1-2: loss after one step", _one_step_panel),
        Panel("trained", "exercise 1-3, trained", drawing.curves("test/loss", TRAINED)),
    ),
    _lesson,
    steps=300,
    watched=lambda name: name in (_BEFORE, _AFTER),
    measure=_after_one_step,
)
