"""Whether a loss and a gradient belong together: the gradient has to be that of the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compare.submission.concept import Arrays, Meaning
from compare.submission.concepts.factors import (
    FACTORS,
    SUM,
    Conventions,
    Factor,
    Formula,
    times,
)
from compare.submission.texts import Text


@dataclass(frozen=True)
class Together:
    """A sum as the loss, what its gradient is a multiple of, and the reductions of the loss.

    ``slope``: the gradient of the sum is slope times ``grad`` · ``of``: the sum in words ·
    ``said``: the convention of its form.
    """

    loss: Formula
    grad: Formula
    conventions: Conventions
    of: str
    slope: float = 1.0
    said: Text | None = None

    def slope_of(self, factor: Factor) -> Factor:
        """What the gradient of factor times the loss has to be a multiple by."""
        return Factor(factor.c * self.slope, factor.n, factor.k)

    def formula(self, factor: Factor, slope: Factor) -> Formula:
        """Both results with a factor each."""
        return joint(times(self.loss, factor), times(self.grad, slope))


def joint(*formulas: Formula) -> Formula:
    """The results of several formulas."""

    def formula(a: Arrays) -> Arrays:
        return {name: value for f in formulas for name, value in f(a).items()}

    return formula


def apart(pair: Together) -> Iterator[Meaning]:
    """A loss in each of its reductions, and a gradient that is another multiple than its own."""
    slopes = {pair.slope_of(f): f for f in pair.conventions}
    for factor in pair.conventions:
        right = pair.slope_of(factor)
        for slope in (*slopes, *(f for f in FACTORS if f not in slopes)):
            if slope == right:
                continue
            ratio = Factor(slope.c / right.c, slope.n - right.n, slope.k - right.k)
            other = Factor(slope.c / pair.slope, slope.n, slope.k)
            blanks = {
                "loss": _said(factor, pair.of),
                "other": _said(other, pair.of),
                "factor": str(ratio),
            }
            formula = pair.formula(factor, slope)
            yield Meaning(formula, "not_the_loss_differentiated", blanks=blanks)


def _said(factor: Factor, of: str) -> str:
    return of if factor == SUM else f"{factor} {of}"
