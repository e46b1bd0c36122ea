"""A hidden activation with a constant of its own, such as a leaky slope: solved from the outputs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from compare.check.fitting.free_constant import bisected, written
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.hidden import WITH_CONSTANT, of_constant
from compare.check.fitting.networks.passes import Forward

_LEAST, _MOST = 1e-3, 0.9  # 1 would be no activation at all, and 0 relu
_GRID = 12  # between two of the grid an output passes its value once


def forwards(a: Any, y: Any) -> Iterator[Forward]:
    """Forward passes whose constant makes the element of the output that it moves most."""
    for family, output in itertools.product(WITH_CONSTANT, chains.OUTPUTS):

        def outputs(c: float, family: str = family, output: str = output) -> np.ndarray:
            forward = Forward(of_constant(family, c), output)
            return np.asarray(chains.passed(forward, a, a["x"]).y.value)

        for c in _roots(outputs, np.asarray(y)):
            for constant in written(c):
                yield Forward(of_constant(family, constant), output)


def _roots(outputs: Callable[[float], np.ndarray], y: np.ndarray) -> Iterator[float]:
    """The constants with which one element is what was shown."""
    ends = outputs(_LEAST), outputs(_MOST)
    if ends[0].shape != y.shape:
        return
    at = int(np.argmax(np.abs(ends[1] - ends[0])))
    grid = np.geomspace(_LEAST, _MOST, _GRID)

    def off(c: float) -> float:
        return float(outputs(c).flat[at] - y.flat[at])

    values = [off(float(c)) for c in grid]
    for left, right, low, high in zip(values, values[1:], grid, grid[1:], strict=False):
        if left * right <= 0:
            yield bisected(off, float(low), float(high))
