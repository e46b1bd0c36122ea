"""§5: the gradients of u = x W + b, as functions; and what is mistaken for them, in layers too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from compare.arithmetic.running_error import FORMATS, Bounded
from compare.check.calling.functions import ONE_BY_ONE
from compare.check.concept import Arrays, CallStyle, Concept, Form
from compare.check.concepts.activations import number
from compare.check.concepts.affine import (
    AFFINE_NAMES,
    LAYOUTS,
    Layout,
    arranged,
    generic,
    legal,
    may_be_of_one_sample,
    order,
    roles,
    sample_by_sample,
)
from compare.check.fitting.factors import AVERAGED
from compare.check.i18n.text import Text, joined
from compare.check.naming.arguments import is_upstream
from compare.check.naming.bind import named as named_so
from compare.check.naming.network_parameters import plain
from compare.language.message import message
from compare.oracle import formulas
from compare.sandbox.interface import Failed

Blanks = dict[str, str | Text]
Made = Callable[[Arrays, Mapping[str, Any]], Mapping[str, Any]]  # problem, right → what differs

GRADIENTS_FIRST = Text("returns (dW, db, dx)", "(dW, db, dx) の順に返す")
_W, _X = "grad W = x^T delta", "grad x = delta W^T"
_OF_B: Blanks = {"name": "b"}
_B = Text("grad b = sum of delta over the batch", "grad b = delta.sum(axis=0)")


def right(a: Arrays) -> dict[str, Any]:
    """grad/x, grad/W and grad/b; W and b after a step of rate 1; a second pass, on x reversed."""
    x, W, b, delta = (number(a[n]) for n in ("x", "W", "b", "delta"))
    found = {
        "grad/x": formulas.affine_to_x(delta, W),
        "grad/W": formulas.affine_to_W(x, delta),
        "grad/b": formulas.affine_to_b(delta),
        "again/u": formulas.affine(x[::-1], W, b),
        "again/grad/W": formulas.affine_to_W(x[::-1], delta),
        "again/grad/b": formulas.affine_to_b(delta),
    }
    return {**found, **_updated(a, found)}


def _updated(a: Arrays, found: Mapping[str, Any]) -> dict[str, Any]:
    steps = {n: found[f"grad/{n}"] for n in ("W", "b")}
    fit = {n: step for n, step in steps.items() if step.shape == a[n].shape}
    return {f"updated/{n}": number(a[n]) - step for n, step in fit.items()}


def _samples(a: Arrays) -> float:
    return float(a["delta"].shape[0])


def _nothing(a: Any) -> Any:
    return Bounded.given(np.zeros(0), FORMATS["float64"])


def _both(what: str, f: Callable[[Any], Any]) -> Made:
    """f of the gradient of W or b, in both passes."""
    return lambda a, r: {n: f(r[n]) for n in (f"grad/{what}", f"again/grad/{what}")}


def _of_delta(f: Callable[[Any], Any]) -> Made:
    return lambda a, r: {n: f(number(a["delta"])) for n in ("grad/b", "again/grad/b")}


def _averaged(*names: str) -> Made:
    def made(a: Arrays, r: Mapping[str, Any]) -> Mapping[str, Any]:
        return {n: r[n] / _samples(a) for of in names for n in (f"grad/{of}", f"again/grad/{of}")}

    return made


def _sign(what: str | Text, formula: str | Text) -> tuple[str, Blanks]:
    return "sign", {"what": what, "formula": formula}


def _accumulated(*names: str) -> Made:
    return lambda a, r: {f"again/grad/{n}": r[f"grad/{n}"] + r[f"again/grad/{n}"] for n in names}


def _of_stale_input(a: Arrays, r: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"again/grad/W": r["grad/W"]}


def _to_x(f: Callable[[Any], Any]) -> Made:
    return lambda a, r: {"grad/x": f(a)}


def _missing(what: str | Text, formula: str | Text) -> tuple[str, Blanks]:
    return "transpose_missing", {"what": what, "formula": formula}


def _of_untransposed_x(a: Arrays, r: Mapping[str, Any]) -> Mapping[str, Any]:
    x, delta = number(a["x"]), number(a["delta"])
    return {"grad/W": x @ delta, "again/grad/W": x[::-1] @ delta}


def _of_all(a: Arrays, r: Mapping[str, Any]) -> Mapping[str, Any]:
    """All three averaged over the batch."""
    return {**_averaged("W", "b")(a, r), "grad/x": r["grad/x"] / _samples(a)}


def _over_units(size: str, said: Text) -> tuple[Made, str, Blanks]:
    """A mean over the inputs, or the outputs, in place of one over the samples."""
    W, b = (_sized(f"grad {n}", "", size, -1)[0] for n in ("W", "b"))
    return lambda a, r: {**W(a, r), **b(a, r)}, "averaged_over_units", {"units": said}


def _sized(what: str, formula: str | Text, size: str, power: int) -> tuple[Made, str, Blanks]:
    """The gradient times or by N, I inputs or O outputs."""
    text = size if power > 0 else f"1/{size}"
    of = what.removeprefix("grad ")
    names = ("grad/x",) if of == "x" else (f"grad/{of}", f"again/grad/{of}")

    def made(a: Arrays, r: Mapping[str, Any]) -> Mapping[str, Any]:
        count = {"N": a["x"].shape[0], "I": a["W"].shape[0], "O": a["W"].shape[1]}[size]
        return {n: r[n] * float(count) ** power for n in names}

    return made, "factor", {"what": what, "factor": text, "formula": formula}


def _factor(what: str, formula: str | Text, factor: float, text: str) -> tuple[Made, str, Blanks]:
    blanks = {"what": what, "factor": text, "formula": formula}
    return _both(what.removeprefix("grad "), lambda g: g * factor), "factor", blanks


def _ascends(*names: str) -> Callable[[Any], Any]:
    """A step of rate 1 in the other direction, of these; nothing is said of gradients kept."""

    def formula(a: Any) -> Any:
        found = right(a)
        steps = {n: -found[f"grad/{n}"] if n in names else found[f"grad/{n}"] for n in ("W", "b")}
        moved = {f"updated/{n}": number(a[n]) - step for n, step in steps.items()}
        return {"u": formulas.affine(number(a["x"]), number(a["W"]), number(a["b"])),
                "grad/x": found["grad/x"], **moved}  # fmt: skip

    return formula


def _after_the_step(a: Any) -> Any:
    """grad x by the weights of after the step."""
    found = right(a)
    W = number(a["W"]) - found["grad/W"]
    return {"u": formulas.affine(number(a["x"]), number(a["W"]), number(a["b"])),
            "grad/x": formulas.affine_to_x(number(a["delta"]), W),
            **_updated(a, found)}  # fmt: skip


UPDATING = (
    *(Form(_ascends(*of), "layer_ascends", blanks={"what": ", ".join(of)})
      for of in (("W", "b"), ("W",), ("b",))),
    Form(_after_the_step, "updated_too_soon"),
)  # fmt: skip
_MISTAKES: tuple[tuple[Made, str, Blanks], ...] = (
    (_averaged("W"), "averaged", {"what": "grad W", "formula": _W}),
    (_averaged("b"), "averaged", {"what": "grad b", "formula": _B}),
    (_both("W", lambda g: g.T), "transposed", {"what": "grad W", "formula": _W}),
    (_both("W", lambda g: -g), *_sign("grad W", _W)),
    (_both("b", lambda g: -g), *_sign("grad b", _B)),
    (lambda a, r: {"grad/x": -r["grad/x"]}, *_sign("grad x", _X)),
    (lambda a, r: {n: -v for n, v in r.items() if "grad/" in n and not n.endswith("x")},
     *_sign(Text("grad W and grad b", "grad W と grad b"),
            "grad W = x^T delta, grad b = delta.sum(axis=0)")),
    (_to_x(lambda a: number(a["delta"]) @ number(a["W"])),
     *_missing(Text("W in grad x", "grad x の W"), _X)),
    (_of_untransposed_x, *_missing(Text("x in grad W", "grad W の x"), _W)),
    (_of_delta(lambda d: d.sum()), "bias_gradient_scalar", _OF_B),
    (_of_delta(lambda d: d.sum() / float(np.prod(d.shape))), "bias_gradient_scalar", _OF_B),
    (_of_delta(lambda d: d.sum(axis=1) / float(d.shape[1])), "bias_gradient_over_units", _OF_B),
    (_of_delta(lambda d: d.sum(axis=1) * (d.shape[0] / d.shape[1])), "bias_gradient_over_units",
     _OF_B),  # a mean over the units, where the others are over the samples
    (_of_delta(lambda d: d.sum(axis=1)), "bias_gradient_over_units", _OF_B),
    (_of_delta(lambda d: d.sum(axis=1, keepdims=True)), "bias_gradient_over_units", _OF_B),
    (_of_delta(lambda d: d), "bias_gradient_not_summed", {}),
    (_of_delta(_nothing), "bias_gradient_missing", {}),
    (_both("b", lambda g: g * 0.0), "bias_gradient_missing", {}),
    (_both("W", _nothing), "weight_gradient_missing", {}),
    (_both("W", lambda g: g * 0.0), "weight_gradient_missing", {}),
    (_to_x(lambda a: number(a["delta"])), "delta_passed_on", {}),
    *(_factor("grad W", _W, *of) for of in ((2.0, "2"), (0.5, "1/2"))),
    *(_sized(f"grad {n}", said, size, power) for n, said in (("W", _W), ("b", _B))
      for size, power in (("I", -1), ("O", -1), ("N", 1))),
    *(_over_units(*of) for of in (("I", Text("inputs", "入力")), ("O", Text("outputs", "出力")))),
    *(_sized("grad x", _X, "N", power) for power in (-1, 1)),
    (lambda a, r: {"grad/x": r["grad/x"] * 2.0}, "factor",
     {"what": "grad x", "factor": "2", "formula": _X}),
    (_of_all, "factor", {"what": "grad x", "factor": "1/N", "formula": _X}),
    *(_factor("grad b", _B, *of) for of in ((2.0, "2"), (0.5, "1/2"))),
    (_accumulated("W", "b"), "gradients_accumulate", {"what": "grad W, grad b"}),
    (_accumulated("b"), "gradients_accumulate", {"what": "grad b"}),
    (_accumulated("W"), "gradients_accumulate", {"what": "grad W"}),
    (_of_stale_input, "stale_input", {}),
)  # fmt: skip


def _changed(made: Made, forward: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def formula(a: Any) -> Any:
        found = right(a)
        found |= made(a, found)
        before = {"u": forward(a)} if forward else {}
        return {**before, **found, **_updated(a, found)}

    return formula


def _changed_and_averaged(made: Made, forward: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """The same where the gradients of W and b are averaged over the batch."""
    changed = _changed(made, forward)

    def formula(a: Any) -> Any:
        found = changed(a)
        return {n: v / _samples(a) if n.endswith(("grad/W", "grad/b")) else v
                for n, v in found.items() if not n.startswith("updated/")}  # fmt: skip

    return formula


def _as_it_is(a: Arrays, r: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def meanings(forward: Callable[[Any], Any] | None = None) -> tuple[Form, ...]:
    """Right, right where both are averaged, and every mistake; after u = forward, if there is."""
    return (
        Form(_changed(_as_it_is, forward)),
        Form(_changed(_averaged("W", "b"), forward), convention=AVERAGED),
        *(Form(_changed(made, forward), cause, blanks=b) for made, cause, b in _MISTAKES),
        # averaged alone, one of them is the mistake: that is told before
        *(Form(_changed_and_averaged(made, forward), cause, blanks=b)
          for made, cause, b in _MISTAKES if cause not in ("averaged", "factor")),
    )  # fmt: skip


def named(result: Any, last: bool) -> dict[str, Any]:
    """(dx, dW, db), (dW, db, dx), (dW, db), or a dict of them, by name.   Raises ValueError."""
    if isinstance(result, dict):
        roles_of = {_role_of_gradient(str(k)): v for k, v in result.items()}
        return {name: roles_of[name] for name in ("x", "W", "b") if name in roles_of}
    if isinstance(result, (tuple, list)) and len(result) == 3:
        return dict(zip(("W", "b", "x") if last else ("x", "W", "b"), result, strict=True))
    if isinstance(result, (tuple, list)) and len(result) == 2:
        return {**_pair(result[1]), "x": result[0]}
    raise ValueError(message("three gradients were expected"))


def _pair(held: Any) -> dict[str, Any]:
    """Those of W and b beside that of x: a dict, or (dW, db).   Raises ValueError."""
    if isinstance(held, dict):
        return {n: v for n, v in named(held, False).items() if n != "x"}
    if isinstance(held, (tuple, list)) and len(held) == 2:
        return dict(zip(("W", "b"), held, strict=True))
    raise ValueError(message("a gradient of x, and those of W and b beside it, were expected"))


def _role_of_gradient(key: str) -> str:
    for form in (key, key.removeprefix("d"), key.removeprefix("grad"), key.removesuffix("grad")):
        said = roles((form.strip("_"),))[0]
        if said in ("x", "W", "b"):
            return said
    return plain(key)


def in_course(layout: Layout, found: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients of this layout in the course's; that of b as one axis, whatever its shape."""
    back: dict[str, Callable[[Any], Any]] = {
        "x": layout.samples, "W": layout.weights, "b": as_bias,
    }  # fmt: skip
    return {f"grad/{n}": back[n](np.asarray(v)) for n, v in found.items()}


def as_bias(b: Any) -> Any:
    """(1, O) and (O, 1) as (O,)."""
    b = np.asarray(b)
    return b.reshape(-1) if b.ndim == 2 and 1 in b.shape and b.size > 1 else b


_USUAL = {
    4: (("delta", "x", "W", "b"), ("x", "W", "b", "delta")),
    3: (("delta", "x", "W"), ("x", "W", "delta")),
}


def _call(layout: Layout, at: int, last: bool) -> Callable[[Any, Any], Any]:
    def call(s: Any, a: Any) -> Any:
        given, names = arranged(layout, a), s.required
        if len(names) == 2:
            pair = [given["delta"], _remembered(s, given)]
            result = s.call(*(pair if is_upstream(names[0]) or not is_upstream(names[1])
                              else pair[::-1]))  # fmt: skip
        else:
            result = s.call(*(given[n] for n in _order(names, at) or ()))
        return in_course(layout, named(result, last))

    return call


def _one_by_one(layout: Layout, at: int, last: bool) -> Callable[[Any, Any], Any]:
    """The gradients of W and b summed over samples that are handed over one by one."""
    call = _call(layout, at, last)

    def called(s: Any, a: Any) -> Any:
        apart = [call(s, each) for each in sample_by_sample(s, a)]
        together = {n: np.array([each[n] for each in apart]) for n in apart[0]}
        return {n: v if n == "grad/x" else v.sum(axis=0) for n, v in together.items()}

    return called


_CACHE = "cache"  # of the submission's own forward pass


def _remembered(s: Any, given: Mapping[str, Any]) -> Any:
    """What the forward pass of the same submission gives beside u; or (x, W, b), as is usual."""
    forward = next(
        (f for name in AFFINE_NAMES for f in named_so(name, s.inventory.found)
         if f.kind == "function" and f.name != s.found.name), None)  # fmt: skip
    names = tuple(p.name for p in forward.parameters if p.required) if forward else ()
    said = order(names, ("x", "W", "b"))
    result = s.beside(forward).call(*(given[n] for n in said)) if forward and said else None
    if isinstance(result, tuple) and len(result) == 2:
        s.made[_CACHE] = True
        return result[1]
    return given["x"], given["W"], given["b"]


def _is_own(s: Any, why: Failed, failures: Any) -> bool:
    """Whether an exception is the submission's: not where what it is handed for a cache is ours."""
    return len(s.required) != 2 or _CACHE in s.made


def _order(names: tuple[str, ...], at: int) -> tuple[str, ...] | None:
    said = roles(names)
    if sorted(said) in ([*sorted(("delta", "x", "W"))], sorted(("delta", "x", "W", "b"))):
        return said
    return order(names, _USUAL[len(names)][at]) if len(names) in _USUAL else None


def _takes(at: int) -> Callable[[Any], bool]:
    def takes(s: Any) -> bool:
        few = len(s.required) == 2 and at == 0
        return s.found.kind == "function" and (few or _order(s.required, at) is not None)

    return takes


def _style(apart: bool, layout: Layout, at: int, last: bool) -> CallStyle:
    """``apart``: one sample at a time."""
    said = (GRADIENTS_FIRST if last else None, ONE_BY_ONE if apart else None)
    takes = _takes(at)
    return CallStyle(
        (_one_by_one if apart else _call)(layout, at, last), joined(layout.convention, *said),
        lambda s: takes(s) and (not apart or may_be_of_one_sample(s)), layout.layout,
    )  # fmt: skip


CONCEPTS = (
    Concept(
        "d_affine",
        "§5",
        f"{_X}, {_W}, {_B.en}",
        ("d_affine", "d_linear"),
        (*generic("d_affine"), *legal("d_affine")),
        (
            *(_style(False, *how) for how in product(LAYOUTS, (0, 1), (False, True))),
            *(_style(True, *how) for how in product(LAYOUTS[:2], (0, 1), (False, True))),
        ),
        meanings(),
        lambda side, a: dict(
            zip(
                ("grad/x", "grad/W", "grad/b"),
                side.get("affine.affine_backward")(a["delta"], a["x"], a["W"], a["b"]),
                strict=True,
            )
        ),
        # linear_derivative(u) is of the identity
        lambda s: s.found.kind == "function" and len(s.required) > 1,
        lends=is_upstream,
        owns=_is_own,
    ),
)
