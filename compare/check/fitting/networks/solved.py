"""Constants of a network that are in no table, solved from what it gives.

The slope of a leaky relu tells from the outputs, the epsilon inside a logarithm from the loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.fitting.free_constant import bisected, written
from compare.check.fitting.guards import LARGEST, LEAST_EPSILON, SMALL
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.hidden import ELU, LEAKY, WITH_CONSTANT, of_constant
from compare.check.fitting.networks.passes import Forward, Passed
from compare.check.fitting.networks.plans import Plan, Reported

_LEAST = 1e-3  # 0 would be relu
_MOST = {LEAKY: 0.9, ELU: 4.0}  # a leaky relu of 1 is no activation at all
_GRID = 12  # between two of the grid an output passes its value once

Arrays = Mapping[str, Any]
Wanted = Callable[[Plan], Mapping[str, Any]]


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


def epsilons(off: Callable[[float], float], largest: float = SMALL) -> tuple[float, ...]:
    """The epsilon, as people write it, with which something is as it was shown; () where none is.

    ``off``: how far from that it is with one.
    """
    ends = off(LEAST_EPSILON), off(largest)
    return written(bisected(off, LEAST_EPSILON, largest)) if ends[0] * ends[1] < 0 else ()


def guarded(r: Reported, forward: Forward, a: Any, p: Passed, value: Any) -> Iterator[Reported]:
    """A loss with the epsilon with which it is what was reported."""
    if np.size(value) != 1 or r.loss.guarded is None:
        return

    def of(e: float) -> Reported:
        return replace(r, loss=r.loss.with_epsilon(e))

    def off(e: float) -> float:
        return float(of(e).of(a, p, forward).value) - float(np.reshape(value, ()))

    yield from map(of, epsilons(off, LARGEST))


def of_gradients(plan: Plan, shown: Arrays, wanted: Wanted, names: Sequence[str]) -> Iterator[Plan]:
    """A way back with the epsilon that the number tells which it moves most.

    ``wanted``: the gradients of a plan, of these names.
    """
    if plan.delta.guarded is None:
        return

    def of(e: float) -> Plan:
        return replace(plan, delta=plan.delta.with_epsilon(e))

    ends = [wanted(of(e)) for e in (LEAST_EPSILON, SMALL)]
    moved = {
        n: np.nan_to_num(np.abs(np.asarray(ends[1][n].value) - np.asarray(ends[0][n].value)))
        for n in names
        if n in shown
        and all(n in end and np.shape(shown[n]) == np.shape(end[n].value) for end in ends)
    }
    if not moved:
        return
    name = max(moved, key=lambda n: moved[n].max())
    at = int(np.argmax(moved[name]))

    def off(e: float) -> float:
        return float(wanted(of(e))[name].value.flat[at]) - float(shown[name].flat[at])

    yield from map(of, epsilons(off))
