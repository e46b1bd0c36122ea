"""Which method of a class is which part of a network, by what it does, where no name says it.

An object whose sizes all differ is used as a training loop would: what gives outputs of x is the
forward pass, what gives a number the loss, what gives or keeps arrays of the weights' shapes the
way back, and what changes the weights moves them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any

from compare.check.calling.any_network.functions import (
    LAYOUTS,
    holders_of,
    of_functions,
    put_back,
)
from compare.check.calling.any_network.made import of_object
from compare.check.calling.any_network.network import RATE, Call, Network
from compare.check.calling.any_network.usage import used
from compare.check.calling.networks.net import Net, NetworkForm
from compare.check.calling.networks.weights import Layout, module_values, names_of
from compare.check.naming import network_parameters as calls
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle, Parameter


@dataclass(frozen=True)
class Method:
    """A method, its parameters by what they stand for, and whether it goes through a batch itself.

    ``called``: what it calls them itself · ``pick``: which of its results are the outputs.
    """

    name: str
    parameters: tuple[Parameter, ...]
    whole: bool = False
    called: tuple[str, ...] = ()
    pick: int | None = None


@dataclass(frozen=True)
class Behaviour:
    """Usual name → the method that does that; ``apart``: the forward pass takes single vectors."""

    methods: Mapping[str, Method] = field(default_factory=dict)
    apart: bool = False


def behaviour_of(subject: Subject, make: Callable[[], Handle], sizes: Sequence[int]) -> Behaviour:
    """What the methods do; no methods where none gives outputs, or one does not come to an end."""
    ends = (sizes[0], sizes[-1])
    return _behaviour_of(lambda: replace(of_object(subject, make), ends=ends))


def _behaviour_of(made: Callable[[], Network]) -> Behaviour:
    try:
        network = next(n for n in used(made()) if n.usage.forward)
    except (Failed, StopIteration):
        return Behaviour()
    if RATE in network.usage.given:
        return Behaviour()  # of a penalty its own derivative tells
    one = network.x.ndim == 1 or bool(network.first) and network.x.shape == (network.ends[0], 1)
    return Behaviour(dict(_methods(network)), one)


def _methods(network: Network) -> Iterator[tuple[str, Method]]:
    usage = network.usage
    for name, call in (("forward", usage.forward), ("loss", usage.loss)):
        if call:
            yield name, _method(network, call)
    for call in usage.backward[-1:]:
        if not usage.loss or call.name != usage.loss.name:  # that gives both
            yield "backward", _method(network, call)
    for call in usage.step[-1:]:
        yield "train_step" if "x" in call.arguments.values() else "update", _method(network, call)


def _method(network: Network, call: Call) -> Method:
    """With the parameters that have to be given called by what they are."""
    needed = [p for p in calls.needed(network.parts[call.name]) if p.name in call.arguments]
    parameters = tuple(replace(p, name=call.arguments[p.name]) for p in needed)
    return Method(call.name, parameters, call.whole, tuple(p.name for p in needed), call.pick)


# what was made: its functions are used by what they do; whether y is the output, not the target
BY_TEXT = "by_text"


@dataclass(frozen=True)
class Told:
    """In which layout functions take weights, and what each of them does with them.

    ``outputs``: how many they give, where the module says it, or 0.
    """

    layout: Layout
    behaviour: Behaviour
    outputs: int = 0


def told_of(subject: Subject, depth: int) -> Told | None:
    """How functions make a network of so many layers; None where they make none; tried once."""
    known = f"{BY_TEXT}/{depth}"
    if BY_TEXT in subject.made and known not in subject.made:
        parts = dict(subject.parts)
        subject.made[known] = _told_of(subject, depth)
        put_back(subject)
        subject.parts = parts  # of all that were tried, those that are used
    found: Told | None = subject.made.get(known)
    return found


def _told_of(subject: Subject, depth: int) -> Told | None:
    holders = holders_of(subject.inventory, subject.found)
    if holders is None or holders.depth not in (0, depth):
        return None
    spent: Counter[str] = Counter()
    # one sample at a time all have their shapes, where of a batch some have
    for some, outputs, layout in product((False, True), (0, *_sizes_read(subject)), LAYOUTS):
        if layout.vectors and (depth > 1 or outputs):
            continue
        sizes = (*range(3, depth + 3), 1 if layout.vectors else outputs or 2)
        network = partial(_network, subject, layout, sizes, some, spent)
        behaviour = _behaviour_of(network) if spent["calls"] <= _MOST_CALLS else Behaviour()
        if {"backward", "train_step", "update"} & {*behaviour.methods}:
            return Told(layout, behaviour, outputs)
    return None


def _network(
    subject: Subject, layout: Layout, sizes: Sequence[int], some: bool, spent: Counter[str]
) -> Network:
    made = of_functions(subject, layout, sizes)
    given = bool(subject.made[BY_TEXT])
    return replace(made, partial=some, spent=spent, most=_MOST_CALLS, y_given=given)


def _sizes_read(subject: Subject) -> list[int]:
    """Whole numbers of the module that its functions read, which may be that of the classes."""
    held = module_values(subject, subject.found, subject.inventory.functions).values()
    return sorted({n for n in held if type(n) is int and _LEAST <= n <= _MOST})


_MOST_CALLS = 450  # of the search: most of what is a network takes less than a fifth
_LEAST, _MOST = 3, 12  # classes, but for the two that are tried anyhow


def of_told(subject: Subject, sizes: Sequence[int], form: NetworkForm) -> Net:
    """The functions as the parts of a network of these sizes.   Raises Failed."""
    depth = len(sizes) - 1
    told, holders = told_of(subject, depth), holders_of(subject.inventory, subject.found)
    assert told is not None and holders is not None  # it was asked before whether it takes them
    network = of_functions(subject, told.layout, (*sizes[:-1], told.outputs or sizes[-1]))
    methods = told.behaviour.methods
    real = {usual: method.name for usual, method in methods.items()}

    def do(usual: str, /, *args: Any, **by_role: Any) -> Any:
        method = methods[usual]
        own = {p.name: n for p, n in zip(method.parameters, method.called, strict=True)}
        named = {own[role]: value for role, value in by_role.items()}
        given = dict(zip(method.called, args, strict=False))
        return network.do(network.handle, method.name, **given, **named)

    places = {n: (holders.path(n),) for n in names_of(depth) if n[0] == "W" or holders.biases}
    return Net(
        subject, {u: m.parameters for u, m in methods.items()}, do, depth, form, told.layout,
        bool(holders.biases), network.handle, places, real=real, single=told.layout.vectors,
        outputs=told.outputs, pick=methods["forward"].pick,
    )  # fmt: skip
