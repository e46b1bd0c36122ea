"""Another schedule of the learning rate, with which the reference would be yours.

The rates that its optimizers have at their steps are met there; then each step is made with that of
another schedule: none, without its warmup or its decay, or one step early or late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.equivalence.solved_causes.optimizers import (
    Group,
    Run,
    Values,
    hooked,
    stepping_with,
    up_to,
)
from compare.language.message import Message, message

RATE, INITIAL = "lr", "initial_lr"  # the latter is kept by schedules of torch


@dataclass
class _Rates:
    """Of the first group: the rate at each step, what a schedule began with, and what is next."""

    steps: list[float] = field(default_factory=list)
    initial: float = 0.0
    group: Mapping[str, Any] = field(default_factory=dict)

    @property
    def following(self) -> float:
        return float(self.group.get(RATE, self.steps[-1]))


@contextmanager
def _met() -> Iterator[_Rates]:
    rates = _Rates()

    def hook(optimizer: Any, args: Any, kwargs: Any) -> None:
        group = optimizer.param_groups[0]
        rates.group = group
        rates.steps.append(float(group.get(RATE, 0.0)))
        rates.initial = float(group.get(INITIAL, rates.steps[0]))

    with hooked(hook):
        yield rates


def _made_with(steps: Sequence[float], before: Sequence[float]) -> AbstractContextManager[None]:
    """Each step inside with the rate of another schedule; every group in its share of it."""

    def others(group: Group, step: int) -> Group:
        if step >= len(steps):
            return {}
        share = group[RATE] / before[step] if before[step] else 1.0
        return {RATE: steps[step] * share}

    return stepping_with(others)


def other_schedule(run: Run, mine: Values, name: str) -> Message | str:
    """With which schedule of the reference's rates every value of yours comes out; or ""."""
    with _met() as rates:
        run()
    steps = rates.steps
    if name not in mine or not steps or {*steps, rates.following} == {steps[0]}:
        return ""
    short = up_to(name, run)
    for what, other in _others(steps, rates.initial, rates.following):
        with _made_with(other, steps):
            there = short().get(name)
        if there is None or not same_numbers(there, mine[name]):
            continue
        with _made_with(other, steps):
            values = run()
        if values.keys() == mine.keys() and all(same_numbers(values[n], mine[n]) for n in mine):
            return message(
                "another schedule of lr: with {what}, the reference gives what yours does; its "
                "rates are {rates}",
                what=what,
                rates=", ".join(f"{rate:g}" for rate in steps[:4]) + (", ..." * (len(steps) > 4)),
            )
    return ""


def _others(
    steps: Sequence[float], initial: float, following: float
) -> Iterator[tuple[Message, Sequence[float]]]:
    n, peak = len(steps), int(np.argmax(steps))
    top = steps[peak]
    for rate in dict.fromkeys((initial, steps[0], top)):
        yield message("{rate:g} in every step", rate=rate), [rate] * n
    yield message("no warmup"), [top] * peak + list(steps[peak:])
    yield message("no decay"), [*steps[:peak], *[top] * (n - peak)]
    yield message("the schedule one step early"), [*steps[1:], following]
    # what comes before its first rate: the same, what it began with, or as it goes on
    straight = 2 * steps[0] - steps[1] if n > 1 else steps[0]
    for rate in dict.fromkeys((steps[0], initial, straight)):
        yield message("the schedule one step late"), [rate, *steps[:-1]]
