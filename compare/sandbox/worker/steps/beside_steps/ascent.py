"""Steps that go up a loss, where they are right but for their sign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from compare.sandbox.worker.steps.explained import Slope, combined, multiple
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, along_all, with_outputs
from compare.sandbox.worker.steps.turn import Number, evaluated


def goes_up(look: Look, found: Finding) -> Finding | None:
    """The same step with its derivative the other way round, where it increases a usual loss.

    What a script calls a loss may be what it maximizes; the error of outputs and targets is not. Of
    samples that are moved, one for each target, nothing is said: they may be meant to mislead.
    """
    if look.kept or found.cause or not is_up_a_loss(look):
        return None
    slope = look.slopes[look.by]
    expected = found.expected - 2 * look.rate * slope.value
    place = look.turn.changed_by(*(g.leaves[0].path for g in look.weights[:1]))
    blanks = {"loss": look.numbers[look.by].name}
    return Finding("goes_up", blanks, found.given, expected, place)


def is_up_a_loss(look: Look) -> bool:
    """Whether it is a step along the derivative of usual losses, at rates that are all positive.

    Of gradients that were kept, and moved the weights their own way, the rate is theirs. Of outputs
    that are all 0 an error of the errors themselves has that direction as well.
    """
    own = look.numbers[look.by]
    if not own.own:  # what is taken for outputs may be the errors themselves
        return False
    if look.rate < 0 and (own.usual or not _is_below_zero(look)):
        return False  # of a loss as it is
    # what is named may be no outputs, where functions give them; and targets may be kept somewhere,
    # and so be taken for what the turn makes
    for kept in (False, True):
        fits = _are_up(look, False, kept) or _are_up(look, True, kept)
        if fits and all(fits):
            return True
    return False


def _are_up(look: Look, given: bool, kept: bool) -> list[bool]:
    """Of each usual loss of which the number has the direction, whether the step is up that.

    What is added to look at is not to explain other turns.
    """
    apart = replace(look, numbers=[*look.numbers], slopes=[*look.slopes], batches=[*look.batches])
    if not with_outputs(apart, given, kept):
        return []
    slope = look.slopes[look.by]
    return [
        factor * look.rate > 0 and not _moves_samples(look, number)
        for number, usual in zip(apart.numbers, apart.slopes, strict=True)
        if number.usual and _is_a_target(number) and (factor := _factor(look, slope, usual))
    ]


def _factor(look: Look, slope: Slope, usual: Slope) -> float:
    """By which it is the derivative of a usual loss, with a penalty of some weights or none; or 0.

    Each group of weights may have a rate of its own in it.
    """
    found = multiple(slope.value, usual, look.size(usual))
    if found and found.whole:
        return found.factor
    weights = along_all(look.along, [g.value for g in look.weights])
    each = (np.where(slope.group == g, weights, 0.0) for g in np.unique(slope.group))
    penalties = [penalty for penalty in each if penalty[slope.weights].any()]
    factors = combined(slope.value, usual, penalties, look.size(usual)) if penalties else None
    return 0.0 if factors is None else float(factors[0])


def _is_a_target(number: Number) -> bool:
    """Whether shares may be meant by what an entropy is of: the errors of a softmax are none."""
    return "entropy" not in number.usual or bool(np.min(number.target) >= 0)


def _is_below_zero(look: Look) -> bool:
    """Whether the number itself is: a logarithm of likelihoods."""
    turn, now = look.turn, [(group, group.value) for group in look.weights]
    (value,) = evaluated(turn, [look.numbers[look.by]], now)
    turn.set_back()
    return bool(value < 0)


def _moves_samples(look: Look, number: Number) -> bool:
    mine = {int(g) for g in look.slopes[look.by].group[look.slopes[look.by].weights]}
    shapes = [np.shape(leaf.value) for i in mine for leaf in look.weights[i].leaves]
    return len(shapes) == 1 and shapes[0][:1] == np.shape(number.target)[:1]
