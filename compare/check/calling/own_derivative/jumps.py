"""Where a function that has a derivative jumps: two of its pieces do not meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from compare.check.calling.own_derivative.claim import Claim, real
from compare.check.calling.own_derivative.problems import is_elementwise, is_of_differences, plain
from compare.check.fitting.free_constant import written
from compare.sandbox.interface import Failed

_FAR, _POINTS = 8.0, 96
_LOOKED_AT = 3  # intervals in which it changes most suddenly
_HALVINGS = 40
_VISIBLE = 1e-5  # of how far it changes in all
_NEAR = 1e-6  # to a number that people write


@dataclass(frozen=True)
class Jump:
    """By how much it jumps, and at which number of what."""

    name: str
    at: float
    by: float

    @property
    def blanks(self) -> dict[str, str]:
        """What a text says of it."""
        return {"where": f"{self.name} = {self.at:.4g}", "by": f"{self.by:.4g}"}


def jump_of(claim: Claim) -> Jump | None:
    """The first jump found of a loss, or of a function that goes number by number.

    A function that is flat on both sides is meant to jump, as a step is.
    """
    y = real(claim.f(claim.at))
    name = next(iter(claim.at), "")
    if y is None or not name:
        return None
    x = claim.at[name]
    elementwise = is_elementwise(claim, name, y)
    if y.ndim and not elementwise or (x > 0).all() and not is_of_differences(claim):
        return None
    others = [n for n, v in claim.values.items() if n != name and np.shape(v) == x.shape]
    middle, said = 0.0, plain(name)
    if not y.ndim and others and is_of_differences(claim):
        middle = float(np.asarray(claim.values[others[0]]).reshape(-1)[0])
        said = f"{said} - {plain(others[0])}"

    def f(number: float) -> float:
        moved = np.array(x, dtype=np.float64)
        moved.reshape(-1)[0] = middle + number
        there = real(claim.f({**claim.at, name: moved}))
        if there is None or there.shape != y.shape:
            raise ValueError
        return float(there.reshape(-1)[0])

    try:
        found = _found(f, claim.ahead)
    except (Failed, TypeError, ValueError):
        return None
    return Jump(said, *found) if found else None


def _found(
    f: Callable[[float], float], ahead: Callable[..., None] | None
) -> tuple[float, float] | None:
    grid = np.linspace(-_FAR, _FAR, _POINTS)
    if ahead is not None:
        ahead([partial(f, float(x)) for x in grid])
    values = np.array([f(float(x)) for x in grid])
    change = np.diff(values)
    if not np.isfinite(values).all() or (np.abs(change) > 0).sum() <= _LOOKED_AT:
        return None
    beside = np.pad(change, 1, mode="edge")
    sudden = np.abs(change - (beside[:-2] + beside[2:]) / 2)
    for i in np.argsort(-sudden)[:_LOOKED_AT]:
        low, high = float(grid[i]), float(grid[i + 1])
        below, above = f(low), f(high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            there = f(middle)
            if abs(there - below) > abs(above - there):
                high, above = middle, there
            else:
                low, below = middle, there
        # at a pole it grows the nearer one comes
        if _VISIBLE * np.ptp(values) < abs(above - below) <= 2 * abs(change[i]):
            return _as_written((low + high) / 2), above - below
    return None


def _as_written(at: float) -> float:
    """The number that people write there."""
    if abs(at) < _NEAR:
        return 0.0
    near = (v for v in written(abs(at)) if abs(v - abs(at)) < _NEAR * abs(at))
    return float(np.copysign(next(near, abs(at)), at))
