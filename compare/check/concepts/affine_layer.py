"""§1 and §5: the affine map as a layer class that keeps its weights, input and gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.calling import layer_arrays, layers
from compare.check.concept import CallStyle, Concept, Form
from compare.check.concepts.activations import number
from compare.check.concepts.affine import (
    FORWARD_MISTAKES,
    LAYOUTS,
    Layout,
    affine,
    arranged,
    generic,
    legal,
    roles,
)
from compare.check.concepts.affine_gradients import (
    UPDATING,
    as_bias,
    in_course,
    meanings,
    named,
    right,
)
from compare.check.i18n.text import Text, joined
from compare.check.naming.arguments import is_upstream
from compare.check.naming.network_parameters import plain
from compare.language.message import message
from compare.sandbox.interface import Handle

UPDATES = Text(
    "backward changes the weights itself",
    "逆伝播の中で重みも更新する（backward が学習率を受け取る）",
)
RETURNS = Text("backward returns all gradients", "逆伝播がすべての勾配を返す")
WITHOUT_BIAS = Text("without a bias", "バイアスなし")
_UNBIASED = "without a bias"
_ZERO = ("zero_grad", "zero_grads", "zero_gradients", "clear_grad", "cleargrads", "reset_grad")


def _from_weights(s: Any) -> bool:
    return roles(layers.needed(s)) == ("W", "b")


def _sized(s: Any) -> bool:
    needed = layers.needed(s)
    return len(needed) == 2 and not set(roles(needed)) & {"W", "b"}


def _from_weights_alone(s: Any) -> bool:
    return roles(layers.needed(s)) == ("W",)


def _made(s: Any, given: Mapping[str, Any]) -> Handle:
    """A layer that holds W and b, or W alone: given them, or made by its sizes and set."""
    if _from_weights(s):
        return layers.made(s, given["W"], given["b"])
    if _from_weights_alone(s):
        layer = layers.made(s, given["W"])
    else:
        sizes = given["inside"], given["outside"]
        layer = layers.made(s, *(sizes[::-1] if "out" in plain(layers.needed(s)[0]) else sizes))
        layer_arrays.set_weights(s, layer, given)
    if not layer_arrays.has_bias(s, layer, given):
        s.traits[_UNBIASED] = None
    return layer


def _shown(s: Any, results: Mapping[str, Any]) -> dict[str, Any]:
    """The results, of which a layer without a bias has none by b."""
    unbiased = _UNBIASED in s.traits
    return {n: v for n, v in results.items() if not (unbiased and n.endswith("/b"))}


def _arrays(layout: Layout, a: Any) -> dict[str, Any]:
    inside, outside = a["W"].shape
    return {**arranged(layout, a), "inside": inside, "outside": outside}


def _run(s: Any, layer: Handle, layout: Layout, given: Mapping[str, Any]) -> Any:
    u = layers.forward(s, layer, given["x"])
    dx = layers.backward(s, layer, given["delta"], given["x"], u)
    return layout.samples(u), dx


def _zeroed(s: Any, layer: Handle) -> None:
    name = layers.method_of(s, _ZERO)
    if name:
        s.method(layer, name)


def _kept(layout: Layout) -> Callable[[Any, Any], Any]:
    """The gradients that the layer keeps, after a pass and after another on x reversed."""

    def call(s: Any, a: Any) -> Any:
        given = _arrays(layout, a)
        again = _arrays(layout, {**a, "x": np.copy(a["x"][::-1])})
        layer = _made(s, given)
        out = layers.forward(s, layer, given["x"])
        before = layers.everything(s, layer)
        dx = layers.backward(s, layer, given["delta"], given["x"], out)
        places = layer_arrays.places(s, layer, before, given)
        first = in_course(layout, {"x": dx, **layer_arrays.gradients(s, layer, places)})
        _zeroed(s, layer)
        other, _ = _run(s, layer, layout, again)
        second = in_course(layout, layer_arrays.gradients(s, layer, places))
        u = layout.samples(out)
        again_by = {f"again/{n}": v for n, v in second.items()}
        return _shown(s, {"u": u, **first, "again/u": other, **again_by})

    return call


def _returned(layout: Layout) -> Callable[[Any, Any], Any]:
    def call(s: Any, a: Any) -> Any:
        given = _arrays(layout, a)
        layer = _made(s, given)
        u, result = _run(s, layer, layout, given)
        return _shown(s, {"u": u, **in_course(layout, named(result, False))})

    return call


def _updating(layout: Layout) -> Callable[[Any, Any], Any]:
    """W and b after backward has taken a step of rate 1."""

    def call(s: Any, a: Any) -> Any:
        given = _arrays(layout, a)
        layer = _made(s, given)
        u, dx = _run(s, layer, layout, given)
        wanted = ("W",) if _UNBIASED in s.traits else ("W", "b")
        held = layer_arrays.weights(s, layer, given, wanted)
        results = {"u": u, "grad/x": layout.samples(dx), "updated/W": layout.weights(held["W"])}
        if "b" not in held:
            return results
        if np.size(held["b"]) != np.size(given["b"]):
            shape = str(np.shape(held["b"]))
            raise ValueError(message("its bias has the shape {shape} after a step", shape=shape))
        return {**results, "updated/b": as_bias(held["b"])}

    return call


def _takes(s: Any) -> bool:
    return layers.is_layer(s) and (_from_weights(s) or _from_weights_alone(s) or _sized(s))


def _takes_rate(s: Any) -> bool:
    return _takes(s) and layers.updates(s)


def _takes_no_rate(s: Any) -> bool:
    return _takes(s) and not layers.updates(s)


def _wrong_forward(f: Callable[[Any], Any], cause: str, blanks: Any) -> Form:
    """A wrong forward pass: of the way back nothing is expected but its shape."""

    def formula(a: Any) -> Any:
        open_ = {n: number(np.asarray(v.value)).widened(np.inf) for n, v in right(a).items()}
        return {**open_, "u": f(a)}

    return Form(formula, cause, blanks=blanks)


def _unbiased(form: Form) -> Form:
    """The same of a layer that has no bias."""

    def formula(a: Any) -> Any:
        found = form.formula({**a, "b": number(a["b"]) * 0.0})
        return {name: value for name, value in found.items() if not name.endswith("/b")}

    convention = None if form.cause else joined(form.convention, WITHOUT_BIAS)
    return replace(form, formula=formula, convention=convention,
                   takes=lambda s: _UNBIASED in s.traits)  # fmt: skip


_MEANINGS = meanings(affine)
CONCEPTS = (
    Concept(
        "affine_layer",
        "§5",
        "u = x W + b, grad x = delta W^T, grad W = x^T delta, grad b = sum_n delta_n",
        ("affine", "linear", "inner_product", "matmul_bias"),
        (*generic("affine_layer"), *legal("affine_layer")),
        (
            *(CallStyle(_kept(x), x.convention, _takes_no_rate, x.layout) for x in LAYOUTS),
            *(CallStyle(_returned(x), joined(x.convention, RETURNS), _takes_no_rate, x.layout)
              for x in LAYOUTS),
            *(CallStyle(_updating(x), joined(x.convention, UPDATES), _takes_rate, x.layout, True)
              for x in LAYOUTS),
        ),
        (
            _MEANINGS[0],
            *map(_unbiased, (*_MEANINGS, *UPDATING)),
            *UPDATING,
            *_MEANINGS[1:],
            *(_wrong_forward(f, cause, blanks) for f, cause, blanks in FORWARD_MISTAKES),
        ),
        lambda side, a: {"u": side.get("affine.affine")(a["x"], a["W"], a["b"])},
        layers.is_layer,
        lends=is_upstream,
    ),
)  # fmt: skip
