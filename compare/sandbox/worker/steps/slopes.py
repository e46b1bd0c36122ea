"""Functions of derivatives that a turn may hand z = f(u) in place of u, or u in place of z."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.turn import Seen, Turn

HANDED_Z, HANDED_U = "slope_handed_z", "slope_handed_u"  # the causes
_U = (0.75, -1.5, 0.25)
_NEAR = 1e-9
_Slope = Callable[[Any], Any]
# f → f'(u), and f' of z = f(u)
_SLOPES: dict[str, tuple[_Slope, _Slope]] = {
    "sigmoid": (lambda u: 1 / (2 + np.exp(u) + np.exp(-u)), lambda z: z * (1 - z)),
    "tanh": (lambda u: 1 / np.cosh(u) ** 2, lambda z: 1 - z * z),
}


def other_slopes(turn: Turn, seen: Seen) -> Iterator[tuple[str, str, str, Callable[[], None]]]:
    """Of functions that a turn called: the cause, its name, whose slope, and what puts in the
    other; by what they give of numbers."""
    called = {n: turn.module.get(n) for n in seen.names}
    for name, function in called.items():
        if not isinstance(function, FunctionType) or function.__code__.co_argcount != 1:
            continue
        turn.set_back()
        try:
            given = np.array([function(u) for u in _U], float).reshape(len(_U))
        except Exception:
            continue
        for own, (of_u, of_z) in _SLOPES.items():
            for cause, mine, other in ((HANDED_Z, of_u, of_z), (HANDED_U, of_z, of_u)):
                if np.allclose(given, [mine(u) for u in _U], rtol=_NEAR):
                    yield cause, name, own, _put_in(turn, name, other)
    turn.set_back()


def _put_in(turn: Turn, name: str, other: _Slope) -> Callable[[], None]:
    def prepare() -> None:
        turn.names[name] = turn.module[name] = other

    return prepare
