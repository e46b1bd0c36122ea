"""The x that a network of any structure is tried with, and what its passes make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compare.check.calling.any_network.beside_outputs import Beside, wrong
from compare.check.calling.any_network.network import SAMPLES, Network, State, same
from compare.check.calling.any_network.ways import GRAD, UPDATE, Measured, way_of

_TURNS = 6  # unlike all sizes
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
    if network.like:
        # features are as many as weights have of one of their axes, samples are fewer here
        axes: set[int] = {n for value in state.values() for n in np.shape(value)}
        wide = axes & {*network.like} or {network.like[-1]}
        yield rng.standard_normal([n if n in wide else min(SAMPLES, n) for n in network.like])
    widths = {3: None, 2: None}
    for value in state.values():
        widths |= dict.fromkeys(np.shape(value)[:2])
    for layout in ("N I", "I N", "I", "1 I", "I 1", "N T I", "N 1 I", "1 1 I"):
        # one more: in a row of a table the target stands behind the features
        for width in list(dict.fromkeys([*list(widths)[:4], 4 if layout == "I" else 3])):
            sizes = {"N": SAMPLES, "T": _TURNS, "I": width}
            yield rng.standard_normal([int(s) if s.isdigit() else sizes[s] for s in layout.split()])
    yield rng.integers(2, size=(SAMPLES, 2))  # numbers of words


def targets(network: Network, y: np.ndarray | None) -> Iterator[Any]:
    """Targets for these outputs: one-hot, or the numbers of the classes; or none but x itself.

    Without outputs whatever may be meant.
    """
    if y is None:
        yield None
        samples = len(network.x)
        yield np.arange(samples) % 2
        yield np.eye(2)[np.arange(samples) % 2]
        return
    d = np.zeros(y.shape)
    one_column = y.shape[1:] == np.shape(network.x)[1:] == (1,) and len(y) > 1
    one_unit = y.shape[-1:] == (1,) or (y.ndim == 1 and np.ndim(network.x) > 1)
    if y.ndim == 0:
        yield 1.0
    elif one_column:
        d[0] = 1.0
        yield d
    elif one_unit:
        d.reshape(-1)[::2] = 1.0
        yield d
    else:
        width = y.shape[-1]
        columns = y.ndim == 2 and width == SAMPLES != len(y)
        rows: np.ndarray = d.T if columns else d.reshape(-1, width)
        rows[np.arange(len(rows)), np.arange(len(rows)) % rows.shape[-1]] = 1.0
        if columns and len(y) == 1:
            rows[1::2] = 0.0
        yield d
        if y.ndim == 2 or y.ndim == 1 and network.first:
            yield rows.argmax(axis=-1) if y.ndim == 2 else int(rows.argmax())
    yield None


def changed_by_passes(network: Network) -> Iterator[Beside]:
    """What the forward pass or the loss is handed, and leaves with other numbers."""
    usage, before = network.usage, network.numbers()
    for call in [c for c in (usage.forward, usage.loss) if c and not c.whole]:
        for name, role in call.arguments.items():
            known = network.known()
            if role not in ("x", "d") or not isinstance(known[role], np.ndarray):
                continue
            network.begin(before)
            if call is usage.loss and usage.forward:
                network.ran(usage.forward, known)
            kept = network.subject.box.keep(np.copy(known[role]))
            network.ran(call, {**known, role: kept})
            after = np.asarray(network.subject.box.fetch(kept))
            if after.shape == known[role].shape and not same(after, known[role]):
                yield wrong(call.name, "mutates", after, known[role], {"name": name})
                return


def of_an_earlier_pass(network: Network, measured: Measured) -> Iterator[Beside]:
    """Gradients, or steps, that another forward pass before changes, though the outputs are the
    same: what goes back kept something of that."""
    usage, before = network.usage, network.numbers()
    for prefix, way in ((GRAD, usage.backward), (UPDATE, usage.step)):
        if prefix not in measured.ways or usage.forward is None:
            continue
        names = measured.ways[prefix].names
        found, outputs = [], []
        for earlier in (False, True):
            network.begin(before)
            if earlier:
                x, network.x = network.x, np.flip(network.x, axis=0)
                network.outputs()
                network.x = x
            start = network.numbers()
            outputs.append(network.outputs()[0])
            weights = {path: before[path] for path, _ in names}
            found.append(way_of(prefix, *network.went_back(way), start, weights, names))
        first, again = found
        if first is None or again is None or not same(*outputs):
            continue
        if not np.allclose(first.given, again.given, rtol=1e-6, atol=1e-12):
            yield wrong(way[-1].name, "stale_input", again.given, first.given)
            return
