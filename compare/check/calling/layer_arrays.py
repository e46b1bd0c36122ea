"""Where a layer holds W, b and their gradients: by the usual names, else by their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.concepts.affine import roles
from compare.check.naming.arguments import bare
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


def set_weights(s: Any, layer: Handle, given: Mapping[str, Any]) -> None:
    """Gives the layer these W and b.   Raises AttributeError."""
    found = 0
    for names, of in ((_WEIGHTS, "W"), (_BIAS, "b")):
        if layers.has(s, layer, names):
            name, old = layers.attribute(s, layer, names)
            s.box.set(layer, name, _like(old, given[of]))
            found += 1
    if layers.has(s, layer, _HOLDERS):
        name, old = layers.attribute(s, layer, _HOLDERS)
        s.box.set(layer, name, _replaced(old, given))
        found += 1
    if not found and not _set_by_shape(s, layer, given):
        raise AttributeError("it has no W and b that could be set")


def _set_by_shape(s: Any, layer: Handle, given: Mapping[str, Any]) -> bool:
    """W and b where they are called otherwise: the only array of each size."""
    there = {n: v for n, v in layers.everything(s, layer).items() if "." not in n}
    for of in ("W", "b"):
        fit = [n for n, v in there.items() if v.ndim and _axes(v) == _axes(given[of])]
        if len(fit) != 1:
            return False
        s.box.set(layer, fit[0], _like(there[fit[0]], given[of]))
    return True


def _axes(a: np.ndarray) -> list[int]:
    """Its shape without axes of 1, in whatever order."""
    return sorted(n for n in a.shape if n > 1)


def _like(old: Any, new: np.ndarray) -> np.ndarray:
    """b with as many axes as it had; W as it is."""
    if np.ndim(old) == 2 and new.ndim == 1:
        return new.reshape(1, -1)
    if np.ndim(old) == 1 and new.ndim == 2 and 1 in new.shape:
        return new.reshape(-1)
    return new


def _replaced(old: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(old, Mapping):
        role = {key: (roles((str(key),))[0]) for key in old}
        return {key: _like(v, given[role[key]]) if role[key] else v for key, v in old.items()}
    return [_like(v, given[of]) for v, of in zip(old, ("W", "b"), strict=False)]


def weights(s: Any, layer: Handle, given: Mapping[str, Any]) -> tuple[Any, Any]:
    """W and b as the layer has them now.   Raises AttributeError."""
    there: dict[str, np.ndarray] = {}
    found = []
    for names, of in ((_WEIGHTS, "W"), (_BIAS, "b")):
        if layers.has(s, layer, names):
            found.append(layers.attribute(s, layer, names)[1])
            continue
        there = there or _without(layers.everything(s, layer), (given["x"], given["delta"]))
        fit = [v for v in there.values() if v.ndim and _axes(v) == _axes(given[of])]
        if len(fit) != 1:
            raise AttributeError(f"it has no {of} that can be told")
        found += fit
    return found[0], found[1]


def _without(there: Mapping[str, np.ndarray], given: tuple[Any, ...]) -> dict[str, np.ndarray]:
    """The attributes that are not what was handed in."""
    return {n: v for n, v in there.items() if not any(np.array_equal(v, a) for a in given)}


def places(
    s: Any, layer: Handle, before: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, str]:
    """Where the gradients are that backward left in attributes of other names than usual."""
    known = _known(s, layer)
    if len(known) == 2:
        return {}
    new = layers.renewed(before, layers.everything(s, layer))
    new = {n: v for n, v in new.items() if not any(np.array_equal(v, k) for k in known.values())}
    found = {}
    for of in sorted({"W", "b"} - known.keys()):
        fit = [n for n, v in new.items() if v.shape == given[of].shape or _flatly(v, given[of])]
        said = [n for n in fit if of.lower() in bare(n)] or fit
        said = said or [n for n in new if bare(n.rpartition(".")[2]).endswith(of.lower())]
        if len(said) == 1:
            found[of] = said[0]
    return found


def gradients(s: Any, layer: Handle, places: Mapping[str, str]) -> dict[str, Any]:
    """grad W and grad b, each empty where only the other is kept.   Raises AttributeError."""
    there = layers.everything(s, layer) if places else {}
    found = _known(s, layer) | {of: there[name] for of, name in places.items() if name in there}
    if not found:
        raise AttributeError("it keeps no gradients of W and b")
    return {n: found.get(n, np.zeros(0)) for n in ("W", "b")}


def _flatly(v: np.ndarray, given: np.ndarray) -> bool:
    """Whether it is a bias in another form: (O,), (1, O) or (O, 1)."""
    one = given.ndim == 1 or 1 in given.shape
    return one and v.size == given.size and max(v.shape, default=0) == v.size


def _known(s: Any, layer: Handle) -> dict[str, Any]:
    """grad W and grad b, where they are called as usual."""
    found: dict[str, Any] = {}
    for of, names, position in (("W", _OF_W, 0), ("b", _OF_B, 1)):
        try:
            found[of] = layers.attribute(s, layer, names)[1]
        except AttributeError:
            found |= _held(s, layer, of, names, position)
    return found


def _held(s: Any, layer: Handle, of: str, names: tuple[str, ...], position: int) -> dict[str, Any]:
    own = _WEIGHTS if of == "W" else _BIAS
    try:
        holder = layers.attribute(s, layer, _GRADIENTS)[1]
        return {of: layers.member(holder, (*names, *own), position)}
    except (AttributeError, StopIteration, IndexError, KeyError, TypeError):
        return {}
