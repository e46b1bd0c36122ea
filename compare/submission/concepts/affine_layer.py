"""§1 and §5: the affine map as a layer class that keeps its weights, input and gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare.sandbox import Handle
from compare.submission.concept import Arrangement, Concept, Meaning
from compare.submission.concepts import objects
from compare.submission.concepts.activations import number
from compare.submission.concepts.affine import (
    FORWARD_MISTAKES,
    LAYOUTS,
    Layout,
    affine,
    arranged,
    generic,
    joined,
    legal,
    roles,
)
from compare.submission.concepts.affine_gradients import (
    UPDATING,
    as_bias,
    in_course,
    meanings,
    named,
    right,
)
from compare.submission.concepts.arguments import bare, is_upstream
from compare.submission.texts import Text

UPDATES = Text(
    "backward changes the weights itself",
    "逆伝播の中で重みも更新する（backward が学習率を受け取る）",
)
RETURNS = Text("backward returns all gradients", "逆伝播がすべての勾配を返す")
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
_ZERO = ("zero_grad", "zero_grads", "zero_gradients", "clear_grad", "cleargrads", "reset_grad")


def _from_weights(s: Any) -> bool:
    return roles(s.required) == ("W", "b")


def _sized(s: Any) -> bool:
    return len(s.required) == 2 and not set(roles(s.required)) & {"W", "b"}


def _made(s: Any, given: Mapping[str, Any]) -> Handle:
    """A layer that holds W and b: given them, or made by its sizes and set."""
    if _from_weights(s):
        return objects.made(s, given["W"], given["b"])
    sizes = given["inside"], given["outside"]
    layer = objects.made(s, *(sizes[::-1] if "out" in bare(s.required[0]) else sizes))
    _set(s, layer, given)
    return layer


def _set(s: Any, layer: Handle, given: Mapping[str, Any]) -> None:
    found = 0
    for names, of in ((_WEIGHTS, "W"), (_BIAS, "b")):
        if objects.has(s, layer, names):
            name, old = objects.attribute(s, layer, names)
            s.box.set(layer, name, _like(old, given[of]))
            found += 1
    if objects.has(s, layer, _HOLDERS):
        name, old = objects.attribute(s, layer, _HOLDERS)
        s.box.set(layer, name, _replaced(old, given))
        found += 1
    if not found and not _set_by_shape(s, layer, given):
        raise AttributeError("it has no W and b that could be set")


def _set_by_shape(s: Any, layer: Handle, given: Mapping[str, Any]) -> bool:
    """W and b where they are called otherwise: the only array of each size."""
    there = {n: v for n, v in objects.everything(s, layer).items() if "." not in n}
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


def _arrays(layout: Layout, a: Any) -> dict[str, Any]:
    inside, outside = a["W"].shape
    return {**arranged(layout, a), "inside": inside, "outside": outside}


def _run(s: Any, layer: Handle, layout: Layout, given: Mapping[str, Any]) -> Any:
    u = objects.forward(s, layer, given["x"])
    return layout.samples(u), objects.backward(s, layer, given["delta"])


def _places(
    s: Any, layer: Handle, before: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, str]:
    """Where the gradients are that backward left in attributes of other names than usual."""
    known = _known(s, layer)
    if len(known) == 2:
        return {}
    new = objects.renewed(before, objects.everything(s, layer))
    new = {n: v for n, v in new.items() if not any(np.array_equal(v, k) for k in known.values())}
    found = {}
    for of in sorted({"W", "b"} - known.keys()):
        fit = [n for n, v in new.items() if v.shape == given[of].shape or _flatly(v, given[of])]
        said = [n for n in fit if of.lower() in bare(n)] or fit
        said = said or [n for n in new if bare(n.rpartition(".")[2]).endswith(of.lower())]
        if len(said) == 1:
            found[of] = said[0]
    return found


def _gradients(s: Any, layer: Handle, places: Mapping[str, str]) -> dict[str, Any]:
    """grad W and grad b, each empty where only the other is kept.   Raises AttributeError."""
    there = objects.everything(s, layer) if places else {}
    found = _known(s, layer) | {of: there[name] for of, name in places.items() if name in there}
    if not found:
        raise AttributeError("it keeps no gradients of W and b")
    return {n: found.get(n, np.zeros(0)) for n in ("W", "b")}


def _flatly(v: np.ndarray, given: np.ndarray) -> bool:
    """Whether it is a bias in another form: (O,), (1, O) or (O, 1)."""
    one = given.ndim == 1 or 1 in given.shape
    return one and v.size == given.size and max(v.shape, default=0) == v.size


def _zeroed(s: Any, layer: Handle) -> None:
    name = objects.method_of(s, _ZERO)
    if name:
        s.method(layer, name)


def _kept(layout: Layout) -> Callable[[Any, Any], Any]:
    """The gradients that the layer keeps, after a pass and after another on x reversed."""

    def call(s: Any, a: Any) -> Any:
        given = _arrays(layout, a)
        again = _arrays(layout, {**a, "x": np.copy(a["x"][::-1])})
        layer = _made(s, given)
        u = layout.samples(objects.forward(s, layer, given["x"]))
        before = objects.everything(s, layer)
        dx = objects.backward(s, layer, given["delta"])
        places = _places(s, layer, before, given)
        first = in_course(layout, {"x": dx, **_gradients(s, layer, places)})
        _zeroed(s, layer)
        other, _ = _run(s, layer, layout, again)
        second = in_course(layout, _gradients(s, layer, places))
        return {"u": u, **first, "again/u": other, **{f"again/{n}": v for n, v in second.items()}}

    return call


def _known(s: Any, layer: Handle) -> dict[str, Any]:
    """grad W and grad b, where they are called as usual."""
    found: dict[str, Any] = {}
    for of, names, position in (("W", _OF_W, 0), ("b", _OF_B, 1)):
        try:
            found[of] = objects.attribute(s, layer, names)[1]
        except AttributeError:
            found |= _held(s, layer, of, names, position)
    return found


def _held(s: Any, layer: Handle, of: str, names: tuple[str, ...], position: int) -> dict[str, Any]:
    own = _WEIGHTS if of == "W" else _BIAS
    try:
        holder = objects.attribute(s, layer, _GRADIENTS)[1]
        return {of: objects.member(holder, (*names, *own), position)}
    except (AttributeError, StopIteration, IndexError, KeyError, TypeError):
        return {}


def _returned(layout: Layout) -> Callable[[Any, Any], Any]:
    def call(s: Any, a: Any) -> Any:
        given = _arrays(layout, a)
        layer = _made(s, given)
        u, result = _run(s, layer, layout, given)
        return {"u": u, **in_course(layout, named(result, False))}

    return call


def _updating(layout: Layout) -> Callable[[Any, Any], Any]:
    """W and b after backward has taken a step of rate 1."""

    def call(s: Any, a: Any) -> Any:
        given = _arrays(layout, a)
        layer = _made(s, given)
        u, dx = _run(s, layer, layout, given)
        W = objects.attribute(s, layer, _WEIGHTS)[1]
        b = objects.attribute(s, layer, _BIAS)[1]
        return {
            "u": u,
            "grad/x": layout.samples(dx),
            "updated/W": layout.weights(W),
            "updated/b": as_bias(b),
        }

    return call


def _takes(s: Any) -> bool:
    return objects.is_layer(s) and (_from_weights(s) or _sized(s))


def _takes_rate(s: Any) -> bool:
    return _takes(s) and objects.updates(s)


def _takes_no_rate(s: Any) -> bool:
    return _takes(s) and not objects.updates(s)


def _wrong_forward(f: Callable[[Any], Any], cause: str, blanks: Any) -> Meaning:
    """A wrong forward pass: of the way back nothing is expected but its shape."""

    def formula(a: Any) -> Any:
        open_ = {n: number(np.asarray(v.value)).widened(np.inf) for n, v in right(a).items()}
        return {**open_, "u": f(a)}

    return Meaning(formula, cause, blanks=blanks)


CONCEPTS = (
    Concept(
        "affine_layer",
        "§5",
        "u = x W + b, grad x = delta W^T, grad W = x^T delta, grad b = sum of delta",
        ("affine", "linear", "dense", "fully_connected", "affine_layer", "linear_layer",
         "dense_layer", "layer_dense", "fc", "fc_layer", "fully_connected_layer",
         "layer_linear", "layer_affine", "inner_product", "matmul_bias"),
        (*generic("affine_layer"), *legal("affine_layer")),
        (
            *(Arrangement(_kept(x), x.convention, _takes_no_rate, x.layout) for x in LAYOUTS),
            *(Arrangement(_returned(x), joined(x.convention, RETURNS), _takes_no_rate, x.layout)
              for x in LAYOUTS),
            *(Arrangement(_updating(x), joined(x.convention, UPDATES), _takes_rate, x.layout)
              for x in LAYOUTS),
        ),
        (
            *UPDATING,
            *meanings(affine),
            *(_wrong_forward(f, cause, blanks) for f, cause, blanks in FORWARD_MISTAKES),
        ),
        lambda side, a: {"u": side.get("affine.affine")(a["x"], a["W"], a["b"])},
        objects.is_layer,
        lends=is_upstream,
    ),
)  # fmt: skip
