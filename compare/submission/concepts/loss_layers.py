"""§5: a loss as a layer with forward and backward, as in books that build from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from compare.submission.concept import Arrays, Concept, Meaning
from compare.submission.concepts import binary_cross_entropies as binary
from compare.submission.concepts import class_probes, squared_errors
from compare.submission.concepts import cross_entropies as many
from compare.submission.concepts.belonging import Together, apart, joint
from compare.submission.concepts.factors import (
    MEAN,
    MEAN_OF_ALL,
    Factor,
    Formula,
    joined,
    sizes,
    times,
    wrong_factors,
)
from compare.submission.concepts.logs import BASES, LOGS, Log, after, scaled
from compare.submission.concepts.loss_conventions import of_squares, of_sum
from compare.submission.concepts.loss_gradients import sigmoid_delta, softmax_delta
from compare.submission.concepts.targets import Call, arrangements, flat, given, target_first
from compare.submission.subject import Subject

_FORWARD = ("forward", "__call__")


def _forward(s: Subject) -> str:
    return next(name for name in _FORWARD if name in s.found.methods)


def _names(s: Subject) -> Sequence[str]:
    return [p.name for p in s.found.methods[_forward(s)] if p.required and not p.variadic]


def is_layer(s: Subject) -> bool:
    """Whether it is a class without settings, with forward(output, target) and backward."""
    methods = s.found.methods
    if s.found.kind != "class" or "backward" not in methods or s.required:
        return False
    return any(n in methods for n in _FORWARD) and len(_names(s)) == 2


def _passes(s: Subject, first: bool) -> Call:
    """forward, then backward twice."""
    needed = [p.name for p in s.found.methods["backward"] if p.required and not p.variadic]

    def call(d: Any, u: Any) -> Any:
        layer = s.call()
        loss = s.method(layer, _forward(s), *given(first, d, u))
        handed: tuple[Any, ...] = (1.0,) * len(needed)
        if len(needed) == 2:
            order = target_first(needed)
            handed = given(first if order is None else order, d, u)
        grads = [s.method(layer, "backward", *handed) for _ in range(2)]
        return {"loss": loss, "grad": grads[0], "grad again": grads[1]}

    return call


def twice(grad: Formula) -> Formula:
    """The gradient of a first and of a second backward, which are the same."""

    def formula(a: Arrays) -> Arrays:
        found = grad(a)
        return {**found, **{n.replace("grad", "grad again", 1): v for n, v in found.items()}}

    return formula


def _minus(formula: Formula) -> Formula:
    return lambda a: {name: -value for name, value in formula(a).items()}


def _sloped(formula: Formula, y: Callable[[Arrays], Any]) -> Formula:
    return lambda a: {n: v * y(a) * (1.0 - y(a)) for n, v in formula(a).items()}


def _together(loss: Formula, grad: Formula, conventions: Any, of: str, said: Any, slope: float = 1.0) -> Together:  # fmt: skip
    return Together(loss, twice(grad), conventions, of, slope, said)


def _right(pair: Together) -> Iterator[Meaning]:
    for factor, text in pair.conventions.items():
        formula = pair.formula(factor, pair.slope_of(factor))
        yield Meaning(formula, convention=joined(text, pair.said))


def _wrong(pair: Together, y: Callable[[Arrays], Any] | None) -> Iterator[Meaning]:
    for factor in pair.conventions:
        loss, slope = times(pair.loss, factor), pair.slope_of(factor)
        grad = times(pair.grad, slope)
        yield Meaning(joint(loss, _minus(grad)), "gradient_sign")
        yield Meaning(joint(_minus(loss), grad), "loss_sign")
        if y is not None:
            blanks = {"is": "(y - d) y (1 - y)"}
            yield Meaning(joint(loss, _sloped(grad, y)), "derivative_twice", blanks=blanks)
        for wrong in wrong_factors(pair.loss, pair.conventions, "loss_factor", {"of": pair.of}):
            yield Meaning(joint(wrong.formula, grad), wrong.cause, blanks=wrong.blanks)
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


_OF_CLASSES = "(-sum d log y)"


def softmax_meanings() -> Iterator[Meaning]:
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
                    yield Meaning(joint(times(pair.loss, factor), grads), "backward_changes_output")
        for log in LOGS:
            loss = times(many.collapsed(log, many.softmax_of_scores), factor)
            grads = times(twice(softmax_delta), factor)
            yield Meaning(joint(loss, grads), "collapses_targets")
        for form in (None, *LOGS):
            for by in (-1, 1):
                yield Meaning(times(_moved_labels(form, by), factor), "labels_off_by_one")
    for pair in usual:
        yield from _wrong(pair, many.softmax_of_scores)
    for log in LOGS:
        for name, c in BASES.items():
            loss = many.entropy(after(log.of, scaled(c)), many.softmax_of_scores)
            for factor in many.REDUCED:
                formula = joint(times(loss, factor), times(twice(softmax_delta), factor))
                yield Meaning(formula, "log_base", blanks={"is": name})


def _sigmoid_meanings() -> Iterator[Meaning]:
    reduced = of_sum(MEAN, MEAN_OF_ALL)
    of = "(-sum [d log y + (1-d) log(1-y)])"
    forms: list[tuple[Formula, Any, bool]] = [(binary.fused, None, True)]
    forms += [(binary.entropy(g, binary.sigmoid_of_scores), g.convention, g.common) for g in LOGS]
    pairs = [_together(f, sigmoid_delta, reduced, of, said) for f, said, _ in forms]
    for pair in pairs:
        yield from _right(pair)
    for pair, (_, _, often) in zip(pairs, forms, strict=True):
        yield from _wrong(pair, binary.sigmoid_of_scores) if often else ()


def square_meanings() -> Iterator[Meaning]:
    """The same of the squared error."""

    def difference(a: Arrays) -> Arrays:
        return {"grad": a["y"] - a["d"]}

    conventions = of_squares(Factor(0.5, -1))
    pair = _together(squared_errors.squares, difference, conventions, "sum (y - d)^2", None, 2.0)
    yield from _right(pair)
    yield from _wrong(pair, None)


def _layer(name: str, formula: str, names: tuple[str, ...], probes: Any, of: str, meanings: Any) -> Concept:  # fmt: skip
    classes = name == "layer.softmax_with_loss"
    calls = arrangements(of, _passes, _names, is_layer, classes=classes)
    if name == "layer.sigmoid_with_loss":
        calls = (*calls, *flat(of, _passes, _names, is_layer))
    kept = tuple(p for p in probes if not p.case.name.endswith("/extreme"))
    return Concept(name, "§5", formula, names, kept, calls, tuple(meanings), takes=is_layer)


CONCEPTS = (
    _layer(
        "layer.mean_squared_error",
        "E = 1/(2N) sum (y - d)^2;  dE/dy = (y - d)/N",
        (*squared_errors.MSE_NAMES, "identity_with_loss", "sum_squared_error", "squared_loss"),
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
        softmax_meanings(),
    ),
    _layer(
        "layer.sigmoid_with_loss",
        "E = -mean [d log y + (1-d) log(1-y)];  dE/du = (y - d)/(N K)",
        (*binary.SIGMOID_NAMES, *binary.BCE_NAMES),
        class_probes.of_bits("layer.sigmoid_with_loss", scores=True),
        "u",
        _sigmoid_meanings(),
    ),
)
