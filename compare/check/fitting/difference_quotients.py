"""Quotients of differences of a function: a step h along each element, right or mistaken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compare.arithmetic.running_error import FORMATS, Bounded
from compare.check.i18n.text import Text

Function = Callable[[Any], Any]
Quotient = Callable[[Function, Any, Any, float], Any]  # (f, x, h e_i, h) → (∂f/∂x)_i
FORWARD, BACKWARD = Text("forward", "前進"), Text("backward", "後退")


def over(difference: Any, h: float) -> Any:
    """The difference divided by h."""
    return difference / difference.constant(h)


def central(f: Function, x: Any, step: Any, h: float) -> Any:
    """(f(x + h e) - f(x - h e)) / 2h."""
    return over(f(x + step) - f(x - step), 2 * h)


def forward(f: Function, x: Any, step: Any, h: float) -> Any:
    """(f(x + h e) - f(x)) / h."""
    return over(f(x + step) - f(x), h)


def backward(f: Function, x: Any, step: Any, h: float) -> Any:
    """(f(x) - f(x - h e)) / h."""
    return over(f(x) - f(x - step), h)


def halved(f: Function, x: Any, step: Any, h: float) -> Any:
    """(f(x + h e) - f(x)) / 2h, which is half of what it should be."""
    return over(f(x + step) - f(x), 2 * h)


def all_at_once(f: Function, x: Any, step: Any, h: float) -> Any:
    """Every element moved, not one."""
    every = x.constant(h) * np.ones(x.shape)
    return over(f(x + every) - f(x - every), 2 * h)


def of_each(quotient: Quotient, f: Function, x: Any, h: float, left: int = 0) -> Any:
    """The quotients of all elements; ``left``: where those before are left, in steps of h."""
    found = []
    for i in np.ndindex(x.shape):
        direction, before = np.zeros(x.shape), np.zeros(x.shape)
        direction[i] = 1.0
        before.flat[: int(np.ravel_multi_index(i, x.shape))] = 1.0
        at = x + x.constant(left * h) * before if left else x
        found.append(quotient(f, at, x.constant(h) * direction, h))
    return x.stacked(found, x.shape)


def of_integers(f: Function, x: np.ndarray, h: float) -> Bounded:
    """The central one where x + h and x - h are cut off towards 0, as in an array of integers."""
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i], below[i] = int(x[i] + h), int(x[i] - h)
        found[i] = (float(f(above)) - float(f(below))) / (2 * h)
    rounded = Bounded.given(found, FORMATS["float64"])
    return rounded.widened(np.abs(found) * 8 * rounded.format.u)  # the difference is exact


def cut_off(found: Any) -> Bounded:
    """Whole numbers, as an array of integers holds them."""
    return Bounded.given(np.trunc(found.value), FORMATS["float64"])
