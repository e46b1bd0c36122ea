"""A loss and a gradient that were given together: first which loss it is, then its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from compare.check.concept import Arrays, CallStyle, Form, Free, Role, Tried
from compare.check.fitting.cross_entropy_forms import Output, for_targets, joint, named
from compare.check.fitting.factors import (
    FACTORS,
    MEAN_OF_ALL,
    SUM,
    Conventions,
    Factor,
    Formula,
    minus,
    sizes,
    times,
)
from compare.check.fitting.free_constant import constants
from compare.check.fitting.guards import GUARDS, LARGEST, LEAST_EPSILON, SMALL, Log, too_large
from compare.check.i18n.text import Text, joined
from compare.check.matching import evaluated, follows

_USUAL_SLIPS = (MEAN_OF_ALL, Factor(0.5, -1), Factor(2.0, -1), Factor(1.0, 0, -1))
_APART = 1e-6  # far above rounding, which the rule judges, and below what tells formulas apart


@dataclass(frozen=True, eq=False)
class Together:
    """A sum as the loss, what its gradient is a multiple of, and the reductions of the loss.

    ``log``: the one in it, if any · ``slope``: the gradient of the sum is slope times ``grad`` ·
    ``of``: the sum in words · ``said``: the convention of its form · ``y``: the output, whose
    derivative may come once more.
    """

    loss: Formula
    grad: Formula
    conventions: Conventions
    of: str
    log: Log | None = None
    slope: float = 1.0
    said: Text | None = None
    y: Output | None = None

    def slope_of(self, factor: Factor) -> Factor:
        """What the gradient of factor times the loss is a multiple by."""
        return Factor(factor.c * self.slope, factor.n, factor.k)

    def gradient(self, factor: Factor) -> Formula:
        """The gradient of factor times the loss."""
        return times(self.grad, self.slope_of(factor))

    def right(self, factor: Factor) -> Form:
        """The loss with this factor, and its gradient; an epsilon may be too large."""
        formula = joint(times(self.loss, factor), self.gradient(factor))
        form = Form(formula, convention=joined(self.conventions[factor], self.said))
        large = self.log is not None and self.log.epsilon > SMALL
        return too_large(form, self.log.epsilon) if self.log and large else form

    def wrong(self, factor: Factor) -> Iterator[Form]:
        """With another sign; with the output's derivative once more, or without the target."""
        loss, grad, y = times(self.loss, factor), self.gradient(factor), self.y
        yield Form(joint(loss, minus(grad)), "gradient_sign")
        yield Form(joint(minus(loss), grad), "loss_sign")
        if y is not None:
            blanks = {"is": "(y - d) y (1 - y)"}
            yield Form(joint(loss, _sloped(grad, y)), "derivative_twice", blanks=blanks)
            for cause, moved in (
                ("target_not_subtracted", lambda d, a: y(a)),
                ("target_added", lambda d, a: y(a) + d),
            ):
                other = times(twice(for_targets("grad", moved)), self.slope_of(factor))
                yield Form(joint(loss, other), cause)

    def apart(self, factor: Factor, slope: Factor) -> Form:
        """Beside a gradient that is another multiple than its own."""
        own = self.slope_of(factor)
        ratio = Factor(slope.c / own.c, slope.n - own.n, slope.k - own.k)
        other = Factor(slope.c / self.slope, slope.n, slope.k)
        said = {"loss": self._said(factor), "other": self._said(other), "factor": str(ratio)}
        formula = joint(times(self.loss, factor), times(self.grad, slope))
        return Form(formula, "not_the_loss_differentiated", blanks=said)

    def _said(self, factor: Factor) -> str:
        return self.of if factor == SUM else f"{factor} {self.of}"


def _sloped(formula: Formula, y: Output) -> Formula:
    """With the derivative of a sigmoid once more."""
    return lambda a: {n: v * y(a) * (1.0 - y(a)) for n, v in formula(a).items()}


def twice(grad: Formula) -> Formula:
    """The gradient of a first and of a second backward, which are the same."""

    def formula(a: Arrays) -> Arrays:
        found = grad(a)
        return {**found, **{n.replace("grad", "grad again", 1): v for n, v in found.items()}}

    return formula


@dataclass(frozen=True, eq=False)
class Family:
    """A loss in all its forms, and beside each the gradients that belong to it.

    ``with_log``: those with a log, or with none; ``logs``: the usual ones · ``losses``: mistakes in
    the loss alone, beside a log · ``whole``: mistakes in both · ``of``: what is said in the names
    of the results.
    """

    with_log: Callable[[Log | None], Sequence[Together]]
    logs: Sequence[Log | None] = (None,)
    losses: Callable[[Log | None], Iterator[Form]] = lambda log: iter(())
    whole: Callable[[Together, Factor], Iterator[Form]] = lambda pair, factor: iter(())
    of: str = ""

    def forms(self, trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
        """What it may mean by what it gave; at least one of them is right."""
        shown = _Shown(trial, arrangement, self.of)
        losses = [each for each in self._pairs if shown.is_of_loss(*each)]
        # an epsilon may show on nearly certain outputs alone
        if not any(shown.is_of_every_loss(*each) for each in losses):
            losses = self._solved(shown) or losses
        forms = [_right(self, *each) for each in losses]
        if not any(form.right for form in forms):
            forms += (_right(self, *each) for each in self._pairs)
        for each in losses:
            forms += _wrong(self, *each)
            forms += (_apart(self, *each, slope) for slope in shown.other_slopes(*each))
        if not losses:
            forms += self._beside_wrong_losses(shown)
            forms += self._with_another_factor(shown)
        forms += (form for each in losses or self._pairs for form in _whole(self, *each))
        return tuple(forms)

    def named(self, form: Form) -> Form:
        """The form with the names that its results have."""
        return replace(form, formula=named(form.formula, self.of)) if self.of else form

    @cached_property
    def _pairs(self) -> list[tuple[Together, Factor]]:
        return [each for log in self.logs for each in _with(self, log)]

    def _beside_wrong_losses(self, shown: _Shown) -> Iterator[Form]:
        """The right gradients beside a loss that is wrong by itself."""
        for i, (log, wrong) in enumerate(self.wrong_losses):
            if shown.follows(wrong.formula):
                yield from (_beside(self, i, *each) for each in _with(self, log))

    def _with_another_factor(self, shown: _Shown) -> Iterator[Form]:
        """The right gradients beside a loss of another factor, with an epsilon that is solved."""
        for guard, factor, free in self._free_factors:
            for epsilon in shown.constants(free):
                pair = self.with_log(guard(epsilon))[0]
                loss, should = times(pair.loss, factor), ", ".join(map(str, pair.conventions))
                blanks = {"is": str(factor), "should": should, "of": pair.of}
                for each in pair.conventions:
                    formula = joint(loss, pair.gradient(each))
                    yield self.named(Form(formula, "loss_factor", blanks=blanks))

    @cached_property
    def _free_factors(self) -> list[tuple[Callable[[float], Log], Factor, Free]]:
        def free(guard: Callable[[float], Log], factor: Factor) -> Free:
            def of(epsilon: float) -> list[Form]:
                loss = self.with_log(guard(epsilon))[0].loss
                return [self.named(Form(times(loss, factor)))]

            return Free(of, LEAST_EPSILON, LARGEST)

        guards = GUARDS if len(self.logs) > 1 else ()
        return [(guard, factor, free(guard, factor)) for guard in guards for factor in _USUAL_SLIPS]

    @cached_property
    def wrong_losses(self) -> list[tuple[Log | None, Form]]:
        """Every mistake in the loss alone, and the log beside it."""
        return [(log, form) for log in self.logs for form in self.losses(log)]

    def _solved(self, shown: _Shown) -> list[tuple[Together, Factor]]:
        """Those with an epsilon that is in no table, which the loss alone tells."""
        for guard, free in self._free:
            for epsilon in shown.constants(free):
                of_epsilon = _with(self, guard(epsilon))
                found = [each for each in of_epsilon if shown.is_of_every_loss(*each)]
                if found:
                    return found
        return []

    @cached_property
    def _free(self) -> list[tuple[Callable[[float], Log], Free]]:
        def free(guard: Callable[[float], Log]) -> Free:
            def of(epsilon: float) -> list[Form]:
                pair = self.with_log(guard(epsilon))[0]
                losses = [times(pair.loss, factor) for factor in pair.conventions]
                return [self.named(Form(f)) for f in (*losses, *map(minus, losses))]

            return Free(of, LEAST_EPSILON, LARGEST)

        return [(guard, free(guard)) for guard in GUARDS if len(self.logs) > 1]


# Each form is made once: what it computes is remembered by it, for all submissions.


@cache
def _with(family: Family, log: Log | None) -> list[tuple[Together, Factor]]:
    return [(pair, factor) for pair in family.with_log(log) for factor in pair.conventions]


@cache
def _of_both_signs(pair: Together, factor: Factor) -> tuple[Formula, Formula]:
    loss = times(pair.loss, factor)
    return loss, minus(loss)


@cache
def _right(family: Family, pair: Together, factor: Factor) -> Form:
    return family.named(pair.right(factor))


@cache
def _wrong(family: Family, pair: Together, factor: Factor) -> tuple[Form, ...]:
    return tuple(map(family.named, pair.wrong(factor)))


@cache
def _whole(family: Family, pair: Together, factor: Factor) -> tuple[Form, ...]:
    return tuple(map(family.named, family.whole(pair, factor)))


@cache
def _apart(family: Family, pair: Together, factor: Factor, slope: Factor) -> Form:
    return family.named(pair.apart(factor, slope))


@cache
def _beside(family: Family, at: int, pair: Together, factor: Factor) -> Form:
    wrong = family.wrong_losses[at][1]
    formula = joint(wrong.formula, pair.gradient(factor))
    return family.named(replace(wrong, formula=formula))


class _Shown:
    """What was given on the first probe, without what is said in the names."""

    def __init__(self, trial: Tried, arrangement: CallStyle, of: str) -> None:
        values = {n.replace(of, "", 1): v for n, v in trial.first(arrangement).values.items()}
        self._losses = {name: v for name, v in values.items() if name.startswith("loss")}
        self._gradients = {name: v for name, v in values.items() if name.startswith("grad")}
        self._numbers = trial.numbers(trial.concept.probes[0])
        self._trial, self._arrangement, self._of = trial, arrangement, of

    def follows(self, loss: Formula) -> bool:
        """Whether this is the loss."""
        return follows(self._losses, loss(self._numbers))

    def is_of_loss(self, pair: Together, factor: Factor) -> bool:
        """Whether the loss is that of a pair, with its sign or the other."""
        return any(follows(self._losses, evaluated(loss, self._numbers))
                   for loss in _of_both_signs(pair, factor))  # fmt: skip

    def is_of_every_loss(self, pair: Together, factor: Factor) -> bool:
        """The same of all ordinary problems."""
        return any(map(self._on_all, _of_both_signs(pair, factor)))

    def _on_all(self, loss: Formula) -> bool:
        for probe in self._trial.concept.probes:
            if probe.role is Role.ORDINARY:
                ran = self._trial.ran(self._arrangement, probe).values
                values = {n.replace(self._of, "", 1): v for n, v in ran.items()}
                losses = {n: v for n, v in values.items() if n.startswith("loss")}
                if not follows(losses, evaluated(loss, self._trial.numbers(probe))):
                    return False
        return True

    def constants(self, free: Free) -> Iterator[float]:
        """Those with which a form follows the losses."""
        found = constants(self._trial, self._arrangement, free, True, "loss")
        return (value for value, _ in found)

    def other_slopes(self, pair: Together, factor: Factor) -> Iterator[Factor]:
        """By what the pair's gradient is multiplied, where it is not the loss's own slope."""
        multiple = self._multiple(pair.grad(self._numbers))
        for slope in FACTORS if multiple is not None else ():
            of = slope.of(sizes(self._numbers))
            if slope != pair.slope_of(factor) and math.isclose(of, multiple or 0, rel_tol=_APART):
                yield slope

    def _multiple(self, wanted: Arrays) -> float | None:
        """By what a formula's results are multiplied; None where these are no multiple of them."""
        multiple = None
        for name, value in self._gradients.items():
            if name not in wanted or np.shape(value) != np.shape(wanted[name].value):
                return None
            mine, right = np.asarray(value), np.asarray(wanted[name].value)
            at = np.abs(right).argmax()
            multiple = float(mine.flat[at] / right.flat[at])
            whole = right * multiple
            if not np.allclose(mine, whole, rtol=_APART, atol=_APART * np.abs(whole).max()):
                return None
        return multiple
