"""Constant factors of a formula: which are right, in which convention, and which are a mistake."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

from compare.check.concept import Arrays, Form, Free
from compare.check.i18n.text import Text, joined
from compare.check.matching import evaluated

Sizes = tuple[int, int]  # N samples of K numbers
Formula = Callable[[Arrays], Arrays]
_TOPS = {1.0: "1", 2.0: "2", 0.5: "1/2", 4.0: "4", 0.25: "1/4"}
_POWERS = ((0, 0), (-1, 0), (-1, -1), (0, -1), (-2, 0), (-2, -1), (-2, -2), (-1, -2), (1, 0),
           (0, 1), (1, 1), (1, -1), (-1, 1))  # fmt: skip


@dataclass(frozen=True)
class Factor:
    """c N^n K^k: what a sum over N samples of K numbers is multiplied by."""

    c: float = 1.0
    n: int = 0
    k: int = 0

    def of(self, sizes: Sizes) -> float:
        """Its value."""
        return float(self.c * float(sizes[0]) ** self.n * float(sizes[1]) ** self.k)

    def __str__(self) -> str:
        """Such as ``1/(2 N K)``, and ``1`` where nothing is multiplied."""
        above, below = math.frexp(self.c)[1] - 1, 0
        above, below = max(above, 0), max(-above, 0)
        tops = [str(2**above)] * bool(above) + _letters(self.n, self.k)
        unders = [str(2**below)] * bool(below) + _letters(-self.n, -self.k)
        top = " ".join(tops) or "1"
        under = " ".join(unders)
        return f"{top}/{f'({under})' if len(unders) > 1 else under}" if unders else top


def written_of(factor: Factor) -> str:
    """A factor of any c: ``1/3 1/N``, ``0.3``."""
    simple = Fraction(factor.c).limit_denominator(100)
    exact = abs(float(simple) - factor.c) < 1e-9 * factor.c
    c = str(simple) if exact and simple.numerator < 10 else f"{factor.c:g}"
    letters = str(replace(factor, c=1.0))
    return c if letters == "1" else f"{c} · {letters}"


def _letters(n: int, k: int) -> list[str]:
    powers = (("N", n), ("K", k))
    return [letter + ("" if p == 1 else f"^{p}") for letter, p in powers if p > 0]


MEAN, SUM, MEAN_OF_ALL = Factor(1.0, -1, 0), Factor(), Factor(1.0, -1, -1)
FACTORS = tuple(Factor(c, n, k) for (n, k), c in product(_POWERS, _TOPS))
Conventions = Mapping[Factor, Text | None]


def times(formula: Formula, factor: Factor) -> Formula:
    """The formula with all its results multiplied; they are sums, ``a`` says over how many."""

    def scaled(a: Arrays) -> Arrays:
        c = factor.of(sizes(a))
        of = evaluated(formula, a)
        return {name: value * c if c != 1 else value for name, value in of.items()}

    return scaled


def sizes(a: Arrays) -> Sizes:
    """(N, K) of a problem: of ``y``, else of ``u``; one sample alone has N = 1.

    ``batch``: 1-D arrays are N samples of one number each.
    """
    of: Any = a["y"] if "y" in a else a["u"]
    if "batch" in a:
        return of.shape[0], 1
    return (1, of.shape[0]) if of.ndim == 1 else (of.shape[0], of.shape[1])


def minus(formula: Formula) -> Formula:
    """The formula with the other sign."""
    return lambda a: {name: -value for name, value in formula(a).items()}


def right(formula: Formula, conventions: Conventions, also: Text | None = None) -> list[Form]:
    """The formula with each factor that is legitimate, and what is to be said of it."""
    return [
        Form(times(formula, factor), convention=joined(also, text))
        for factor, text in conventions.items()
    ]


def wrong_factors(
    formula: Formula, conventions: Conventions, cause: str, blanks: Mapping[str, str]
) -> list[Form]:
    """The formula with each factor of the catalogue that is in no convention.

    Blanks {is} and {should} are the factor and those of the conventions.
    """
    should = ", ".join(map(str, conventions))
    return [
        Form(times(formula, f), cause, blanks={"is": str(f), "should": should, **blanks})
        for f in FACTORS
        if f not in conventions
    ]


def solved_factors(
    formula: Formula, conventions: Conventions, cause: str, blanks: Mapping[str, str]
) -> Free:
    """The formula with a factor that is in no table, alone or with 1/N, 1/K or both."""
    should = ", ".join(map(str, conventions))

    def of(c: float) -> list[Form]:
        factors = [Factor(c, n, k) for n in (0, -1) for k in (0, -1)]
        return [
            Form(times(formula, f), cause, blanks={"is": written_of(f), "should": should, **blanks})
            for f in factors
        ]

    return Free(of, 1e-4, 1e4)


def mistaken(
    formula: Formula,
    conventions: Conventions,
    cause: str,
    blanks: Mapping[str, str | Text] | None = None,
) -> list[Form]:
    """Another formula, a mistake, with each factor that would be legitimate."""
    return [Form(times(formula, f), cause, blanks=blanks or {}) for f in conventions]


def one_sample_averaged(formula: Formula, conventions: Conventions) -> list[Form]:
    """Right for batches; one sample alone (1-D) is divided by shape[0], which there is K."""

    def of(factor: Factor) -> Formula:
        def formula_of(a: Arrays) -> Arrays:
            values, count = times(formula, factor)(a), sizes(a)[1]
            alone = a["y" if "y" in a else "u"].ndim == 1 and "batch" not in a
            return {n: v / count for n, v in values.items()} if alone else values

        return formula_of

    means = [f for f in conventions if (f.n, f.k) == (-1, 0)]
    return [Form(of(f), "one_sample_averaged") for f in means]


# In which conventions a loss of N samples of K numbers may be reduced, and its gradient.
BY_SAMPLE = Text("mean over the samples", "サンプル数 N での平均")
BY_ALL = Text("mean over all elements", "全要素での平均")
AVERAGED = Text(
    "the gradients of W and b are averaged over the batch (delta must not be divided by N too)",
    "W と b の勾配をバッチで平均する（delta 側では N で割らない）",
)
SUMMED = Text("sum, not mean", "平均ではなく和")
WHOLE = Text("without the 1/2", "1/2 なし")
HALF = Text("with the 1/2", "1/2 あり")

_REDUCED = ((MEAN_OF_ALL, BY_ALL), (MEAN, BY_SAMPLE), (SUM, SUMMED))


def of_sum(*silent: Factor, without: tuple[Factor, ...] = ()) -> Conventions:
    """Mean over samples, over all elements, or sum; what is ``silent`` is the course's own."""
    return _ordered({f: None if f in silent else text for f, text in _REDUCED if f not in without})


def of_squares(silent: Factor) -> Conventions:
    """The same for Σ (y - d)², each with the 1/2 and without."""
    found: dict[Factor, Text | None] = {}
    for factor, text in _REDUCED:
        half = Factor(factor.c / 2, factor.n, factor.k)
        both = Text(f"{text.en}, {WHOLE.en}", f"{text.ja}、{WHOLE.ja}")
        found |= {half: Text(f"{text.en}, {HALF.en}", f"{text.ja}、{HALF.ja}"), factor: both}
    return _ordered({f: None if f == silent else text for f, text in found.items()})


def of_differences(silent: Factor) -> Conventions:
    """The same for the gradient of Σ (y - d)² by y, as a factor of y - d."""
    return {Factor(f.c * 2, f.n, f.k): text for f, text in of_squares(_halved(silent)).items()}


def _halved(factor: Factor) -> Factor:
    return Factor(factor.c / 2, factor.n, factor.k)


def _ordered(conventions: Conventions) -> Conventions:
    """The course's own first."""
    return dict(sorted(conventions.items(), key=lambda entry: entry[1] is not None))
