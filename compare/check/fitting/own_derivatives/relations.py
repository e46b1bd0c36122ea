"""Number by number: what a gradient is of the one that it should be, one mistake at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from compare.check.fitting.own_derivatives.gradient import (
    LEAST,
    SIZES,
    Cause,
    Points,
    Vector,
    formulas,
    products,
)

Relation = Callable[[Points, "Names"], Cause | None]
AT = "the derivative at "  # in the name of what is known
_CONSTANT = 1e-3  # of the largest


class Names:
    """What the output and the gradient from above are called; ``above``: "" where there is none."""

    def __init__(self, output: str, above: str) -> None:
        self.output, self.above = output, above

    def times(self, formula: str) -> str:
        """The formula with the gradient from above before it."""
        if not self.above or formula == "0":
            return formula
        if formula == "1":
            return self.above
        return f"{self.above} * {formula if _is_product(formula) else f'({formula})'}"


def _is_product(formula: str) -> bool:
    return not any(sign in formula.partition("(")[0] for sign in (" + ", " - "))


def scaled(points: Points, names: Names) -> Cause | None:
    """A constant factor, or one that is N, 1/N or a setting."""
    factor = points.multiple(points.expected, points.given)
    if factor is None or factor == "1":
        return None
    if factor.startswith("1/") and factor.removeprefix("1/") in points.numbers[0].keys() - SIZES:
        return Cause("own_factor_missing", {"factor": factor.removeprefix("1/")})
    return Cause("own_gradient_negated") if factor == "-1" else _of_factor(factor)


def _of_factor(factor: str) -> Cause:
    return Cause("own_gradient_scaled", {"factor": factor})


def zero(points: Points, names: Names) -> Cause | None:
    """Nothing but zeros."""
    return Cause("own_always_zero") if points.given.size and not points.given.any() else None


def forward_value(points: Points, names: Names) -> Cause | None:
    """What the function itself gives."""
    y = points.known.get(names.output)
    if y is not None:
        for up in (1.0, points.up):
            if up is not None and points.alike(up * y, points.given):
                return Cause("own_forward_value")
    return None


def handed_on(points: Points, names: Names) -> Cause | None:
    """The gradient from above, and no derivative."""
    if names.above and points.up is not None and points.alike(points.up, points.given):
        return Cause("own_handed_on", {"above": names.above})
    return None


def from_above_missing(points: Points, names: Names) -> Cause | None:
    """The derivative by itself, without what comes from above."""
    if names.above and points.up is not None:
        if points.alike(points.given * points.up, points.expected, points.up):
            return Cause("own_upstream_ignored", {"above": names.above})
    return None


def other_point(points: Points, names: Names) -> Cause | None:
    """The derivative of another argument."""
    for wrong, slope in points.known.items():
        # where it is the same everywhere the point says nothing
        varies = wrong.startswith(AT) and np.ptp(slope) > _CONSTANT * np.abs(slope).max(initial=0.0)
        if varies and points.alike(slope * _up(points), points.given):
            return Cause("own_other_point", {"wrong": wrong.removeprefix(AT)})
    return None


def other_formula(points: Points, names: Names) -> Cause | None:
    """Both are formulas that one can read off: ``1 - y`` for ``1 - y**2``."""
    right = _read(points, points.expected)
    wrong = _read(points, points.given) if right else None
    # of what comes from above alone a factor is missing
    if not right or not wrong or wrong == "1":
        return None
    said = _said(points, names)
    return Cause("own_other_formula", {"wrong": said(wrong), "right": said(right)})


def _said(points: Points, names: Names) -> Callable[[str], str]:
    """With what comes from above before it, where that has a number for each."""
    return str if points.up is None else names.times


def should_be_zero(points: Points, names: Names) -> Cause | None:
    """Something where the function is flat."""
    flat = points.given.size >= LEAST and _vanish(points, points.expected)
    return Cause("own_should_be_zero") if flat else None


def _vanish(points: Points, values: Vector) -> bool:
    return bool((np.abs(values) <= 4 * points.limit).all())


def _read(points: Points, values: Vector) -> str | None:
    if values.size < LEAST:
        return None
    if _vanish(points, values):
        return "0"
    constant = points.multiple(_up(points) * np.ones(values.shape), values)
    if constant is not None:
        return constant
    for formula, value in chain(_plain(points), _products(points)):
        if points.alike(_up(points) * value, values, value):
            return formula
    return None


def _plain(points: Points) -> Iterator[tuple[str, Vector]]:
    return ((f, v) for f, v in formulas(points) if AT not in f)


def _products(points: Points) -> Iterator[tuple[str, Vector]]:
    return ((f, v) for f, v in products(points) if AT not in f)


def _up(points: Points) -> Vector | float:
    return 1.0 if points.up is None else points.up


def a_factor(points: Points, names: Names) -> Cause | None:
    """A known thing by which it was not multiplied, or once too often."""
    return _factor(points, _plain(points))


def a_product_for_a_factor(points: Points, names: Names) -> Cause | None:
    """The same of two known things."""
    return _factor(points, _products(points))


def _factor(points: Points, formulas_: Iterator[tuple[str, Vector]]) -> Cause | None:
    several = list(formulas_)
    for formula, value in several:
        if points.alike(points.given * value, points.expected, value):
            return Cause("own_factor_missing", {"factor": formula})
    for formula, value in several:
        if points.alike(points.expected * value, points.given, value):
            return Cause("own_factor_extra", {"factor": formula})
    return None


def reciprocal(points: Points, names: Names) -> Cause | None:
    """Divided by what it should be multiplied by."""
    if points.alike(points.given * points.expected,
                    _up(points) * _up(points) * np.ones(points.given.shape),
                    np.maximum(np.abs(points.given), np.abs(points.expected))):  # fmt: skip
        return Cause("own_reciprocal")
    return None


def a_term(points: Points, names: Names) -> Cause | None:
    """A term that was left out, or is too much: a constant, or some of what is known."""
    ones = ("1", np.ones(points.given.shape))
    return _added(points, names, [ones, *_plain(points)])


def a_product_for_a_term(points: Points, names: Names) -> Cause | None:
    """The same of two known things."""
    return _added(points, names, _products(points))


def _added(points: Points, names: Names, formulas_: Iterable[tuple[str, Vector]]) -> Cause | None:
    rest = points.given - points.expected
    for formula, value in formulas_:
        factor = points.multiple(_up(points) * value, rest)
        if factor is not None:
            missing = factor.startswith("-")
            key = "own_term_missing" if missing else "own_term_extra"
            said = _said(points, names)(formula)
            return Cause(key, {"term": _term(factor.removeprefix("-"), said)})
    return None


def _term(factor: str, formula: str) -> str:
    if formula == "1":
        return factor
    return formula if factor == "1" else f"{factor} * {formula}"


SIMPLE: Sequence[Relation] = (
    zero, scaled, from_above_missing, forward_value, reciprocal, other_formula, should_be_zero,
    a_factor, a_term,
)  # fmt: skip
INVOLVED: Sequence[Relation] = (
    other_point, handed_on, a_product_for_a_term, a_product_for_a_factor,
)  # fmt: skip


def related(
    points: Points, names: Names, relations: Sequence[Relation] = (*SIMPLE, *INVOLVED)
) -> Cause | None:
    """The first relation that holds of all of them."""
    if points.given.size < LEAST:
        return None
    found = (relation(points, names) for relation in relations)
    return next((cause for cause in found if cause), None)
