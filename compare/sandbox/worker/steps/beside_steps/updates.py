"""What an update made of gradients that are right: the first steps of some weights, as numbers.

Which rule takes such steps is solved outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.beside_steps.moves import kept_as
from compare.sandbox.worker.steps.observe import Look
from compare.sandbox.worker.steps.turn import Group

_LEAST = 3  # turns, which tell the rules apart: at the first one many are alike
_NONE = np.zeros(0)
_MOST_GROUPS, _MOST = 4, 12  # of weights, and of the elements of each


def first_steps(turns: Sequence[int], looks: Sequence[Look], began: Look | None) -> dict[str, Any]:
    """Gradients of the turns from the first one on, and how far the weights came, a row a turn.

    Nothing of other turns. ``began``: the first one, where nothing explains it by itself.
    """
    if turns[:1] == [2] and began is not None:
        turns, looks = [1, *turns], [began, *looks]
    there = [look for at, (n, look) in enumerate(zip(turns, looks, strict=True), 1) if at == n]
    if len(there) < _LEAST or not all(look.kept for look in there[1:]):
        return {}
    found = []
    for group in there[-1].weights:
        key = kept_as(there[-1]).get(group.name, "")
        g = [look.arrays.get(key, _NONE) for look in there]
        moved = [look.moved.get(group.name, _NONE) for look in there]
        if key and len({a.shape for a in (*g, *moved)}) == 1:
            least = np.abs(g).min(axis=0)
            # where the gradient is 0 little is seen of a rule
            at = [i for i in np.argsort(-least, kind="stable")[:_MOST] if least[i] > 0]
            found.append((np.stack(g)[:, at], np.cumsum(moved, axis=0)[:, at],
                          [entry(group, int(i)) for i in at]))  # fmt: skip
    found = [each for each in found if each[2]][:_MOST_GROUPS]
    if not found:
        return {}
    return {
        "g": np.concatenate([g for g, _, _ in found], axis=1),
        "moved": np.concatenate([moved for _, moved, _ in found], axis=1),
        "names": [n for _, _, names in found for n in names],
        "sizes": [len(names) for _, _, names in found],
    }


def entry(group: Group, at: int) -> str:
    """What one number of a group is called."""
    if len(group.leaves) > 1:
        return group.leaves[at].path
    shape = np.shape(group.leaves[0].value)
    return f"{group.name}{[int(k) for k in np.unravel_index(at, shape)]}" if shape else group.name
