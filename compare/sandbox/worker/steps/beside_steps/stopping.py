"""What says when a training stops: so many turns in a row without a better number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.observe import Look
from compare.sandbox.worker.steps.turn import Turn

_LONGEST = 60  # turns without a better number
_APART = 1000.0  # by how much a number is better than all that there were


def counts_on(look: Look) -> Iterator[Beside]:
    """Methods that go on counting where a number was better in between.   Raises Late."""
    for owner, method, number in _methods(look):
        stops = _Stops(look.turn, owner, method)
        for way in (-1.0, 1.0):
            best = number + way * _APART
            better = [best + way * k for k in range(_LONGEST)]
            patience = stops.after([best] + [best - way] * _LONGEST) - 1
            if not 2 <= patience < _LONGEST or stops.after(better) < _LONGEST:
                continue
            # not what waits for some turns at least: there the better one counts as well
            lefts = {n: stops.left(best, way, n) for n in (1, patience - 1)}
            if all(left == patience - n for n, left in lefts.items()):
                blanks = {"count": "1", "patience": str(patience)}
                place = method.__qualname__, method.__code__.co_firstlineno
                yield Beside("counts_on", blanks, "turns_until_it_stops", 1, patience, *place)
            break
    look.turn.set_back()


class _Stops:
    """How many numbers a method takes until something that it says stays true."""

    def __init__(self, turn: Turn, owner: Any, method: Callable[..., Any]) -> None:
        self.turn, self.owner, self.method = turn, owner, method

    def after(self, numbers: Sequence[float]) -> int:
        """Their count, where it never does so."""
        self.turn.set_back()
        said = [self._said(number) for number in numbers]
        self.turn.set_back()
        flags = [column for column in zip(*said, strict=False) if column[-1] and not column[0]]
        lasts = [max(i for i, flag in enumerate(c) if not flag) for c in flags]
        return min(lasts, default=len(numbers) - 2) + 2

    def left(self, best: float, way: float, before: int) -> int:
        """How many are not better until it stops, after some of these and one that is."""
        first = [best] + [best - way] * before + [best + way]
        return self.after(first + [best - way] * _LONGEST) - len(first)

    def _said(self, number: float) -> list[bool]:
        given = self.method(self.owner, number)
        values = list(given) if isinstance(given, tuple) else [given]
        held = vars(self.owner)
        return [v for v in [*values, *(held[n] for n in sorted(held))] if isinstance(v, bool)]


def _methods(look: Look) -> Iterator[tuple[Any, FunctionType, float]]:
    """Those that were handed one number in the turn."""
    known = set()
    for name, named in look.seen.arguments:
        values = list(named.values())
        if name in known or len(values) != 2 or not isinstance(values[1], float):
            continue
        method = vars(type(values[0])).get(name.rpartition(".")[2])
        if look.turn.is_own(type(values[0])) and isinstance(method, FunctionType):
            known.add(name)
            yield values[0], method, float(values[1])
