"""How a network of any structure is used: samples that it takes, and what its parts do with them.

Its ways back are the parts that give arrays of the weights' shapes, or change the weights.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.made import networks_made
from compare.check.calling.any_network.modes import loss_is_of_testing, moved_by_passes
from compare.check.calling.any_network.network import (
    ANY_LOSS,
    NUMBERS,
    TRAINING,
    Call,
    Network,
    State,
    Usage,
    classes_inside,
    elsewhere,
    is_count_of_epochs,
    number_in,
    outputs_in,
    same,
)
from compare.check.calling.any_network.part_calls import call_of, calls_of, of_outputs, ways_to_call
from compare.check.calling.any_network.samples import samples, targets
from compare.check.calling.any_network.ways_back import (
    is_of_one_array,
    known_after,
    name_of,
    tried,
    ways_back,
)
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Parameter

_SHARE = 1e-9  # how far a share of the samples is from one


def networks(subject: Subject) -> Iterator[Network]:
    """Every network that can be made of it, each way in which it can be used and taught."""
    spent: Counter[str] = Counter()
    for made in networks_made(subject):
        made.spent = spent
        try:
            if TRAINING not in subject.made:
                yield from used(made)
            if made.drops:  # some go back through what was left out alone
                # however many calls it took to find that all of it does not
                yield from used(replace(made, training=True, spent=Counter()))
        except Failed as failed:
            if not failed.goes_on:
                return  # the next one would end so as well
        if made.is_over():
            return


def used(network: Network) -> Iterator[Network]:
    """The same with samples that it takes, and the parts that do something with them."""
    held = network.numbers()
    # training goes through its samples once
    before = {p: 1 if type(v) is int and is_count_of_epochs(p) else v for p, v in held.items()}
    if not any(isinstance(v, NUMBERS) for v in before.values()):
        return  # it has no weights
    # what goes back in training may be handed a gradient, as what has layers
    network.has_layers = TRAINING in network.subject.made or bool(classes_inside(network))
    matrices = sum(np.ndim(value) == 2 for value in before.values())
    if matrices > 1 and any(map(_is_handed_gradient, network.parts.values())):
        network.has_layers = True
    for x in samples(network, before):
        if network.is_over():
            return
        network.begin(before)
        network.x, network.d, network.usage = x, None, Usage(None, None)
        try:
            forwards: list[Call | None] = [*_forward(network, before)]
            for forward in forwards or ([] if network.first else [None]):
                yield from _taught(network, before, forward)
        except Failed as failed:  # of what it takes and cannot go on with
            if not failed.goes_on:
                raise


def _taught(network: Network, before: State, forward: Call | None) -> Iterator[Network]:
    """The same with targets, and the parts that learn from them."""
    used = False
    y = _outputs(network, forward)
    for d in targets(network, y) if forward is None or y is not None else ():
        if d is None and (used or network.first):
            break  # it has targets of its own; functions are handed all that they have
        network.d, network.usage, network.moved = d, Usage(forward, None), {}
        network.moved = moved_by_passes(network, before)
        known = known_after(network, before)
        loss = _loss(network, before, known)
        if forward is None and loss is None:
            continue
        network.usage = Usage(forward, loss)
        if loss and forward and loss_is_of_testing(network, before):
            network.usage = Usage(forward, loss := None)
        known = known if loss is None else known_after(network, before)
        for told in ("d", "dout") if _may_take_gradient(network) else ("d",):
            backward, step = ways_back(network, before, known, told)
            if backward or step:
                # what compares gradients, or trains, is no loss
                if loss and not speaks_of_loss(loss.name):
                    if _reached(network, loss.name) & {c.name for c in (*backward, *step)}:
                        network.usage = Usage(forward, loss := None)
                        known = known_after(network, before)
                if forward is None and loss is None:
                    break
                network.begin(before)
                usage = Usage(forward, loss, backward, step)
                used = used or bool({"d", "pairs", "dout"} & usage.given)
                yield replace(network, usage=usage)


def _reached(network: Network, name: str) -> set[str]:
    """The other parts that a part calls, and those that they call."""
    reached: set[str] = set()
    left = [name]
    while left:
        part = left.pop()
        source = network.sources.get(part, "")
        if not network.first:  # the text of the whole class
            own = re.search(rf"\bdef {part}\b.*?(?=\n    def |\Z)", source, re.DOTALL)
            source = own[0] if own else ""
        called = {n for n in network.parts if re.search(rf"\b{n}\(", source)} - {name, *reached}
        reached |= called
        left += called
    return reached


def _is_handed_gradient(parameters: Sequence[Parameter]) -> bool:
    """Whether what a part is handed is called a gradient, and nothing beside it."""
    return [calls.role_of(p.name) for p in calls.needed(parameters)] == ["dout"]


def _may_take_gradient(network: Network) -> bool:
    """Whether a part takes one thing under a name that says nothing: targets, or a gradient."""
    others = [
        calls.needed(p) for n, p in network.parts.items() if n != name_of(network.usage.forward)
    ]
    unsaid = any(len(p) == 1 and not calls.role_of(p[0].name) for p in others)
    return network.has_layers and unsaid


def _forward(network: Network, before: State) -> Iterator[Call]:
    """The first part that makes outputs of x and of the numbers inside, each of its results."""
    first = (Part.FORWARD, Part.PREDICT)
    names = sorted(network.parts, key=lambda n: first.index(p) if (p := part_of(n)) in first else 2)
    names = [network.first] if network.first else names
    known = {k: v for k, v in network.known().items() if k != "d"}
    every = [c for n in names if not speaks_of_loss(n) and (c := call_of(network, n, known))]
    # what takes a target may be what learns from it
    for call in sorted(every, key=_is_handed_target):
        if "x" not in call.arguments.values():
            continue
        result = tried(network, call, dict(known))
        network.put({p: elsewhere(v) for p, v in before.items() if isinstance(v, NUMBERS)})
        again = tried(network, call, dict(known))
        network.begin(before)
        pairs = {p: (outputs_in(result, p), outputs_in(again, p)) for p in _picks(result)}
        picks = [p for p, (y, other) in pairs.items() if _differ(y, other) and _are_all(network, y)]
        yield from (replace(call, pick=pick) for pick in picks)
        if picks:
            return


def _is_handed_target(call: Call) -> bool:
    """Whether a name says so of what it is handed."""
    return any(calls.role_of(name) == "d" for name in call.arguments)


def _picks(result: Any) -> list[int | None]:
    """Which of several results may be the outputs, the last one first; None: all of it.

    A list of equal ones has one for each sample; or one for each layer, of which the last is it.
    """
    if not isinstance(result, (tuple, list)) or len(result) >= 10:
        return [None]
    shapes = [_shape(v) for v in result]
    if isinstance(result, list) and None not in shapes and len(set(shapes)) == 1:
        return [None] if shapes[0] == () else [None, -1]
    return [*range(len(result))][::-1]


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape of an array, or of numbers in lists; None of lists of unlike ones."""
    try:
        return np.shape(value)
    except ValueError:
        return None


def _differ(y: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether both are finite numbers, and not the same."""
    if y is None or other is None or y.shape != other.shape:
        return False
    return bool(np.isfinite(y).all()) and not same(y, other)


def _are_all(network: Network, y: np.ndarray | None) -> bool:
    """Whether there are as many outputs as it is made with, or one of each sample."""
    samples = np.size(network.x) // network.ends[0] if network.ends else 0
    return not network.ends or y is not None and y.size in (samples, samples * network.ends[1])


def _outputs(network: Network, forward: Call | None) -> np.ndarray | None:
    if forward is None:
        return None
    return outputs_in(tried(network, forward, network.known()), forward.pick)


def _loss(network: Network, before: State, known: dict[str, Any]) -> Call | None:
    """The first part that gives a number of the targets, or of x alone, and is called a loss.

    ``known``: what is known after the forward pass.
    """
    forward = network.usage.forward
    for name in sorted(network.parts, key=lambda n: not speaks_of_loss(n)):
        told = forward is None or speaks_of_loss(name)
        any_name = network.ends or network.like or ANY_LOSS in network.subject.made
        if not told and not any_name or name == name_of(forward):
            continue
        if network.first and is_of_one_array(network, name):
            continue
        of = {*(("x",) if not network.usage.forward or network.d is None else ()),
              *(("d",) if network.d is not None else ())}  # fmt: skip
        ways = [c for c in calls_of(network, name, known) if of <= {*c.arguments.values()}]
        ways.sort(key=lambda c: "y" not in c.arguments.values())
        if not network.first:  # else both are tried
            ways += [c for way in ways if (c := of_outputs(way, known))]
        for each in (way for call in ways for way in ways_to_call(network, call)):
            number = number_in(tried(network, each, dict(known)))
            if number is not None and np.isfinite(number):
                if not _sees_weights(network, each, number, before):
                    continue
                if told or _is_smooth(network, each, known, number, before):
                    return each
    return None


def _sees_weights(network: Network, call: Call, number: float, before: State) -> bool:
    """Whether what takes samples beside a forward pass gives another number for other weights.

    Where it does not, its parameter stands for outputs.
    """
    roles = {*call.arguments.values()}
    if network.first or network.usage.forward is None or "y" in roles or "x" not in roles:
        return True
    moved = {p: elsewhere(v) for p, v in before.items() if isinstance(v, NUMBERS)}
    now = number_in(tried(network, call, known_after(network, {**before, **moved})))
    known_after(network, before)
    return now != number


def _is_smooth(
    network: Network, call: Call, known: Mapping[str, Any], number: float, before: State
) -> bool:
    """Whether its number is another for other targets of the same classes: no accuracy's is.

    Of the classes themselves: whether it is no share of the samples. What moves weights is no loss.
    """
    after = network.numbers()
    held = {p: v for p, v in before.items() if np.ndim(v) or type(v) is float and p[-1] == "]"}
    if any(np.any(v) and not same(v, after.get(p)) for p, v in held.items()):
        return False
    d = known.get("d")
    if d is None:  # it is handed outputs alone
        return False
    if np.asarray(d).dtype.kind == "i":
        shares = [number * np.size(d), number * np.size(d) / 100]
        return not any(abs(share - round(share)) < _SHARE for share in shares)
    return number_in(tried(network, call, {**known, "d": 0.9 * d})) not in (None, number)
