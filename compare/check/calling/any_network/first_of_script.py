"""The weights with which the script itself begins to train an object: whether units are alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from compare.check.calling.any_network.beside_outputs import Beside
from compare.check.calling.any_network.network import Network
from compare.check.calling.any_network.ways import Measured
from compare.sandbox.interface import Failed, Handle

ALIKE = "init_equal"  # the cause


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
