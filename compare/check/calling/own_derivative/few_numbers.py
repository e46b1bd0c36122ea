"""A derivative by so few numbers that they may agree by chance, or by one: at several points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import LEAST, Claim, Values, real

_SOME = 9  # numbers, one at a time
_POINTS = ((1.0, 0.0), (-0.6, 0.3), (1.7, -0.2), (0.4, 0.9))  # a x + b


def of_one_number(
    function: Callable[[Mapping[str, Any]], Any], derivative: Callable[[float], Any],
    name: str, pool: np.ndarray,
) -> Iterator[Claim]:  # fmt: skip
    """What is claimed by one that takes a number and no array: of the argument, or of the value.

    Raises Failed, TypeError, ValueError.
    """
    x = 1.5 * pool[:_SOME]

    def f(moved: Values) -> Any:
        return np.array([float(function({name: float(v)})) for v in moved.get(name, x)])

    for of_value in (False, True):

        def given(up: Any, of_value: bool = of_value) -> Values:
            return {name: np.array([float(derivative(v)) for v in (f({}) if of_value else x)])}

        meant = ((name, "its_value" if of_value else name), name)
        yield Claim(f, {name: x}, given, False, not of_value, values={name: x}, meant=meant)


def at_several_points(claim: Claim) -> Claim:
    """The same; at several points, where one has too few numbers to agree by no chance."""
    name, x = next(iter(claim.at.items()), ("", np.zeros(LEAST)))
    y = real(claim.f(claim.at)) if x.size < LEAST else None
    if len(claim.at) > 1 or x.size >= LEAST or x.ndim != 1 or y is None or y.ndim or claim.takes_up:
        return claim
    values = {**claim.values, name: np.stack([a * x + b for a, b in _POINTS])}
    return _at_points(claim, name, values)


def _at_points(claim: Claim, name: str, values: Mapping[str, Any]) -> Claim:
    """The claims of one number at all rows of an argument as one.   Raises ValueError."""
    if claim.remade is None or np.ndim(values[name]) != 2:
        raise ValueError
    each = [claim.remade({**values, name: row}) for row in values[name]]

    def f(moved: Values) -> Any:
        rows = moved.get(name, values[name])
        return np.array([real(c.f({name: row})) for c, row in zip(each, rows, strict=True)])

    def given(up: Any) -> Values:
        return {name: np.stack([c.given(np.float64(1.0))[name] for c in each])}

    at = {name: np.asarray(values[name])}
    remade = partial(_at_points, claim, name)
    return replace(claim, f=f, at=at, given=given, values=values, remade=remade, ahead=None)
