"""Constants of a network that are in no table, solved from what it gives.

The slope of a leaky relu tells from the outputs, the epsilon inside a logarithm from the loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from compare.check.fitting.free_constant import bisected, written
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.hidden import ELU, LEAKY, WITH_CONSTANT, of_constant
from compare.check.fitting.networks.passes import Forward, Loss, Passed
from compare.check.fitting.networks.plans import RIGHT_SCALES, Reported

_LEAST = 1e-3  # 0 would be relu
_MOST = {LEAKY: 0.9, ELU: 4.0}  # a leaky relu of 1 is no activation at all
_GRID = 12  # between two of the grid an output passes its value once
_LEAST_EPSILON, _LARGEST_EPSILON = 1e-18, 1e-3


def forwards(a: Any, y: Any) -> Iterator[Forward]:
    """Forward passes whose constant makes the element of the output that it moves most."""
    for family, output in itertools.product(WITH_CONSTANT, chains.outputs_of(np.asarray(y))):

        def outputs(c: float, family: str = family, output: str = output) -> np.ndarray:
            forward = Forward(of_constant(family, c), output)
            return np.asarray(chains.passed(forward, a, a["x"]).y.value)

        for c in _roots(outputs, np.asarray(y), _MOST[family]):
            for constant in written(c):
                yield Forward(of_constant(family, constant), output)


def _roots(outputs: Callable[[float], np.ndarray], y: np.ndarray, most: float) -> Iterator[float]:
    """The constants with which one element is what was shown."""
    ends = outputs(_LEAST), outputs(most)
    if ends[0].shape != y.shape:
        return
    at = int(np.argmax(np.abs(ends[1] - ends[0])))
    grid = np.geomspace(_LEAST, most, _GRID)

    def off(c: float) -> float:
        return float(outputs(c).flat[at] - y.flat[at])

    values = [off(float(c)) for c in grid]
    for left, right, low, high in zip(values, values[1:], grid, grid[1:], strict=False):
        if left * right <= 0:
            yield bisected(off, float(low), float(high))


def losses(forward: Forward, a: Any, p: Passed, value: Any) -> Iterator[Reported]:
    """Cross-entropies with the epsilon with which they are what was reported."""
    if np.size(value) != 1:
        return
    for (family, output, of, cause), scale in itertools.product(chains.GUARDED, RIGHT_SCALES):
        if forward.output not in (output, "identity"):  # identity: it is left to the loss
            continue

        def reported(
            e: float, made: Any = (family, output, of, cause), scale: Any = scale
        ) -> Reported:
            family, output, of, cause = made
            return Reported(Loss(family, output, of(e), cause), scale)

        def off(e: float, reported: Callable[[float], Reported] = reported) -> float:
            return float(reported(e).of(a, p, forward).value) - float(np.reshape(value, ()))

        if off(_LEAST_EPSILON) * off(_LARGEST_EPSILON) < 0:
            for e in written(bisected(off, _LEAST_EPSILON, _LARGEST_EPSILON)):
                yield reported(e)
