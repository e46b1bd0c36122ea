"""§5: a loss and its gradient as two functions, which have to belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

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
from compare.check.fitting import entropy_gradients as gradients
from compare.check.fitting import squared_error_forms as squared_errors
from compare.check.fitting.cross_entropy_forms import (
    BCE_NAMES,
    BITS,
    CE_NAMES,
    CLASSES,
    OF_SCORES,
    SIGMOID_NAMES,
    SOFTMAX_NAMES,
    Entropy,
    joint,
    named,
)
from compare.check.fitting.factors import Formula
from compare.check.fitting.guards import LOGS, NONE, PLUS, Log
from compare.check.fitting.loss_and_gradient import Family, Together
from compare.check.i18n.text import Text
from compare.check.naming import bind
from compare.check.probes import classes
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Inventory

ONE_OUTPUT = Text("both of one output a sample", "どちらも 1 サンプル 1 出力")
_SAID = {"y": "", "u": OF_SCORES}


def _required(found: Definition) -> tuple[str, ...]:
    return tuple(p.name for p in found.parameters if p.needed)


def gradient_in(inventory: Inventory, names: Sequence[str]) -> Definition | None:
    """The function of two arrays that is called so."""
    functions = [d for d in inventory.functions if len(_required(d)) == 2]
    return next((d for name in names for d in bind.named(name, functions)), None)


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


def _family(
    of_log: Callable[[Log | None], list[Formula]],
    grads: Callable[[Log | None], list[Formula]],
    logs: Any,
    entropy: Entropy,
) -> Family:
    """Every loss with every gradient; of their conventions nothing is said."""
    conventions = dict.fromkeys(entropy.conventions)

    def with_log(log: Log | None) -> Sequence[Together]:
        pairs = product(of_log(log), grads(log))
        return [Together(f, g, conventions, f"({entropy.said})", log) for f, g in pairs]

    return Family(with_log, logs)


def _any_of(*families: Family) -> Callable[[Tried, CallStyle], tuple[Form, ...]]:
    """The forms of several families, one after the other."""
    return lambda trial, arrangement: tuple(
        form for family in families for form in family.forms(trial, arrangement)
    )


def _concept(
    name: str,
    formula: str,
    losses: tuple[str, ...],
    names: tuple[str, ...],
    probes: Any,
    arrays: Any,
    meanings: Any,
    turns: Sequence[Any] = (as_rows, as_columns),
) -> Concept:
    def others(inventory: Inventory) -> tuple[str, ...]:
        found = gradient_in(inventory, names)
        return () if found is None else (found.name,)

    def takes(s: Subject) -> bool:
        return is_function(s) and bool(others(s.inventory))

    generic = tuple(p for p in probes if p.role is Role.ORDINARY)
    return Concept(f"pair.{name}", "§5", formula, losses, generic,
                   _arrangements(names, arrays, turns),
                   (), takes=takes, others=others, meanings_of=meanings)  # fmt: skip


def _losses_of_either(entropy: Entropy) -> Callable[[Log | None], list[Formula]]:
    """The loss of outputs with a log, and that of scores beside it."""

    def losses(log: Log | None) -> list[Formula]:
        scores = entropy.loss(log, entropy.of_scores) if log else entropy.fused
        return [joint(entropy.loss(log or NONE), named(scores, OF_SCORES))]

    return losses


def _guarded(log: Log | None, form: Callable[[Log], Formula]) -> list[Formula]:
    """With the loss's own log, and with each other that people take."""
    others = [each for each in (PLUS[0], NONE, *PLUS[1:]) if each is not log]
    return [form(each) for each in ([log, *others] if log else others)]


def _both(delta: Formula) -> list[Formula]:
    """y - d, with the output or of the scores."""
    return [joint(gradients.delta, named(delta, OF_SCORES))]


_SOFTMAX, _SIGMOID = _both(gradients.softmax_delta), _both(gradients.sigmoid_delta)
_ANY = (("y", "y"), ("u", "y"), ("u", "u"), ("y", "u"))
_OF_BITS = _family(
    lambda log: [BITS.loss(log or NONE)],
    lambda log: [*_guarded(log, gradients.of_binary), gradients.over_product(0.0), gradients.delta],
    LOGS, BITS,
)  # fmt: skip
_OF_UNITS = (as_rows, as_columns, as_flat)
_MSE_NAMES = (*squared_errors.MSE_NAMES, "half_squared_error", "sum_squared_error")

CONCEPTS = (
    _concept(
        "mean_squared_error", "E = 1/(2N) sum (y - d)^2;  dE/dy = (y - d)/N",
        _MSE_NAMES, squared_errors.D_MSE_NAMES, squared_errors.probes("pair.mean_squared_error"),
        (("y", "y"),), _any_of(squared_errors.PAIR),
    ),
    _concept(
        "softmax_with_loss", "E = -1/N sum d log softmax(u);  dE/du = (y - d)/N",
        (*SOFTMAX_NAMES, *CE_NAMES), ("d_softmax_with_loss",),
        classes.of_classes("pair.softmax_with_loss"), _ANY,
        _any_of(_family(_losses_of_either(CLASSES), lambda log: _SOFTMAX, (None, *LOGS), CLASSES)),
    ),
    _concept(
        "sigmoid_with_loss", "E = -mean [d log y + (1-d) log(1-y)];  dE/du = (y - d)/(N K)",
        (*SIGMOID_NAMES, *BCE_NAMES), ("d_sigmoid_with_loss",),
        classes.of_bits("pair.sigmoid_with_loss"), _ANY,
        _any_of(_family(_losses_of_either(BITS), lambda log: _SIGMOID, (None, *LOGS), BITS)),
        _OF_UNITS,
    ),
    _concept(
        "cross_entropy_error", "E = -1/N sum d log y;  dE/dy = -d/y/N",
        CE_NAMES, ("d_cross_entropy_error",), classes.of_classes("pair.cross_entropy_error"),
        (("y", "y"), ("u", "u")),
        _any_of(
            _family(
                _losses_of_either(CLASSES),
                lambda log: [*_guarded(log, gradients.of_entropy), *_SOFTMAX],
                (None, *LOGS), CLASSES,
            ),
            _OF_BITS,
        ),
    ),
    _concept(
        "binary_cross_entropy_error", "E = -mean [...];  dE/dy = ((1-d)/(1-y) - d/y)/(N K)",
        BCE_NAMES, ("d_binary_cross_entropy_error",),
        classes.of_bits("pair.binary_cross_entropy_error"), (("y", "y"),), _any_of(_OF_BITS),
        _OF_UNITS,
    ),
)  # fmt: skip
