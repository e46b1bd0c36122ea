"""Rates that a loop makes smaller, each time of what they were and by the number of the turn."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.turn import Turn, one_number

_TURNS = 4


def decayed_again(turn: Turn, rates: Sequence[float]) -> Iterator[Beside]:
    """Rates that a turn makes as small as of its own number, and the turns before did, too.

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
        if type(now) is not int or not 1 <= now <= _TURNS or not start:
            continue
        shares = [_share(turn, path, counter, function, n) for n in range(now + _TURNS)]
        turn.set_back()
        fall = _is_of_the_first_rate(shares[: now + 1]) and _falls(shares[now:])
        if fall and _is_rate(start, shares[now - 1], np.abs(rates)):
            blanks = {"line": str(each.lineno), "code": ast.unparse(each)}
            right = start * shares[-1] / shares[now - 1]
            yield Beside("decayed_again", blanks, path, float(start * np.prod(shares[now:])), right)


def _share(turn: Turn, path: str, counter: str, function: FunctionType, number: int) -> float:
    """By what any rate is multiplied in a turn of that number; NaN where it does not go on so."""
    found = []
    for scale in (2.0, 3.0):
        turn.set_back()
        before = scale * _value(turn, path)
        exec(f"{path} = {before!r}", turn.names)
        turn.names[counter] = number
        try:
            function()
        except ArithmeticError:
            return float("nan")
        found.append(_value(turn, path) / before)
    return found[0] if np.isclose(found[0], found[1]) else float("nan")


def _is_rate(value: float, share: float, rates: np.ndarray) -> bool:
    """Whether steps went at it, or the last one at such a share of the one before.

    Of a loss that is right but for a factor the rates are so as well.
    """
    fell = len(rates) > 1 and share < 1 and np.isclose(rates[-1], share * rates[-2])
    return bool(fell or np.isclose(rates, abs(value)).any())


def _is_of_the_first_rate(shares: Sequence[float]) -> bool:
    """Whether a turn of number 0, or 1, leaves the rate as it is, and all later ones less of it.

    So it is for a rate that is computed of the first one; a product of such shares that is meant,
    as of n / (n + 1), begins with other shares, or has equal ones.
    """
    first = next((k for k, share in enumerate(shares[:2]) if np.isclose(share, 1.0)), None)
    return first is not None and _falls(shares[first:])


def _falls(shares: Sequence[float]) -> bool:
    return all(0 < later < share for share, later in pairwise(shares))


def _value(turn: Turn, path: str) -> float:
    """The number of that path; NaN of anything else."""
    try:
        return one_number(eval(path, turn.names))
    except (NameError, AttributeError):
        return float("nan")
