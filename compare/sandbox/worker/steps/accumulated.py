"""Sums that go on from turn to turn where nothing sets them back, by what they do to the weights.

No loss has to be known for it: with the sums as they were when the turn before began, a turn moves
the weights by less, and by one multiple of what that turn has added to them. That turn has moved
the weights by it already. What is added is a gradient only where it changes with the weights: an
average that follows weights moves none.
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
    if not reset or not others or not _change_with(look, [g for g, _ in reset], others):
        return None
    fresh = _steps(look, reset)
    less = {g.name: look.moved[g.name] - fresh[g.name] for g in (look.weights[i] for i in others)
            if g.name in fresh and fresh[g.name].shape == look.moved[g.name].shape}  # fmt: skip
    added = [g.value - start for g, start in reset]
    if len(less) < len(others) or not _of_one_rate(list(less.values()), added):
        return None
    if not any(before.moved[name].any() for name in less):
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
    if not isinstance(group.leaves[0].value, np.ndarray):
        return False  # an error that is summed up
    other, shift = _elsewhere(look, group)
    now = _steps(look, [(group, other)]).get(group.name)
    return now is not None and _same(now, look.moved[group.name], shift)


def _change_with(look: Look, sums: Sequence[Group], others: Sequence[int]) -> bool:
    """Whether what is added to some sum depends on where the others are."""
    elsewhere = [(look.weights[i], _elsewhere(look, look.weights[i])[0]) for i in others]
    now = _steps(look, elsewhere)
    return any(g.name in now and not _same(now[g.name], look.moved[g.name]) for g in sums)


def _elsewhere(look: Look, group: Group) -> tuple[np.ndarray, float]:
    """Other values of a group, and about how far off they are."""
    value, moved = group.value, look.moved[group.name]
    shift = float(max(np.abs(value).max(), np.abs(moved).max()))
    return value + shift * np.random.default_rng(3).standard_normal(value.shape), shift


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


def _of_one_rate(moves: Sequence[np.ndarray], added: Sequence[np.ndarray]) -> bool:
    """Whether each move is one multiple of something of its shape that was added; all the same."""
    rates: set[float] = set()
    for move in moves:
        alike = [a for a in added if a.shape == move.shape and a.any()]
        fits = [r for a in alike if (r := float(move @ a / (a @ a))) and _same(move, r * a)]
        if not fits:
            return False
        rates.add(float(f"{fits[0]:.6g}"))
    return len(rates) == 1


def _same(a: np.ndarray, b: np.ndarray, scale: float = 1.0) -> bool:
    """Whether they are, but for rounding beside numbers of a scale."""
    return a.shape == b.shape and bool((np.abs(a - b) <= _NEAR * max(scale, 1.0)).all())
