"""Activations of hidden layers, of which each layer may have another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from compare.oracle import formulas

Number = Any
LEAKY, ELU, SOFTPLUS = "leaky relu", "elu", "softplus"
LOG = "log-softmax"  # of an output: the logarithms of its probabilities
HIDDEN = ("relu", "sigmoid", "tanh")
WITH_CONSTANT = (
    LEAKY,
    ELU,
)  # leaky relu (a): u > 0: u, else a u; elu (a): u > 0: u, else a (e^u - 1)


def at(hidden: str, layer: int) -> str:
    """The activation of a layer, counted from 1: ``relu, tanh`` has one for each."""
    each = hidden.split(", ")
    return each[layer - 1] if len(each) > 1 else hidden


def mixed(names: Sequence[str], layers: int) -> Iterator[str]:
    """``relu, tanh`` and so on: one for each of several layers, and not all the same."""
    for each in itertools.product(names, repeat=layers):
        if len(set(each)) > 1:
            yield ", ".join(each)


def activation(name: str, u: Number) -> Number:
    """z = f(u)."""
    if name.startswith(LEAKY):
        return u.relu() * (1.0 - _constant(name)) + u * _constant(name)
    if name.startswith(ELU):
        return u.relu() + (_below(u).exp() - 1.0) * _constant(name)
    if name == SOFTPLUS:
        return (u.exp() + 1.0).log()
    if name == LOG:
        return u.once(formulas.log_softmax)
    return formulas.activation(name, u)


def d_activation(name: str, delta: Number, u: Number, z: Number) -> Number:
    """delta f'(u), z = f(u)."""
    if name.startswith(LEAKY):
        return delta.where(u.step()) * (1.0 - _constant(name)) + delta * _constant(name)
    if name.startswith(ELU):
        below = delta * _below(u).exp() * _constant(name)
        return delta.where(u.step()) + (below - below.where(u.step()))
    if name == SOFTPLUS:
        return delta * u.sigmoid()
    return formulas.d_activation(name, delta, u, z)


def _below(u: Number) -> Number:
    """min(u, 0)."""
    return -((-u).relu())


def of_constant(name: str, constant: float) -> str:
    """The one of a family with that constant."""
    return f"{name} ({constant:g})"


def _constant(name: str) -> float:
    return float(name.partition("(")[2].rstrip(")"))
