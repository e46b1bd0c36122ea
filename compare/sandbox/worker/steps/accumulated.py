"""Sums that go on from turn to turn where nothing sets them back, by what they do to the weights.

No loss has to be known for it: with the sums as they were when the turn before began, a turn moves
the weights by less, and by just the step before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compare.sandbox.worker.steps.explained import Slope
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, along_all
from compare.sandbox.worker.steps.turn import Group, Number

_NEAR = 1e-9  # of the largest, what the rounding of a few sums may lose


def never_set_back(look: Look, before: Look | None) -> Finding | None:
    """Whether all of the step before is in this one, by sums that are kept.   Raises Late."""
    if before is None or any(g.name not in before.moved for g in look.weights):
        return None
    sums = [g for g in look.weights if _only_grows(look, g)]
    others = [i for i, g in enumerate(look.weights) if g not in sums]
    reset = [(g, start) for g in sums if (start := _at_begin(g, before)) is not None]
    if not reset or not others:
        return None
    fresh = _steps(look, reset)
    steps = [(look.moved[g.name], fresh.get(g.name), before.moved[g.name])
             for g in (look.weights[i] for i in others)]  # fmt: skip
    if not all(_is_with(now, alone, earlier) for now, alone, earlier in steps):
        return None
    alone = [fresh.get(g.name, np.zeros(0)) for g in look.weights]
    expected = along_all(look.along, alone)
    group = np.array([i for i, _ in look.along])
    told = np.where(np.isin(group, others), expected, 0.0)
    name = reset[0][0].name
    look.numbers, look.by, look.rate = [Number(name, lambda: 0.0)], 0, 1.0
    look.slopes, look.batches = [Slope(told, np.zeros(len(told)), group)], [None]
    # what adds to them does as it should: setting them back is up to what also takes the step
    both = reset[0][0], look.weights[others[0]]
    place = look.turn.changed_by(*(g.leaves[0].path for g in both))
    return Finding("network_accumulates", {}, look.step, told, place)


def _only_grows(look: Look, group: Group) -> bool:
    """Whether what is added to it does not depend on what it is."""
    if group.value.size < 2:
        return False
    value, moved = group.value, look.moved[group.name]
    shift = max(np.abs(value).max(), np.abs(moved).max())
    other = value + shift * np.random.default_rng(3).standard_normal(value.shape)
    now = _steps(look, [(group, other)]).get(group.name)
    return now is not None and _same(now, moved, shift)


def _at_begin(group: Group, before: Look) -> np.ndarray | None:
    """What it was when the turn before began."""
    values = before.before
    if any(leaf.path not in values for leaf in group.leaves):
        return None
    start = np.concatenate([np.ravel(values[leaf.path]) for leaf in group.leaves])
    return start if start.shape == group.value.shape else None


def _steps(look: Look, put: Sequence[tuple[Group, np.ndarray]]) -> dict[str, np.ndarray]:
    """How far a turn moves each group, with other values of some."""
    turn = look.turn
    values = {g.name: v for g, v in put}
    look.turn.set_back()
    starts = {g.name: values.get(g.name, g.value) for g in look.weights}
    try:
        turn.run(put)
        after = turn.values()
        ends = {g.name: np.concatenate([np.ravel(after[e.path]) for e in g.leaves])
                for g in look.weights if all(e.path in after for e in g.leaves)}  # fmt: skip
    except (ArithmeticError, LookupError, TypeError, ValueError):
        ends = {}
    turn.set_back()
    return {n: v - starts[n] for n, v in ends.items() if v.shape == starts[n].shape}


def _is_with(now: np.ndarray, alone: np.ndarray | None, earlier: np.ndarray) -> bool:
    """Whether a step is the one without the sums of before, and the step before."""
    if alone is None or not now.shape == alone.shape == earlier.shape:
        return False
    return bool(alone.any() and earlier.any()) and _same(now, alone + earlier, np.abs(now).max())


def _same(a: np.ndarray, b: np.ndarray, scale: float) -> bool:
    return a.shape == b.shape and bool((np.abs(a - b) <= _NEAR * max(scale, 1.0)).all())
