"""Hidden units that began equal and stay so: the same weights into them, and out of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from types import FunctionType

import numpy as np

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.turn import Group, Number, Turn, computed_in, evaluated, grouped

_NEAR = 1e-11  # what sums of the same numbers in other orders may be apart
_MOST = 24  # arrays of two axes that are looked at


def equal_units(turn: Turn) -> Beside | None:
    """The first units that are all the same, but for rounding; None without.   Raises Late.

    Between arrays on which a number that the turn computes depends, and no state of an update.
    """
    turn.set_back()
    groups = [g for g in grouped(list(turn.numbers().values())) if len(g.leaves) == 1]
    arrays = [g for g in groups if np.ndim(g.leaves[0].value) == 2][:_MOST]
    pairs = list(_pairs(arrays))
    if not pairs:
        return None
    turn.run()
    held = [leaf.path for leaf in turn.numbers().values() if np.ndim(leaf.value)]
    numbers = computed_in(turn, {}, held)
    turn.set_back()
    for into, out, count in pairs:
        both = (into, out)
        if numbers and all(
            any(_matters(turn, numbers, r, g) for r in (groups, both)) and not _is_set_anew(turn, g)
            for g in both
        ):
            blanks, place = {"name": into.name, "count": str(count)}, made_by(turn, into.name)
            return Beside("units_equal", blanks, "hidden_units", 1.0, float(count), *place)
    return None


def _pairs(arrays: Sequence[Group]) -> Iterator[tuple[Group, Group, int]]:
    """Two arrays whose units between them are all the same, samples as rows or as columns."""
    for a in arrays:
        for b in arrays:
            x, y = np.asarray(a.leaves[0].value), np.asarray(b.leaves[0].value)
            if a is b or x is y:
                continue
            for laid in (np.transpose, np.asarray):
                into, out = laid(x), laid(y.T)
                beside = [laid(g.leaves[0].value) for g in arrays if _holder(g) == _holder(a)]
                count = len(into)
                alike = all(_is_one_row(v) for v in beside if len(v) == count)
                if 1 < count == len(out) and alike and _is_one_row(into) and _is_one_row(out):
                    yield a, b, count


def _holder(group: Group) -> str:
    return group.name.rpartition("[" if group.name.endswith("]") else ".")[0]


def _is_one_row(rows: np.ndarray) -> bool:
    near = np.abs(rows - rows[0]) <= _NEAR * np.abs(rows[0])
    return bool(np.isfinite(rows).all() and near.all())


def _matters(turn: Turn, numbers: Sequence[Number], groups: Sequence[Group], group: Group) -> bool:
    """Whether a number depends on what the array is where the turn begins."""
    plain = evaluated(turn, numbers, [(group, group.value)])
    drawn = np.random.default_rng(4).standard_normal(group.value.shape)
    # of others as well: where they are 0 there may be no slope along one alone; but what a turn
    # makes of the arrays, held where it is, hides them
    rest = [(g, g.value + 0.1) for g in groups if g is not group and g.value.size > 1]
    beside = evaluated(turn, numbers, rest)
    moved = evaluated(turn, numbers, [*rest, (group, group.value + 0.1 * drawn)])
    turn.set_back()
    known = np.isfinite(plain) & np.isfinite(beside) & np.isfinite(moved)
    return bool((known & (beside != moved)).any())


def _is_set_anew(turn: Turn, group: Group) -> bool:
    """Whether it ends as it does whatever it was: gradients, which go back to 0."""
    ends = []
    for value in (group.value, group.value + 0.1):
        turn.run([(group, value)])
        ends.append(turn.values().get(group.leaves[0].path))
    turn.set_back()
    first, second = ends
    return first is not None and second is not None and np.array_equal(first, second)


def made_by(turn: Turn, path: str) -> tuple[str, int]:
    """What begins the object that holds an array, and its line; "" where none does."""
    holder = path
    while "." in holder:
        holder = holder.rpartition(".")[0]
        try:
            kind = type(eval(compile(holder, "<holder>", "eval"), turn.names))
        except Exception:
            continue
        begin = vars(kind).get("__init__")
        if turn.is_own(kind) and isinstance(begin, FunctionType):
            return begin.__qualname__, begin.__code__.co_firstlineno
    root = re.split(r"[.\[]", path)[0]
    for each in turn.loop.beside:
        names = [n.id for t in getattr(each, "targets", ()) for n in ast.walk(t)
                 if isinstance(n, ast.Name)]  # fmt: skip
        call = getattr(each, "value", None)
        made = turn.names.get(getattr(getattr(call, "func", None), "id", ""))
        if root in names and isinstance(made, FunctionType):
            return made.__qualname__, made.__code__.co_firstlineno
    return "", turn.loop.line
