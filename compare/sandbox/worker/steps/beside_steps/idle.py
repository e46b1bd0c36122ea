"""Turns whose own samples do not matter: what moves the weights are those of other data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.observe import Look, again, order_of
from compare.sandbox.worker.steps.turn import one_number


def without_effect(look: Look, before: Look | None) -> list[int]:
    """The numbers that depend on which turn it is, where the step does not.   Raises Late.

    [] where the step does so as well, or nothing tells the turn from the one before.
    """
    turn = look.turn
    others = {n: v for n, v in (before.given if before else {}).items()
              if n in look.given and not _same(v, look.given[n])}  # fmt: skip
    if not others or not look.step.any():
        return []
    instead = partial(turn.names.update, others)
    now = _values(look)
    turn.set_back()
    changed = again(look, partial(turn.run, prepare=instead))
    if changed is None or not np.array_equal(changed.step, look.step):
        return []
    then = _values(look, instead)
    turn.set_back()
    return [i for i in order_of(look, ()) if i != look.by and now[i] != then[i]
            and np.isfinite(now[i]) and np.isfinite(then[i])]  # fmt: skip


def _values(look: Look, prepare: Any = None) -> Sequence[float]:
    """What the numbers are that the turn itself computes; NaN of the others."""
    look.turn.run(prepare=prepare)
    return [one_number(n.of()) if n.own and not n.alone else np.nan for n in look.numbers]


def _same(a: Any, b: Any) -> bool:
    if a is b or isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.array_equal(a, b):
        return True
    plain = (int, float, str, np.number)
    return isinstance(a, plain) and isinstance(b, plain) and bool(a == b)
