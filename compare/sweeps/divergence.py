"""When a training run diverges: its loss is not finite, or a million times its first one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.trace import Trace
from compare.judge.training.divergence import GROWTH
from compare.sweeps.sweep import Curve

LOSSES = ("loss", "test/loss")  # one sample's loss may begin next to 0; the test data's does not


def until_divergence(case: Case) -> Case:
    """The same training case, which ends with the step at which its loss diverges.

    Each side looks at its own losses: where one diverges before the other, traces are missing in
    one, and that is a difference.
    """

    def run(side: Implementation, arrays: Mapping[str, Any]) -> Iterator[Trace]:
        start = 0.0
        for trace in case.program.run(side, arrays):
            yield trace  # the step that diverges is compared as well
            losses = [_scalar(side, trace.values[n]) for n in LOSSES if n in trace.values]
            # the first that is not 0: nothing is a million times that
            start = start or max(losses, default=0.0)
            if losses and _has_diverged(losses[0], start):
                return

    return replace(case, program=replace(case.program, run=run))


def _scalar(side: Implementation, value: Any) -> float:
    array = np.asarray(side.to_numpy(value)).astype(np.float64)
    return float(array) if array.size == 1 else float("nan")


def _has_diverged(loss: float, start: float) -> bool:
    return not (math.isfinite(loss) and abs(loss) <= GROWTH * start)


def diverges_at(curves: Mapping[str, Curve]) -> int | None:
    """The step at which the loss of both sides has diverged, or None.

    curves "loss" and, where there is one, "test/loss" → a step.
    """
    if not curves.get("loss"):
        return None
    first = [curves[name][0] for name in LOSSES if curves.get(name)]
    # the larger of both losses, as in until_divergence(): a lucky first sample is no measure
    starts = [max(point[side] for point in first) for side in (1, 2)]
    for step, mine, reference in curves["loss"]:
        if _has_diverged(mine, starts[0]) and _has_diverged(reference, starts[1]):
            return step
    return None
