"""Weights that no turn moves, beside others of their kind: of the last layer, of every bias."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from compare.sandbox.worker.steps.observe import Look, slopes_of
from compare.sandbox.worker.steps.turn import Group, grouped


def left_alone(look: Look) -> dict[str, float]:
    """Array → how far the turn should have moved it along a direction.   Raises Late.

    Only of those that are called as one that it moved, but for a number: W2 beside W1, b[2] beside
    b[0]. Of others nobody knows whether they are to be moved.
    """
    turn = look.turn
    turn.run()
    after = turn.values()
    turn.set_back()
    weights = [g for g in look.weights if isinstance(g.leaves[0].value, np.ndarray)]
    kinds = {_kind(g) for g in weights}
    others = [
        g for g in grouped(list(turn.numbers().values()))
        if isinstance(g.leaves[0].value, np.ndarray) and _kind(g) in kinds
        and g.name in after and np.array_equal(after[g.name], look.before.get(g.name, np.nan))
    ]  # fmt: skip
    if not others:
        return {}
    rng = np.random.default_rng(5)
    along = [(i, rng.standard_normal(g.value.shape)) for i, g in enumerate(others)]
    slopes = slopes_of(turn, [look.numbers[look.by]], others, along)
    turn.set_back()
    slope, limit = slopes[0], slopes[0].tolerance
    return {g.name: look.rate * float(v) for g, v, e in zip(others, slope.value, limit, strict=True)
            if abs(v) > 2 * e}  # fmt: skip


def never_moved(looks: Sequence[Look]) -> dict[str, float]:
    """Those that none of several turns moves, as the first of them should have."""
    first = looks[0].left_alone if len(looks) > 1 else {}
    return {n: v for n, v in first.items() if all(n in look.left_alone for look in looks)}


def _kind(group: Group) -> tuple[str, int]:
    return re.sub(r"\d+", "", group.name), np.ndim(group.leaves[0].value)
