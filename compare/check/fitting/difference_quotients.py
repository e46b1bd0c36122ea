"""Quotients of differences of a function: a step h along each element, right or mistaken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
