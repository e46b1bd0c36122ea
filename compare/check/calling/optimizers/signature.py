"""What the parameters of an update rule are: of its constructor, and of what takes a step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compare.check.calling.optimizers.by_use import renamed
from compare.check.calling.optimizers.closures import as_object
from compare.check.calling.optimizers.directions import gradients_alone
from compare.check.calling.optimizers.holders import (
    LayerList,
    config_keys,
    config_parameter,
    layer_list,
    of_model,
    of_network,
    of_objects,
)
from compare.check.calling.optimizers.states import has_no_rate, is_known
from compare.check.calling.optimizers.whole_class import with_bases, with_hyper_parameters
from compare.check.naming.bind import plain
from compare.check.naming.grammar import meaning, words
from compare.check.naming.source_tree import computes_nothing
from compare.check.naming.update_parameters import (
    GRADIENT_FUNCTIONS,
    LAYER_KEYS,
    OTHERS,
    SETTINGS,
    count_of,
    is_decoupled,
    method_of,
    roles,
    states,
    tensor_pairs,
    with_pair,
)
from compare.check.subject import Subject
from compare.sandbox.interface import Definition

_MANY = ("n", "num", "steps", "iters", "iterations", "epochs", "times", "count", "max")
LIKE = "like"  # the role of what a constructor is shown the parameters by


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
    start: str = ""  # the method that is given the parameters, once before the first step
    keys: Mapping[str, str] = field(default_factory=dict)  # role → key, of a config dictionary
    layers: LayerList | None = None  # whose tensors it moves
    count: str = ""  # of a number of samples, by which it divides sums
    asks: bool = False  # whether it is handed what gives the gradient at a point
    minimizes: bool = False  # whether it takes many steps, by a number t
    alone: bool = False  # whether it takes gradients alone, and gives directions

    @property
    def settings(self) -> frozenset[str]:
        """The settings that can be handed in."""
        roles_there = {*self.made, *self.called, *(["lr"] if self.alone else [])}
        both = {"beta1", "beta2"} if "betas" in roles_there else set()
        of_config = {*SETTINGS} & {*self.keys}
        return frozenset(
            {*SETTINGS} & (roles_there | both) if "config" not in roles_there else of_config
        )


def signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    """What the parameters of a class or function are; None where one is unknown.

    What calls its gradient takes one step, if it is a method, and as many as it is told otherwise.
    """
    # every form of calling it asks for this
    known = ("signature", subject.found.kind, *wanted)
    found: Signature | None = subject.once(known, lambda: _signature_of(subject, wanted))
    return found


def _signature_of(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    subject = as_object(with_bases(subject))
    rule = _signature(subject, wanted)
    if rule is None or not (_reads_all(subject.found, rule) or has_no_rate(subject, rule)):
        # what stands behind the decay is not its own: without its momentum all is SGD
        by_use = _by_use(subject, wanted[: [*wanted, "decay"].index("decay") + 1])
        if by_use and (rule is None or len(by_use.settings) > len(rule.settings)):
            rule = by_use
    tensors = [rule.called.get(role, "") for role in ("params", "grads")] if rule else []
    if rule is None or any(_calls(subject.found.source, name) for name in tensors) != rule.asks:
        return None
    empty = computes_nothing(subject.found.source, rule.method or subject.found.name)
    if empty and meaning(subject.found.name, of_class=True) is None:
        return None  # left to others; of what is called a rule it is said that it is not written
    if not is_known(subject, rule.states):
        return None
    return _with_decay(subject, rule) if "decay" in wanted else rule


def _reads_all(definition: Definition, rule: Signature) -> bool:
    """Whether it is told what its rate is, and every setting of the constructor."""
    known = {*rule.made.values(), *rule.called.values()}
    left = [p for p in definition.parameters if type(p.default) is float and p.name not in known]
    rated = {"lr", "config", "layer", "layers"} & {*rule.made, *rule.called}
    return bool(rated) and not (left and definition.kind == "class")


def _by_use(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    """What the parameters are by what becomes of them, under their own names."""
    seen = renamed(subject.found)
    rule = _signature(subject.beside(seen[0]), wanted) if seen else None
    if seen is None or rule is None:
        return None
    own = seen[1]
    made, called = (
        {role: own.get(name, name) for role, name in names.items()}
        for names in (rule.made, rule.called)
    )
    order, states = (tuple(own.get(n, n) for n in names) for names in (rule.order, rule.states))
    method = own.get(rule.method, rule.method)
    return replace(rule, made=made, called=called, order=order, states=states, method=method)


def _with_decay(subject: Subject, rule: Signature) -> Signature:
    """And a decay of the weights that is called only that: in AdamW, or times the weights."""
    of_class = subject.found.kind == "class"
    known = rule.made if of_class else rule.called
    left = [p for p in subject.found.parameters if p.name not in known.values()]
    decays = [p.name for p in left if type(p.default) is float and "decay" in words(p.name)]
    if "decay" in known or len(decays) != 1:
        return rule
    params = re.escape(rule.called.get("params", "params"))
    (name,) = decays
    times = rf"\b{name}\s*\*\s*{params}\b|\b{params}(\[\w+\])?\s*\*\s*(self\.)?{name}\b"
    if not is_decoupled(subject.found.name) and not re.search(times, subject.found.source):
        return rule
    known = {**known, "decay": name}
    return replace(rule, made=known) if of_class else replace(rule, called=known)


def _calls(source: str, name: str) -> bool:
    return bool(name and re.search(rf"(?<![\w.]){re.escape(name)}\(", source))


def _signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    definition = with_hyper_parameters(subject.found)
    if definition.kind == "class":
        made = roles(
            definition.parameters, (*wanted, "betas", "nesterov", "correction", "params", "network")
        )
        made = with_pair(made, definition.source, wanted)
        known = set(made.values())
        unknown = [p.name for p in definition.parameters if p.needed and p.name not in known]
        method = method_of(definition)
        if method and (layers := _of_layers(definition, made, method)):
            return layers
        if not method or len(unknown) > 1:
            return None
        parameters = definition.methods[method]
        if unknown:
            # what is called with both later on is shown the parameters once: shape_like
            both = roles(parameters, ("params", "grads"))
            if "params" in made or len(both) < 2 or plain(unknown[0]) in OTHERS:
                return None
            made[LIKE] = unknown[0]
        for read in (_of_model, _takes_objects):
            if held := read(definition, made, wanted, method):
                return held
        if couples := _couples(definition, parameters, wanted):
            return replace(couples, made=made, method=method)
        if "params" not in made and (alone := gradients_alone(definition, method)):
            return Signature(made, {}, alone, (), method, alone=True)
        spread = _spread(parameters, wanted)
        if spread:
            return replace(spread, made=made, method=method)
        start = _start(definition, method)
        called = _called(
            parameters, made | ({"params": ""} if start else {}), wanted, method, start
        )
        return replace(called, made=made, start=start) if called and start else called
    if definition.kind != "function":
        return None
    if minimizer := _minimizer(definition, wanted):
        return minimizer
    parameters, source = definition.parameters, definition.source
    rule = _couples(definition, parameters, wanted) or _spread(parameters, wanted)
    rule = rule or _called(parameters, {}, wanted, "", "", config_parameter(definition), source)
    if rule and "config" in rule.called:
        return replace(rule, keys=config_keys(definition.source, rule.called["config"], wanted))
    return rule


def _minimizer(definition: Definition, wanted: Sequence[str]) -> Signature | None:
    """A function that takes as many steps as it is told from a point: descend(grad, w, lr, n)."""
    parameters = [p for p in definition.parameters if not p.variadic]
    asked = [p.name for p in parameters if p.needed and _calls(definition.source, p.name)]
    by_role = roles([p for p in parameters if p.name not in asked], wanted)
    left = [p for p in parameters if p.name not in (*asked, *by_role.values())]
    counts = [p.name for p in left if type(p.default) is int or p.required and _counts(p.name)]
    points = [p.name for p in left if p.needed and p.name not in counts]
    if len(asked) != 1 or len(counts) != 1 or len(points) != 1:
        return None
    loop = rf"\brange\([^()]*\b{re.escape(counts[0])}\b"
    if not re.search(loop, definition.source):
        return None
    called = {**by_role, "grads": asked[0], "params": points[0], "t": counts[0]}
    order = tuple(p.name for p in parameters if p.needed)
    return Signature({}, called, order, (), "", asks=True, minimizes=True)


def _counts(name: str) -> bool:
    """Whether it says how many: num_iters, n, steps."""
    return any(word in _MANY for word in words(name))


def _couples(definition: Definition, parameters: Any, wanted: Sequence[str]) -> Signature | None:
    """What takes pairs of a tensor and its gradient, through which it goes: [(w, dw), ...]."""
    by_role = roles(parameters, wanted)
    required = [p.name for p in parameters if p.needed]
    left = [name for name in required if name not in by_role.values()]
    if len(left) != 1:
        return None
    name = re.escape(left[0])
    both = rf"\bfor \(?\w+, *\w+\)? in {name}\b(?!\.)"
    together = rf"\bfor \w+, *\(\w+, *\w+\) in (?:zip|enumerate) *\([^()]*\b{name}\b"
    if not re.search(f"{both}|{together}", definition.source):
        return None
    return Signature({}, {**by_role, "couples": left[0]}, tuple(required), (), "")


def _start(definition: Definition, method: str) -> str:
    """The method that is given the parameters once: set_parameters(params), start(w), or ""."""
    for name, parameters in definition.methods.items():
        required = [p for p in parameters if p.needed]
        own = re.search(rf"\bself\.{name}\(", definition.source)  # of which it makes use itself
        if name != method and len(required) == 1 and not own:
            if "params" in roles(required, ("params",)):
                return name
    return ""


def _of_layers(definition: Definition, made: Mapping[str, str], method: str) -> Signature | None:
    """``SGD(layers, lr).step()`` or ``SGD(lr).step(model)``: layers with their own gradients."""
    layers = layer_list(definition.source)
    required = [p.name for p in definition.methods[method] if p.needed]
    if layers is None or len(required) > 1:
        return None
    if required == [layers.whose]:
        return Signature(made, {"layers": layers.whose}, tuple(required), (), method, layers=layers)
    held = rf"self\.{layers.whose} *(?::[^=\n]*)?= *(\w+)"
    names = [layers.whose, *re.findall(held, definition.source)]
    own = next((p.name for p in definition.parameters if p.name in names), "")
    if required or not own:
        return None
    others = {role: name for role, name in made.items() if name != own}
    return Signature({**others, "layers": own}, {}, (), (), method, layers=layers)


def _of_model(
    definition: Definition, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    """``SGD(model, lr).step()``: the constructor takes a network, whose layers it goes through."""
    network = roles(definition.parameters, ("network",)).get("network", "")
    required = [p.name for p in definition.methods[method] if p.needed]
    if not network or required:
        return None
    attributes = of_model(definition.source)
    if attributes is None:
        return None
    made = {**made, "network": network}
    return Signature(made, {}, (), (), method, (), attributes)


def _takes_objects(
    definition: Definition, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    """A method that takes a network, or nothing: its tensors are attributes of objects."""
    parameters = definition.methods[method]
    required = [p.name for p in parameters if p.needed]
    by_role = roles(parameters, ("network", *wanted))
    handed = roles(parameters, ("params",)).get("params", "")
    if "network" in by_role and required == [by_role["network"]] and "params" not in made:
        attributes = of_network(definition.source, re.escape(by_role["network"]))
    elif not parameters and "params" in made:
        attributes = of_objects(definition.source)
    elif "params" not in made and required == [handed] and _goes_through(definition, handed):
        attributes = of_objects(definition.source)
        by_role = {"objects": handed}
    else:
        attributes = None
    return (
        Signature(made, by_role, tuple(required), (), method, (), attributes)
        if attributes
        else None
    )


def _goes_through(definition: Definition, name: str) -> bool:
    return bool(
        re.search(rf"\bfor (?:\w+, *)?\w+ in (?:enumerate *\()?{name}\b", definition.source)
    )


def _spread(parameters: Any, wanted: Sequence[str]) -> Signature | None:
    couples = tensor_pairs(parameters)
    taken = {name for pair in couples for name in pair}
    by_role = roles([p for p in parameters if p.name not in taken], (*wanted, "t"))
    order = tuple(p.name for p in parameters if p.needed)
    if not couples or not set(order) <= taken | set(by_role.values()):
        return None
    return Signature({}, by_role, order, (), "", couples)


def _called(
    parameters: Any, made: Mapping[str, str], wanted: Sequence[str], method: str, start: str = "",
    config: str = "", source: str = "",
) -> Signature | None:  # fmt: skip
    by_role = roles(parameters, ("config", "layer", "params", "grads", "t", *wanted, "betas"))
    by_role = with_pair(by_role, source, wanted)
    if config:
        by_role = {r: n for r, n in by_role.items() if n != config} | {"config": config}
    needed = [p for p in parameters if p.needed]
    if {by_role.get("params"), by_role.get("grads")} - {None} - {p.name for p in needed}:
        # p=0.9 is no array
        by_role |= {"params": "", "grads": ""} | roles(needed, ("params", "grads"))
        by_role = {role: name for role, name in by_role.items() if name}
    every, count = parameters, count_of(parameters)
    parameters = [p for p in parameters if p.name != count]
    if "layer" in by_role and method:
        return _takes_layer(parameters, made, by_role["layer"], method)
    if method and (keyed := _keyed(parameters, made, wanted, method)):
        return keyed
    asked = [
        p.name for p in needed
        if plain(p.name) in GRADIENT_FUNCTIONS or not method and _calls(source, p.name)
    ]  # fmt: skip
    if asked and "grads" not in by_role:
        by_role["grads"] = asked[0]
    handed = states(parameters, by_role.values()) or ()
    both = ("grads",) if "params" in made and not handed else ("params", "grads")
    by_role = _by_place(parameters, by_role, both)
    remembered = states(parameters, by_role.values(), "" if method else source)
    # a method keeps its state in the object, unless another makes one that is handed in
    if remembered is None or "grads" not in by_role or (method and remembered and not start):
        return None
    passed = {by_role[r] for r in ("params", "grads", "config", "t") if r in by_role} | set(
        remembered
    )
    order = tuple(p.name for p in every if p.name in passed or p.needed)
    asks = by_role["grads"] in asked
    return Signature(made, by_role, order, remembered, method, count=count, asks=asks)


def _takes_layer(
    parameters: Any, made: Mapping[str, str], layer: str, method: str
) -> Signature | None:
    """``update(layer)``, or ``update(layer, i)`` with what it is to be remembered by."""
    others = [p.name for p in parameters if p.needed and p.name != layer]
    if not others:
        return Signature(made, {"layer": layer}, (layer,), (), method)
    if len(others) > 1 or plain(others[0]) not in LAYER_KEYS:
        return None
    return Signature(made, {"layer": layer, "key": others[0]}, (layer, others[0]), (), method)


def _keyed(
    parameters: Any, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    """A method that takes a name, one tensor and its gradient."""
    by_role = roles(parameters, ("key", "params", "grads", *wanted))
    if "key" in by_role:
        by_role = _by_place(parameters, by_role, ("params", "grads"))
    required = tuple(p.name for p in parameters if p.needed)
    taken = {by_role.get(role) for role in ("key", "params", "grads")}
    if "params" in made or taken != set(required) or len(required) != 3:
        return None
    return Signature(made, by_role, required, (), method)


def _by_place(parameters: Any, by_role: dict[str, str], needed: tuple[str, ...]) -> dict[str, str]:
    """Parameters and gradients under names that say nothing: the first required ones."""
    free = [p.name for p in parameters if p.needed and p.name not in by_role.values()]
    missing = [role for role in needed if role not in by_role]
    # (x, y), (layer, i): no parameters and gradients, whatever their place
    if any(plain(name) in OTHERS for name in free):
        return by_role
    return by_role | dict(zip(missing, free, strict=False))


def settings_of(subject: Subject, wanted: Sequence[str]) -> frozenset[str]:
    """The settings that can be handed to a subject."""
    rule = signature(subject, wanted)
    return rule.settings if rule else frozenset()
