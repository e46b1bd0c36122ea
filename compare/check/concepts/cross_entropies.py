"""§3: the cross-entropy of several classes, from outputs y or from scores u, as people write it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from compare.check.calling.functions import (
    SCORES,
    WITH_GRADIENT,
    arrangements,
    function_of,
    function_with_gradient,
    is_function,
    may_take_scores,
)
from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.concepts.loss_layers import softmax_meanings
from compare.check.fitting.cross_entropy_forms import (
    CE_NAMES,
    GRAD_OF_SCORES,
    OF_OUTPUTS,
    OF_OUTPUTS_SOLVED,
    OF_SCORES,
    OF_SCORES_SOLVED,
    SOFTMAX_NAMES,
    _in_place_of,
    _of_given_scores,
    _of_outputs,
    _of_scores,
    _rare_of,
    output,
    renamed,
    softmax_of_scores,
)
from compare.check.fitting.factors import joined
from compare.check.i18n.text import Text
from compare.check.naming.bind import plain
from compare.check.probes import classes as class_probes
from compare.check.subject import Subject


def _with_gradients() -> list[Form]:
    """What goes wrong where the loss and its gradient are returned together."""

    return [m for m in softmax_meanings() if not m.right]


@cache
def _graded(of_scores: bool) -> tuple[Form, ...]:
    """Loss and gradient returned together; ``of_scores``: under the names of given scores."""
    if not of_scores:
        return tuple(_with_gradients())
    both = _graded(False)
    formulas_ = (renamed(_of_given_scores(m.formula), "grad", GRAD_OF_SCORES) for m in both)
    return tuple(replace(m, formula=f) for m, f in zip(both, formulas_, strict=True))


def rare_of_outputs(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """With each epsilon, of outputs or of scores, and with a gradient beside the loss."""
    names = trial.first(arrangement).values
    if any(name.startswith("grad") for name in names):
        return _graded(True)
    given_scores = any(name.startswith(OF_SCORES) for name in names)
    return _in_place_of(softmax_of_scores) if given_scores else _rare_of(output, True)


def rare_of_scores(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """The same for what is called a loss of scores."""
    names = trial.first(arrangement).values
    if any(name.startswith("grad") for name in names):
        return _graded(False)
    given_outputs = any(name.startswith(OF_OUTPUTS) for name in names)
    return _in_place_of(output) if given_outputs else _rare_of(softmax_of_scores, True)


def _takes_scores(s: Subject) -> bool:
    course = plain(s.found.name) == "crossentropyerror" and "y" in map(plain, s.required)
    return may_take_scores(s, "softmax") and not course


YOUR_OUTPUT = Text("it takes the output y = softmax(u)", "softmax の出力 y を受け取る")


CONCEPTS = (
    Concept(
        "cross_entropy_error",
        "§3",
        "E = -1/N sum_n log(y[n, d_n] + 1e-7)",
        CE_NAMES,
        class_probes.of_classes("cross_entropy_error"),
        (
            *arrangements("y", function_of("loss"), classes=True),
            *arrangements(
                "u", function_of(OF_SCORES), classes=True, fits=_takes_scores, said=SCORES
            ),
            *arrangements(
                "u",
                function_with_gradient(OF_SCORES, GRAD_OF_SCORES),
                classes=True,
                said=joined(SCORES, WITH_GRADIENT),
            ),
        ),
        tuple(_of_outputs()),
        lambda side, a: {"loss": side.get("losses.cross_entropy_error")(a["d"], a["y"])},
        is_function,
        rare=rare_of_outputs,
        free=lambda trial: OF_OUTPUTS_SOLVED,
    ),
    Concept(
        "softmax_with_loss",
        "§3",
        "E = 1/N sum_n (log sum_j e^u_nj - u[n, d_n])",
        SOFTMAX_NAMES,
        class_probes.of_classes("softmax_with_loss", scores=True),
        (
            *arrangements("u", function_of("loss"), classes=True),
            *arrangements(
                "u", function_with_gradient("loss", "grad"), classes=True, said=WITH_GRADIENT
            ),
            *arrangements("y", function_of(OF_OUTPUTS), classes=True, said=YOUR_OUTPUT),
        ),
        tuple(_of_scores()),
        lambda side, a: {"loss": side.get("losses.softmax_with_loss")(a["d"], a["u"])},
        is_function,
        rare=rare_of_scores,
        free=lambda trial: OF_SCORES_SOLVED,
    ),
)
