"""Divergence: both sides stop being finite at the same step, and inf beside NaN is no mismatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.arithmetic.closeness import is_float
from compare.core.outcome import Outcome
from compare.core.trace import Trace, quantity
from compare.judge.verdict import Comparison

GROWTH = 1e6  # a loss that is this many times its start does not come back


def lost_names(trace: Trace | None) -> set[str]:
    """The names that are no longer finite, where the loss or a parameter is among them."""
    if trace is None or trace.step is None:
        return set()
    decisive = [n for n in trace.values if n == "loss" or n.startswith("param/")]
    # an infinite intermediate alone, such as a saturated score, does not end a run
    if all(_is_finite(trace.values[name]) for name in decisive):
        return set()
    return {name for name, value in trace.values.items() if not _is_finite(value)}


def _is_finite(value: Any) -> bool:
    value = np.asarray(value)
    if not is_float(value.dtype):
        return True
    return bool(np.isfinite(value.astype(np.float64, copy=False)).all())


class Divergence:
    """Watches the steps of a run for the one at which both sides stop being finite.

    A side may follow one step later, rounding deciding which is first; until then what was judged
    of the first one's step waits. ``step``: where both have diverged · ``over``: nothing is left to
    compare.
    """

    def __init__(self) -> None:
        self.step: int | None = None
        self.over = False
        self._waiting: list[Comparison] = []
        self._lost: tuple[set[str], set[str]] = (set(), set())
        self._alone = False
        self._growth: tuple[_Growth, _Growth] = (_Growth(), _Growth())

    def settle(self, traces: Sequence[Trace | None], judged: list[Comparison]) -> list[Comparison]:
        """Of what was judged and warned of at a step, what counts.

        An overflow that NumPy warns of at the step of the divergence is that divergence.
        """
        for growth, trace in zip(self._growth, traces, strict=True):
            growth.see(trace)
        self._note_growth()
        before, self._lost = self._lost, (lost_names(traces[0]), lost_names(traces[1]))
        mine, reference = (bool(now or then) for now, then in zip(self._lost, before, strict=True))
        # ``now or then``: a side that followed one step
        # later counts as having diverged with the other
        if mine and reference and not self._alone:
            return self._end([*self._waiting, *judged], before)
        waiting, self._waiting = self._waiting, []
        if waiting:  # the other one did not follow
            self._alone = True
            return [*waiting, *judged]
        # rounding decides which side overflows first:
        # wait one step before it is called a difference
        if (mine or reference) and not self._alone:
            self._waiting = judged
            return []
        return judged

    def rest(self) -> list[Comparison]:
        """What still waits where a run ends."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def state(self) -> dict[str, Any]:
        """What it knows between two steps, in plain values."""
        return {
            "step": self.step,
            "over": self.over,
            "waiting": [c.plain() for c in self._waiting],
            "lost": [sorted(names) for names in self._lost],
            "alone": self._alone,
            "growth": [growth.state() for growth in self._growth],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.step, self.over, self._alone = state["step"], state["over"], state["alone"]
        self._waiting = [Comparison.of(c) for c in state["waiting"]]
        mine, reference = state["lost"]
        self._lost = (set(mine), set(reference))
        for growth, growth_state in zip(self._growth, state["growth"], strict=True):
            growth.restore(growth_state)

    def _end(self, judged: list[Comparison], before: tuple[set[str], set[str]]) -> list[Comparison]:
        lost = set().union(*self._lost, *before)
        # NumPy warns of the overflow, torch does not: no difference of its own
        warned = [c for c in judged if c.name.startswith("warning/")]
        judged = [c for c in judged if c not in warned]
        # what came before it in the same step is still finite, and was judged
        first = next(k for k, c in enumerate(judged) if quantity(c.name) in lost)
        step = int(judged[first].name.split("/")[1])
        self.step, self.over, self._waiting = self.step or step, True, []
        why = f"both sides diverge: {quantity(judged[first].name)} is not finite at step {step}"
        return [
            *judged[:first],
            *(_excused(c, f"{why}: {c.reason}") for c in warned),
            Comparison(f"step/{step}/divergence", Outcome.SAME, why, total=1),
            _excused(
                Comparison(
                    f"step/{step}/after divergence", Outcome.SAME, times=len(judged) - first
                ),
                f"{why}: what follows says nothing",
            ),
        ]

    def _note_growth(self) -> None:
        steps = [growth.step for growth in self._growth]
        if self.step is None and None not in steps:  # both sides have grown
            self.step = min(s for s in steps if s is not None)


def _excused(c: Comparison, why: str) -> Comparison:
    return replace(c, outcome=Outcome.NOT_COMPARED, known=True, reason=why)


class _Growth:
    """The first step at which a side's loss is GROWTH times what it was at the first."""

    def __init__(self) -> None:
        self.step: int | None = None
        self._start = 0.0

    def see(self, trace: Trace | None) -> None:
        values: Mapping[str, Any] = trace.values if trace else {}
        if trace is None or trace.step is None or "loss" not in values or self.step is not None:
            return
        loss = np.asarray(values["loss"])
        if loss.size != 1 or not is_float(loss.dtype):
            return
        value = float(loss.astype(np.float64).reshape(()))
        if not self._start:
            self._start = abs(value)
        if not abs(value) <= GROWTH * self._start:  # NaN is no longer below it, either
            self.step = trace.step

    def state(self) -> list[Any]:
        """The step and the loss at the start."""
        return [self.step, self._start]

    def restore(self, state: Sequence[Any]) -> None:
        """Go on from there."""
        self.step, self._start = state
