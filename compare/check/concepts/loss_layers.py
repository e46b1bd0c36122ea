"""§5: a loss as a layer with forward and backward, as in books that build from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.calling.functions import Call, arrangements, flat, given, target_first
from compare.check.concept import Arrays, CallStyle, Concept, Form, Free, Tried
from compare.check.concepts import binary_cross_entropies as binary
from compare.check.concepts.loss_gradients import sigmoid_delta, softmax_delta
from compare.check.fitting import cross_entropy_forms as many
from compare.check.fitting import output_losses
from compare.check.fitting import squared_error_forms as squared_errors
from compare.check.fitting.factors import (
    MEAN,
    MEAN_OF_ALL,
    Factor,
    Formula,
    joined,
    of_squares,
    of_sum,
    sizes,
    times,
    wrong_factors,
)
from compare.check.fitting.gradient_of_loss import Together, apart, joint, twice
from compare.check.fitting.guards import BASES, LOGS, RARE_LOGS, Log, after, epsilons, scaled
from compare.check.fitting.searched_losses import Searched, minus, searches, sloped
from compare.check.i18n.text import Text
from compare.check.matching import follows
from compare.check.naming.bind import plain
from compare.check.probes import classes as class_probes
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

BACK = Text("backward is handed the output", "backward は出力 y を受け取る")
_FORWARD = ("calculate", "forward", "__call__", "loss", "compute", "call", "calc_loss",
            "compute_loss", "fn")  # fmt: skip
_BACKWARD = ("backward", "gradient", "grad", "derivative", "prime", "backprop", "backward_pass",
             "compute_gradient", "loss_gradient", "loss_derivative")  # fmt: skip


def _first(s: Subject, names: Sequence[str], count: Sequence[int]) -> str:
    """The first of these methods that has to be given so many arguments, or ""."""
    methods = s.found.methods
    return next((n for n in names if n in methods and len(_required(methods[n])) in count), "")


def _required(parameters: Any) -> list[str]:
    return [p.name for p in parameters if p.required and not p.variadic]


def _forward(s: Subject) -> str:
    return _first(s, _FORWARD, (2,))


def _backward(s: Subject) -> str:
    return _first(s, _BACKWARD, (0, 1, 2))


def _names(s: Subject) -> Sequence[str]:
    return _required(s.found.methods[_forward(s)])


def is_layer(s: Subject) -> bool:
    """Whether it is a class without settings, with forward(output, target) and backward."""
    alone = s.found.kind == "class" and not s.required
    return alone and bool(_forward(s) and _backward(s))


def _passes(s: Subject, first: bool, with_output: bool = False) -> Call:
    """forward, then backward twice; ``with_output``: which is handed what forward kept as output.

    Of a layer that forgets in backward what it kept, the second time after a forward of its own.
    """
    backward = _backward(s)
    needed = _required(s.found.methods[backward])

    def call(d: Any, u: Any) -> Any:
        layer = s.call()

        def forward() -> Any:
            return s.method(layer, _forward(s), *given(first, d, u))

        def gradient() -> Any:
            handed: tuple[Any, ...] = (1.0,) * len(needed)
            if len(needed) == 2:
                order = target_first(needed)
                y = layers.attribute(s, layer, layers.OUTPUTS)[1] if with_output else u
                handed = given(first if order is None else order, d, y)
            return _gradient(s, layer, backward, handed)

        loss = forward()
        kept = layers.everything(s, layer)
        grad = gradient()
        if _forgets(kept, layers.everything(s, layer)):
            forward()
        try:
            again = gradient()
        except (Failed, AttributeError):  # what it kept deeper inside is gone
            forward()
            again = gradient()
        return {"loss": loss, "grad": grad, "grad again": again}

    return call


def _forgets(kept: Arrays, left: Arrays) -> bool:
    """Whether something that a layer kept is gone: removed, emptied, or all zeros."""
    arrays = {n: v for n, v in kept.items() if np.size(v) > 1 and np.any(v)}
    return any(n not in left or left[n].shape != v.shape or not np.any(left[n])
               for n, v in arrays.items())  # fmt: skip


def _gradient(s: Subject, layer: Any, backward: str, handed: tuple[Any, ...]) -> Any:
    """What it returns, or leaves in an attribute."""
    found = s.method(layer, backward, *handed)
    return found if found is not None else layers.attribute(s, layer, layers.TO_INPUT)[1]


def _output_alone(y: Callable[[Arrays], Any]) -> Formula:
    return many.for_targets("grad", lambda d, a: y(a))


def _together(loss: Formula, grad: Formula, conventions: Any, of: str, said: Any, slope: float = 1.0) -> Together:  # fmt: skip
    return Together(loss, twice(grad), conventions, of, slope, said)


def _right(pair: Together) -> Iterator[Form]:
    for factor, text in pair.conventions.items():
        formula = pair.formula(factor, pair.slope_of(factor))
        yield Form(formula, convention=joined(text, pair.said))


def _wrong(pair: Together, y: Callable[[Arrays], Any] | None) -> Iterator[Form]:
    wrong_losses = wrong_factors(pair.loss, pair.conventions, "loss_factor", {"of": pair.of})
    for factor in pair.conventions:
        loss, slope = times(pair.loss, factor), pair.slope_of(factor)
        grad = times(pair.grad, slope)
        yield Form(joint(loss, minus(grad)), "gradient_sign")
        yield Form(joint(minus(loss), grad), "loss_sign")
        if y is not None:
            blanks = {"is": "(y - d) y (1 - y)"}
            yield Form(joint(loss, sloped(grad, y)), "derivative_twice", blanks=blanks)
            alone = times(twice(_output_alone(y)), slope)
            yield Form(joint(loss, alone), "target_not_subtracted")
        for wrong in wrong_losses:
            yield Form(joint(wrong.formula, grad), wrong.cause, blanks=wrong.blanks)
    yield from apart(pair)


def _changed_output(factor: Factor, divided: bool, only_by_class: bool) -> Formula:
    """The second backward where the first one worked in self.y."""

    def first(d: Any, a: Arrays) -> Any:
        return many.softmax_of_scores(a) - d

    def second(d: Any, a: Arrays) -> Any:
        left = first(d, a) * factor.of(sizes(a)) if divided else first(d, a)
        return left - d

    def formula(a: Arrays) -> Arrays:
        found = dict(many.for_targets("grad", first)(a))
        again = dict(many.for_targets("grad again", second)(a))
        if only_by_class:
            again["grad again"] = found["grad"]
        return {**found, **again}

    return times(formula, factor)


def _moved_labels(log: Log | None, by: int) -> Formula:
    """Right for one-hot targets; class indices begin elsewhere, in loss and gradient."""

    def formula(a: Arrays) -> Arrays:
        moved = dict(a)
        if "classes" in a:
            moved["classes"] = (a["classes"] + by) % a["u"].shape[-1]
        loss = many.entropy(log.of, many.softmax_of_scores) if log else many.fused
        return {**loss(moved), **twice(softmax_delta)(moved)}

    return formula


_OF_CLASSES, _OF_BITS = "(-sum d log y)", "(-sum [d log y + (1-d) log(1-y)])"


def softmax_meanings() -> Iterator[Form]:
    """Loss and gradients of softmax with the cross-entropy: right, and with each mistake."""
    forms: list[tuple[Formula, Any]] = [(many.fused, None)]
    forms += [(many.entropy(g.of, many.softmax_of_scores), g.convention) for g in LOGS]
    common = [True, *(log.common for log in LOGS)]
    pairs = [_together(f, softmax_delta, many.REDUCED, _OF_CLASSES, said) for f, said in forms]
    for pair in pairs:
        yield from _right(pair)
    usual = [pair for pair, often in zip(pairs, common, strict=True) if often]
    for factor in many.REDUCED:
        for pair in pairs:
            for divided in (False, True):
                for only in (False, True):
                    grads = _changed_output(factor, divided, only)
                    yield Form(joint(times(pair.loss, factor), grads), "backward_changes_output")
        for log in LOGS:
            loss = times(many.collapsed(log, many.softmax_of_scores), factor)
            grads = times(twice(softmax_delta), factor)
            yield Form(joint(loss, grads), "collapses_targets")
        for form in (None, *LOGS):
            for by in (-1, 1):
                yield Form(times(_moved_labels(form, by), factor), "labels_off_by_one")
    for pair in usual:
        yield from _wrong(pair, many.softmax_of_scores)
    for log in LOGS:
        for name, c in BASES.items():
            loss = many.entropy(after(log.of, scaled(c)), many.softmax_of_scores)
            for factor in many.REDUCED:
                formula = joint(times(loss, factor), times(twice(softmax_delta), factor))
                yield Form(formula, "log_base", blanks={"is": name})


def _sigmoid_meanings() -> Iterator[Form]:
    reduced = of_sum(MEAN, MEAN_OF_ALL)
    forms: list[tuple[Formula, Any, bool]] = [(binary.fused, None, True)]
    forms += [(binary.entropy(g, binary.sigmoid_of_scores), g.convention, g.common) for g in LOGS]
    pairs = [_together(f, sigmoid_delta, reduced, _OF_BITS, said) for f, said, _ in forms]
    for pair in pairs:
        yield from _right(pair)
    for pair, (_, _, often) in zip(pairs, forms, strict=True):
        yield from _wrong(pair, binary.sigmoid_of_scores) if often else ()


def square_meanings() -> Iterator[Form]:
    """The same of the squared error."""

    def difference(a: Arrays) -> Arrays:
        return {"grad": a["y"] - a["d"]}

    conventions = of_squares(Factor(0.5, -1))
    pair = _together(squared_errors.squares, difference, conventions, "sum (y - d)^2", None, 2.0)
    yield from _right(pair)
    yield from _wrong(pair, None)


def _rare_of(
    outputs: Callable[[], tuple[Searched, ...]], elements: Callable[[], tuple[Form, ...]]
) -> Callable[[Tried, CallStyle], Iterator[Form]]:
    """What a loss of outputs may be: first which loss it is, and then what is beside it."""

    def rare(trial: Tried, arrangement: CallStyle) -> Iterator[Form]:
        values, probe = trial.first(arrangement).values, trial.concept.probes[0]
        if not any(output_losses.OF_OUTPUTS in name for name in values):
            return
        losses = {name: v for name, v in values.items() if name.startswith("loss")}
        for searched in outputs():
            wanted = trial.wanted(searched.loss, probe)
            if follows(losses, wanted):
                yield from searched.beside
            elif follows({name: -v for name, v in losses.items()}, wanted):
                yield searched.negative
        yield from elements()

    return rare


@cache
def _softmax_of_outputs() -> tuple[Searched, ...]:
    pairs = output_losses.softmax_pairs((*LOGS, *RARE_LOGS))
    return tuple(searches(pairs, many.output, output_losses.renamed))


@cache
def _sigmoid_of_outputs() -> tuple[Searched, ...]:
    pairs = output_losses.sigmoid_pairs((*LOGS, *RARE_LOGS))
    return tuple(searches(pairs, binary.output, output_losses.renamed))


def _of_outputs(s: Subject, first: bool) -> Call:
    """The same passes, whose results are those of a loss of outputs."""
    passes = _passes(s, first)
    return lambda d, y: output_losses.renamed(lambda a: passes(d, y))({})


def _with_output(s: Subject, first: bool) -> Call:
    """The same passes, of which the way back is handed the output."""
    return _passes(s, first, True)


def _takes_output_back(s: Subject) -> bool:
    """Whether the way back is handed a prediction and a target."""
    return is_layer(s) and len(_required(s.found.methods[_backward(s)])) == 2


def _takes_outputs(s: Subject) -> bool:
    """Unless its name says that softmax or sigmoid is in it."""
    return is_layer(s) and not any(
        f in plain(s.found.name) for f in ("softmax", "sigmoid", "logit")
    )


def _solved(pair_with: Callable[[Log], Together], y: Callable[[Arrays], Any]) -> tuple[Free, ...]:
    """With whichever epsilon: right, and what goes wrong beside it."""

    def beside(log: Log) -> list[Form]:
        searched = searches(iter((pair_with(log),)), y)
        forms = (form for each in searched for form in (*each.beside, each.negative))
        return [form for form in forms if not form.right]

    return epsilons(lambda log: list(_right(pair_with(log))), beside)


def _softmax_with(log: Log) -> Together:
    loss = many.entropy(log.of, many.softmax_of_scores)
    return _together(loss, softmax_delta, many.REDUCED, _OF_CLASSES, log.convention)


def _sigmoid_with(log: Log) -> Together:
    loss = binary.entropy(log, binary.sigmoid_of_scores)
    return _together(loss, sigmoid_delta, of_sum(MEAN, MEAN_OF_ALL), _OF_BITS, log.convention)


def _layer(name: str, formula: str, names: tuple[str, ...], probes: Any, of: str, meanings: Any, rare: Any = lambda trial, arrangement: (), free: tuple[Free, ...] = ()) -> Concept:  # fmt: skip
    classes = name == "layer.softmax_with_loss"
    calls = arrangements(of, _passes, _names, is_layer, classes=classes)
    if name == "layer.sigmoid_with_loss":
        calls = (*calls, *flat(of, _passes, _names, is_layer))
    if of == "u":
        calls = (
            *calls,
            *arrangements("u", _with_output, _names, _takes_output_back, classes, BACK),
        )
        said = output_losses.GIVEN_OUTPUT
        calls = (*calls, *arrangements("y", _of_outputs, _names, _takes_outputs, classes, said))
    kept = tuple(p for p in probes if not p.case.name.endswith("/extreme"))
    return Concept(
        name, "§5", formula, names, kept, calls, tuple(meanings), takes=is_layer, rare=rare,
        free=lambda trial: free,
    )  # fmt: skip


CONCEPTS = (
    _layer(
        "layer.mean_squared_error",
        "E = 1/(2N) sum (y - d)^2;  dE/dy = (y - d)/N",
        (*squared_errors.MSE_NAMES, "identity_with_loss", "sum_squared_error"),
        squared_errors.probes("layer.mean_squared_error"),
        "y",
        square_meanings(),
    ),
    _layer(
        "layer.softmax_with_loss",
        "E = -1/N sum d log softmax(u);  dE/du = (y - d)/N",
        (*many.SOFTMAX_NAMES, *many.CE_NAMES),
        class_probes.of_classes("layer.softmax_with_loss", scores=True),
        "u",
        (*softmax_meanings(), *output_losses.softmax_right()),
        _rare_of(_softmax_of_outputs, output_losses.softmax_elements),
        _solved(_softmax_with, many.softmax_of_scores),
    ),
    _layer(
        "layer.sigmoid_with_loss",
        "E = -mean [d log y + (1-d) log(1-y)];  dE/du = (y - d)/(N K)",
        (*binary.SIGMOID_NAMES, *binary.BCE_NAMES),
        class_probes.of_bits("layer.sigmoid_with_loss", scores=True),
        "u",
        (*_sigmoid_meanings(), *output_losses.sigmoid_right()),
        _rare_of(_sigmoid_of_outputs, output_losses.sigmoid_elements),
        _solved(_sigmoid_with, binary.sigmoid_of_scores),
    ),
)
