"""The x that a network of any structure is tried with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import Network, State

SAMPLES, _TURNS = 7, 6  # unlike all sizes
_PICTURES = 3  # each has many numbers


def samples(network: Network, state: State) -> Iterator[Any]:
    """x in every layout, of as many features as one of its arrays has rows or columns."""
    rng = np.random.default_rng(0)
    if network.ends:
        features = network.ends[0]
        for shape in ((SAMPLES, features), (features, SAMPLES), (features,), (features, 1)):
            yield rng.standard_normal(shape)
        return
    if network.picture:
        yield rng.standard_normal((_PICTURES, *network.picture))
    widths = {3: None, 2: None}
    for value in state.values():
        widths |= dict.fromkeys(np.shape(value)[:2])
    for layout in ("N I", "I", "1 I", "I 1", "N T I", "N 1 I", "1 1 I"):
        # one more: in a row of a table the target stands behind the features
        for width in list(dict.fromkeys([*list(widths)[:4], 4 if layout == "I" else 3])):
            sizes = {"N": SAMPLES, "T": _TURNS, "I": width}
            yield rng.standard_normal([int(s) if s.isdigit() else sizes[s] for s in layout.split()])
    yield rng.integers(2, size=(SAMPLES, 2))  # numbers of words
