"""Whether a loss and a gradient belong together: the gradient has to be that of the loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from compare.check.concept import Arrays, Form
from compare.check.fitting.factors import FACTORS, SUM, Conventions, Factor, Formula, times
from compare.check.i18n.text import Text


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


def twice(grad: Formula) -> Formula:
    """The gradient of a first and of a second backward, which are the same."""

    def formula(a: Arrays) -> Arrays:
        found = grad(a)
        return {**found, **{n.replace("grad", "grad again", 1): v for n, v in found.items()}}

    return formula


def apart(pair: Together) -> Iterator[Form]:
    """A loss in each of its reductions, and a gradient that is another multiple than its own."""
    for factor in pair.conventions:
        yield from apart_in(pair, factor)


def apart_in(pair: Together, factor: Factor) -> Iterator[Form]:
    """The same in one of its reductions."""
    slopes = {pair.slope_of(f): f for f in pair.conventions}
    right = pair.slope_of(factor)
    for slope in (*slopes, *(f for f in FACTORS if f not in slopes)):
        if slope != right:
            yield Form(
                partial(_both, pair, factor, slope),
                "not_the_loss_differentiated",
                blanks=_Blanks(pair, factor, slope),
            )


def slope_in(form: Form) -> Factor:
    """By what one of these multiplies the gradient."""
    assert isinstance(form.blanks, _Blanks)
    return form.blanks.slope


def _both(pair: Together, factor: Factor, slope: Factor, a: Arrays) -> Arrays:
    return pair.formula(factor, slope)(a)


class _Blanks(Mapping[str, str]):
    """The words for a loss and a gradient of another: made when they are said.

    There are far more such pairs than anybody makes.
    """

    __slots__ = ("pair", "factor", "slope")

    def __init__(self, pair: Together, factor: Factor, slope: Factor) -> None:
        self.pair, self.factor, self.slope = pair, factor, slope

    def __getitem__(self, key: str) -> str:
        return self._words()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words())

    def __len__(self) -> int:
        return len(self._words())

    def _words(self) -> dict[str, str]:
        pair, slope, right = self.pair, self.slope, self.pair.slope_of(self.factor)
        ratio = Factor(slope.c / right.c, slope.n - right.n, slope.k - right.k)
        other = Factor(slope.c / pair.slope, slope.n, slope.k)
        return {
            "loss": _said(self.factor, pair.of),
            "other": _said(other, pair.of),
            "factor": str(ratio),
        }


def _said(factor: Factor, of: str) -> str:
    return of if factor == SUM else f"{factor} {of}"
