"""The gradients of a network's weights in what a way back returned, or kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import State, no_class, same
from compare.check.calling.networks.paths import (
    is_gradient,
    is_gradient_beside,
    is_gradient_of,
    split,
)
from compare.sandbox.interface import Handle
from compare.sandbox.worker.numbers_inside import numbers


def gradients_in(result: Any, after: State, weights: State) -> dict[str, np.ndarray]:
    """Weight → its gradient in what a way back returned, or kept under a name that says so."""
    returned = numbers(result, no_class) if not isinstance(result, Handle) else {}
    found: dict[str, np.ndarray] = {}
    arrays = {p: w for p, w in weights.items() if np.ndim(w)}
    for path, weight in weights.items():
        kept = [p for p in after if is_gradient(p, path) or is_gradient_beside(p, path, after)]
        given = [p for p in returned if is_gradient_of(split(p)[1], split(path)[1], bare=True)]
        for value in [*(returned[p] for p in given), *(after[p] for p in kept)]:
            if np.shape(value) == np.shape(weight):
                found.setdefault(path, np.asarray(value, dtype=np.float64))
        if path in found and kept and not given:
            found[path] = found[path] + _of_its_other_places(path, kept[0], after, weights)
    if not found and not returned:
        return _only_ones(arrays, [v for p, v in after.items() if p not in weights])
    if not found:
        every = [np.asarray(v, dtype=np.float64) for v in returned.values()]
        # a bias may be a number; but so may a loss that is returned beside arrays
        for of, values in ((weights, every), (arrays, [v for v in every if v.ndim])):
            if [v.shape for v in values] == [np.shape(w) for w in of.values()]:
                lists = {} if any(v.ndim for v in values) else _by_lists(weights, returned)
                return lists or dict(zip(of, values, strict=True))
        return _in_order(arrays, every) or _by_shape(weights, every)
    return found


def _of_its_other_places(path: str, kept: str, after: State, weights: State) -> Any:
    """What other layers, which have the same array, keep as its gradient: that of it is the sum.

    An array is found once, and so what they keep is the gradient of nothing that they have.
    """
    layer, tail = _first_name(path), kept[len(_first_name(kept)) :]
    alike = [w for w in weights.values() if np.shape(w) == np.shape(weights[path])]
    others = [p for p in after if _first_name(p) != layer and p == _first_name(p) + tail]
    left = [p for p in others if _first_name(p) + path[len(layer) :] not in after]
    fitting = [after[p] for p in left if np.shape(after[p]) == np.shape(weights[path])]
    return sum(np.asarray(v, np.float64) for v in fitting) if layer and len(alike) == 1 else 0.0


def _first_name(path: str) -> str:
    """What holds it, of a network: ``.in_layer0`` of ``.in_layer0.params[0]``; "" of ``.W``."""
    found = re.match(r"\.\w+(?=[.\[])", path)
    return found[0] if found else ""


def _by_lists(weights: State, returned: State) -> dict[str, np.ndarray]:
    """The same of numbers in lists: of lists that are alike, in their order; {} where none is."""
    ours, theirs = _lists(weights), _lists(returned)
    found: dict[str, np.ndarray] = {}
    for place, inside in ours.items():
        alike = [p for p, v in theirs.items() if {*v} == {*inside}]
        at = [p for p, v in ours.items() if {*v} == {*inside}].index(place)
        if at >= len(alike):
            return {}
        there = theirs[alike[at]]
        found |= {path: np.asarray(returned[there[k]], float) for k, path in inside.items()}
    return found


def _lists(values: State) -> dict[str, dict[str, str]]:
    """The list that numbers stand in → place in it → the whole path."""
    found: dict[str, dict[str, str]] = {}
    for path in values:
        first = path[: path.find("]") + 1] if path.startswith("[") else ""
        inside = re.search(r"(\[\d+\])*$", path[len(first) :])
        at = inside[0] if inside else ""
        found.setdefault(path[: len(path) - len(at)], {})[at] = path
    return found


def misshapen_in(result: Any, after: State, before: State, weights: State) -> dict[str, np.ndarray]:
    """Weight → what a way back returned or kept anew as its gradient, in any shape but its own.

    None of what has a gradient; an axis of one more or less is the same shape.
    """
    known = gradients_in(result, after, weights)
    returned = numbers(result, no_class) if not isinstance(result, Handle) else {}
    found: dict[str, np.ndarray] = {}
    for path, weight in weights.items():
        kept = [v for p, v in after.items() if is_gradient(p, path) and not same(v, before.get(p))]
        named = [
            v for p, v in returned.items() if is_gradient_of(split(p)[1], split(path)[1], True)
        ]
        for value in [*named, *kept] if path not in known and np.ndim(weight) else ():
            alike = np.size(value) == np.size(weight)
            array = np.asarray(value, dtype=np.float64)
            found.setdefault(path, array.reshape(np.shape(weight)) if alike else array)
    return found


def _only_ones(weights: State, kept: Sequence[Any]) -> dict[str, np.ndarray]:
    """Weight → what alone was kept of its shape under any name; of most of them, or {}."""
    alike = {p: [v for v in kept if np.shape(v) == np.shape(w)] for p, w in weights.items()}
    found = {p: np.asarray(each[0], np.float64) for p, each in alike.items() if len(each) == 1}
    return found if len(found) > 1 and 2 * len(found) >= len(weights) else {}


def _in_order(weights: State, values: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Weight → what stands in its place, an array of its shape or, of several, a single number;
    {} where one is anything else: of one bias alone the shape may be another."""
    found: dict[str, np.ndarray] = {}
    for (path, weight), value in zip(weights.items(), values, strict=False):
        if value.shape not in (np.shape(weight), ()):
            return {}
        found[path] = np.broadcast_to(value, np.shape(weight))
    summed = [v for v in values if not v.ndim]
    return found if 1 < len(summed) < len(values) == len(weights) else {}


def _by_shape(weights: State, values: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Weight → the only array of its shape, among as many as there are weights; of most, or {}."""
    alike = {p: [v for v in values if v.shape == np.shape(w)] for p, w in weights.items()}
    found = {p: each[0] for p, each in alike.items() if len(each) == 1}
    return found if len(values) == len(weights) and 2 * len(found) >= len(weights) else {}
