"""§5: the cross-entropies beside their gradients, of scores and of outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

from compare.check.calling.functions import BY_SCORES
from compare.check.concept import Arrays, Form
from compare.check.fitting import entropy_gradients as gradients
from compare.check.fitting.cross_entropy_forms import (
    BITS,
    CLASSES,
    OF_OUTPUTS,
    Entropy,
    Output,
    collapsed,
    for_targets,
    joint,
    moved_labels,
    softmax_of_scores,
    softmax_over,
)
from compare.check.fitting.factors import (
    MEAN,
    MEAN_OF_ALL,
    Factor,
    Formula,
    of_sum,
    sizes,
    times,
)
from compare.check.fitting.guards import LEAST_EPSILON, LOGS, NONE, SMALL, Log
from compare.check.fitting.loss_and_gradient import Family, Together, twice
from compare.check.i18n.text import Text, joined
from compare.check.subject import Subject

OVER_EPSILON = Text("softmax with an epsilon beside its sum", "softmax の分母に微小値")
_ADDED_TO_A_SUM = re.compile(r"sum\([^\n]*\)\s*\+\s*(\d|\w*\.?_?eps)")
_SMALL_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d*)?e-\d+|(?<![\w.])0\.0\d*")


@cache
def of_scores(entropy: Entropy, of: str = "", y: Output | None = None) -> Family:
    """A loss of scores and its gradient; ``of``: as the names of its results have it.

    ``y``: the output where it is another than the usual one, as of a softmax with an epsilon.
    """
    output = y or entropy.of_scores
    conventions = entropy.conventions if entropy is CLASSES else of_sum(MEAN, MEAN_OF_ALL)
    delta = for_targets("grad", lambda d, a: output(a) - d)
    also = OVER_EPSILON if y else None

    def with_log(log: Log | None) -> Sequence[Together]:
        loss = entropy.loss(log, output) if log else entropy.fused
        text = joined(log.convention if log else None, also)
        said = f"({entropy.said})"
        return (Together(loss, twice(delta), conventions, said, log, 1.0, text, output),)

    def losses(log: Log | None) -> Iterator[Form]:
        if log:
            return entropy.mistakes(log, True)
        return chain(entropy.mistakes_of_scores(), entropy.further(True))

    whole = _of_layers if entropy is CLASSES else _nothing
    return Family(with_log, LOGS if y else (None, *LOGS), losses, whole, of)


def outputs_over_epsilons(subject: Subject) -> list[Output]:
    """Softmax with each small number of the submission beside its sum, where one is added there."""
    text = "\n".join(d.source for d in subject.inventory.found)
    if not _ADDED_TO_A_SUM.search(text):
        return []
    said = (float(number) for number in _SMALL_NUMBER.findall(text))
    small = dict.fromkeys(e for e in said if LEAST_EPSILON < e <= SMALL)
    return [_over(e, shifted) for e in small for shifted in (True, False)]


@cache  # what a form computes is remembered by it
def _over(epsilon: float, shifted: bool) -> Output:
    return lambda a: softmax_over(a["u"], epsilon, shifted)


def _nothing(pair: Together, factor: Factor) -> Iterator[Form]:
    return iter(())


def _of_layers(pair: Together, factor: Factor) -> Iterator[Form]:
    """What goes wrong in loss and gradient of several classes."""
    loss, grad = times(pair.loss, factor), pair.gradient(factor)
    yield Form(joint(collapsed(loss), grad), "collapses_targets")
    of_scores = times(twice(for_targets("grad", lambda d, a: a["u"] - d)), pair.slope_of(factor))
    yield Form(joint(loss, of_scores), "softmax_in_loss_alone")
    for by in (-1, 1):
        yield Form(moved_labels(joint(loss, grad), by), "labels_off_by_one")
    for divided in (False, True):
        for only in (False, True):
            changed = times(_changed_output(factor, divided, only), factor)
            yield Form(joint(loss, changed), "backward_changes_output")


def _changed_output(factor: Factor, divided: bool, only_by_class: bool) -> Formula:
    """The second backward where the first one worked in self.y."""

    def first(d: Any, a: Arrays) -> Any:
        return softmax_of_scores(a) - d

    def second(d: Any, a: Arrays) -> Any:
        left = first(d, a) * factor.of(sizes(a)) if divided else first(d, a)
        return left - d

    def formula(a: Arrays) -> Arrays:
        found = dict(for_targets("grad", first)(a))
        again = dict(for_targets("grad again", second)(a))
        if only_by_class:
            again["grad again"] = found["grad"]
        return {**found, **again}

    return formula


@cache
def of_outputs(entropy: Entropy) -> Family:
    """A loss of outputs, and every gradient that belongs to it."""
    grads = _of_classes if entropy is CLASSES else _of_bits

    def with_log(log: Log | None) -> Sequence[Together]:
        assert log is not None  # all losses of outputs have one
        loss, said = entropy.loss(log), f"({entropy.said})"
        return [
            Together(loss, twice(grad), entropy.conventions, said, log, 1.0, text, lambda a: a["y"])
            for grad, text in ((g, joined(by, log.convention)) for g, by in grads(log))
        ]

    def losses(log: Log | None) -> Iterator[Form]:
        assert log is not None
        yield from entropy.mistakes(log, False)
        yield Form(BITS.elements(log), "not_one_number", blanks={"shape": "(N, K)"})

    return Family(with_log, LOGS, losses, of=OF_OUTPUTS)


def _of_classes(log: Log) -> list[tuple[Formula, Text | None]]:
    by_output = [gradients.of_entropy(log), gradients.of_entropy(NONE)]
    by_scores = [gradients.delta, gradients.guarded_delta(log)]
    return [*((g, None) for g in by_output), *((g, BY_SCORES) for g in by_scores)]


def _of_bits(log: Log) -> list[tuple[Formula, Text | None]]:
    of_both = (gradients.of_guarded, gradients.over_guarded)
    by_output = [*(g(log) for g in of_both), *(g(NONE) for g in of_both), gradients.of_binary(log)]
    by_scores = [gradients.delta, gradients.guarded_delta(log)]
    return [*((g, None) for g in by_output), *((g, BY_SCORES) for g in by_scores)]
