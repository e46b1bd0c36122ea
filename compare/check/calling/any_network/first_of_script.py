"""With what the script itself first trains: units that are alike, targets of whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from compare.check.calling.any_network.beside_outputs import Beside
from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.network import Network, State
from compare.check.calling.any_network.ways import Measured
from compare.sandbox.interface import Failed, Handle

ALIKE, INTEGERS = "init_equal", "into_integers"  # the causes


def units_alike(network: Network, measured: Sequence[Measured]) -> Iterator[Beside]:
    """Units of a hidden layer that are alike where the script first goes back.

    Each array of weights has one number alone: then the units get the same gradient for ever, but
    for what leaves some out by chance.
    """
    found = network.subject.found
    if found.kind != "class" or network.drops:
        return
    paths = dict.fromkeys(path for way in measured[0].ways.values() for path, _ in way.names)
    usage = network.usage
    try:
        first = network.subject.box.script_values()[0]
        for call in (*usage.step, *usage.backward):
            handed = first.get(f"{found.name}.{call.name}", {})
            held = next(iter(handed.values()), None)
            if isinstance(held, Handle) and held.type_name == found.name:
                numbers = network.subject.box.numbers(held)
                width = _width([np.asarray(numbers[p]) for p in paths if p in numbers])
                if width > 1:
                    of = np.array([float(width)])
                    yield Beside("__init__", np.ones(1), of, ALIKE)
                return
    except Failed:
        return


def _width(weights: Sequence[np.ndarray]) -> int:
    """How many units the first hidden layer has, where all of it is alike; else 0."""
    if not all(w.size and np.ptp(w) == 0 for w in weights):
        return 0
    matrices = [w.shape for w in weights if w.ndim == 2]
    shared = [{*a} & {*b} for a, b in pairwise(matrices)]
    return max(shared[0], default=0) if shared and all(shared) else 0


def cut_off(network: Network) -> Iterator[Beside]:
    """What a way back gives of one-hot targets of whole numbers, where the script hands it those.

    It is another thing where it is written into an array that is made as the targets are.
    """
    usage, d = network.usage, network.d
    of_class = network.subject.found.kind == "class"
    prefix = f"{network.subject.found.name}." if of_class else ""
    calls = [*usage.backward, *usage.step]
    if network.drops or np.ndim(d) != 2 or np.asarray(d).dtype.kind != "f":
        return
    try:
        first = network.subject.box.script_values()[0]
        handed = [v for n in network.parts for v in first.get(f"{prefix}{n}", {}).values()]
        if not any(map(_is_one_hot_of_integers, handed)):
            return
        before = network.numbers()
        ours = _given(network, before)
        theirs = _given(replace(network, d=d.astype(np.int64)), before)
        network.begin(before)
    except (Failed, TypeError, KeyError, ValueError):
        return
    if ours.shape == theirs.shape and not np.allclose(ours, theirs):
        yield Beside(calls[-1].name, theirs, ours, INTEGERS)


def _is_one_hot_of_integers(value: Any) -> bool:
    whole = isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "iu"
    return whole and bool((value.sum(axis=1) == 1).all() and (value >= 0).all())


def _given(network: Network, before: State) -> np.ndarray:
    """The gradients, and how far the weights are moved."""
    weights = {p: v for p, v in before.items() if isinstance(v, np.ndarray)}
    numbers: list[np.ndarray] = []
    for way in (network.usage.backward, network.usage.step):
        network.begin(before)
        result, after = network.went_back(way)
        gradients = gradients_in(result, after, weights)
        alike = [p for p, v in weights.items() if p in after and np.shape(after[p]) == v.shape]
        moved = [after[p] - weights[p] for p in alike]
        numbers += [np.ravel(v) for v in (*gradients.values(), *moved)]
    return np.concatenate(numbers)
