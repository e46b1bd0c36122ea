"""§5: loss layers that are given the output y = softmax(u) or sigmoid(u), and not the scores u."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from compare.check.calling.functions import BY_SCORES
from compare.check.concept import Arrays, Form
from compare.check.concepts import binary_cross_entropies as binary
from compare.check.concepts.loss_gradients import delta, of_binary, of_entropy
from compare.check.fitting import cross_entropy_forms as many
from compare.check.fitting.factors import Conventions, Formula, joined
from compare.check.fitting.gradient_of_loss import Together, joint, twice
from compare.check.fitting.guards import LOGS, NONE, Log
from compare.check.i18n.text import Text

OF_OUTPUTS = " of outputs"
GIVEN_OUTPUT = Text("it takes the output y", "出力 y を受け取る")


def renamed(formula: Formula) -> Formula:
    """``loss of outputs`` and ``grad of outputs`` for loss and gradient."""

    def named(name: str) -> str:
        first, _, rest = name.partition(" ")
        return f"{first}{OF_OUTPUTS} {rest}".strip()

    return lambda a: {named(n): v for n, v in formula(a).items()}


def _of_binary(log: Log) -> Formula:
    """(1-d)/(1-g) - d/g, with g the guarded output."""

    def formula(a: Arrays) -> Arrays:
        g = log.guard(a["y"])
        one = (g * 0.0 + 1.0).exactly()
        return {"grad": one * (1.0 - a["d"]) / (1.0 - g) - one * a["d"] / g}

    return formula


def _over_product(log: Log) -> Formula:
    """(g - d) / (g (1-g))."""

    def formula(a: Arrays) -> Arrays:
        g = log.guard(a["y"])
        return {"grad": (g - a["d"]) / (g * (1.0 - g))}

    return formula


def _guarded_delta(log: Log) -> Formula:
    return many.for_targets("grad", lambda d, a: log.guard(a["y"]) - d)


def _pairs(loss: Any, grads: Any, conventions: Conventions, of: str, logs: Any = LOGS) -> Iterator[Together]:  # fmt: skip
    """Every form of the log, with the gradients that belong to it."""
    for log in logs:
        for grad, said in grads(log):
            yield Together(
                loss(log), twice(grad), conventions, of, 1.0, joined(said, log.convention)
            )


def softmax_pairs(logs: Any = LOGS) -> Iterator[Together]:
    """The cross-entropy of outputs with every gradient that belongs to it."""

    def grads(log: Log) -> Any:
        given = [(of_entropy(log), None), (of_entropy(NONE), None), (delta, BY_SCORES)]
        return [*given, (_guarded_delta(log), BY_SCORES)]

    return _pairs(lambda log: many.entropy(log.of), grads, many.REDUCED, "(-sum d log y)", logs)


def sigmoid_pairs(logs: Any = LOGS) -> Iterator[Together]:
    """The same of outputs that are each yes or no."""

    def grads(log: Log) -> Any:
        forms = [_of_binary(log), _over_product(log), _of_binary(NONE), _over_product(NONE),
                 of_binary(log)]  # fmt: skip
        return [*((f, None) for f in forms), (delta, BY_SCORES), (_guarded_delta(log), BY_SCORES)]

    of = "(-sum [d log y + (1-d) log(1-y)])"
    return _pairs(binary.entropy, grads, binary.REDUCED, of, logs)


def _right(pairs: Iterator[Together]) -> Iterator[Form]:
    for pair in pairs:
        for factor, text in pair.conventions.items():
            formula = renamed(pair.formula(factor, pair.slope_of(factor)))
            yield Form(formula, convention=joined(text, pair.said))


def _elements(loss: Any, pairs: Any) -> tuple[Form, ...]:
    """The loss of each element, whose gradient is that of the sum."""
    return tuple(
        Form(renamed(joint(loss(log), pair.grad)), "not_one_number", blanks={"shape": "(N, K)"})
        for log in LOGS
        for pair in pairs((log,))
    )


def softmax_right() -> tuple[Form, ...]:
    """The cross-entropy of outputs, and its gradient by y or by u."""
    return tuple(_right(softmax_pairs()))


def sigmoid_right() -> tuple[Form, ...]:
    """The same of outputs that are each yes or no."""
    return tuple(_right(sigmoid_pairs()))


@cache
def softmax_elements() -> tuple[Form, ...]:
    """The loss of each element in place of one number, also as if each were yes or no."""
    return _elements(many.elements, softmax_pairs) + sigmoid_elements()


@cache
def sigmoid_elements() -> tuple[Form, ...]:
    """The same of outputs that are each yes or no."""
    return _elements(binary.elements, sigmoid_pairs)
