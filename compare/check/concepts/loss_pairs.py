"""§5: a loss and its gradient as two functions, which have to belong together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from compare.check.calling.functions import (
    as_columns,
    as_flat,
    as_rows,
    columns_possible,
    given,
    is_function,
    target_first,
    two_arrays,
)
from compare.check.concept import Arrays, CallStyle, Concept, Form, Role, Tried
from compare.check.concepts import binary_cross_entropies as binary
from compare.check.concepts import loss_gradients as gradients
from compare.check.fitting import cross_entropy_forms as many
from compare.check.fitting import squared_error_forms as squared_errors
from compare.check.fitting.factors import (
    MEAN,
    MEAN_OF_ALL,
    Conventions,
    Factor,
    Formula,
    of_squares,
    of_sum,
    sizes,
    times,
)
from compare.check.fitting.gradient_of_loss import Together, apart, joint, slope_in
from compare.check.fitting.guards import LOGS, NONE, PLUS
from compare.check.i18n.text import Text
from compare.check.matching import Numbers, follows
from compare.check.naming.bind import named
from compare.check.probes import classes
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Inventory

OF_SCORES = " of scores"
ONE_OUTPUT = Text("both of one output a sample", "どちらも 1 サンプル 1 出力")
_SAID = {"y": "", "u": OF_SCORES}


def _required(found: Definition) -> tuple[str, ...]:
    return tuple(p.name for p in found.parameters if p.required and not p.variadic)


def gradient_in(inventory: Inventory, names: Sequence[str]) -> Definition | None:
    """The function of two arrays that is called so."""
    functions = [d for d in inventory.found if d.kind == "function" and len(_required(d)) == 2]
    return next((d for name in names for d in named(name, functions)), None)


def _either_form(call: Callable[[Any, Any], Any], a: Arrays, of: Any, size: int) -> Any:
    """The result for one-hot targets, or where there is none, for class indices."""
    try:
        found = call(a["d"], of)
        if _count(found) == size:
            return found
    except Failed:
        if "classes" not in a:
            raise
    return call(a["classes"], of) if "classes" in a else found


def _count(value: Any) -> int:
    """How many numbers it is."""
    return int(getattr(value, "size", 1))


def _turned(turn: Any, call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    wrapped = turn(lambda d, of: {"": call(d, of)})
    return lambda d, of: wrapped(d, of)[""]


def _arrangement(names: Sequence[str], turn: Any, orders: Any, arrays: Any) -> CallStyle:
    """``orders`` and ``arrays`` are of the loss and of the gradient."""

    def one(s: Subject, function: str, first: bool) -> Callable[[Any, Any], Any]:
        return _turned(turn, lambda d, of: s.of(function, *given(first, d, of)))

    def call(s: Subject, a: Arrays) -> Arrays:
        other = gradient_in(s.inventory, names)
        assert other is not None
        (loss_of, grad_of), (loss_first, grad_first) = arrays, orders
        loss = _either_form(one(s, s.found.name, loss_first), a, a[loss_of], 1)
        grad = _either_form(one(s, other.name, grad_first), a, a[grad_of], a[grad_of].size)
        return {"loss" + _SAID[loss_of]: loss, "grad" + _SAID[grad_of]: grad}

    def takes(s: Subject) -> bool:
        other = gradient_in(s.inventory, names)
        if other is None or not two_arrays(s):
            return False
        said = (target_first(s.required), target_first(_required(other)))
        if any(o is not None and o is not first for o, first in zip(said, orders, strict=True)):
            return False
        return turn is not as_columns or columns_possible(s)

    return CallStyle(call, ONE_OUTPUT if turn is as_flat else None, takes)


def _arrangements(
    names: Sequence[str], arrays: Sequence[tuple[str, str]], turns: Sequence[Any]
) -> Any:
    orders = tuple(product((True, False), repeat=2))
    return tuple(_arrangement(names, *how) for how in product(turns, orders, arrays))


def _of_scores(formula: Formula) -> Formula:
    return lambda a: {n + OF_SCORES: v for n, v in formula(a).items() if " by " not in n}


def _meanings(losses: Sequence[Formula], grads: Sequence[Formula], conventions: Conventions, of: str, slope: float = 1.0) -> Callable[[Tried, CallStyle], tuple[Form, ...]]:  # fmt: skip
    pairs = [Together(f, g, conventions, of, slope) for g in grads for f in losses]

    def meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
        """Of the pairs whose loss it is: all others are far too many to be tried."""
        arrays = Numbers(trial.problems[trial.concept.probes[0].case.name].arrays)
        followed = _with_its_loss(pairs, trial.first(arrangement).values, arrays)
        of_loss = [pair for pair, _ in followed] or pairs[:1]
        right = [Form(p.formula(f, p.slope_of(f))) for p in of_loss for f in conventions]
        wrong = (
            form
            for pair, multiple in followed
            for form in apart(pair)
            if math.isclose(slope_in(form).of(sizes(arrays)), multiple, rel_tol=_APART)
        )
        return (*right, *wrong)

    return meanings


def _any_of(*each: Callable[[Tried, CallStyle], tuple[Form, ...]]) -> Any:
    """The meanings of several kinds of losses, one after the other."""
    return lambda trial, arrangement: tuple(m for of in each for m in of(trial, arrangement))


_APART = 1e-6  # far above rounding, which the rule judges, and below what tells formulas apart


def _with_its_loss(
    pairs: Sequence[Together], values: Arrays, arrays: Numbers
) -> list[tuple[Together, float]]:
    """Those whose loss it is, and which multiple of their gradient."""
    losses = {name: v for name, v in values.items() if name.startswith("loss")}
    grads = {name: v for name, v in values.items() if name.startswith("grad")}
    with np.errstate(all="ignore"):
        return [
            (pair, multiple)
            for pair in pairs
            if (multiple := _multiple(grads, pair.grad(arrays))) is not None
            and any(follows(losses, times(pair.loss, f)(arrays)) for f in pair.conventions)
        ]


def _multiple(values: Arrays, wanted: Arrays) -> float | None:
    """By what a formula's results are multiplied, or None where these are no multiple of them."""
    multiple = None
    for name, value in values.items():
        if name not in wanted or np.shape(value) != np.shape(wanted[name].value):
            return None
        mine, right = np.asarray(value), np.asarray(wanted[name].value)
        at = np.abs(right).argmax()
        multiple = float(mine.flat[at] / right.flat[at])
        whole = right * multiple
        if not np.allclose(mine, whole, rtol=_APART, atol=_APART * np.abs(whole).max()):
            return None
    return multiple


def _concept(name: str, formula: str, losses: tuple[str, ...], names: tuple[str, ...], probes: Any, arrays: Any, meanings: Any, turns: Sequence[Any] = (as_rows, as_columns)) -> Concept:  # fmt: skip
    def others(inventory: Inventory) -> tuple[str, ...]:
        found = gradient_in(inventory, names)
        return () if found is None else (found.name,)

    def takes(s: Subject) -> bool:
        return is_function(s) and bool(others(s.inventory))

    generic = tuple(p for p in probes if p.role is Role.ORDINARY)
    return Concept(f"pair.{name}", "§5", formula, losses, generic, _arrangements(names, arrays, turns),
                   (), takes=takes, others=others, meanings_of=meanings)  # fmt: skip


_FROM_OUTPUTS = [many.entropy(log.of) for log in LOGS]
_FROM_SCORES = [many.fused, *(many.entropy(log.of, many.softmax_of_scores) for log in LOGS)]
_SOFTMAX_LOSSES = [joint(y, _of_scores(u)) for y, u in zip([*_FROM_OUTPUTS, _FROM_OUTPUTS[1]], [*_FROM_SCORES[1:], many.fused], strict=True)]  # fmt: skip
_BINARY_FROM_OUTPUTS = [binary.entropy(log) for log in LOGS]
_SIGMOID_LOSSES = [
    *(joint(binary.entropy(g), _of_scores(binary.entropy(g, binary.sigmoid_of_scores))) for g in LOGS),
    _of_scores(binary.fused),
]  # fmt: skip
_SOFTMAX_DELTA = joint(gradients.delta, _of_scores(gradients.softmax_delta))
_SIGMOID_DELTA = joint(gradients.delta, _of_scores(gradients.sigmoid_delta))
_ANY = (("y", "y"), ("u", "y"), ("u", "u"), ("y", "u"))
_MANY_OF, _BINARY_OF = "(-sum d log y)", "(-sum [d log y + (1-d) log(1-y)])"
_OF_BITS = _meanings(
    _BINARY_FROM_OUTPUTS,
    [*map(gradients.of_binary, (PLUS[0], NONE, *PLUS[1:])), gradients.over_product(0.0), gradients.delta],
    of_sum(MEAN_OF_ALL), _BINARY_OF,
)  # fmt: skip
_OF_UNITS = (as_rows, as_columns, as_flat)
_MSE_NAMES = (*squared_errors.MSE_NAMES, "half_squared_error", "sum_squared_error")

CONCEPTS = (
    _concept(
        "mean_squared_error", "E = 1/(2N) sum (y - d)^2;  dE/dy = (y - d)/N",
        _MSE_NAMES, squared_errors.D_MSE_NAMES, squared_errors.probes("pair.mean_squared_error"),
        (("y", "y"),),
        _meanings([squared_errors.squares], [lambda a: {"grad": a["y"] - a["d"]}],
                  of_squares(Factor(0.5, -1)), "sum (y - d)^2", 2.0),
    ),
    _concept(
        "softmax_with_loss", "E = -1/N sum d log softmax(u);  dE/du = (y - d)/N",
        (*many.SOFTMAX_NAMES, *many.CE_NAMES), ("d_softmax_with_loss",),
        classes.of_classes("pair.softmax_with_loss"), _ANY,
        _meanings(_SOFTMAX_LOSSES, [_SOFTMAX_DELTA], many.REDUCED, _MANY_OF),
    ),
    _concept(
        "sigmoid_with_loss", "E = -mean [d log y + (1-d) log(1-y)];  dE/du = (y - d)/(N K)",
        (*binary.SIGMOID_NAMES, *binary.BCE_NAMES), ("d_sigmoid_with_loss",),
        classes.of_bits("pair.sigmoid_with_loss"), _ANY,
        _meanings(_SIGMOID_LOSSES, [_SIGMOID_DELTA], of_sum(MEAN_OF_ALL), _BINARY_OF), _OF_UNITS,
    ),
    _concept(
        "cross_entropy_error", "E = -1/N sum d log y;  dE/dy = -d/y/N",
        many.CE_NAMES, ("d_cross_entropy_error",), classes.of_classes("pair.cross_entropy_error"),
        (("y", "y"), ("u", "u")),
        _any_of(
            _meanings(_SOFTMAX_LOSSES, [*map(gradients.of_entropy, (PLUS[0], NONE, *PLUS[1:])), _SOFTMAX_DELTA], of_sum(MEAN, without=(MEAN_OF_ALL,)), _MANY_OF),
            _OF_BITS,
        ),
    ),
    _concept(
        "binary_cross_entropy_error", "E = -mean [...];  dE/dy = ((1-d)/(1-y) - d/y)/(N K)",
        binary.BCE_NAMES, ("d_binary_cross_entropy_error",),
        classes.of_bits("pair.binary_cross_entropy_error"), (("y", "y"),),
        _OF_BITS, _OF_UNITS,
    ),
)  # fmt: skip
