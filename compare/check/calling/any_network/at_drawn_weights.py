"""What the ways back of a network give at drawn weights, and the derivative there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.network import (
    NUMBERS,
    Network,
    State,
    elsewhere,
    may_be_weight,
    same,
    targets_as,
    weights_of,
)
from compare.check.calling.any_network.ways import (
    GRAD,
    UPDATE,
    Measured,
    Place,
    way_of,
)
from compare.check.calling.networks.source_names import is_factor
from compare.check.fitting.networks.own_gradient import (
    Derivative,
    derivative,
)

Taken = dict[Any, Derivative]  # by all that it depends on
_MOST, _FEW = 20, 8  # numbers of which the derivative is taken


def measured_at(
    network: Network,
    arrays: Mapping[str, Any],
    known: Derivative | None = None,
    few: bool = False,
    taken: Taken | None = None,
) -> Measured:
    """The derivative at drawn weights and samples, and what each way back gives there.

    ``known``: that derivative, where it was taken before · ``taken``: those of uses that pass
    forward alike.
    """
    before = dict(network.numbers())
    if network.x.dtype.kind == "f":
        network.x = np.resize(arrays["x"], network.x.shape)
    numbers = [p for p, v in before.items() if isinstance(v, NUMBERS)]
    weights = {p: before[p] for p in weights_of(network, _not_zero(before), numbers)}
    drawn = _drawn(weights, arrays["w"])
    start = {**before, **drawn}
    start |= network.settings
    network.begin(start)
    y, _ = network.outputs()
    if y is not None and not np.isfinite(y).all():
        start = {**before, **network.settings}
    went = _went(network, start)
    if any(np.ndim(v) for v in weights.values()):
        settings = [p for p in weights if _is_setting(network, p, weights, start, went)]
        weights = {p: v for p, v in weights.items() if p not in settings}
        # a slope, a rate of a penalty
        start = {**start, **{p: before[p] for p in settings}, **network.settings}
        went = _went(network, start) if settings else went
    if not (names := _looked_at(weights, _FEW if few else _MOST)):
        raise ValueError
    found = known or _taken_once(network, start, names, {} if taken is None else taken)
    ways = {}
    for prefix, (result, after) in went.items():
        made = way_of(prefix, result, after, start, weights, names)
        if made is not None:
            ways[prefix] = made
    network.begin(before)
    if not ways:
        raise ValueError
    return Measured(found, ways)


def _not_zero(before: State) -> State:
    """With other numbers in arrays of zeros, where a matrix is one: outputs hang on none before."""
    zero = [p for p, v in before.items() if np.ndim(v) and v.dtype.kind == "f" and not np.any(v)]
    if not any(np.ndim(before[p]) > 1 for p in zero):
        return before
    return {**before, **{p: elsewhere(before[p]) for p in zero}}


def _went(network: Network, start: State) -> dict[str, tuple[Any, State]]:
    """What each way back returns and leaves behind."""
    went = {}
    for prefix, way in ((GRAD, network.usage.backward), (UPDATE, network.usage.step)):
        if way:
            network.begin(start)
            went[prefix] = network.went_back(way)
    return went


def _is_setting(
    network: Network, path: str, weights: State, start: State, went: Mapping[str, tuple[Any, State]]
) -> bool:
    """Whether it is one number beside arrays, which nothing moves or has a gradient of: a slope."""
    if np.ndim(start[path]) or (may_be_weight(path, start[path]) and not _scales(network, path)):
        return False
    for prefix, (result, after) in went.items():
        if prefix == UPDATE and not same(after.get(path), start[path]):
            return False
        if prefix == GRAD and path in gradients_in(result, after, weights):
            return False
    return True


def _scales(network: Network, path: str) -> bool:
    """Whether something is multiplied by it, where a bias is added."""
    name = path.rpartition(".")[2]
    return any(is_factor(d.source, name) for d in network.subject.inventory.found)


def _drawn(weights: State, pool: np.ndarray) -> dict[str, Any]:
    drawn, at = {}, 0
    for path, value in weights.items():
        size = int(np.size(value))
        # no activation saturates
        scale = min(0.6, 2 / np.sqrt(max(np.shape(value), default=1)))
        numbers = scale * np.take(pool, range(at, at + size), mode="wrap")
        drawn[path] = numbers.reshape(np.shape(value)) if np.ndim(value) else float(numbers[0])
        at += size
    return drawn


def _looked_at(weights: State, most: int) -> tuple[Place, ...]:
    """Some numbers of every weight."""
    each = max(1, most // max(1, len(weights)))
    rng = np.random.default_rng(0)
    names: list[Place] = []
    for path, value in weights.items():
        size, shape = int(np.size(value)), np.shape(value)
        places = sorted(rng.choice(size, min(each, size), replace=False))
        names += [(path, tuple(int(i) for i in np.unravel_index(p, shape))) for p in places]
    return tuple(names[:: max(1, len(names) // (2 * most))])


def _taken_once(network: Network, start: State, names: Sequence[Place], taken: Taken) -> Derivative:
    used = network.usage
    passed = repr((used.forward, used.loss, network.seed, network.training, network.rate))
    numbers = [*start.items(), *network.moved.items(), ("x", network.x), ("d", network.d)]
    key = (network.make, passed, tuple(names), *((n, *_bits(v)) for n, v in numbers))
    if key not in taken:
        taken[key] = _derivative(network, start, names)
    return taken[key]


def _bits(value: Any) -> tuple[str, tuple[int, ...], Any]:
    array = np.asarray(value)
    return array.dtype.str, array.shape, repr(value) if array.dtype.hasobject else array.tobytes()


def _derivative(network: Network, start: State, names: Sequence[Place]) -> Derivative:
    network.begin(start)
    y, loss = network.outputs()
    once = network.usage.forward is None or network.usage.loss is None
    ahead = network.ahead if once else None
    columns: list[tuple[np.ndarray, np.ndarray]] = []
    for i, (path, place) in enumerate(names):

        def f(s: float, path: str = path, place: tuple[int, ...] = place) -> np.ndarray:
            network.put({path: _moved(start[path], place, s)})
            outputs, number = network.outputs()
            return np.append([] if outputs is None else outputs.reshape(-1), [number or 0.0])

        scale = max(0.5, float(np.abs(np.asarray(start[path])[place])))
        columns.append(derivative(f, scale, ahead))
        network.put({path: start[path]})
        # a generator of its own draws others: what is no function has no derivative
        if i in (0, len(names) - 1) and not _alike((y, loss), network.outputs()):
            raise ValueError
    values, errors = (np.array([c[i] for c in columns]) for i in (0, 1))
    own = loss is not None
    y = np.zeros(0) if y is None else y
    d = None if network.d is None else targets_as(network.d, y)
    return Derivative(values[:, :-1], errors[:, :-1], values[:, -1] if own else None,
                      errors[:, -1] if own else None, y, d)  # fmt: skip


def _alike(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a is b is None or np.allclose(a, b, equal_nan=True) for a, b in pairs)


def _moved(value: Any, place: tuple[int, ...], by: float) -> Any:
    if not np.ndim(value):
        return float(value) + by
    moved = np.array(value)
    moved[place] += by
    return moved
