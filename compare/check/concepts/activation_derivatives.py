"""§2 and §5: derivatives of activation functions: f'(u), or what carries a gradient back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.cases import inputs
from compare.check.calling.functions import two_arrays
from compare.check.concept import CallStyle, Concept, Form, Probe, Role
from compare.check.concepts.activations import (
    INTEGERS,
    KINKS,
    ONE_ROW,
    ONE_SAMPLE,
    SATURATED,
    SQUARE,
    number,
    one_array,
)
from compare.check.fitting import slopes
from compare.check.i18n.text import Text, joined
from compare.check.naming.arguments import flag, is_upstream, may_be_after, may_be_before, upstream
from compare.check.naming.bind import plain
from compare.check.naming.grammar import meaning as said_by
from compare.check.naming.network_parameters import role_of
from compare.check.probes.probe import probe
from compare.oracle import formulas
from compare.sandbox.interface import Failed

OF_Z = Text("takes the output z = f(u), not u", "u ではなく出力 z = f(u) を受け取る")
GRADIENT_LAST = Text("the gradient from above is the last argument", "上の層からの勾配が最後の引数")
BY_FLAG = Text("the derivative is asked for by a flag", "導関数をフラグ引数で求める")
ONE_NUMBER = Text("gives one number for all elements", "全要素について 1 つの数を返す")
_CONSTANT = {"identity": 1.0, "step_function": 0.0}
_FLAT = "the derivative of a step is 0 everywhere"


def generic(name: str) -> tuple[Probe, ...]:
    """Ordinary numbers in three sizes."""
    both = {"u": "N K", "delta": "N K"}
    sizes = ({"N": 5, "K": 3}, {"N": 7, "K": 4}, {"N": 2, "K": 6})
    return tuple(probe(f"{name}/{i}", s, both) for i, s in enumerate(sizes, start=1))


def legal(name: str) -> tuple[Probe, ...]:
    """Kinks, a square batch, one row; one sample, whole numbers and saturation as warnings."""
    integers: Any = lambda rng, sizes: np.array([[3, -2, 1, 0], [-1, 2, -3, 4]])  # noqa: E731
    both, few = {"u": "N K", "delta": "N K"}, {"u": "K", "delta": "K"}
    return (
        probe(f"{name}/kinks", {"N": 6, "K": 5}, {"u": inputs.with_kinks, "delta": "N K"}, KINKS,
              Role.EDGE),
        probe(f"{name}/square", {"N": 4, "K": 4}, both, SQUARE, Role.EDGE),
        probe(f"{name}/row", {"N": 1, "K": 4}, both, ONE_ROW, Role.EDGE),
        probe(f"{name}/one", {"K": 4}, few, ONE_SAMPLE, Role.OPTIONAL),
        probe(f"{name}/integers", {"N": 2, "K": 4}, {"u": integers, "delta": "N K"}, INTEGERS,
              Role.OPTIONAL),
        probe(f"{name}/saturated", {"N": 5, "K": 4}, {"u": inputs.saturated, "delta": "N K"},
              SATURATED, Role.EXTREME),
    )  # fmt: skip


def output(name: str, u: Any) -> Any:
    """z = f(u) as an array, for those that are given it."""
    return formulas.activation(name, number(u)).value


def _before_first(s: Any, a: Any) -> Any:
    return {"delta": s.call(a["u"], a["delta"])}


def _before_last(s: Any, a: Any) -> Any:
    return {"delta": s.call(a["delta"], a["u"])}


def _by_flag(s: Any, a: Any) -> Any:
    return {"slope": s.call(a["u"], **{flag(s): True})}


def _is_handed_u(s: Any, position: int) -> bool:
    """Whether it takes a cache, which the function itself returns beside z, and which is u."""
    said = said_by(s.found.name)
    if said is None or role_of(s.required[position]) != "cache":
        return False
    u = np.array([[0.75, -1.5], [2.0, -0.25]])
    for d in s.inventory.found:
        if d.kind == "function" and said_by(d.name) == replace(said, derivative=False):
            try:
                result = s.box.call(d.name, u.copy()).value
            except Failed:
                continue
            if isinstance(result, (tuple, list)) and len(result) == 2:
                return bool(np.array_equal(result[1], u) and not np.array_equal(result[0], u))
    return False


def carrying(name: str) -> tuple[CallStyle, ...]:
    """How something is called that takes the gradient from above, and u or z."""
    z = partial(output, name)

    def after_last(s: Any, a: Any) -> Any:
        return {"delta": s.call(a["delta"], z(a["u"]))}

    def after_first(s: Any, a: Any) -> Any:
        return {"delta": s.call(z(a["u"]), a["delta"])}

    def first(s: Any) -> bool:
        return two_arrays(s) and upstream(s) != 1

    def last(s: Any) -> bool:
        return two_arrays(s) and upstream(s) != 0

    return (
        CallStyle(_before_last, takes=lambda s: first(s) and may_be_before(s, 1)),
        CallStyle(_before_first, GRADIENT_LAST, lambda s: last(s) and may_be_before(s, 0)),
        CallStyle(after_last, OF_Z, lambda s: first(s) and may_be_after(s, 1)
                  and not _is_handed_u(s, 1)),
        CallStyle(after_first, joined(OF_Z, GRADIENT_LAST),
                  lambda s: last(s) and may_be_after(s, 0) and not _is_handed_u(s, 0)),
    )  # fmt: skip


def _arrangements(name: str) -> tuple[CallStyle, ...]:
    def after(s: Any, a: Any) -> Any:
        return {"slope": s.call(output(name, a["u"]))}

    def after_by_flag(s: Any, a: Any) -> Any:
        return {"slope": s.call(output(name, a["u"]), **{flag(s): True})}

    def plainly(s: Any) -> bool:
        return one_array(s) and not flag(s)

    def flagged(s: Any) -> bool:
        return one_array(s) and bool(flag(s))

    return (
        CallStyle(
            lambda s, a: {"slope": s.call(a["u"])},
            takes=lambda s: plainly(s) and may_be_before(s, 0),
        ),
        CallStyle(after, OF_Z, lambda s: plainly(s) and may_be_after(s, 0)),
        CallStyle(_by_flag, BY_FLAG, flagged),
        CallStyle(after_by_flag, joined(OF_Z, BY_FLAG), flagged),
        *carrying(name),
    )


def meaning(
    name: str, slope: slopes.Slope, cause: str = "", blanks: dict[str, str] | None = None
) -> Form:
    """slope = f'(u), and delta times it."""

    def formula(a: Any) -> Any:
        u, delta = number(a["u"]), number(a["delta"])
        found = slope(u, formulas.activation(name, u))
        return {"slope": found, "delta": delta * found}

    return Form(formula, cause, blanks=blanks or {})


def _right(name: str) -> Form:
    def formula(a: Any) -> Any:
        u, delta = number(a["u"]), number(a["delta"])
        z = formulas.activation(name, u)
        return {
            "slope": formulas.derivative(name, u),
            "delta": formulas.d_activation(name, delta, u, z),
        }

    return Form(formula)


def _one_number(name: str) -> tuple[Form, ...]:
    """The same number everywhere, given once: NumPy broadcasts it."""
    if name not in _CONSTANT:
        return ()

    def formula(a: Any) -> Any:
        slope = number(np.asarray(_CONSTANT[name]))
        return {"slope": slope}

    said = None if name == "step_function" else ONE_NUMBER  # the course's own does so
    return (Form(formula, convention=said),)


def of_delta(name: str) -> list[Form]:
    """Mistakes of those that are given the gradient from above."""

    def slope_alone(a: Any) -> Any:
        return {"delta": formulas.derivative(name, number(a["u"]))}

    def mask(a: Any) -> Any:
        return {"delta": number(a["delta"]).relu()}

    def swapped(a: Any) -> Any:
        return {"delta": number(a["u"]) * formulas.derivative(name, number(a["delta"]))}

    blanks = {"what": "delta, u", "formula": "delta_u = delta_z * f'(u)"}
    masked = [Form(mask, "mask_of_delta")] if name == "relu" else []
    if name in ("identity", "step_function"):
        return []
    return [
        Form(slope_alone, "delta_missing"),
        *masked,
        Form(swapped, "swapped", blanks=blanks),
    ]


def meanings(name: str) -> tuple[Form, ...]:
    """The right derivative first, then everything that is known to be taken for it."""
    wrong = (meaning(name, *mistake) for mistake in slopes.mistakes(name))
    return (_right(name), *_one_number(name), *wrong, *of_delta(name))


def _of_affine(s: Any) -> bool:
    """``linear_backward(dZ, cache)`` is the way back of a layer, not of the identity."""
    return "linear" in plain(s.found.name) and len(s.required) > 1


def _concept(*bases: str, also: tuple[str, ...] = ()) -> Concept:
    """``bases``: what the function is called, and ``also`` in no other words; its derivative may
    be the same function, asked by a flag.
    """
    name = bases[0]
    plainly = frozenset(map(plain, also))

    def takes(s: Any) -> bool:
        said = said_by(s.found.name)
        whole = plain(s.found.name) in plainly or said is not None and not said.derivative
        function = s.found.kind == "function" and not (name == "identity" and _of_affine(s))
        return function and (not whole or bool(flag(s)))

    flat = {"slope": _FLAT, "delta": _FLAT} if name == "step_function" else {}
    return Concept(
        f"d_{name}",
        "§2",
        slopes.WRITTEN[name],
        (*(f"d_{base}" for base in bases), *bases, *also),
        (*generic(f"d_{name}"), *legal(f"d_{name}")),
        _arrangements(name),
        meanings(name),
        lambda side, a: _of_torch(side, name, a),
        takes,
        flat,
        lends=is_upstream,
    )


def _of_torch(side: Any, name: str, a: Any) -> Any:
    return {
        "slope": side.get(f"activations.d_{name}")(a["u"]),
        "delta": side.get("layers.activation_backward")(name, a["delta"], a["u"]),
    }


CONCEPTS = (
    _concept("identity", "linear"),
    _concept("relu"),
    _concept("sigmoid", also=("nonlin",)),
    _concept("tanh"),
    _concept("step_function", "step"),
)
