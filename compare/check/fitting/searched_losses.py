"""A loss that is found by its values first, and what its gradient may be beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from compare.check.concept import Arrays, Form
from compare.check.fitting.factors import Factor, Formula, joined, times
from compare.check.fitting.gradient_of_loss import Together, apart_in, joint


def minus(formula: Formula) -> Formula:
    """The same with the other sign."""
    return lambda a: {name: -value for name, value in formula(a).items()}


def sloped(formula: Formula, y: Callable[[Arrays], Any]) -> Formula:
    """The same with the derivative of a sigmoid once more."""
    return lambda a: {n: v * y(a) * (1.0 - y(a)) for n, v in formula(a).items()}


@dataclass(frozen=True)
class Searched:
    """A loss, and what it may mean with a gradient beside it: right first.

    ``y`` is the output, whose derivative may come once more · ``named`` gives results their names.
    """

    loss: Form
    pair: Together
    factor: Factor
    y: Callable[[Arrays], Any]
    named: Callable[[Formula], Formula]

    @cached_property
    def negative(self) -> Form:
        """The loss with the other sign, and the gradient right."""
        grad = times(self.pair.grad, self.pair.slope_of(self.factor))
        loss = minus(times(self.pair.loss, self.factor))
        return Form(self.named(joint(loss, grad)), "loss_sign")

    @cached_property
    def beside(self) -> tuple[Form, ...]:
        """Right; with a sign, the output's derivative once more, or another factor."""
        pair, loss = self.pair, times(self.pair.loss, self.factor)
        grad = times(pair.grad, pair.slope_of(self.factor))
        blanks = {"is": "(y - d) y (1 - y)"}
        found = (
            Form(joint(loss, grad), convention=self.loss.convention),
            Form(joint(loss, minus(grad)), "gradient_sign"),
            Form(joint(loss, sloped(grad, self.y)), "derivative_twice", blanks=blanks),
            *apart_in(pair, self.factor),
        )
        return tuple(replace(m, formula=self.named(m.formula)) for m in found)


def _as_it_is(formula: Formula) -> Formula:
    return formula


def searches(
    pairs: Iterator[Together],
    y: Callable[[Arrays], Any],
    named: Callable[[Formula], Formula] = _as_it_is,
) -> Iterator[Searched]:
    """Each loss of these pairs in each of its conventions."""
    for pair in pairs:
        for factor, text in pair.conventions.items():
            said = joined(text, pair.said)
            loss = Form(named(times(pair.loss, factor)), convention=said)
            yield Searched(loss, pair, factor, y, named)
