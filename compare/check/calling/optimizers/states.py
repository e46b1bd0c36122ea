"""What a function that takes one step remembers: arrays, or a state with entries of its own.

``adam(params, grads, state)`` that reads ``state["m"]`` and ``state["t"]`` says itself what has to
be in there; ``adam_init(params)`` beside it makes it.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any

import numpy as np

from compare.check.calling.optimizers.parameters import NAMES, of_each, packed
from compare.check.naming.bind import plain
from compare.check.naming.source_tree import tree_of
from compare.check.naming.update_parameters import roles
from compare.check.subject import Subject
from compare.sandbox.interface import Ending, Failed, Handle

_COUNTS = ("t", "step", "steps", "iter", "iteration", "i", "k", "n", "count", "timestep")
_DICT_METHODS = ("get", "setdefault", "items", "keys", "values", "update", "pop", "copy")


def keys(source: str, name: str) -> tuple[str, ...]:
    """The entries that a function reads of its argument of that name: ``state["m"]``."""
    entries = re.findall(rf"\b{re.escape(name)}\[\s*['\"](\w+)['\"]\s*\]", source)
    # params["W1"] and grads["dW1"] are no state
    return tuple(k for k in dict.fromkeys(entries) if k.removeprefix("d") not in NAMES)


def _attributes(source: str, name: str) -> bool:
    names = re.findall(rf"\b{re.escape(name)}\.([a-z_]\w*)", source)
    return any(attribute not in _DICT_METHODS for attribute in names)


def _several(source: str, name: str) -> int:
    """How many arrays are kept of each parameter together, ``m, v = state[key]``; 0: one alone."""
    stores = (n for n in ast.walk(tree_of(source)) if isinstance(n, ast.Assign))
    several = (
        len(to.elts)
        for n in stores
        if isinstance(n.value, ast.Subscript) and ast.unparse(n.value.value) == name
        for to in n.targets
        if isinstance(to, (ast.Tuple, ast.List))
    )
    return next(several, 0)


def _begins_empty(source: str, name: str) -> bool:
    """Whether it fills in what is missing."""
    argument = re.escape(name)
    filled_in = rf"\b{argument}\.(get|setdefault)\(|not in {argument}\b|\bnot {argument}\b"
    return bool(re.search(filled_in, source))


def _may_be_none(source: str, name: str) -> bool:
    return bool(re.search(rf"\b{re.escape(name)} is (?:not )?None\b", source))


def initializer(subject: Subject) -> str:
    """The function of the submission that makes the state of this one from parameters, or ""."""
    stem = plain(subject.found.name)
    for word in ("update", "step", "apply", "optimizer"):
        stem = stem.replace(word, "")
    for definition in subject.inventory.found:
        name = plain(definition.name)
        alone = len([p for p in definition.parameters if p.needed]) == 1
        if definition.kind == "function" and alone and "init" in name and stem and stem in name:
            return definition.name
    return ""


def is_opaque(subject: Subject, name: str) -> bool:
    """Whether the state of that name is more than one array for each parameter."""
    source = subject.found.source
    read = _keys_of(subject, name)
    may_be_empty = _begins_empty(source, name) or _may_be_none(source, name)
    return bool(read or _attributes(source, name) or may_be_empty or _several(source, name))


def _keys_of(subject: Subject, name: str) -> tuple[str, ...]:
    """The entries that it reads, or that a function reads to which it hands its argument on."""
    found = list(keys(subject.found.source, name))
    functions = {d.name: d for d in subject.inventory.functions}
    for call in _calls(subject.found.source):
        called = functions.get(ast.unparse(call.func))
        pairs = zip(call.args, called.parameters if called else (), strict=False)
        for argument, parameter in pairs:
            if called and ast.unparse(argument) == name:
                found += keys(called.source, parameter.name)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=256)
def _calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(tree_of(source)) if isinstance(node, ast.Call)]


def is_known(subject: Subject, names: tuple[str, ...]) -> bool:
    """Whether it can be said how all of them begin."""
    opaque = [name for name in names if is_opaque(subject, name)]
    if not opaque:
        return True
    if any(_attributes(subject.found.source, name) for name in opaque):
        # state.m: no dict of ours has attributes, so its own initializer has to make it
        return len(opaque) == 1 and _makes_an_object(subject)
    return True


def _makes_an_object(subject: Subject) -> bool:
    """Whether the initializer makes an object of a class, which a named tuple does not stay."""
    maker = initializer(subject)
    source = subject.inventory[maker].source if maker else ""
    classes = [f for f in subject.inventory.classes if "NamedTuple" not in f.source]
    return any(re.search(rf"\b{re.escape(f.name)}\(", source) for f in classes)


def _made(subject: Subject, maker: str, layout: str, tensors: dict[str, np.ndarray]) -> Any:
    """What the initializer makes of the parameters, or else of their shapes."""
    try:
        return subject.of(maker, packed(layout, tensors))
    except Failed as failed:
        if failed.ending is not Ending.RAISED:
            raise
    return subject.of(maker, of_each(layout, {n: np.shape(a) for n, a in tensors.items()}))


def begun(subject: Subject, name: str, layout: str, tensors: dict[str, np.ndarray]) -> Handle:
    """What is remembered under that name before the first step."""
    zeros = packed(layout, {n: np.zeros_like(a) for n, a in tensors.items()}, "d")
    # zeros, as Momentum, AdaGrad, RMSprop and Adam begin
    if not is_opaque(subject, name):
        return subject.box.keep(zeros)
    if maker := initializer(subject):
        made = _made(subject, maker, layout, tensors)
        return made if isinstance(made, Handle) else subject.box.keep(made)
    if _may_be_none(subject.found.source, name):
        return subject.box.keep(None)
    if _begins_empty(subject.found.source, name):
        return subject.box.keep({})
    if several := _several(subject.found.source, name):
        each = {n: tuple(np.zeros_like(a) for _ in range(several)) for n, a in tensors.items()}
        return subject.box.keep(of_each(layout, each))
    entries: dict[str, Any] = {
        key: 0 if plain(key) in _COUNTS else zeros for key in _keys_of(subject, name)
    }
    return subject.box.keep(entries)


def has_no_rate(subject: Subject, rule: Any) -> bool:
    """Whether nothing that a function takes may be a rate: adadelta(w, g, state, rho=0.9)."""
    parameters = subject.found.parameters
    known = {*rule.called.values(), *rule.states}
    told = {*roles(parameters, ("params", "grads"))} == {"params", "grads"}
    whole = subject.found.kind == "function" and {p.name for p in parameters} <= known
    return told and whole and all(is_opaque(subject, name) for name in rule.states)
