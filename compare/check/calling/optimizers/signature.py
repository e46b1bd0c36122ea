"""What the parameters of an update rule are: of its constructor, and of what takes a step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare.check.calling.optimizers.holders import of_network, of_objects
from compare.check.calling.optimizers.spread import pairs
from compare.check.calling.optimizers.states import is_known
from compare.check.naming.bind import plain
from compare.check.naming.update_parameters import (
    LAYER_KEYS,
    OTHERS,
    SETTINGS,
    method_of,
    roles,
    states,
)
from compare.check.subject import Subject
from compare.sandbox.interface import Definition


@dataclass(frozen=True)
class Signature:
    """What the parameters are: of the constructor (none for a function), and of what is called."""

    made: Mapping[str, str]  # role → parameter
    called: Mapping[str, str]
    order: tuple[str, ...]  # parameters of what is called that are always passed, in order
    states: tuple[str, ...]
    method: str
    pairs: tuple[tuple[str, str], ...] = ()  # parameter and gradient, where each comes by itself
    attributes: tuple[str, str] = ("", "")  # of values and gradients, where they are attributes

    @property
    def settings(self) -> frozenset[str]:
        """The settings that can be handed in."""
        there = {*self.made, *self.called}
        both = {"beta1", "beta2"} if "betas" in there else set()
        of_config = {*SETTINGS} - {"decay"}
        return frozenset({*SETTINGS} & (there | both) if "config" not in there else of_config)


def signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    """What the parameters of a class or function are; None where one is unknown.

    What calls its gradient is a minimizer of a function, and no update rule.
    """
    of = _signature(subject, wanted)
    if of is None or _calls(subject.found.source, of.called.get("grads", "")):
        return None
    if not is_known(subject, of.states):
        return None
    return of


def _calls(source: str, name: str) -> bool:
    return bool(name and re.search(rf"(?<![\w.]){re.escape(name)}\(", source))


def _signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    found = subject.found
    if found.kind == "class":
        made = roles(found.parameters, (*wanted, "betas", "nesterov", "params"))
        known = set(made.values())
        if any(p.required and not p.variadic and p.name not in known for p in found.parameters):
            return None
        method = method_of(found)
        if not method:
            return None
        held = _of_attributes(found, made, wanted, method)
        return held or _called(found.methods[method], made, wanted, method)
    if found.kind != "function":
        return None
    return _spread(found.parameters, wanted) or _called(found.parameters, {}, wanted, "")


def _of_attributes(
    found: Definition, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    """A method that takes a network, or nothing: its tensors are attributes of objects."""
    parameters = found.methods[method]
    required = [p.name for p in parameters if is_required(p)]
    own = roles(parameters, ("network", *wanted))
    if "network" in own and required == [own["network"]] and "params" not in made:
        there = of_network(found.source, own["network"])
    elif not parameters and "params" in made:
        there = of_objects(found.source)
    else:
        there = None
    return Signature(made, own, tuple(required), (), method, (), there) if there else None


def _spread(parameters: Any, wanted: Sequence[str]) -> Signature | None:
    of = pairs(parameters)
    taken = {name for pair in of for name in pair}
    own = roles([p for p in parameters if p.name not in taken], wanted)
    order = tuple(p.name for p in parameters if is_required(p))
    if not of or not set(order) <= taken | set(own.values()):
        return None
    return Signature({}, own, order, (), "", of)


def _called(
    parameters: Any, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    own = roles(parameters, ("config", "layer", "params", "grads", "t", *wanted, "betas"))
    if "layer" in own and method:
        return _of_layer(parameters, made, own["layer"], method)
    if method and (keyed := _keyed(parameters, made, wanted, method)):
        return keyed
    own = _by_place(parameters, own, ("grads",) if "params" in made else ("params", "grads"))
    remembered = states(parameters, own.values())
    if remembered is None or "grads" not in own or (method and remembered):
        return None
    passed = {own[r] for r in ("params", "grads", "config", "t") if r in own} | set(remembered)
    order = tuple(p.name for p in parameters if p.name in passed or is_required(p))
    return Signature(made, own, order, remembered, method)


def _of_layer(
    parameters: Any, made: Mapping[str, str], layer: str, method: str
) -> Signature | None:
    """``update(layer)``, or ``update(layer, i)`` with what it is to be remembered by."""
    others = [p.name for p in parameters if is_required(p) and p.name != layer]
    if not others:
        return Signature(made, {"layer": layer}, (layer,), (), method)
    if len(others) > 1 or plain(others[0]) not in LAYER_KEYS:
        return None
    return Signature(made, {"layer": layer, "key": others[0]}, (layer, others[0]), (), method)


def _keyed(
    parameters: Any, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    """A method that takes a name, one tensor and its gradient."""
    own = roles(parameters, ("key", "params", "grads", *wanted))
    required = tuple(p.name for p in parameters if is_required(p))
    there = {own.get(role) for role in ("key", "params", "grads")}
    if "params" in made or there != set(required) or len(required) != 3:
        return None
    return Signature(made, own, required, (), method)


def is_required(of: Any) -> bool:
    """Whether a parameter has to be given."""
    return bool(of.required and not of.variadic)


def _by_place(parameters: Any, own: dict[str, str], needed: tuple[str, ...]) -> dict[str, str]:
    """Parameters and gradients under names that say nothing: the first required ones."""
    free = [p.name for p in parameters if is_required(p) and p.name not in own.values()]
    missing = [role for role in needed if role not in own]
    if any(plain(name) in OTHERS for name in free):
        return own
    return own | dict(zip(missing, free, strict=False))


def settings_of(subject: Subject, wanted: Sequence[str]) -> frozenset[str]:
    """The settings that can be handed to a subject."""
    found = signature(subject, wanted)
    return found.settings if found else frozenset()
