"""Layers as objects: how they are made, run forward and backward, and where results are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.settings import is_setting, settings_of
from compare.check.calling.switches import switches_of
from compare.check.naming.arguments import is_upstream
from compare.check.naming.network_parameters import SWITCHES, is_unknown, plain, role_of
from compare.check.naming.network_parts import (
    SLOPES,
    VALUES,
    attribute_set_last,
    attributes_kept,
    method_called,
    reads_object,
)
from compare.language.message import message
from compare.sandbox.interface import Failed, Handle

# in order: of several the first is called; what calls forward may keep what backward reads
FORWARD = ("__call__", "forward", "forward_pass", "forward_propagation", "feedforward", "call",
           "forward_prop", "fprop", "activate", *VALUES)  # fmt: skip
BACKWARD = ("backward", "backprop", "backward_pass", "backward_propagation", "back_propagation",
            "backpropagation", "backward_prop", "bprop", "back")  # fmt: skip
SLOPE = (*SLOPES, "backward", "forward_derivative", "dfunction")
OF_STATISTICS = "running_statistics"  # of the concept
_TESTING = ("eval", "test", "evaluate")
OUTPUTS = ("output", "out", "outputs", "y", "z", "a", "activation")
TO_INPUT = (
    "dinputs",
    "dx",
    "dinput",
    "grad_input",
    "input_gradient",
    "grad_x",
    "input_grad",
    "derivatives",
    "dloss_din",
)


def method_of(subject: Any, names: tuple[str, ...]) -> str:
    """The first of these methods that the class has, if mistyped, or ""."""
    return method_called(subject.found.methods, names)


def is_layer(subject: Any) -> bool:
    """A class with a forward and a backward pass."""
    both_passes = method_of(subject, FORWARD) and method_of(subject, BACKWARD)
    return subject.found.kind == "class" and bool(both_passes)


def is_pair(subject: Any) -> bool:
    """A class of a function and its derivative, which keeps nothing: f(u) and f'(u)."""
    both_functions = one_array(subject, FORWARD) and one_array(subject, SLOPE)
    return subject.found.kind == "class" and not needed(subject) and bool(both_functions)


def hands_back(subject: Any) -> bool:
    """Whether its way back needs what the object keeps, or is handed other things than forward."""
    if not is_layer(subject):
        return False
    methods = subject.found.methods
    forward, back = method_of(subject, FORWARD), method_of(subject, BACKWARD)
    alike = _arrays(methods[forward]) == _arrays(methods[back])
    return not alike or reads_object(subject.found.source, back)


def is_handed_two(subject: Any) -> bool:
    """Whether its way back has to be given two things."""
    return is_layer(subject) and _beside_delta(subject) is not None


def needed(subject: Any) -> tuple[str, ...]:
    """The parameters of the constructor that have to be given, but for a name and the like."""
    return tuple(n for n in subject.required if not is_setting(subject, n))


def one_array(subject: Any, names: tuple[str, ...]) -> str:
    """The first of these methods that has to be given one thing, or ""."""
    methods = subject.found.methods
    return next((n for n in names if n in methods and len(_asks_for(subject, n)) == 1), "")


def _asks_for(subject: Any, method: str) -> list[str]:
    """What a method has to be given, but for a switch such as training."""
    required = [p.name for p in subject.found.methods[method] if p.needed]
    return [name for name in required if name not in switches_of(subject, method)]


def _arrays(parameters: Any) -> list[str]:
    """What has to be given, but for a switch such as training."""
    required = [p.name for p in parameters if p.needed]
    return [name for name in required if role_of(name) not in SWITCHES]


def made(subject: Any, *args: Any, **others: Any) -> Handle:
    """An object of the class; ``others``: settings of it.   Raises Failed, TypeError."""
    layer = subject.call(*args, **{**settings_of(subject), **others})
    if not isinstance(layer, Handle):
        raise TypeError(message("no object"))
    return layer


def forward(subject: Any, layer: Handle, x: Any) -> Any:
    """What the forward pass returns, or stores in an attribute."""
    name = method_of(subject, FORWARD)
    result = subject.method(layer, name, x, **switches_of(subject, name))
    return result if result is not None else left(subject, layer, name, OUTPUTS, x)


def is_switched(subject: Any) -> bool:
    """A layer that is told whether it is training: by an argument, a method or an attribute."""
    after = any(name in subject.found.methods for name in _TESTING)
    return is_layer(subject) and (after or bool(_switch(subject) or _attribute_of(subject)))


def passed(subject: Any, layer: Handle, x: Any, training: bool) -> Any:
    """What the forward pass returns in training, or after it; there is no way back to training."""
    name, switch = method_of(subject, FORWARD), _switch(subject)
    if switch:
        return subject.method(layer, name, x, **{switch: training})
    if held := _attribute_of(subject):
        subject.box.set(layer, held, training)
    elif not training:
        subject.method(layer, next(n for n in _TESTING if n in subject.found.methods))
    return subject.method(layer, name, x)


def _switch(subject: Any) -> str:
    """The parameter of the forward pass that says whether it is training, or ""."""
    name = method_of(subject, FORWARD)
    said = (p.name for p in subject.found.methods[name] if role_of(p.name) == "training")
    return next(said, "") or next(iter(switches_of(subject, name)), "")


def _attribute_of(subject: Any) -> str:
    """The attribute that says so."""
    names = re.findall(r"\bself\.(\w+) *= *True\b", subject.found.source)
    return next((name for name in names if role_of(name) == "training"), "")


def backward(subject: Any, layer: Handle, delta: Any, x: Any = None, z: Any = None) -> Any:
    """What the backward pass returns, or stores in an attribute; a learning rate is 1.

    ``x``, ``z``: what went into the forward pass and came out, for one that is handed them again.
    """
    name = method_of(subject, BACKWARD)
    beside = _beside_delta(subject)
    handed: tuple[Any, ...] = (delta,)
    if beside is not None:
        kind, first = beside
        other = {"x": x, "z": z}.get(kind, 1.0)  # W - 1 * dW: the gradient is the change
        handed = (other, delta) if first else (delta, other)
    result = subject.method(layer, name, *handed)
    if isinstance(result, tuple) and result and all(_is_empty(each) for each in result[1:]):
        result = result[0]  # beside the gradients of no weights
    return result if result is not None else left(subject, layer, name, TO_INPUT, delta)


def left(subject: Any, layer: Handle, method: str, names: tuple[str, ...], handed: Any) -> Any:
    """What a method leaves in an attribute: by its usual name, else the last one that it sets.

    That is an array of numbers, a row a sample, and nothing that the method was handed.
    Raises AttributeError.
    """
    try:
        return attribute(subject, layer, names)[1]
    except AttributeError:
        name = attribute_set_last(subject.found.source, method)
        if not name:
            raise
        value = attribute(subject, layer, (name,))[1]
        if np.asarray(value).dtype.kind not in "fi" or len(value) != len(handed):
            raise
        return value


def left_loss(subject: Any, layer: Handle, method: str, handed: Any) -> Any:
    """The one number that a method leaves in an attribute, or the only ones, one a sample.

    Raises AttributeError.
    """
    names = tuple(sorted(attributes_kept(subject.found.source, method)))
    values = {n: np.asarray(v) for n, v in subject.box.attributes(layer, names).items()}
    for shape in ((), np.shape(handed)[:1]):
        found = [v for v in values.values() if v.shape == shape and v.dtype.kind == "f"]
        if len(found) == 1:
            return found[0]
    raise AttributeError(message("none of {names}", names=", ".join(names)))


def _is_empty(value: Any) -> bool:
    return value is None or isinstance(value, (list, tuple, dict)) and not value


def updates(subject: Any) -> bool:
    """Whether backward takes a learning rate beside the gradient."""
    beside = _beside_delta(subject)
    return beside is not None and beside[0] not in ("x", "z")


def _beside_delta(subject: Any) -> tuple[str, bool] | None:
    """What backward takes beside the gradient from above, and whether it comes first."""
    names = _arrays(subject.found.methods[method_of(subject, BACKWARD)])
    if len(names) != 2:
        return None
    first = is_upstream(names[1]) and not is_upstream(names[0])
    # what forward was handed, under the same name, and something that no name says
    passes = subject.found.methods[method_of(subject, FORWARD)]
    first |= names[0] in [p.name for p in passes] and is_unknown(names[1])
    name = names[0 if first else 1]
    return ("z" if plain(name) in OUTPUTS else "x" if role_of(name) == "x" else "", first)


def attribute(subject: Any, layer: Handle, names: tuple[str, ...]) -> tuple[str, Any]:
    """The first of these attributes that there is, with its name.   Raises AttributeError."""
    try:
        there = subject.box.attributes(layer, names)
    except Failed:
        there = {}
    for name in names:
        value = there.get(name)
        if value is not None:  # many set it to None in __init__, and fill it in later
            return name, value
    raise AttributeError(message("none of {names}", names=", ".join(names)))


def everything(subject: Any, layer: Handle) -> dict[str, np.ndarray]:
    """All attributes that are arrays or numbers, also those in dicts and lists, by name."""
    try:
        # one call for all of them
        held = subject.box.get(layer, "__dict__")
    except Failed:
        return {}
    flat: dict[str, Any] = {}
    for name, value in held.items() if isinstance(held, dict) else ():
        flat |= _flat(str(name), value)
    return {n: np.asarray(v) for n, v in flat.items() if isinstance(v, (np.ndarray, np.generic))}


def _flat(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {f"{name}.{key}": v for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return {f"{name}.{i}": v for i, v in enumerate(value)}
    return {name: value}  # deeper than one level nothing is looked for


def renewed(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What is new among the attributes, or has another value."""
    return {
        name: value
        for name, value in after.items()
        if name not in before or not np.array_equal(before[name], value, equal_nan=True)
    }


def has(subject: Any, layer: Handle, names: tuple[str, ...]) -> bool:
    """Whether there is one of these attributes."""
    try:
        attribute(subject, layer, names)
    except AttributeError:
        return False
    return True


def member(holder: Any, names: tuple[str, ...], position: int) -> Any:
    """Of a dict by name, of a list by position.   Raises KeyError, IndexError, TypeError."""
    if isinstance(holder, Mapping):
        return next(holder[name] for name in names if name in holder)
    return np.asarray(holder[position])
