"""Layers as objects: how they are made, run forward and backward, and where results are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.sandbox.interface import Failed, Handle

FORWARD = ("forward", "__call__", "forward_pass", "forward_propagation", "feedforward", "call",
           "forward_prop", "fprop", "activate", "function", "f", "fn", "func", "activation",
           "compute")  # fmt: skip
BACKWARD = ("backward", "backprop", "backward_pass", "backward_propagation", "back_propagation",
            "backpropagation", "backward_prop", "bprop", "back")  # fmt: skip
SLOPE = ("gradient", "derivative", "deriv", "prime", "grad", "d", "df", "backward", "diff",
         "forward_derivative", "dfunction")  # fmt: skip
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


def method_of(s: Any, names: tuple[str, ...]) -> str:
    """The first of these methods that the class has, or ""."""
    return next((name for name in names if name in s.found.methods), "")


def is_layer(s: Any) -> bool:
    """A class with a forward and a backward pass."""
    there = method_of(s, FORWARD) and method_of(s, BACKWARD)
    return s.found.kind == "class" and bool(there)


def is_pair(s: Any) -> bool:
    """A class of a function and its derivative, which keeps nothing: f(u) and f'(u)."""
    there = one_array(s, FORWARD) and one_array(s, SLOPE)
    return s.found.kind == "class" and not s.required and bool(there)


def one_array(s: Any, names: tuple[str, ...]) -> str:
    """The first of these methods that has to be given one thing, or ""."""
    methods = s.found.methods
    return next((n for n in names if n in methods and sum(p.required for p in methods[n]) == 1), "")


def made(s: Any, *args: Any) -> Handle:
    """An object of the class.   Raises Failed, TypeError."""
    found = s.call(*args)
    if not isinstance(found, Handle):
        raise TypeError("no object")
    return found


def forward(s: Any, layer: Handle, x: Any) -> Any:
    """What the forward pass returns, or leaves in an attribute."""
    result = s.method(layer, method_of(s, FORWARD), x)
    return result if result is not None else attribute(s, layer, OUTPUTS)[1]


def backward(s: Any, layer: Handle, delta: Any) -> Any:
    """What the backward pass returns, or leaves in an attribute; a learning rate is 1."""
    name = method_of(s, BACKWARD)
    rate = (1.0,) if updates(s) else ()
    result = s.method(layer, name, delta, *rate)
    return result if result is not None else attribute(s, layer, TO_INPUT)[1]


def updates(s: Any) -> bool:
    """Whether backward takes a learning rate beside the gradient."""
    return sum(p.required for p in s.found.methods[method_of(s, BACKWARD)]) == 2


def attribute(s: Any, layer: Handle, names: tuple[str, ...]) -> tuple[str, Any]:
    """The first of these attributes that there is, with its name.   Raises AttributeError."""
    for name in names:
        try:
            value = s.box.get(layer, name)
        except Failed:
            continue
        if value is not None:
            return name, value
    raise AttributeError(f"none of {', '.join(names)}")


def everything(s: Any, layer: Handle) -> dict[str, np.ndarray]:
    """All attributes that are arrays or numbers, also those in dicts and lists, by name."""
    try:
        held = s.box.get(layer, "__dict__")
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
    return {name: value}


def renewed(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What is new among the attributes, or has another value."""
    return {
        name: value
        for name, value in after.items()
        if name not in before or not np.array_equal(before[name], value, equal_nan=True)
    }


def has(s: Any, layer: Handle, names: tuple[str, ...]) -> bool:
    """Whether there is one of these attributes."""
    try:
        attribute(s, layer, names)
    except AttributeError:
        return False
    return True


def member(holder: Any, names: tuple[str, ...], position: int) -> Any:
    """Of a dict by name, of a list by position.   Raises KeyError, IndexError, TypeError."""
    if isinstance(holder, Mapping):
        return next(holder[name] for name in names if name in holder)
    return np.asarray(holder[position])
