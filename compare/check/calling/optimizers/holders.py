"""What an update rule calls the tensors that are attributes of a network or of parameter objects.

``step(network)`` reads ``network.params`` and ``network.grads``; ``step()`` reads ``p.data`` and
``p.grad`` of what the constructor was given. What they are called stands in the source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from compare.check.naming.bind import plain
from compare.check.naming.update_parameters import LAYER_NAMES, LAYERS, roles, states
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Parameter

EMPTY = "type('StandIn', (), {})()"  # an object of no class of the submission
_VALUES = ("data", "value", "val", "array", "weight", "w")
_OF_LAYER = ("d{}", "grad_{}", "{}_grad", "d_{}", "{}_gradient", "grad{}", "g{}")
_GRADIENTS = ("grad", "gradient", "g")


def of_network(source: str, name: str) -> tuple[str, str] | None:
    """What the parameters and gradients of the argument of that name are called; a pattern."""
    attributes = dict.fromkeys(re.findall(rf"\b{name}\.(\w+)", source))
    attributes |= dict.fromkeys(re.findall(rf"getattr\({name}, *['\"](\w+)", source))
    gradients = [n for n in attributes if "grad" in n.lower()]
    values = [n for n in attributes if "param" in n.lower() and n not in gradients]
    return (values[0], gradients[0]) if values and gradients else None


def of_model(source: str) -> tuple[str, str] | None:
    """The same of a model that is kept, or whose containers are: ``self.model.params``."""
    return of_network(source, r"(?:self\.)?(?:model|net|network)")


@dataclass(frozen=True)
class LayerList:
    """Layers through which a rule goes: ``for layer in self.model.layers``.

    ``whose``: the parameter or the attribute that holds them, or, in ``inside``, has them ·
    ``values`` and ``grads``: what each calls its weights and biases, or one container of both,
    which is a list where they are ``listed``.
    """

    whose: str
    inside: str
    values: tuple[str, ...]
    grads: tuple[str, ...]
    listed: bool = False


_LOOP = re.compile(
    r"\bfor (?:\w+, *)?\(?(\w+)\)? in (?:enumerate *\(|reversed\()?(self\.)?(\w+)(?:\.(\w+))?[):]"
)


def layer_list(source: str) -> LayerList | None:
    """The layers that it goes through, whose tensors are attributes of theirs."""
    if "isinstance(" in source or "type(" in source:
        return None  # of classes that none of ours is of
    for layer, _, whose, inside in _LOOP.findall(source):
        if names := layer_names(source, layer):
            grads = layer_gradients(source, layer, names)
            assert grads is not None
            return LayerList(whose, inside, names, grads)
        if of_dictionaries := of_network(source, layer) or _keyed(source, layer):
            values, grads_of = of_dictionaries
            return LayerList(whose, inside, (values,), (grads_of,), are_listed(source))
    return None


def are_listed(source: str) -> bool:
    """Whether two containers are gone through beside each other, and no keys are asked for."""
    return "zip(" in source and not re.search(r"\.(items|keys|values)\(", source)


def are_kept(source: str, name: str) -> bool:
    """Whether an attribute of that name is kept as it is, once: ``self.grads = model.grads``."""
    return re.search(rf"\bself\.\w+ *=[^=\n]*\w\.{name}\b(?![\[(.])", source) is not None


def _keyed(source: str, holder: str) -> tuple[str, str] | None:
    """Two attributes of which items are taken under one key: that which a rate multiplies last."""
    items = re.findall(rf"\b{holder}\.(\w+)\[(\w+)\]", source)
    names = [*dict.fromkeys(name for name, _ in items)]
    if len(names) != 2 or len({key for _, key in items}) != 1:
        return None
    scaled = [
        n for n in names if re.search(rf"\* *{holder}\.{n}\[|\b{holder}\.{n}\[\w+\] *\*", source)
    ]
    return (names[0], names[1]) if scaled != names[:1] else (names[1], names[0])


_USUAL_KEYS = {"lr": "learning_rate", "momentum": "momentum", "rho": "decay_rate",
               "beta1": "beta1", "beta2": "beta2", "eps": "epsilon"}  # fmt: skip


def config_keys(source: str, name: str, wanted: Sequence[str]) -> dict[str, str]:
    """Role → the key under which a function looks for it in its config dictionary."""
    argument = re.escape(name)
    keys = re.findall(rf"\b{argument}(?:\.(?:get|setdefault|pop)\(|\[)\s*['\"](\w+)['\"]", source)
    parameters = [Parameter(key, required=False) for key in dict.fromkeys(keys)]
    # where it names none, it fills in what is missing from a dictionary of its own
    return roles(parameters, wanted) if keys else _USUAL_KEYS


def config_parameter(definition: Definition) -> str:
    """The parameter in which a learning rate is looked for by its key, or ""."""
    required = (p.name for p in definition.parameters if p.needed)
    return next(
        (
            name
            for name in required
            if not states([Parameter(name, required=True)], ())  # state["a"] is no rate
            and len(config_keys(definition.source, name, ("lr",)).get("lr", "")) > 1
            and re.search(rf"\b{name}\[['\"]", definition.source)
        ),
        "",
    )


def of_objects(source: str) -> tuple[str, str] | None:
    """What the value and the gradient of a parameter object are called."""
    # self.lr and np.sqrt are of no parameter
    attributes = set(re.findall(r"\b(?!self\b|np\b)\w+\.(\w+)", source))
    value = next((n for n in _VALUES if n in attributes), "")
    gradient = next((n for n in _GRADIENTS if n in attributes), "")
    return (value, gradient) if value and gradient else None


def layer_class(subject: Subject) -> str:
    """The class of the submission that is a layer of (inputs, outputs), or ""."""
    for definition in subject.inventory.found:
        if definition.kind == "class" and plain(definition.name) in LAYERS:
            if len([p for p in definition.parameters if p.needed]) == 2:
                return definition.name
    return ""


def layer_names(source: str, name: str) -> tuple[str, str] | None:
    """What weights and biases of the layer are called, where there is no class of layers."""
    read = set(re.findall(rf"\b{re.escape(name)}\.(\w+)", source))
    spelled = ((_as_read(W, read), _as_read(b, read)) for W, b in LAYER_NAMES)
    return next((names for names in spelled if layer_gradients(source, name, names)), None)


def _as_read(name: str, read: set[str]) -> str:
    """A name, or that in other letters, b and B, where it alone is read."""
    alike = [n for n in read if n.lower() == name.lower()]
    return alike[0] if name not in read and len(alike) == 1 else name


def layer_gradients(source: str, name: str, names: tuple[str, str]) -> tuple[str, str] | None:
    """What the gradients of those weights and biases are called: dW and db, grad_W and grad_b."""
    read = set(re.findall(rf"\b{re.escape(name)}\.(\w+)", source))
    forms = ((form.format(names[0]), form.format(names[1])) for form in _OF_LAYER)
    every = (*forms, ("dw", "db"), ("dW", "db"))
    return next((both for both in every if {names[0], both[0]} <= read), None)
