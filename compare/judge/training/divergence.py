"""Divergence: the sides leave the numbers one after the other, and rounding decides which is first.

Where both have, what is not finite any more is no difference, nor what NumPy warns of it; what is
wrong from finite inputs still is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.arithmetic.closeness import is_float
from compare.core.outcome import Outcome
from compare.core.trace import Trace, quantity
from compare.judge.verdict import Comparison
from compare.language.message import message
from compare.oracle.rules import Rule, bare

GROWTH = 1e6  # a loss that is this many times its start does not come back
# How NumPy says of a result that it is out of range, and of which one that rounding may decide.
_ENCOUNTERED, _OVERFLOWS = " encountered in ", ("overflow", "invalid value")


def lost_names(trace: Trace | None) -> set[str]:
    """The names that are no longer finite, where the loss or a parameter is among them."""
    if trace is None or trace.step is None:
        return set()
    decisive = [n for n in trace.values if n == "loss" or n.startswith("param/")]
    # an infinite intermediate alone, such as a saturated score, does not end a run
    if all(_is_finite(trace.values[name]) for name in decisive):
        return set()
    return not_finite(trace)


def not_finite(trace: Trace | None) -> set[str]:
    """The names with an element that is infinite or NaN."""
    values: Mapping[str, Any] = trace.values if trace else {}
    return {name for name, value in values.items() if not _is_finite(value)}


def _is_finite(value: Any) -> bool:
    value = np.asarray(value)
    if not is_float(value.dtype):
        return True
    return bool(np.isfinite(value.astype(np.float64, copy=False)).all())


class Divergence:
    """Watches the steps of a run for the one at which both sides stop being finite.

    Where one is first and nothing of that is wrong, rounding had decided it, and the other may
    follow whenever it does; where something is, at the next step or it was no divergence. So what
    was judged of a step waits for the next. What is wrong by itself, from finite inputs, never was.
    rules: by which a name is computed · ``step``: where both have diverged · ``over``: nothing is
    left to compare.
    """

    def __init__(
        self, sides: Sequence[str] = ("yours", "torch"), rules: Mapping[str, Rule] | None = None
    ) -> None:
        self.sides, self.rules = tuple(sides), rules or {}
        self.step: int | None = None
        self.over = False
        self._waiting: list[Comparison] = []
        self._lost: tuple[set[str], set[str]] = (set(), set())
        self._first: list[Any] = []  # the side that is first, its step, and the name
        self._alone = False
        self._growth: tuple[_Growth, _Growth] = (_Growth(), _Growth())

    def settle(self, traces: Sequence[Trace | None], judged: list[Comparison]) -> list[Comparison]:
        """Of what was judged and warned of at a step, what counts."""
        for growth, trace in zip(self._growth, traces, strict=True):
            growth.see(trace)
        self._note_growth()
        before, self._lost = self._lost, (lost_names(traces[0]), lost_names(traces[1]))
        mine, reference = (bool(now or then) for now, then in zip(self._lost, before, strict=True))
        judged = self._without_overflows(traces, judged)
        one_sided = mine or reference or bool(self._waiting)
        wrong = [c for c in judged if one_sided and self._is_wrong_by_itself(c, traces, before)]
        if mine and reference and not self._alone:
            return self._end([*self._waiting, *judged], before, wrong)
        waiting, self._waiting = self._waiting, []
        self._alone = self._alone or bool(wrong) or any(c.fails for c in waiting)
        if self._alone or not (mine or reference):
            return [*waiting, *judged]
        self._note_first(traces)
        self._waiting = judged
        return waiting

    def rest(self) -> list[Comparison]:
        """What still waits where a run ends, and that one side left the numbers alone."""
        waiting, self._waiting = self._waiting, []
        self._alone = self._alone or any(c.fails for c in waiting)
        if not self._first or self._alone or self.over:
            return waiting
        _, step, _ = self._first
        return [*waiting, Comparison(f"step/{step}/divergence", Outcome.SAME, self._alone_first())]

    def _note_first(self, traces: Sequence[Trace | None]) -> None:
        for side, trace, lost in zip(self.sides, traces, self._lost, strict=True):
            if lost and trace is not None and not self._first:
                self._first = [side, trace.step, next(n for n in trace.values if n in lost)]

    def _alone_first(self) -> str:
        side, step, name = self._first
        return message(
            "{name} of {side} is not finite from step {step} on, by its own inputs",
            name=name,
            side=side,
            step=step,
        )

    def _without_overflows(
        self, traces: Sequence[Trace | None], judged: list[Comparison]
    ) -> list[Comparison]:
        """What NumPy warns of where all that is not finite is right by its inputs is no finding."""
        excused: list[Comparison] = []
        for side, trace in zip(self.sides, traces, strict=True):
            warned = [c for c in judged if _warns(c, side)]
            if lost := not_finite(trace) if warned else set():
                wrong = {quantity(c.name) for c in judged if c.outcome is Outcome.DIFFERENT}
                excused += [] if lost & wrong else warned
        if not excused:
            return judged
        return [
            _excused(
                c,
                message("what is not finite is so by its own inputs: {reason}", reason=c.reason),
            )
            if c in excused
            else c
            for c in judged
        ]

    def state(self) -> dict[str, Any]:
        """What it knows between two steps, in plain values."""
        return {
            "step": self.step,
            "over": self.over,
            "waiting": [c.plain() for c in self._waiting],
            "lost": [sorted(names) for names in self._lost],
            "alone": self._alone,
            "first": self._first,
            "growth": [growth.state() for growth in self._growth],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.step, self.over, self._alone = state["step"], state["over"], state["alone"]
        self._first = state["first"]
        self._waiting = [Comparison.of(c) for c in state["waiting"]]
        mine, reference = state["lost"]
        self._lost = (set(mine), set(reference))
        for growth, growth_state in zip(self._growth, state["growth"], strict=True):
            growth.restore(growth_state)

    def _is_wrong_by_itself(
        self, c: Comparison, traces: Sequence[Trace | None], before: tuple[set[str], set[str]]
    ) -> bool:
        """Whether it fails and has nothing to do with a divergence.

        All inputs of it are finite, and so is what they make; or it is no matter of numbers.
        """
        if not c.fails or _ENCOUNTERED in c.reason:
            return False
        if c.outcome is Outcome.ERROR or not c.mismatched:
            return True
        name = quantity(c.name)
        if not (c.culprit and math.isfinite(c.expected) and name in self.rules):
            return False
        order = list(next(trace.values for trace in traces if trace is not None))
        earlier = set(order[: order.index(name)] if name in order else order)
        now, then = set().union(*self._lost) & earlier, set().union(*before)
        return not any(bare(p) in (now if p in earlier else then) for p in self.rules[name].parents)

    def _end(
        self,
        judged: list[Comparison],
        before: tuple[set[str], set[str]],
        wrong: Sequence[Comparison],
    ) -> list[Comparison]:
        lost = set().union(*self._lost, *before)
        warned = [c for c in judged if c.name.startswith("warning/") and _ENCOUNTERED in c.reason]
        judged = [c for c in judged if c not in warned]
        # what came before it in the same step is still finite, and was judged
        first = next(k for k, c in enumerate(judged) if quantity(c.name) in lost)
        step = int(judged[first].name.split("/")[1])
        self.step, self.over, self._waiting = self.step or step, True, []
        why = message(
            "both sides diverge: {name} is not finite at step {step}",
            name=quantity(judged[first].name),
            step=step,
        )
        if self._first and self._first[1] < step:
            why = message(
                "both sides diverge: {first}, and the other side's from {step} on",
                first=self._alone_first(),
                step=step,
            )
        wrong = [c for c in judged[first:] if c in wrong]
        after = Comparison(
            f"step/{step}/after divergence", Outcome.SAME, times=len(judged) - first - len(wrong)
        )
        return [
            *judged[:first],
            *wrong,
            *(
                _excused(c, message("{why}: {reason}", why=why, reason=c.reason)) if c.fails else c
                for c in warned
            ),
            Comparison(f"step/{step}/divergence", Outcome.SAME, why, total=1),
            _excused(after, message("{why}: what follows says nothing", why=why)),
        ]

    def _note_growth(self) -> None:
        steps = [growth.step for growth in self._growth]
        if self.step is None and None not in steps:  # both sides have grown
            self.step = min(s for s in steps if s is not None)


def _excused(c: Comparison, why: str) -> Comparison:
    return replace(c, outcome=Outcome.NOT_COMPARED, known=True, reason=why)


def _warns(c: Comparison, side: str) -> bool:
    if c.name != f"warning/{side}":
        return False
    event, encountered, _ = c.reason.partition(_ENCOUNTERED)
    return bool(encountered) and event in _OVERFLOWS


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
