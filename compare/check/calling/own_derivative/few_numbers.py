"""A derivative by so few numbers that they may agree by chance: at several points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import LEAST, Claim, Values, real

_POINTS = ((1.0, 0.0), (-0.6, 0.3), (1.7, -0.2), (0.4, 0.9))  # a x + b


def at_several_points(claim: Claim) -> Claim:
    """The same; at several points, where one has too few numbers to agree by no chance."""
    (name, x), *others = claim.at.items()
    y = real(claim.f(claim.at))
    if others or x.size >= LEAST or x.ndim != 1 or y is None or y.ndim or claim.takes_up:
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
