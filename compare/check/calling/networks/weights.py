"""Where a network keeps its weights and gradients, in which layout, and how they are replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from compare.check.naming.network_parameters import plain
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

DICTIONARIES = ("params", "parameters", "weights", "network", "W", "param")
LAYERS = ("layers", "layer", "affines", "net")
LAYER = ("affine", "fc", "layer", "l", "dense", "linear", "lin", "aff")
_W_OF_LAYER, _B_OF_LAYER = ("W", "w", "weights", "weight"), ("b", "bias", "biases", "B")
_NAMED = (
    ("W_hidden", "b_hidden", "W_output", "b_output"),
    ("Wh", "bh", "Wo", "bo"),
    ("W_ih", "b_h", "W_ho", "b_o"),
    ("weights_input_hidden", "bias_hidden", "weights_hidden_output", "bias_output"),
    ("w_hidden", "b_hidden", "w_out", "b_out"),
    ("W_in", "b_in", "W_out", "b_out"),
    ("weights_ih", "bias_h", "weights_ho", "bias_o"),
    ("weights_ih", "bias_ih", "weights_ho", "bias_ho"),
    ("hidden_weights", "hidden_bias", "output_weights", "output_bias"),
)
_ALONE = {
    "W": ("W", "weights", "weight", "coef", "theta"),
    "b": ("b", "bias", "biases", "intercept"),
}
LISTS = (("weights", "biases"), ("W", "b"), ("Ws", "bs"), ("w", "b"), ("weights", "bias"))
_NUMBERED = {"W": ("W", "weights", "weight"), "b": ("b", "bias", "biases")}


_Held = Mapping[str, Any]  # the attributes of an object, as far as they are asked for


@dataclass(frozen=True)
class Place:
    """Where one array is kept: an attribute, or an entry of a dict or list that is one."""

    owner: Handle
    attribute: str
    key: Any = None


@dataclass(frozen=True)
class Layout:
    """Of which shapes its arrays are: W (in, out) or (out, in), and biases of ``bias`` axes.

    ``bias`` is a function of the shape: (H,), (1, H) or (H, 1) · ``vectors``: of one unit, whose
    weights are a vector and whose bias is a number.
    """

    out_in: bool = False
    bias: str = "H"
    vectors: bool = False

    def theirs(self, name: str, array: np.ndarray) -> np.ndarray:
        """An array of the course's layout in theirs."""
        if self.vectors:
            return array.reshape(-1) if name[0] == "W" else array.reshape(())
        if name[0] == "W":
            return np.ascontiguousarray(array.T) if self.out_in else array
        return array.reshape({"H": (-1,), "1H": (1, -1), "H1": (-1, 1)}[self.bias])

    def ours(self, name: str, array: Any, wanted: tuple[int, ...]) -> Any:
        """An array of theirs in the course's; one of another size stays as it is."""
        array = np.asarray(array)
        if self.vectors and array.size == np.prod(wanted) and array.ndim < 2:
            return array.reshape(wanted)
        if name[0] == "W":
            return array.T if self.out_in else array
        # a wrong size is the mistake
        return array.reshape(wanted) if array.size == np.prod(wanted) and array.ndim <= 2 else array


def names_of(depth: int) -> tuple[str, ...]:
    """W1 b1 W2 b2 ..."""
    return tuple(f"{p}{k}" for k in range(1, depth + 1) for p in "Wb")


def attribute(subject: Subject, owner: Handle, name: str) -> Any:
    """An attribute, or None where there is none or it is nothing plain."""
    try:
        return subject.box.get(owner, name)
    except Failed:
        return None


def attributes(subject: Subject, owner: Handle, names: Iterable[str]) -> Mapping[str, Any]:
    """Those of these attributes that there are, in one call: each is one of another process."""
    try:
        return subject.box.attributes(owner, tuple(names))
    except Failed:
        return {}


def keys_for(name: str, depth: int, before: str = "") -> set[str]:
    """How an array such as W1 is called, without case and underscores, after d or grad."""
    number = int(name[1:])
    spelled = {f"{stem}{number}" for stem in _NUMBERED[name[0]]}
    if depth == 2:
        position = names_of(2).index(name)
        spelled |= {names[position] for names in _NAMED}
    if depth == 1:
        spelled |= set(_ALONE[name[0]])
    return {plain(before + name_there) for name_there in spelled}


def entry(found: Mapping[Any, Any], keys: set[str]) -> Any:
    """The key of a dict that is one of these names, or None."""
    return next((k for k in found if isinstance(k, str) and plain(k) in keys), None)


def places(subject: Subject, net: Handle, depth: int) -> list[dict[str, Place]]:
    """Every set of places in which it keeps W1 b1 W2 b2; the first is what it is read from."""
    # all of them are written: a dictionary and layers may each hold the arrays, and either may be
    # read
    spellings = _spellings(depth)
    names = {*DICTIONARIES, *chain(*spellings), *chain(*LISTS)}
    held = attributes(subject, net, names)
    sets = [*_in_dictionaries(held, net, depth), *_as_attributes(held, net, depth, spellings),
            *_in_lists(held, net, depth), *_in_layers(subject, net, depth)]  # fmt: skip
    return [each for each in sets if len(each) == 2 * depth]


def _in_dictionaries(held: _Held, net: Handle, depth: int) -> Iterator[dict[str, Place]]:
    for where in DICTIONARIES:
        container = held.get(where)
        if isinstance(container, dict):
            keys = {n: entry(container, keys_for(n, depth)) for n in names_of(depth)}
            yield {n: Place(net, where, k) for n, k in keys.items() if k is not None}
        elif (
            isinstance(container, list)
            and len(container) == 2 * depth
            and all(map(_is_array, container))
        ):
            yield {n: Place(net, where, i) for i, n in enumerate(names_of(depth))}


def _spellings(depth: int) -> list[tuple[str, ...]]:
    """How people call the attributes W1 b1 W2 b2 ..."""
    # hidden and output: with three layers these names no longer say which
    spellings = [names_of(depth), *(_NAMED if depth == 2 else ())]
    if depth == 1:
        spellings += [
            (W, bias) for W in (*_ALONE["W"], "w", "coef_") for bias in (*_ALONE["b"], "intercept_")
        ]
    for W, bias in (("w", "b"), ("W_", "b_"), ("w_", "b_"), ("weights", "bias"), ("weight", "bias"),
                 ("W", "B"), ("weights", "biases"), ("weights_", "bias_"), ("w", "bias")):  # fmt: skip
        spellings.append(tuple(f"{p}{k}" for k in range(1, depth + 1) for p in (W, bias)))
    return spellings


def _as_attributes(
    held: _Held, net: Handle, depth: int, spellings: Iterable[tuple[str, ...]]
) -> Iterator[dict[str, Place]]:
    for spelled in spellings:
        values = [held.get(name) for name in spelled]
        # the bias of one unit may be a number
        of_one_unit = depth == 1 and isinstance(values[1], float)
        if all(map(_is_array, values[:1] if of_one_unit else values)):
            yield {n: Place(net, a) for n, a in zip(names_of(depth), spelled, strict=True)}
            return


def _in_lists(held: _Held, net: Handle, depth: int) -> Iterator[dict[str, Place]]:
    for weights_name, bias_name in LISTS:
        both = held.get(weights_name), held.get(bias_name)
        lists = [each for each in both if isinstance(each, list) and len(each) == depth]
        # others are lists of layer sizes, say
        if len(lists) == 2 and all(_is_array(a) for each in lists for a in each):
            spelled = {"W": weights_name, "b": bias_name}
            yield {n: Place(net, spelled[n[0]], int(n[1:]) - 1) for n in names_of(depth)}


def layers(subject: Subject, net: Handle) -> list[Handle]:
    """The layers of which it is built that have weights, in order."""
    members: list[Any] = []
    single = [f"{stem}{k}" for stem in LAYER for k in (1, 2, 3, 4)]
    single += ["hidden", "output", "hidden_layer", "output_layer"]
    held = attributes(subject, net, (*LAYERS, *single))
    for container in map(held.get, LAYERS):
        if isinstance(container, dict):
            members += container.values()
        elif isinstance(container, (list, tuple)):
            members += container
    # no list of layers: each is an attribute of its own
    if not any(isinstance(each, Handle) for each in members):
        members = [held.get(name) for name in single]
    handles = [each for each in members if isinstance(each, Handle)]
    return [each for each in handles if _places_of_layer(subject, each)]


def _held_by(held: _Held, names: Sequence[str]) -> str:
    return next((n for n in names if _is_array(held.get(n))), "")


def _places_of_layer(subject: Subject, layer: Handle) -> tuple[Place, Place] | None:
    """Where a layer keeps its W and b."""
    held = attributes(subject, layer, (*_W_OF_LAYER, *_B_OF_LAYER, "params"))
    W, b = _held_by(held, _W_OF_LAYER), _held_by(held, _B_OF_LAYER)
    if W and b:
        return Place(layer, W), Place(layer, b)
    container = held.get("params")
    if isinstance(container, list) and len(container) == 2:
        return Place(layer, "params", 0), Place(layer, "params", 1)
    if isinstance(container, dict):
        keys = entry(container, {"w", "weight"}), entry(container, {"b", "bias"})
        if None not in keys:
            return Place(layer, "params", keys[0]), Place(layer, "params", keys[1])
    return None


def _in_layers(subject: Subject, net: Handle, depth: int) -> Iterator[dict[str, Place]]:
    layer_places = [_places_of_layer(subject, layer) for layer in layers(subject, net)]
    if len(layer_places) == depth:
        yield {f"{p}{k}": place for k, both in enumerate(layer_places, 1) if both
               for p, place in zip("Wb", both, strict=True)}  # fmt: skip


def _is_array(value: Any) -> bool:
    # a W of one output may be a vector
    return isinstance(value, np.ndarray) and value.ndim in (1, 2)


def read(subject: Subject, places: Mapping[str, Place]) -> dict[str, Any]:
    """The arrays that stand there, by name."""
    wanted: dict[Handle, set[str]] = {}
    for place in places.values():
        wanted.setdefault(place.owner, set()).add(place.attribute)
    held = {owner: attributes(subject, owner, names) for owner, names in wanted.items()}
    return {n: _inside(held[p.owner].get(p.attribute), p) for n, p in places.items()}


def _inside(container: Any, place: Place) -> Any:
    return container if place.key is None or container is None else container[place.key]


def write(
    subject: Subject, everywhere: Sequence[Mapping[str, Place]], arrays: Mapping[str, Any]
) -> None:
    """Put arrays where it keeps its own; layers and dictionaries share them, as they did."""
    shared = {name: subject.box.keep(a) for name, a in arrays.items()}
    for by_name in everywhere:
        # a dict is fetched, changed and set once, and not once for each of its arrays
        for (owner, where), names in _grouped(by_name).items():
            container = attribute(subject, owner, where)
            if isinstance(container, (dict, list)):
                for name in names:
                    container[by_name[name].key] = shared[name]
                subject.box.set(owner, where, container)
            else:
                subject.box.set(owner, where, shared[names[0]])


def _grouped(by_name: Mapping[str, Place]) -> dict[tuple[Handle, str], list[str]]:
    groups: dict[tuple[Handle, str], list[str]] = {}
    for name, place in by_name.items():
        groups.setdefault((place.owner, place.attribute), []).append(name)
    return groups


def is_out_in(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether W1 W2 without biases are (out, in): each takes what the one before gives."""
    W1, W2 = arrays["W1"], arrays.get("W2")
    if W2 is None or np.ndim(W2) < 2:
        return False
    return bool(W1.shape[1] != W2.shape[0] and W1.shape[0] == W2.shape[1])


def layout_of(arrays: Mapping[str, np.ndarray]) -> Layout:
    """The layout in which somebody made W1 b1 W2 b2."""
    W1, b1 = np.asarray(arrays["W1"]), np.atleast_1d(arrays["b1"])
    W2 = np.asarray(arrays.get("W2", W1.T))
    # square matrices fit both ways: then a column of biases says (out, in), as W x + b has it
    out_in = W1.shape[0] == b1.size and W1.shape[0] == W2.shape[-1] and (
        W1.shape[1] != b1.size or W1.shape[1] != W2.shape[0] or b1.ndim == 2 and b1.shape[1] == 1
    )  # fmt: skip
    if b1.ndim == 1:
        return Layout(out_in)
    # (1, 1) fits both: taken for (1, H)
    return Layout(out_in, "H1" if b1.shape[1] == 1 and b1.shape[0] > 1 else "1H")
