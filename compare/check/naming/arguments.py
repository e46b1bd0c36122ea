"""What the names of parameters say about their order and meaning; most say nothing."""

from __future__ import annotations

from typing import Any

from compare.check.naming.network_parameters import plain

UPSTREAM = frozenset(
    "delta dout dy dz da dh doutput dnext grad grads gradient gradients gradoutput gradout g gy "
    "outputgradient outgrad upstream upstreamgrad upstreamgradient dloss dldy dldz dlda dldout "
    "dedz dedy error err dvalues topdiff diff gradnext backgrad lossgrad".split()
)
_ONLY_BEFORE = frozenset("u preactivation preact net logit logits".split())
_AFTER = frozenset("out output outputs activation activations activated sigmoidoutput".split())
FLAGS = frozenset("deriv derivative derive derivate prime diff isderivative dif backward".split())


def is_upstream(parameter: str) -> bool:
    """Whether it is what the gradient from the layer above is called."""
    return plain(parameter) in UPSTREAM


def upstream(subject: Any) -> int | None:
    """The position of the gradient from above among two arguments, where their names say it."""
    first, second = map(is_upstream, subject.required)
    # both or neither: d_relu(dout, dz) says nothing
    if first == second:
        return None
    return 0 if first else 1


def may_be_before(subject: Any, position: int) -> bool:
    """Whether the argument there may be meant to be u, before the activation."""
    return plain(subject.required[position]) not in _AFTER


def may_be_after(subject: Any, position: int) -> bool:
    """Whether the argument there may be meant to be z = f(u)."""
    return not is_before(subject.required[position])


def is_before(name: str) -> bool:
    """Whether it is what stands before the activation is called: u, and no output."""
    return plain(name) in _ONLY_BEFORE or name == "Z"  # A is what comes of it


def flag(subject: Any) -> str:
    """The optional parameter that asks for the derivative, or ""."""
    optional = [n for n in subject.parameters if n not in subject.required]
    return next((n for n in optional if plain(n) in FLAGS), "")
