"""The parts of a network that go back: that give arrays of the weights' shapes, or move weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.network import (
    NUMBERS,
    Call,
    Network,
    State,
    may_be_weight,
    same,
    weights_of,
)
from compare.check.calling.any_network.part_calls import call_of, calls_of, ways_to_call
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.sandbox.interface import Failed


def with_other_way_back(network: Network) -> Network | None:
    """The same with the gradients that another of its parts gives; None where none does."""
    first = network.usage.backward[-1].name
    parts = {n: p for n, p in network.parts.items() if n != first}
    usage = replace(network.usage, backward=(), step=())
    less = replace(network, parts=parts, usage=usage, spent=Counter())
    before = less.numbers()
    backward, _ = ways_back(less, before, known_after(less, before), "d")
    less.begin(before)
    return replace(less, usage=replace(usage, backward=backward)) if backward else None


def ways_back(
    network: Network, before: State, known: dict[str, Any], told: str
) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
    """Calls that give gradients, and calls that change the weights; each () where none is there.

    ``known``: what is known after the forward pass and the loss · ``told``: what they are handed
    under a name that says nothing, targets or a gradient.
    """
    backward: tuple[Call, ...] = ()
    step: tuple[Call, ...] = ()
    open_: list[Call] = []
    fresh: State = {}
    forward = name_of(network.usage.forward)
    for name in network.parts:
        if name == forward or part_of(name) is Part.INIT or (backward and step):
            continue
        if network.first and is_of_one_array(network, name):
            continue
        ways = calls_of(network, name, known, told)
        for each in (way for call in ways for way in ways_to_call(network, call)):
            if network.is_over():
                break
            fresh = fresh or _fresh(network, before)
            gives, moves = _effect(network, (each,), before, fresh)
            backward = backward or ((each,) if gives else ())
            step = step or ((each,) if moves else ())
            # what another one goes on from: a way back, which is told the targets or has seen them
            goes_on = {"d", "dout"} & {*each.arguments.values()} or not each.arguments
            goes_on = goes_on and (gives or not network.first)
            open_ += [each] if goes_on and not moves else []
    for first in open_ if not step else ():
        for name in network.parts:
            if name in (forward, first.name) or step:
                continue
            known = _after(network, first, before)
            call = call_of(network, name, known, told)
            applies = call is not None and not {"d", "dout"} & {*call.arguments.values()}
            if network.first and (is_of_one_array(network, name) or network.is_over()):
                continue
            if call and applies and _effect(network, (first, call), before, fresh)[1]:
                step = (first, call)
    return backward, step


def _fresh(network: Network, before: State) -> State:
    """The numbers inside it after these."""
    known_after(network, before)
    return network.numbers()


def _after(network: Network, call: Call, before: State) -> dict[str, Any]:
    known = known_after(network, before)
    result = tried(network, call, known)
    known.setdefault("grads", result)
    return known


def _effect(
    network: Network, way: Sequence[Call], before: State, fresh: State
) -> tuple[bool, bool]:
    """Whether calls give arrays of the weights' shapes, and whether they change the weights.

    ``fresh``: as it is without them.
    """
    network.spent["calls"] += len(way)
    network.begin(before)
    try:
        result, after = network.went_back(way)
    except (Failed, TypeError, KeyError) as failed:
        if isinstance(failed, Failed) and not failed.goes_on:
            raise
        return False, False
    changed = [
        p
        for p, v in before.items()
        if isinstance(v, NUMBERS) and p in after and p in fresh
        and same(v, fresh[p]) and np.shape(v) == np.shape(after[p]) and not same(v, after[p])
    ]  # fmt: skip
    if changed and any(True for _ in weights_of(network, before, changed)):
        return False, True
    gradients = gradients_in(result, after, before)
    if len(gradients) < 2 and isinstance(result, (tuple, list, dict)):  # beside settings
        held = {p: v for p, v in before.items() if isinstance(v, NUMBERS)}
        lists = not any(map(np.ndim, held.values()))
        paths = [p for p, v in held.items() if lists or may_be_weight(p, v)]
        weights = {p: before[p] for p in weights_of(network, before, paths)}
        gradients = gradients_in(result, after, weights)
    # what hands out the weights is no way back
    every = sum(isinstance(v, np.ndarray) for v in before.values())
    least = min(2, every) if network.partial else every
    several = len(gradients) >= (least if network.first else 2)
    kept = gradients_in(None, fresh, before)  # nor is what leaves those that were there
    given = any(
        not same(g, before[p]) and not (p in kept and same(g, kept[p]))
        for p, g in gradients.items()
    )
    return several and given, False


def is_of_one_array(network: Network, name: str) -> bool:
    """Whether a function is handed no more than one thing, weights included: no way back is."""
    needed = calls.needed(network.parts[name])
    held = [n for n in network.held if re.search(rf"\b{n}\b", network.sources[name])]
    return len(needed) + len(held) < 2


def known_after(network: Network, before: State) -> dict[str, Any]:
    """What is known after its forward pass and its loss."""
    network.begin(before)
    return network.passed()


def tried(network: Network, call: Call, known: dict[str, Any]) -> Any:
    """What a part gives, or None where it raises.   Raises Failed where its process ended."""
    network.spent["calls"] += 1
    try:
        return network.ran(call, known)
    except (Failed, TypeError) as failed:
        if isinstance(failed, Failed) and not failed.goes_on:
            raise
        return None


def name_of(call: Call | None) -> str:
    """The name of what is called, or ""."""
    return call.name if call else ""
