"""Rates that a loop makes smaller, each time of what they were and by the number of the turn."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.turn import Turn, one_number

_TURNS = 4


def decayed_again(turn: Turn, rates: Sequence[float]) -> Iterator[Beside]:
    """Rates that a turn multiplies by a power of its own number, and the turns before did, too.

    ``rates``: those of the steps so far.   Raises Late.
    """
    for at, each in enumerate(turn.loop.body):
        if isinstance(each, ast.Assign) and len(each.targets) == 1:
            target: Any = each.targets[0]
        elif isinstance(each, ast.AugAssign):
            target = each.target
        else:
            continue
        read = {n.id for n in ast.walk(each) if isinstance(n, ast.Name)} & turn.loop.targets
        if not isinstance(target, (ast.Name, ast.Attribute)) or len(read) != 1:
            continue
        path, counter = ast.unparse(target), read.pop()
        function = FunctionType(turn.code([each], ("rate", at)), turn.names)
        turn.set_back()
        start, now = _value(turn, path), turn.names.get(counter)
        if type(now) is not int or now < 1 or not np.isclose(np.abs(rates), abs(start)).any():
            continue
        values = []
        for number in range(now, now + _TURNS):
            turn.set_back()
            # of another rate: what does not go on from what it was gives the same
            exec(f"{path} = {2 * start!r}", turn.names)
            turn.names[counter] = number
            function()
            values.append(_value(turn, path) / (2 * start))
        turn.set_back()
        share = values[0] ** (1 / now)
        if 0 < share < 1 and np.allclose(values, share ** np.arange(now, now + _TURNS)):
            blanks = {"line": str(each.lineno), "code": ast.unparse(each), "factor": f"{share:.4g}"}
            yield Beside("decayed_again", blanks, path, float(start * np.prod(values)),
                         start * share**_TURNS)  # fmt: skip


def _value(turn: Turn, path: str) -> float:
    """The number of that path; NaN of anything else."""
    try:
        return one_number(eval(path, turn.names))
    except (NameError, AttributeError):
        return float("nan")
