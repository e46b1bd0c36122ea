"""Where a layer holds W, b and their gradients: by the usual names, else by their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.concepts.affine import roles
from compare.check.naming.network_parameters import plain
from compare.language.message import message
from compare.sandbox.interface import Handle

_WEIGHTS = ("W", "w", "weights", "weight", "Weights", "kernel", "theta")
_BIAS = ("b", "bias", "biases", "B", "Bias")
_HOLDERS = ("params", "param", "parameters")
_OF_W = ("dW", "dw", "dweights", "dWeights", "d_W", "d_w", "grad_W", "grad_w", "W_grad", "w_grad",
         "gradW", "gW", "weights_grad", "weights_gradient", "grad_weights", "grad_weight",
         "weight_grad", "d_weights", "delta_W", "delta_w")  # fmt: skip
_OF_B = ("db", "dB", "dbias", "dbiases", "d_b", "grad_b", "b_grad", "gradb", "gb", "biases_grad",
         "bias_gradient", "bias_grad", "grad_bias", "grad_biases", "d_bias", "delta_b",
         "biases_gradient")  # fmt: skip
_GRADIENTS = ("grads", "grad", "gradients")
_PLACES = "gradient_places"


def set_weights(subject: Any, layer: Handle, values: Mapping[str, Any]) -> None:
    """Gives the layer these W and b.   Raises AttributeError."""
    # beside the attributes: some keep both, and read one here and the other there
    held = layers.has(subject, layer, _HOLDERS)
    if held:
        name, old = layers.attribute(subject, layer, _HOLDERS)
        subject.box.set(layer, name, _replaced(old, values))
    for names, role in ((_WEIGHTS, "W"), (_BIAS, "b")):
        if layers.has(subject, layer, names):
            name, old = layers.attribute(subject, layer, names)
            subject.box.set(layer, name, _like(old, values[role]))
        elif not held and (role == "W" or has_bias(subject, layer, values)):
            _set_by_shape(subject, layer, role, values[role])


def has_bias(subject: Any, layer: Handle, values: Mapping[str, Any]) -> bool:
    """Whether it holds an array that may be b, whatever that is called."""
    if layers.has(subject, layer, _BIAS):
        return True
    held = layers.everything(subject, layer)
    # of one number there may be others
    return any(v.size > 1 and _axes(v) == _axes(values["b"]) for v in held.values())


def _set_by_shape(subject: Any, layer: Handle, role: str, value: np.ndarray) -> None:
    """W or b where it is called otherwise: the only array of its size.   Raises AttributeError."""
    attributes = {n: v for n, v in layers.everything(subject, layer).items() if "." not in n}
    # by sizes and not by shapes: (O, I) is W, and (1, O) is b
    fitting = [n for n, v in attributes.items() if v.ndim and _axes(v) == _axes(value)]
    if len(fitting) != 1:
        raise AttributeError(message("it has no W and b that could be set"))
    subject.box.set(layer, fitting[0], _like(attributes[fitting[0]], value))


def _axes(array: np.ndarray) -> list[int]:
    """Its shape without axes of 1, in whatever order."""
    # in order of size, so that a transposed W is found as well
    return sorted(n for n in array.shape if n > 1)


def _like(old: Any, new: np.ndarray) -> np.ndarray:
    """b with as many axes as it had; W as it is."""
    if np.ndim(old) == 2 and new.ndim == 1:
        return new.reshape(1, -1)
    if np.ndim(old) == 1 and new.ndim == 2 and 1 in new.shape:
        return new.reshape(-1)
    return new


def _replaced(old: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(old, Mapping):
        role = {key: (roles((str(key),))[0]) for key in old}
        return {key: _like(v, values[role[key]]) if role[key] else v for key, v in old.items()}
    # not strict: a list may have W alone
    return [_like(v, values[name]) for v, name in zip(old, ("W", "b"), strict=False)]


def weights(
    subject: Any, layer: Handle, inputs: Mapping[str, Any], wanted: Sequence[str] = ("W", "b")
) -> dict[str, Any]:
    """W and b as the layer has them now.   Raises AttributeError."""
    attributes: dict[str, np.ndarray] = {}
    values = {}
    for role in wanted:
        names = _WEIGHTS if role == "W" else _BIAS
        if layers.has(subject, layer, names):
            values[role] = layers.attribute(subject, layer, names)[1]
            continue
        # what it remembers of the call may have the shape of W
        attributes = attributes or _without(
            layers.everything(subject, layer), (inputs["x"], inputs["delta"])
        )
        fitting = [v for v in attributes.values() if v.ndim and _axes(v) == _axes(inputs[role])]
        if len(fitting) != 1:
            raise AttributeError(message("it has no {kind} that can be told", kind=role))
        values[role] = fitting[0]
    return values


def _without(
    attributes: Mapping[str, np.ndarray], inputs: tuple[Any, ...]
) -> dict[str, np.ndarray]:
    """The attributes that are not what was handed in."""
    return {n: v for n, v in attributes.items() if not any(np.array_equal(v, a) for a in inputs)}


def places(
    subject: Any, layer: Handle, before: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, str]:
    """The attributes in which backward stored the gradients, where their names are unusual.

    What one problem has shown holds for the next, whose sizes may be alike.
    """
    known = _known(subject, layer)
    # both under usual names: no search that could find another array
    if len(known) == 2:
        return {}
    changed = layers.renewed(before, layers.everything(subject, layer))
    # the same array under a second name is no second gradient
    changed = {
        n: v for n, v in changed.items() if not any(np.array_equal(v, k) for k in known.values())
    }
    by_role = {}
    for role in sorted({"W", "b"} - known.keys()):
        fitting = [
            n
            for n, v in changed.items()
            if v.shape == inputs[role].shape or _is_bias_like(v, inputs[role])
        ]
        named = [n for n in fitting if role.lower() in plain(n)] or fitting
        named = named or [n for n in changed if plain(n.rpartition(".")[2]).endswith(role.lower())]
        if len(named) == 1:
            by_role[role] = named[0]
    shown: dict[str, str] = subject.made.setdefault(_PLACES, {})
    if not shown and by_role.keys() | known.keys() == {"W", "b"}:
        shown |= by_role
    return shown or by_role


def gradients(subject: Any, layer: Handle, places: Mapping[str, str]) -> dict[str, Any]:
    """grad W and grad b, each empty where only the other is kept.   Raises AttributeError."""
    attributes = layers.everything(subject, layer) if places else {}
    by_role = _known(subject, layer) | {
        role: attributes[name] for role, name in places.items() if name in attributes
    }
    if not by_role:
        raise AttributeError(message("it keeps no gradients of W and b"))
    # an empty array differs from any gradient: a layer that forgets b is told so
    return {n: by_role.get(n, np.zeros(0)) for n in ("W", "b")}


def _is_bias_like(value: np.ndarray, bias: np.ndarray) -> bool:
    """Whether it is a bias in another form: (O,), (1, O) or (O, 1)."""
    is_vector = bias.ndim == 1 or 1 in bias.shape
    return is_vector and value.size == bias.size and max(value.shape, default=0) == value.size


def _known(subject: Any, layer: Handle) -> dict[str, Any]:
    """grad W and grad b, where they are called as usual."""
    by_role: dict[str, Any] = {}
    for role, names, position in (("W", _OF_W, 0), ("b", _OF_B, 1)):
        try:
            by_role[role] = layers.attribute(subject, layer, names)[1]
        except AttributeError:
            by_role |= _in_container(subject, layer, role, names, position)
    return by_role


def _in_container(
    subject: Any, layer: Handle, role: str, names: tuple[str, ...], position: int
) -> dict[str, Any]:
    weight_names = _WEIGHTS if role == "W" else _BIAS
    try:
        holder = layers.attribute(subject, layer, _GRADIENTS)[1]
        if isinstance(holder, np.ndarray):  # one of them, whose rows are none
            return {}
        return {role: layers.member(holder, (*names, *weight_names), position)}
    except (AttributeError, StopIteration, IndexError, KeyError, TypeError):
        return {}
