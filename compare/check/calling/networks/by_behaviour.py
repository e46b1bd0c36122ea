"""Which method of a class is which part of a network, by what it does, where no name says it.

An object whose sizes all differ is used as a training loop would: what gives outputs of x is the
forward pass, what gives a number the loss, what gives or keeps arrays of the weights' shapes the
way back, and what changes the weights moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from compare.check.calling.any_network.made import of_object
from compare.check.calling.any_network.network import Call, Usage
from compare.check.calling.any_network.usage import used
from compare.check.naming import network_parameters as calls
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle, Parameter


@dataclass(frozen=True)
class Method:
    """A method, its parameters by what they stand for, and whether it loops over a batch itself."""

    name: str
    parameters: tuple[Parameter, ...]
    whole: bool = False


@dataclass(frozen=True)
class Behaviour:
    """Usual name → the method that does that; ``apart``: the forward pass takes single vectors."""

    methods: Mapping[str, Method] = field(default_factory=dict)
    apart: bool = False


def behaviour_of(subject: Subject, make: Callable[[], Handle], sizes: Sequence[int]) -> Behaviour:
    """What the methods do; no methods where none gives outputs, or one does not come to an end."""
    try:
        network = replace(of_object(subject, make), ends=(sizes[0], sizes[-1]))
        network = next(n for n in used(network) if n.usage.forward)
    except (Failed, StopIteration):
        return Behaviour()
    return Behaviour(dict(_methods(subject, network.usage)), network.x.ndim == 1)


def _methods(subject: Subject, usage: Usage) -> Iterator[tuple[str, Method]]:
    for name, call in (("forward", usage.forward), ("loss", usage.loss)):
        if call:
            yield name, _method(subject, call)
    for call in usage.backward[-1:]:
        if not usage.loss or call.name != usage.loss.name:  # that gives both
            yield "backward", _method(subject, call)
    for call in usage.step[-1:]:
        yield "train_step" if "x" in call.arguments.values() else "update", _method(subject, call)


def _method(subject: Subject, call: Call) -> Method:
    """With the parameters that have to be given called by what they are."""
    needed = calls.needed(subject.found.methods[call.name])
    parameters = tuple(replace(p, name=call.arguments[p.name]) for p in needed)
    return Method(call.name, parameters, call.whole)
