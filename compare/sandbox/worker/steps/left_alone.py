"""Weights that no turn moves, beside others of their kind: of the last layer, of every bias."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.explained import Slope
from compare.sandbox.worker.steps.observe import Look, slopes_of
from compare.sandbox.worker.steps.turn import Group, grouped


def left_alone(look: Look) -> dict[str, float]:
    """Array → how far the turn should have moved it along a direction.   Raises Late.

    Only of those that are called as one that it moved, but for a number: W2 beside W1, b[2] beside
    b[0]; or whose gradient it computes. Of others nobody knows whether they are to be moved.
    """
    turn = look.turn
    turn.run()
    after = {p: np.array(leaf.value, float) for p, leaf in turn.numbers().items()}
    turn.set_back()
    weights = [g for g in look.weights if isinstance(g.leaves[0].value, np.ndarray)]
    kinds = {_kind(g) for g in weights}
    still = [g for g in grouped(list(turn.numbers().values())) if _is_still(g, look.before, after)]
    named = [g for g in still if np.ndim(g.leaves[0].value) and _kind(g) in kinds]
    fresh = [v for p, v in after.items() if not np.array_equal(v, look.before.get(p, np.nan))]
    handed = {id(v) for _, named in look.seen.arguments for v in named.values()}
    beside = [g for g in still if g not in named and _may_be_weight(look, g, handed)]
    beside = [g for g in beside if any(v.size == g.value.size for v in fresh)][:_MOST]
    others = named + beside
    if not others:
        return {}
    rng = np.random.default_rng(5)
    along = [(i, rng.standard_normal(g.value.shape)) for i, g in enumerate(others)]
    slopes = slopes_of(turn, [look.numbers[look.by]], others, along)
    turn.set_back()
    slope, limit = slopes[0], slopes[0].tolerance
    found = {}
    for (i, v), value, error in zip(along, slope.value, limit, strict=True):
        mine = (each.ravel() @ v for each in fresh if each.size == v.size)
        known = i < len(named) or any(abs(each - value) <= error for each in mine)
        if known and not np.ndim(others[i].leaves[0].value):
            known = _bends(look, others, i, (along, slope))
        if known and abs(value) > 2 * error:
            found[others[i].name] = look.rate * float(value)
    return found


def _bends(
    look: Look, others: Sequence[Group], i: int,
    of: tuple[Sequence[tuple[int, np.ndarray]], Slope],
) -> bool:  # fmt: skip
    """Whether the slope along a single number depends on it: along the rate of a penalty it does
    not, whose derivative is the sum that the loss is made of.
    """
    along, slope = of
    at = [g.value + (0.1 if k == i else 0.0) for k, g in enumerate(others)]
    (moved,) = slopes_of(look.turn, [look.numbers[look.by]], others, along, at)
    look.turn.set_back()
    limit = slope.tolerance[i] + moved.tolerance[i]
    return bool(abs(moved.value[i] - slope.value[i]) > limit)


def _is_still(group: Group, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether it is one array, or number, that the turn leaves as it is."""
    path = group.leaves[0].path
    alone = len(group.leaves) == 1 and path in before and path in after
    return alone and np.array_equal(after[path], before[path])


def _may_be_weight(look: Look, group: Group, handed: set[int]) -> bool:
    """Whether it is an array, or a number, beside what is moved, and is no data."""
    value = group.leaves[0].value
    holders = {g.name.rpartition(".")[0] for g in look.weights}
    beside = group.name.rpartition(".")[0] in holders and id(value) not in handed
    return beside and ("." in group.name or not _may_be_data(look, value))


def _may_be_data(look: Look, value: Any) -> bool:
    """Whether as many rows stand in another array that has a name, and is no weight."""
    weights = {leaf.path for g in look.weights for leaf in g.leaves}
    names = look.turn.names.items()
    others = [v for n, v in names if n not in look.turn.loop.stored | weights and v is not value]
    return np.ndim(value) > 0 and any(np.shape(v)[:1] == value.shape[:1] for v in others
                                  if isinstance(v, np.ndarray))  # fmt: skip


def never_moved(looks: Sequence[Look]) -> dict[str, float]:
    """Those that none of several turns moves, as the first of them should have."""
    # of a step with moments how far it should have gone is not known
    first = looks[0].left_alone if len(looks) > 1 and not looks[0].kept else {}
    return {n: v for n, v in first.items() if all(n in look.left_alone for look in looks)}


_MOST = 8  # of those that are called otherwise


def _kind(group: Group) -> tuple[str, int]:
    return re.sub(r"\d+", "", group.name), np.ndim(group.leaves[0].value)
