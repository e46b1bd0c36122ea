"""Where the functions of a network find their weights: in parameters, a container, the module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.arrays_in_text import KEY, read_in
from compare.check.calling.any_network.functions import holders_of
from compare.check.calling.networks import weights
from compare.check.calling.networks.source_names import is_multiplied, is_weight
from compare.check.calling.networks.weights import names_of
from compare.check.calling.settings import settings_of
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed

INIT = ("init_network", "initialize_parameters", "init_params", "initialize_params",
        "init_parameters", "initialize_network", "initialize", "init_weights", "make_network",
        "create_network", "get_network")  # fmt: skip


@dataclass(frozen=True)
class Holding:
    """Where functions find W1 b1 W2 b2 ...: in parameters, in a container, or as global names.

    ``x``: what the input is called · ``single``: what each is called · ``container``:
    what holds all of them, under ``keys`` (texts, or places) · ``initial``: as the submission
    itself makes them · ``guessed``: whether no name says which is which.
    """

    single: Mapping[str, str] = field(default_factory=dict)
    container: str = ""
    x: str = "x"
    keys: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, np.ndarray] = field(default_factory=dict)
    guessed: bool = False

    @property
    def biases(self) -> bool:
        """Whether there are any."""
        return any(n[0] == "b" for n in (*self.single, *self.keys))

    def contained(self, arrays: Mapping[str, Any]) -> Any:
        """Our arrays in the container: by name, in a list, or layer by layer."""
        keys = list(self.keys.values())
        if all(isinstance(key, int) for key in keys):
            return [arrays[n] for n in sorted(self.keys, key=lambda n: self.keys[n])]
        if not all(isinstance(key, tuple) for key in keys):
            return {key: arrays[n] for n, key in self.keys.items()}
        layers: list[dict[Any, Any]] = [{} for _ in {layer for layer, _ in keys}]
        for name, (layer, key) in self.keys.items():
            layers[layer][key] = arrays[name]
        by_place = all(isinstance(key, int) for _, key in keys)
        return [list(each.values()) for each in layers] if by_place else layers

    def held(self, container: Any, name: str) -> Any:
        """One of the arrays in the container."""
        key = self.keys[name]
        return container[key[0]][key[1]] if isinstance(key, tuple) else container[key]


def functions_of(subject: Subject) -> dict[str, Definition]:
    """The functions of the submission by name."""
    return {f.name: f for f in subject.inventory.functions}


def is_whole_loss(subject: Subject) -> bool:
    """Whether it is a loss of a network's weights, samples and targets, which runs the network."""
    needed = set(calls.roles_of(calls.needed(subject.found.parameters)).values())
    return {"x", "d", "network"} <= needed and speaks_of_loss(subject.found.name)


def may_be_one_unit(subject: Subject) -> bool:
    """Whether a forward pass of one layer makes no weights of its own, of any shape."""
    holding = holding_of(subject, 1) if takes_functions(subject, 1) else None
    return holding is not None and bool(holding.single) and not holding.initial


def has_bias(subject: Subject) -> bool:
    """Whether a forward pass of one layer is handed a bias by itself."""
    holding = holding_of(subject, 1)
    return holding is not None and "b1" in holding.single


def takes_functions(subject: Subject, depth: int) -> bool:
    """Whether it is a forward pass of so many layers, whose weights are found."""
    return subject.found.kind == "function" and holding_of(subject, depth) is not None


def holding_of(subject: Subject, depth: int) -> Holding | None:
    """Where a forward pass finds its weights; None where it is none of so many layers."""
    known = f"holding/{depth}"
    found: Holding | None = subject.once(known, lambda: _holding(subject, depth))
    return found


def _holding(subject: Subject, depth: int) -> Holding | None:
    parameters = calls.needed(subject.found.parameters)
    roles = calls.roles_of(subject.found.parameters)
    # a target that may be left out is none of the forward pass
    if "d" in calls.roles_of(parameters).values() and not is_whole_loss(subject):
        return None  # it tells how good the predictions are, or trains
    x = next((n for n, role in roles.items() if role == "x"), "")
    said = ("d", *calls.SWITCHES)
    others = [p.name for p in parameters if p.name != x and roles[p.name] not in said]
    if not x:  # under a name that says nothing: at one of the ends
        unknown = [n for n in (*others[:1], *others[-1:]) if calls.is_unknown(n)]
        x = next((n for n in unknown if not is_weight(n)), "")
        if not x:
            return None
        others.remove(x)
    if not others:
        found = _of_globals(subject, depth)
    elif len(others) == 1 and not is_multiplied(subject.found.source, others[0]):
        found = _of_container(subject, others[0], depth)
    elif any(len(path) > 1 for path in read_in(subject.found.source, tuple(others)).matrices):
        return None  # what it multiplies are members of them
    else:
        by_name = numbered(others, depth)
        found = Holding(by_name, initial=_initial(subject, depth)[0]) if by_name else None
    return replace(found, x=x) if found else None


def numbered(names: Sequence[str], depth: int) -> dict[str, str]:
    """W1 b1 ... → the names, where as many are called after weights, or {}."""
    matrices = [n for n in names if is_weight(n)]
    rest = [n for n in names if n not in matrices]
    if len(rest) not in (0, depth):
        rest = [n for n in rest if n[0] in "bB"]
    if len(matrices) != depth or len(rest) not in (0, depth):
        return {}
    by_name = {f"W{k}": n for k, n in enumerate(matrices, 1)}
    return by_name | {f"b{k}": n for k, n in enumerate(rest, 1)}


def _of_container(subject: Subject, name: str, depth: int) -> Holding | None:
    read = read_in(subject.found.source, (name,)).paths
    inside = any(len(path) > 1 for path in read)
    if calls.role_of(name) != "network" and not is_weight(name) and not inside:
        return None
    initial, keys = _initial(subject, depth)
    if initial:
        named = all(_is_said(n, key) for n, key in keys.items())
        return Holding({}, name, keys=keys, initial=initial, guessed=not named)
    if depth > 1 and any(_initial(subject, other)[0] for other in (2, 3, 4) if other != depth):
        return None
    return _of_text(subject, name, depth)


def _is_said(name: str, key: Any) -> bool:
    """Whether a key says that it is of weights or of a bias."""
    return not isinstance(key, str) or (is_weight(key) if name[0] == "W" else "b" in key.lower())


def _of_text(subject: Subject, name: str, depth: int) -> Holding | None:
    """By what its text reads of it, under any names; or by usual keys that it puts together."""
    read = read_in(subject.found.source, (name,)).paths
    steps = {step for path in read for step in path[1:]}
    if not steps or KEY in steps:
        return Holding({}, name, keys={n: n for n in names_of(depth)}) if depth > 1 else None
    holders = holders_of(subject.inventory, subject.found)
    if holders is None or holders.names != (name,) or holders.depth not in (0, depth):
        return None
    keys = {n: holders.key(n) for n in names_of(depth) if n[0] == "W" or holders.biases}
    if any(isinstance(step, str) and step[0] == "." for step in steps) or not all(
        map(_is_key, keys.values())
    ):
        return None
    return Holding({}, name, keys=keys, guessed=not all(_is_said(n, k) for n, k in keys.items()))


def _is_key(key: Any) -> bool:
    """Whether a container can be made with it: a key, a place, or one in a layer."""
    return not isinstance(key, tuple) or len(key) == 2 and isinstance(key[0], int)


def _of_globals(subject: Subject, depth: int) -> Holding | None:
    """A forward pass that reads the module's own weights."""
    held = weights.module_values(subject, subject.found)
    for name, value in held.items():
        arrays = _arrays_in(value, depth)
        if arrays:
            return Holding({}, name, keys=arrays[1], initial=arrays[0])
    alone = {n: v for n, v in held.items() if isinstance(v, np.ndarray)}
    by_name = numbered(list(alone), depth)
    if not by_name:
        return None
    return Holding(by_name, initial={n: alone[name] for n, name in by_name.items()})


def _initial(subject: Subject, depth: int) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(arrays, keys) of the network that the submission's own function makes, or nothing."""
    # the deepest first, for W1 b1 W2 b2 are in all of them
    for deeper in range(4, depth, -1):
        if _made_by(subject, deeper)[0]:
            return {}, {}
    return _made_by(subject, depth)


def _made_by(subject: Subject, depth: int) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    known = f"initial/{depth}"
    arrays, keys = subject.once(known, lambda: _made_first(subject, depth))
    return arrays, keys


def _made_first(subject: Subject, depth: int) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    functions = functions_of(subject)
    exact = [n for n in functions if calls.plain(n) in {calls.plain(name) for name in INIT}]
    like = [n for n in functions if part_of(n) is Part.INIT and n not in exact]
    for name in (*exact, *like):
        settings = settings_of(subject.beside(functions[name]))
        parameters = [p for p in functions[name].parameters if p.name not in settings]
        sizes = calls.size_arguments(parameters, tuple(range(2, depth + 3)))
        try:
            made = subject.of(name, **sizes, **settings) if sizes is not None else None
        except Failed:
            made = None
        subject.parts.pop(name, None)  # of the network only where it is called for it
        # (params, layer sizes): the parameters come first
        first = made[0] if isinstance(made, (tuple, list)) and made else None
        found = _arrays_in(made, depth) or _arrays_in(first, depth)
        if found:
            return found
    return {}, {}


def _by_shape(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    """W1 b1 ... → the keys of arrays of these shapes, of a network whose sizes all differ."""
    keys = {f"[{key!r}]": key for key, v in value.items() if isinstance(v, np.ndarray)}
    found = weights.in_a_chain({path: value[key] for path, key in keys.items()})
    layers = sum(name[0] == "W" for name in found)
    return {n: keys[path] for n, path in found.items()} if layers == depth else {}


def _arrays_in(value: Any, depth: int) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """W1 b1 ... and the key or place of each, in a dict or list of so many layers."""
    if isinstance(value, dict):
        keys = {n: weights.entry(value, weights.keys_for(n, depth)) for n in names_of(depth)}
        keys = {n: k for n, k in keys.items() if k is not None}
        if len(keys) < depth:
            keys = dict(numbered([k for k in value if isinstance(k, str)], depth))
        if len(keys) < depth:
            keys = _by_shape(value, depth)
        whole = {n for n in names_of(depth) if n[0] == "W"}
        if not whole <= set(keys) or len(keys) not in (depth, 2 * depth):
            return None
        arrays = {n: value[k] for n, k in keys.items()}
        return (arrays, keys) if all(isinstance(a, np.ndarray) for a in arrays.values()) else None
    if isinstance(value, (tuple, list)) and len(value) == 2 * depth:
        if all(isinstance(each, np.ndarray) for each in value):
            names = names_of(depth)
            return dict(zip(names, value, strict=True)), {n: i for i, n in enumerate(names)}
    return None
