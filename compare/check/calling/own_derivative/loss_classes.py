"""A class of any loss: its value of an output and a target, and its gradient by the output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import Network, elsewhere
from compare.check.calling.own_derivative.claim import Claim, Values, real
from compare.check.calling.own_derivative.functions import by_shape, orders, values_of
from compare.check.naming.network_parameters import needed
from compare.sandbox.interface import Failed


def claims(network: Network, methods: tuple[str, str], pool: np.ndarray) -> Iterator[Claim]:
    """What its gradient claims of its value, on outputs and targets of each kind."""
    parameters = needed(network.parts[methods[0]])
    for values in values_of(parameters, (), pool):
        try:
            yield from _of(network, methods, values, ())
        except (Failed, TypeError, ValueError):
            continue


def _of(
    network: Network, methods: tuple[str, str], values: Mapping[str, Any], by: tuple[str, ...]
) -> Iterator[Claim]:
    """By the arguments ``by``, or by each order of those that have numbers."""
    value, slope = methods
    before = network.numbers()
    handed = {p.name for p in needed(network.parts[slope])}

    def f(moved: Values) -> Any:
        network.begin(before)
        return network.called(value, **{n: np.copy(v) for n, v in {**values, **moved}.items()})

    def given(at: Values, up: Any) -> Values:
        f({})  # which may keep what the gradient reads
        result = network.called(slope, **{n: np.copy(v) for n, v in values.items() if n in handed})
        return by_shape(result, at)

    def after_another(at: Values, up: Any) -> tuple[Values, bool]:
        output = next(iter(at))  # of the same targets
        first = real(f({output: elsewhere(at[output])}))
        again = real(network.called(value, **{n: np.copy(v) for n, v in values.items()}))
        if first is None or again is None or y is None or np.array_equal(first, y):
            return {}, False
        if not np.array_equal(again, first):
            return {}, False
        result = network.called(slope, **{n: np.copy(v) for n, v in values.items() if n in handed})
        return by_shape(result, at), True

    y = real(f({}))
    if y is None or not np.isfinite(y).all():
        return
    arrays = {n: v for n, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}
    held = {n: v for n, v in before.items() if isinstance(v, (int, float))}

    def remade(at: tuple[str, ...], others: Mapping[str, Any]) -> Claim:
        made = list(_of(network, methods, others, at))
        if not made:
            raise ValueError
        return made[0]

    for at in [{n: arrays[n] for n in by}] if by else orders(arrays):
        yield Claim(
            f, at, partial(given, at), False, not y.ndim, values=values, beside=held,
            meant=tuple(at), remade=partial(remade, tuple(at)),
            after_another=partial(after_another, at),
        )  # fmt: skip
