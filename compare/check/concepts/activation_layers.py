"""§2 and §5: activation functions as layer classes with a forward and a backward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.calling.functions import COLUMNS
from compare.check.concept import OF_COLUMNS, ROWS, CallStyle, Concept, Form, Tried
from compare.check.concepts import activation_derivatives, softmax
from compare.check.concepts.activations import (
    FROM_EXP,
    FROM_TANH,
    WRITTEN,
    mistakes_of,
    number,
    sigmoid_from_tanh,
    tanh_that_cancels,
)
from compare.check.fitting import slopes
from compare.check.fitting.cross_entropy_forms import softmax_over
from compare.check.i18n.text import Text
from compare.check.naming.arguments import is_upstream
from compare.language.message import message
from compare.oracle import formulas


def _passes(s: Any, a: Any) -> Any:
    layer = layers.made(s)
    z = layers.forward(s, layer, a["u"])
    return {"z": z, "delta": layers.backward(s, layer, a["delta"], a["u"], z)}


def _columns(s: Any, a: Any) -> Any:
    """Raises ValueError where its own softmax says that samples are rows."""
    turned = {name: np.transpose(value) for name, value in a.items()}
    given = _passes(s, turned)
    z = np.asarray(given["z"])
    if z.shape == turned["u"].shape and np.allclose(
        z, activation_derivatives.output("softmax", turned["u"])
    ):
        raise ValueError(message("samples as columns were expected"))
    return {name: np.transpose(value) for name, value in given.items()}


def _of_function(slope: str, after: bool = False) -> Callable[[Any, Any], Any]:
    """f and f' (named ``slope``), where f' is given u, or z = f(u)."""

    def call(s: Any, a: Any) -> Any:
        own = layers.made(s)
        z = s.method(own, layers.one_array(s, layers.FORWARD), a["u"])
        at = z if after else a["u"]
        return {"z": z, slope: s.method(own, layers.one_array(s, layers.SLOPE), at)}

    return call


def _of_pair(s: Any) -> bool:
    return layers.is_pair(s) and not layers.hands_back(s)


def _names_it_back(s: Any) -> bool:
    return _of_pair(s) and layers.is_layer(s)


def _any_class(s: Any) -> bool:
    return layers.is_layer(s) or layers.is_pair(s)


def _plain_layer(s: Any) -> bool:
    return layers.is_layer(s) and not layers.needed(s)


def _after(z: Callable[[Any], Any], way_back: Form) -> Form:
    def formula(a: Any) -> Any:
        return {**way_back.formula(a), "z": z(number(a["u"]))}

    return Form(formula, way_back.cause, way_back.convention, way_back.blanks)


def _from_other_form(name: str) -> list[Form]:
    """Right, with a forward pass in a form that loses digits, and f' of what that gives."""
    _, said, slope = _FORMS[name]
    return [Form(_in_form(name, slope), convention=said)]


def _in_form(name: str, slope: slopes.Slope) -> Callable[[Any], Any]:
    form = _FORMS[name][0]

    def formula(a: Any) -> Any:
        u, delta = number(a["u"]), number(a["delta"])
        z = form(u)
        return {"z": z, "slope": slope(u, z), "delta": delta * slope(u, z)}

    return formula


@cache
def _wrong_in_other_form(name: str) -> tuple[Form, ...]:
    """Every wrong f' beside it."""
    mistakes = slopes.mistakes(name) if name in _FORMS else []
    return tuple(Form(_in_form(name, f), cause, blanks=b) for f, cause, b in mistakes)


_FORMS: dict[str, Any] = {
    "tanh": (tanh_that_cancels, FROM_EXP, lambda u, z: 1.0 - z * z),
    "sigmoid": (sigmoid_from_tanh, FROM_TANH, lambda u, z: z * (1.0 - z)),
}


def _whatever_comes_back(z: Callable[[Any], Any], cause: str, blanks: Any, right: Form) -> Form:
    """A wrong forward pass: of the way back nothing is expected but its shape, where it shows."""

    def formula(a: Any) -> Any:
        if np.allclose(z(number(a["u"])).value, right.formula(a)["z"].value, 1e-12, 0.0):
            return right.formula(a)
        whatever = number(a["delta"]).widened(np.inf)
        return {"z": z(number(a["u"])), "delta": whatever, "slope": whatever, "jacobian": whatever}

    return Form(formula, cause, blanks=blanks)


@cache
def _softmax_over(epsilon: float, shifted: bool) -> Form:
    """Softmax with an epsilon beside its sum, and the way back of that output."""

    def formula(a: Any) -> Any:
        y, delta = softmax_over(number(a["u"]), epsilon, shifted), number(a["delta"])
        return {"z": y, "delta": y * (delta - (delta * y).sum(axis=-1, keepdims=True))}

    cause, blanks = softmax.cause_of_epsilon(epsilon)
    return Form(formula, cause, blanks=blanks)


def _further(name: str, trial: Tried, arrangement: CallStyle) -> Iterable[Form]:
    if name != "softmax":
        return _wrong_in_other_form(name)
    return (_softmax_over(*each) for each in softmax.its_epsilons(trial, arrangement))


def _of_forward(name: str, right: Form) -> list[Form]:
    if name != "softmax":
        return [_whatever_comes_back(*mistake, right) for mistake in mistakes_of(name)]
    over_samples = _whatever_comes_back(_over_samples, "softmax_axis", {"axis": _SAMPLES}, right)
    return [
        over_samples,
        *(
            _whatever_comes_back(lambda u, m=m: m.formula({"u": u})["z"], m.cause, m.blanks, right)  # type: ignore[misc]
            for m in softmax.softmax_mistakes()
        ),
    ]


def _differences() -> list[Form]:
    """What is handed an output and a target, and gives one less the other."""

    def form(of_output: bool, sign: float) -> Form:
        def formula(a: Any) -> Any:
            z = formulas.softmax(number(a["u"]))
            return {"z": z, "delta": (number(a["delta"]) - (z if of_output else 1.0)) * sign}

        return Form(formula, convention=_WITH_ENTROPY, takes=layers.is_handed_two)

    return [form(of_output, sign) for of_output in (True, False) for sign in (1.0, -1.0)]


_GIVES_SLOPE = Text(
    "its backward is given u, and gives f'(u) for its callers to multiply",
    "逆伝播は u を受け取って f'(u) を返す（掛けるのは呼び出し側）",
)
_WITH_ENTROPY = Text(
    "its backward is the difference of its two arguments: softmax and cross-entropy together",
    "逆伝播は 2 つの引数の差: softmax と交差エントロピーをあわせた勾配",
)
_SAMPLES = Text("the samples", "サンプル方向")


def _over_samples(u: Any) -> Any:
    e = (u - u.max(axis=1, keepdims=True)).exp()
    return e / e.sum(axis=0, keepdims=True)


def _concept(name: str, section: str, *names: str) -> Concept:
    back = softmax.DERIVATIVES if name == "softmax" else activation_derivatives.meanings(name)
    z = formulas.ACTIVATIONS[name]
    turned = [CallStyle(_columns, COLUMNS, _plain_layer, OF_COLUMNS)] if name == "softmax" else []
    own, slope = f"{name}_layer", "jacobian" if name == "softmax" else "slope"
    return Concept(
        own,
        section,
        f"z = {WRITTEN[name]}, delta_u = delta_z f'(u)",
        (name, *names),
        (*activation_derivatives.generic(own), *activation_derivatives.legal(own)),
        (
            CallStyle(_passes, takes=_plain_layer, layout=ROWS),
            *turned,
            CallStyle(_of_function(slope), _GIVES_SLOPE, _names_it_back),
            CallStyle(_of_function(slope), None, _of_pair),
            CallStyle(_of_function(slope, True), activation_derivatives.OF_Z, _of_pair),
        ),
        (
            *(_after(z, m) for m in back if m.right),
            *(_differences() if name == "softmax" else ()),
            *(_from_other_form(name) if name in _FORMS else ()),
            *(_after(z, m) for m in back if not m.right),
            *_of_forward(name, _after(z, next(m for m in back if m.right))),
        ),
        lambda side, a: {
            "z": side.get(f"activations.{name}")(a["u"]),
            "delta": side.get("layers.activation_backward")(name, a["delta"], a["u"]),
        },
        _any_class,
        lends=is_upstream,
        rare=partial(_further, name),
    )


CONCEPTS = (
    _concept("identity", "§2", "linear_activation"),
    _concept("relu", "§2"),
    _concept("sigmoid", "§2"),
    _concept("tanh", "§2"),
    _concept("softmax", "§3"),
)
