"""Which number that an object keeps is the learning rate, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare.check.calling.networks import weights
from compare.check.calling.networks.net import Net
from compare.check.naming import network_parameters as calls
from compare.sandbox.interface import Failed

RATE = "rate"  # what was made: the attribute, once it is known
_ROUGHLY = 1e-6  # of a step at twice the rate: only which attribute is the rate


Changes = Mapping[str, Any]


def at_our_rate(
    net: Net, arrays: Mapping[str, Any], changes: Changes, step: Callable[[], Changes]
) -> Changes:
    """The same changes at our rate, where a number that the object keeps is the rate of its steps.

    With twice the rate, all weights move twice as far · ``step``: how one moves them.
    """
    if net.handle is None:
        return changes
    for name, value in _numbers(net).items():
        twice = _moved_with(net, arrays, step, name, 2 * value)
        if twice and all(_is_twice(twice[n], v) for n, v in changes.items()):
            moved = _moved_with(net, arrays, step, name, calls.LR)
            net.subject.made[RATE], net.rated = name, True
            net.subject.traits["rated"] = None
            return moved or changes
        net.subject.box.set(net.handle, name, value)
    return changes


def _numbers(net: Net) -> dict[str, float]:
    """The attributes of an object that may be its rate."""
    held = weights.attribute(net.subject, net.handle, "__dict__") if net.handle else None
    numbers = held.items() if isinstance(held, dict) else ()
    return {n: v for n, v in numbers if isinstance(v, float) and v > 0}


def _moved_with(
    net: Net, arrays: Mapping[str, Any], step: Callable[[], Changes], name: str, value: float
) -> Changes:
    """How a step moves the weights with an attribute of this value; {} where it raises."""
    assert net.handle is not None
    net.subject.box.set(net.handle, name, value)
    net.put(net.theirs(arrays))
    try:
        return step()
    except Failed:
        return {}


def _is_twice(twice: Any, once: Any) -> bool:
    largest = np.abs(twice).max(initial=0.0)
    return bool(np.abs(twice - 2 * once).max(initial=0.0) <= _ROUGHLY * largest)
