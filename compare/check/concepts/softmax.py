"""§3: softmax and its derivative, as people write them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from compare.arithmetic.running_error import ROUNDING
from compare.check.calling.as_in_script import hands_on_rows
from compare.check.calling.functions import COLUMNS, EVERYTHING, ONE_BY_ONE, OVER_N, beside_target
from compare.check.concept import OF_COLUMNS, ROWS, CallStyle, Concept, Form, Role, Tried
from compare.check.concepts.activation_derivatives import OF_Z, carrying, legal, output
from compare.check.concepts.activation_derivatives import generic as pairs
from compare.check.concepts.activations import (
    OTHERS,
    WITH_CACHE,
    WRITTEN,
    Formula,
    generic,
    meaning,
    number,
    one_array,
    rows,
    shapes,
    with_cache,
)
from compare.check.fitting.cross_entropy_forms import softmax_over
from compare.check.fitting.free_constant import written
from compare.check.fitting.guards import LEAST_EPSILON, SMALL
from compare.check.i18n.text import Text, joined
from compare.check.naming.arguments import is_upstream, may_be_after, may_be_before
from compare.check.probes.probe import probe
from compare.oracle import formulas

SAMPLES = Text("the samples of the batch", "バッチ方向")
_JACOBIAN = "dy_i/du_j = y_i (1[i=j] - y_j)"


def columns(s: Any, a: Any) -> Any:
    """z of the samples as columns."""
    return {"z": s.call(a["u"].T).T}


def _may_be_columns(s: Any) -> bool:
    return one_array(s) and not hands_on_rows(s)


def _columns_with_cache(s: Any, a: Any) -> Any:
    return {"z": np.asarray(with_cache(s, {"u": a["u"].T})["z"]).T}


def shares(u: Any) -> Any:
    """softmax(u), with the two roundings of e * (1 / s) also where e / s has none: one feature."""
    y = formulas.softmax(u)
    return y.widened(2 * u.format.u_of[ROUNDING] * y.value)


def _softmax_of_all(u: Any) -> Any:
    return formulas.softmax(u.reshape(1, -1)).reshape(*u.shape)


def _rows_over_all(u: Any) -> Any:
    e = (u - _largest(u)).exp()
    return e / e.sum()


def _of_columns(u: Any) -> Any:
    return (e := u.exp()) / e.sum(axis=0, keepdims=True)


def _shifted(u: Any) -> Any:
    return (u - u.max()).exp()


def _row_sums(u: Any) -> Any:
    return u.sum(axis=-1, keepdims=True)


def _largest(u: Any) -> Any:
    return u.max(axis=-1, keepdims=True)


_WITHOUT_EXP: tuple[tuple[Formula, str], ...] = (
    (lambda u: u / _row_sums(u), "u_k / sum_j u_j"),
    (lambda u: u / u.sum(), "u_k / sum u"),
    (
        lambda u: (u - _largest(u)) / _row_sums(u - _largest(u)),
        "(u_k - max u) / sum_j (u_j - max u)",
    ),
    (lambda u: u.exp() / _row_sums(u), "e^(u_k) / sum_j u_j"),
    (lambda u: u.exp() / _row_sums(u).exp(), "e^(u_k) / e^(sum_j u_j)"),
)
_SHIFTS: tuple[tuple[Formula, str], ...] = tuple(
    pair
    for most in (_largest, lambda u: u.max())
    for pair in (
        (lambda u, most=most: (u - most(u)).exp() / _row_sums(u.exp()), "e^(u - max u) / sum e^u"),
        (lambda u, most=most: u.exp() / _row_sums((u - most(u)).exp()), "e^u / sum e^(u - max u)"),
    )
)


@cache  # results are remembered by the form
def _softened(temperature: float) -> Form:
    """softmax(u / T)."""
    other = {"other": f"softmax(u / {temperature:g})", "formula": WRITTEN["softmax"]}
    form: Form = meaning(lambda u: formulas.softmax(u / temperature), "other_function", other)
    return form


@cache
def _with_epsilon(epsilon: float, shifted: bool) -> Form:
    """e^u / (sum e^u + epsilon): a warning while it moves nothing visibly."""
    form: Form = meaning(lambda u: softmax_over(u, epsilon, shifted), *cause_of_epsilon(epsilon))
    return form


def cause_of_epsilon(epsilon: float) -> tuple[str, dict[str, str]]:
    """What is said of an epsilon beside the sum."""
    cause = "softmax_epsilon" if epsilon <= SMALL else "softmax_epsilon_too_large"
    return cause, {"epsilon": f"{epsilon:g}"}


def its_epsilons(trial: Tried, arrangement: CallStyle) -> Iterator[tuple[float, bool]]:
    """The epsilon that the sum of a sample's outputs tells: sum z = S / (S + epsilon).

    And whether u was shifted by its largest before.
    """
    z = np.asarray(trial.first(arrangement).values["z"])
    u = trial.problems[trial.concept.probes[0].case.name].arrays["u"]
    if z.shape != u.shape or z.dtype.kind != "f":
        return
    total = float(z[0].sum())
    for shifted in (True, False):
        e = np.exp(u[0] - u[0].max() if shifted else u[0]).sum()
        epsilon = e * (1.0 / total - 1.0) if total > 0 else 0.0
        if LEAST_EPSILON < epsilon < 1.0:
            yield from ((value, shifted) for value in written(float(epsilon)))


def _with_its_constant(trial: Tried, arrangement: CallStyle) -> Iterator[Form]:
    yield from (_with_epsilon(*each) for each in its_epsilons(trial, arrangement))
    yield from _with_its_temperature(trial, arrangement)


def _with_its_temperature(trial: Tried, arrangement: CallStyle) -> Iterator[Form]:
    """softmax(u / T) of the T that two outputs of a sample tell: log z_i/z_j = (u_i - u_j) / T."""
    z = np.asarray(trial.first(arrangement).values["z"])
    u = trial.problems[trial.concept.probes[0].case.name].arrays["u"]
    if z.shape != u.shape or z.dtype.kind != "f" or not (z[0] > 0).all():
        return
    i, j = int(z[0].argmax()), int(z[0].argmin())
    with np.errstate(all="ignore"):
        temperature = float((u[0, i] - u[0, j]) / np.log(z[0, i] / z[0, j]))
    if np.isfinite(temperature) and temperature > 0:
        yield from (_softened(value) for value in written(temperature))


# of as many samples as classes, where the shapes fit: sums of rows as those of columns
_BROADCAST: tuple[Formula, ...] = (
    lambda u: (e := (u - _largest(u)).exp()) / e.sum(axis=-1),
    lambda u: u.exp() / u.exp().sum(axis=-1),
    lambda u: (e := (u - u.max()).exp()) / e.sum(axis=-1),
    lambda u: (e := (u - u.max(axis=-1, keepdims=False)).exp()) / e.sum(axis=-1),
    lambda u: (e := (u - u.max(axis=-1, keepdims=False)).exp()) / _row_sums(e),
)
_SQUARE = Text("as many samples as classes", "サンプル数とクラス数が同じ")


def softmax_mistakes() -> list[Form]:
    """What people compute in its place."""
    everything = {"axis": EVERYTHING}
    formula = {"formula": WRITTEN["softmax"]}
    written = [(lambda u: u.exp(), "e^u"), (_shifted, "e^(u - max u)")]
    return [
        meaning(_softmax_of_all, "softmax_axis", everything),
        meaning(_rows_over_all, "softmax_axis", everything),
        meaning(_of_columns, "softmax_axis", {"axis": SAMPLES}),
        *(meaning(f, "softmax_keepdims") for f in _BROADCAST),
        *(meaning(e, "softmax_not_normalized", {"formula": text}) for e, text in written),
        *(meaning(f, "exp_missing", {"is": text}) for f, text in _WITHOUT_EXP),
        *(meaning(f, "softmax_shift_differs", {"is": text}) for f, text in _SHIFTS),
        meaning(lambda u: formulas.softmax(-u), "other_function",
                {"other": "softmax(-u)", **formula}),
        meaning(formulas.log_softmax, "other_function",
                {"other": "log softmax", "formula": WRITTEN["softmax"]}),
        *(meaning(f, "other_function", {"other": o, "formula": WRITTEN["softmax"]})
          for o, f in OTHERS.items() if o not in ("softmax", "exp")),
    ]  # fmt: skip


_SOFTMAX = Concept(
    "softmax",
    "§3",
    "y_k = e^(u_k) / sum_j e^(u_j)",
    ("softmax",),
    (
        *generic("softmax"),
        probe("softmax/square", {"N": 4}, {"u": "N N"}, _SQUARE, Role.EDGE),
        *shapes("softmax"),
    ),
    (
        CallStyle(rows, takes=one_array, layout=ROWS),
        CallStyle(columns, COLUMNS, _may_be_columns, OF_COLUMNS),
        CallStyle(with_cache, WITH_CACHE, one_array, ROWS),
        CallStyle(_columns_with_cache, joined(COLUMNS, WITH_CACHE), _may_be_columns, OF_COLUMNS),
    ),
    (meaning(shares), *softmax_mistakes()),
    lambda side, a: {"z": side.get("activations.softmax")(a["u"])},
    lambda s: s.found.kind == "function",
    rare=_with_its_constant,
)


def _each(s: Any, name: str, u: Any) -> Any:
    return {name: np.stack([np.asarray(s.call(row)) for row in u])}


def _of_each(s: Any, a: Any) -> Any:
    return _each(s, "jacobian", a["u"] if a["u"].ndim > 1 else a["u"][np.newaxis])


def _of_each_column(s: Any, a: Any) -> Any:
    u = a["u"] if a["u"].ndim > 1 else a["u"][np.newaxis]
    return _each(s, "jacobian", u[:, :, np.newaxis])


def _of_each_output(s: Any, a: Any) -> Any:
    y = output("softmax", a["u"])
    return _each(s, "jacobian", y if y.ndim > 1 else y[np.newaxis])


def _of_batch(s: Any, a: Any) -> Any:
    return {"jacobian": s.call(a["u"])}


def _of_batch_output(s: Any, a: Any) -> Any:
    return {"jacobian": s.call(output("softmax", a["u"]))}


def _before(s: Any) -> bool:
    return one_array(s) and may_be_before(s, 0)


def _after(s: Any) -> bool:
    return one_array(s) and may_be_after(s, 0)


def _jacobian(y: Any) -> Any:
    n, k = y.shape
    diagonal = y.reshape(n, k, 1) * np.eye(k)
    return diagonal - y.reshape(n, k, 1) * y.reshape(n, 1, k)


def _derivative(a: Any) -> Any:
    u, delta = formulas.rows(number(a["u"])), number(a["delta"])
    y = formulas.softmax(number(a["u"]))
    return {
        "jacobian": _jacobian(formulas.softmax(u)),
        "delta": formulas.d_activation("softmax", delta, number(a["u"]), y),
    }


def _of_slope(f: Any) -> Any:
    def formula(a: Any) -> Any:
        u = number(a["u"])
        found = f(formulas.softmax(u))
        return {"jacobian": found, "delta": number(a["delta"]) * found}

    return formula


def _of_matrix(f: Any) -> Any:
    """f(y, diagonal) as the Jacobian; nothing is said of the gradient it carries back."""

    def formula(a: Any) -> Any:
        y = formulas.softmax(formulas.rows(number(a["u"])))
        n, k = y.shape
        return {"jacobian": f(y.reshape(n, k, 1), np.eye(k))}

    return formula


def _other(y: Any) -> Any:
    return y.reshape(y.shape[0], 1, y.shape[1])


_MATRICES: tuple[tuple[Any, str, dict[str, str]], ...] = (
    (lambda y, one: y * (1.0 - y) * one, "softmax_diagonal", {}),
    (lambda y, one: y * one + y * _other(y), "slope_formula", {"wrong": "y_i (1[i=j] + y_j)"}),
    (lambda y, one: -(y * _other(y)), "slope_formula", {"wrong": "-y_i y_j"}),
    (lambda y, one: y * _other(y), "slope_formula", {"wrong": "y_i y_j"}),
    (lambda y, one: y * one, "slope_formula", {"wrong": "y_i 1[i=j]"}),
    (lambda y, one: y * (one - y), "slope_formula", {"wrong": "y_i (1[i=j] - y_i)"}),
    (
        lambda y, one: y * one - _other(y) * _other(y),
        "slope_formula",
        {"wrong": "y_i 1[i=j] - y_j^2"},
    ),
)


def _negative(a: Any) -> Any:
    return {name: -value for name, value in _derivative(a).items()}


def _without_diagonal(a: Any) -> Any:
    y, delta = formulas.softmax(number(a["u"])), number(a["delta"])
    return {"delta": -(y * (delta * y).sum(axis=-1, keepdims=True))}


def _summed_over(axis: int | None) -> Any:
    def formula(a: Any) -> Any:
        y, delta = formulas.softmax(number(a["u"])), number(a["delta"])
        total = (delta * y).sum(axis=axis, keepdims=axis is not None)
        return {"delta": delta * y - y * total}

    return formula


def _instead(f: Any) -> Any:
    """f(y, dy, sum_k dy_k y_k) as the gradient that is carried back."""

    def formula(a: Any) -> Any:
        y, delta = formulas.softmax(number(a["u"])), number(a["delta"])
        return {"delta": f(y, delta, (delta * y).sum(axis=-1, keepdims=True))}

    return formula


_CARRIED: tuple[tuple[Any, str], ...] = (
    (lambda y, dy, s: y * (dy - dy.sum(axis=-1, keepdims=True)), "du = y * (dy - sum_k dy_k)"),
    (lambda y, dy, s: y * (dy - 1.0), "du = y * (dy - sum_k y_k)"),
    (lambda y, dy, s: y * (dy + s), "du = y * (dy + sum_k dy_k y_k)"),
    (lambda y, dy, s: dy - s, "du = dy - sum_k dy_k y_k"),
    (lambda y, dy, s: dy * y - s, "du = y * dy - sum_k dy_k y_k"),
    (lambda y, dy, s: y * (dy - s / float(y.shape[-1])), "du = y * (dy - mean_k dy_k y_k)"),
)


def _swapped(a: Any) -> Any:
    return {"delta": _derivative({"u": a["delta"], "delta": a["u"]})["delta"]}


_SIGN = {"what": "softmax'", "formula": _JACOBIAN}
_SHARED = "du = y * (dy - sum_k dy_k y_k)"

DERIVATIVES = (
        Form(_derivative),
        Form(_of_slope(lambda y: y * (1.0 - y)), "softmax_diagonal"),
        Form(_of_slope(lambda y: y), "slope_formula", blanks={"wrong": "y", "formula": _JACOBIAN}),
        Form(_of_slope(lambda y: 1.0 - y), "slope_formula",
             blanks={"wrong": "1 - y", "formula": _JACOBIAN}),
        *(Form(_of_matrix(f), cause, blanks={**said, "formula": _JACOBIAN})
          for f, cause, said in _MATRICES),
        Form(_negative, "sign", blanks=_SIGN),
        Form(_without_diagonal, "slope_formula",
             blanks={"wrong": "-y_i y_j", "formula": _JACOBIAN}),
        Form(_summed_over(None), "softmax_inner_sum", blanks={"axis": EVERYTHING}),
        Form(_summed_over(0), "softmax_inner_sum",
             blanks={"axis": SAMPLES}),
        *(Form(_instead(f), "slope_formula", blanks={"wrong": wrong, "formula": _SHARED})
          for f, wrong in _CARRIED),
        Form(_swapped, "swapped", blanks={"what": "delta, u", "formula": _SHARED}),
        Form(lambda a: {"delta": number(a["delta"])}, "other_slope",
                blanks={"own": "softmax", "other": "identity", "formula": _JACOBIAN}),
        Form(lambda a: {"delta": (d := number(a["delta"])) / len(d.value)}, "other_slope",
                blanks={"own": "softmax", "other": OVER_N, "formula": _JACOBIAN}),
)  # fmt: skip

_D_SOFTMAX = Concept(
    "d_softmax",
    "§3",
    _JACOBIAN,
    ("d_softmax", "softmax_jacobian"),
    (*pairs("d_softmax"), *legal("d_softmax")),
    (
        CallStyle(_of_batch, takes=_before),
        CallStyle(_of_each, ONE_BY_ONE, _before),
        CallStyle(_of_each_column, joined(COLUMNS, ONE_BY_ONE), _before),
        CallStyle(_of_batch_output, OF_Z, _after),
        CallStyle(_of_each_output, OF_Z, _after),
        *carrying("softmax"),
    ),
    DERIVATIVES,
    lambda side, a: {
        "delta": side.get("layers.activation_backward")("softmax", a["delta"], a["u"])},
    lambda s: s.found.kind == "function" and not beside_target(s.required),
    lends=is_upstream,
)  # fmt: skip

CONCEPTS = (_SOFTMAX, _D_SOFTMAX)
