"""Counts of right answers, by the run of a script: evaluating must leave the network as it is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from types import FunctionType, MethodType

import numpy as np

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.observe import Look, slopes_of
from compare.sandbox.worker.steps.turn import Number, Turn, one_number

_MOST = 4


def goes_on_changing(look: Look) -> Iterator[Beside]:
    """Counts of the script that change, each time anew, what a loss depends on.   Raises Late."""
    turn = look.turn
    losses = [n for n in look.numbers if n.alone and n.own]
    groups = set(look.slopes[look.by].group[look.slopes[look.by].weights]) if look.explained else {
        *range(len(look.weights))}  # fmt: skip
    weights = {path for i in groups for path in look.weights[i].paths}
    for count in [*look.counts, *_flat(look, groups)] if losses else ():
        once, twice = (_after(turn, count, times) for times in (1, 2))
        changed = [p for p, v in once.items() if p in twice
                   and v.shape == twice[p].shape and not np.array_equal(v, twice[p])]  # fmt: skip
        if weights.intersection(changed):
            continue  # a step
        found = next((p for p in changed if _matters(turn, count, losses, p)), None)
        if found is None:
            continue
        at = int(np.argmax(np.abs(twice[found] - once[found])))
        blanks = {"call": count.name, "name": found}
        numbers = float(np.ravel(twice[found])[at]), float(np.ravel(once[found])[at])
        yield Beside("evaluated_in_training", blanks, found, *numbers, *function_of(turn, count))
    turn.set_back()


def _flat(look: Look, groups: Set[int]) -> list[Number]:
    """What moves something of the network, and has no slope along the weights."""
    movers = look.turn.movers[:_MOST]
    slopes = slopes_of(look.turn, movers, look.weights, look.along)
    return [n for n, s in zip(movers, slopes, strict=True)
            if not np.isin(s.group[s.weights], list(groups)).any()]  # fmt: skip


def _after(turn: Turn, count: Number, times: int) -> Mapping[str, np.ndarray]:
    turn.set_back()
    for _ in range(times):
        count.of()
    return {p: v for p, v in turn.values().items() if v.ndim}


def _matters(turn: Turn, count: Number, losses: Sequence[Number], path: str) -> bool:
    """Whether a loss depends on it, at other weights: where these are 0 it may not."""

    def at(shift: Callable[[np.ndarray], np.ndarray]) -> list[float]:
        values = []
        for loss in losses:
            turn.set_back()
            count.of()
            for leaf in turn.numbers().values():
                if np.ndim(leaf.value):
                    now = np.array(leaf.value, float)
                    leaf.put(shift(now) if leaf.path == path else now + 0.1)
            values.append(one_number(loss.of()))
        return values

    pairs = zip(at(lambda v: v + 0.1), at(lambda v: 1.3 * v + 0.2), strict=True)
    return any(np.isfinite(a) and np.isfinite(b) and a != b for a, b in pairs)


def function_of(turn: Turn, count: Number) -> tuple[str, int]:
    """The function that a count is the call of, and its line."""
    call = ast.parse(count.name, mode="eval").body
    assert isinstance(call, ast.Call)
    turn.set_back()
    found = eval(ast.unparse(call.func), turn.names)
    function = found.__func__ if isinstance(found, MethodType) else found
    if not isinstance(function, FunctionType):
        return "", 0
    return function.__qualname__, function.__code__.co_firstlineno
