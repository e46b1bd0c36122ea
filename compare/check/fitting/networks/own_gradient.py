"""Whether a way back is the derivative of its own network: held against numerical differences.

The derivative by a weight is Romberg's of central differences at three steps; how far two of its
rows are apart is its error (Press et al., Numerical Recipes, 5.7). A way back is right where one
factor c makes c times the derivative of all that it gives; where only some of it follows, the rest
is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np

STEP = 2.0**-7
_FEW_DIGITS = 1e-5  # of the largest number that is given
_OF_EPSILON = 1e-5  # of the largest: what an epsilon in a loss moves, which its gradient is without
_CERTAIN = 1e-6  # of the largest derivative: what is known worse is not judged
PROPORTIONAL = 3  # numbers that are off in proportion by no chance
ROUGHLY = 1e-4  # how far a measured factor may be off the one that is meant
LEAST, FEW = 4, 2  # numbers that agree by no chance, and in a first look
_EPS = float(np.finfo(np.float64).eps)

Vector = np.ndarray


@dataclass(frozen=True)
class Derivative:
    """Of outputs (one column each) and of the loss by every weight, each with its error."""

    outputs: np.ndarray  # (weights, outputs)
    outputs_error: np.ndarray
    loss: np.ndarray | None  # (weights,)
    loss_error: np.ndarray | None
    y: np.ndarray
    d: np.ndarray | None


@dataclass(frozen=True)
class Expected:
    """What a way back should give, but for a factor, if it derives from a loss called so."""

    loss: str
    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Fit:
    """Which loss explains most of what was given, by what factor, and what it does not explain.

    ``own``: the derivative of its own loss, with its error, where it has one · ``numerical``: all
    of it is right to a few digits alone.
    """

    loss: str
    factor: float
    right: np.ndarray  # bool, of every weight
    expected: np.ndarray
    error: np.ndarray
    own: tuple[np.ndarray, np.ndarray] | None = None
    numerical: bool = False


def derivative(
    f: Callable[[float], Vector], scale: float, ahead: Callable[..., None] | None = None
) -> tuple[Vector, Vector]:
    """df/ds at 0 of a vector, and its error; as large as the values where a kink lies between.

    Of a smooth function half the step leaves a quarter of the error; where it does not, no
    extrapolation holds. ``ahead`` is told of all that is done next.
    """
    h = STEP * scale
    steps = 2 * h, h, h / 2
    if ahead is not None:
        ahead([partial(f, s) for s in (*steps, *(-s for s in steps))])
    there = {s: f(s) for s in steps}
    coarse, middle, fine = ((y - f(-s)) / (2 * s) for s, y in there.items())
    once = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    best = (16 * once[1] - once[0]) / 15
    rounding = 16 * _EPS * np.abs(there[h]).max(initial=0.0) / h
    smooth = np.abs(fine - middle) <= 0.5 * np.abs(middle - coarse) + rounding
    apart = np.abs(best - once[1]) + rounding
    return best, np.where(smooth, apart, np.maximum.reduce([np.abs(coarse), np.abs(fine), apart]))


def possible(found: Derivative) -> list[Expected]:
    """The derivatives of its own loss, and of the usual losses of its outputs."""
    forms = []
    if found.loss is not None and found.loss_error is not None:
        forms.append(Expected("", found.loss, found.loss_error))
    for name, slope in _slopes(found.y, found.d).items():
        value = found.outputs @ slope.reshape(-1)
        error = found.outputs_error @ np.abs(slope.reshape(-1))
        forms.append(
            Expected(
                name, value, error + 16 * _EPS * np.abs(found.outputs) @ np.abs(slope.reshape(-1))
            )
        )
    return forms


def _slopes(y: np.ndarray, d: np.ndarray | None) -> Mapping[str, np.ndarray]:
    """dE/dy but for a factor, by the name of the loss."""
    if d is None or y.shape != d.shape:
        return {}
    one = y.ndim == 2 and (d.sum(axis=0) == 1).all() and not (d.sum(axis=1) == 1).all()
    classes = 0 if one else -1  # samples are columns
    e = np.exp(y - y.max(axis=classes, keepdims=True)) if y.ndim else np.exp(y)
    slopes = {"squared error": y - d}
    if y.size > 1:  # of one number any multiple of its derivative has a sign
        slopes["absolute error"] = np.sign(y - d)
    if y.ndim and y.shape[classes] > 1:
        slopes["cross-entropy of scores"] = e / e.sum(axis=classes, keepdims=True) - d
        if (y > 0).all():
            slopes["cross-entropy"] = -d / y
    slopes["binary cross-entropy of scores"] = 1 / (1 + np.exp(-y)) - d
    if ((y > 0) & (y < 1)).all():
        slopes["binary cross-entropy"] = (y - d) / (y * (1 - y))
    return slopes


def fitted(
    given: Sequence[Vector],
    rounding: Sequence[Vector],
    probes: Sequence[Derivative],
    weights: Sequence[str],
    least: int = LEAST,
    rates: bool = False,
) -> Fit | None:
    """What explains most of what was given on all probes with one factor; None where nothing does.

    ``weights``: of which weight each number is. Some of them have to follow in all their numbers,
    ``least`` together: in part anything may · ``rates``: each probe may have a factor of its own.
    """
    best = _best(given, rounding, probes, weights, least)
    if best is not None and best.right.all():
        return _multiple_of_own(best, given, rounding, probes, weights, least) or best
    if rates and (each := _of_each(given, rounding, probes, weights, least)) is not None:
        if best is None or each.right.sum() > best.right.sum():
            return each
    # the difference quotient of somebody else has some four digits more than none
    few = _wider(given, rounding, _FEW_DIGITS)
    numerical = _best(given, few, probes, weights, least)
    if numerical is not None and numerical.right.all():
        wider = np.concatenate(few) - np.concatenate(rounding)
        return replace(numerical, numerical=True, error=numerical.error - wider)
    own = _but_for_epsilon(given, rounding, probes, weights, least)
    return own if best is None or own is not None and own.factor == 1 else best


def _wider(given: Sequence[Vector], rounding: Sequence[Vector], by: float) -> list[Vector]:
    """The rounding, and by how much of the largest number anything else may be off."""
    pairs = zip(given, rounding, strict=True)
    return [lost + by * np.abs(g).max(initial=0.0) for g, lost in pairs]


def _but_for_epsilon(
    given: Sequence[Vector], rounding: Sequence[Vector], probes: Sequence[Derivative],
    weights: Sequence[str], least: int,
) -> Fit | None:  # fmt: skip
    """What follows its own loss, but for an epsilon in that; None where nothing does."""
    if any(found.loss is None for found in probes):
        return None
    alone = [replace(found, d=None) for found in probes]
    return _best(given, _wider(given, rounding, _OF_EPSILON), alone, weights, least)


def own_fit(given: Sequence[Vector], probes: Sequence[Derivative]) -> Fit | None:
    """How what was given is the derivative of its own loss; None where there is none, or it is."""
    own = [
        (p.loss, p.loss_error) for p in probes if p.loss is not None and p.loss_error is not None
    ]
    if not len(given) == len(own) == len(probes):
        return None
    value, error = (np.concatenate(v) for v in zip(*own, strict=True))
    right = np.abs(np.concatenate(given) - value) <= 2 * error
    return None if right.all() else Fit("", 1.0, right, value, error, (value, error))


def _of_each(
    given: Sequence[Vector], rounding: Sequence[Vector], probes: Sequence[Derivative],
    weights: Sequence[str], least: int,
) -> Fit | None:  # fmt: skip
    """What follows one loss at a rate of each probe, as steps whose length is clipped do.

    Of one output alone every loss has the same direction, and nothing is said.
    """
    fits, at = [], 0
    for g, lost, probe in zip(given, rounding, probes, strict=True):
        fit = _best([g], [lost], [probe], weights[at : at + len(g)], least)
        if fit is None or probe.y.size < 2:
            return None
        fits.append(fit)
        at += len(g)
    if len({(f.loss, f.factor > 0) for f in fits}) != 1:
        return None
    right, expected, error = (
        np.concatenate([getattr(f, n) for f in fits]) for n in ("right", "expected", "error")
    )
    owns = [f.own for f in fits if f.own is not None]
    values, errors = (np.concatenate([each[k] for each in owns] or [error]) for k in (0, 1))
    own = (values, errors) if owns else None
    return replace(fits[0], right=right, expected=expected, error=error, own=own)


def _multiple_of_own(
    best: Fit, given: Sequence[Vector], rounding: Sequence[Vector], probes: Sequence[Derivative],
    weights: Sequence[str], least: int,
) -> Fit | None:  # fmt: skip
    """A multiple of its own loss's gradient, but for an epsilon in that; None where it is none."""
    if not best.loss:
        return None
    own = _but_for_epsilon(given, rounding, probes, weights, least)
    if own is None or not own.right.all() or abs(own.factor - 1) < 2 * _OF_EPSILON:
        return None
    return own


def _best(
    given: Sequence[Vector],
    rounding: Sequence[Vector],
    probes: Sequence[Derivative],
    weights: Sequence[str],
    least: int,
) -> Fit | None:
    forms = [possible(found) for found in probes]
    numbers, lost = np.concatenate(given), np.concatenate(rounding)
    best, most = None, 0
    own = as_it_is = None
    for same in zip(*forms, strict=False):
        value, error = (
            np.concatenate(v) for v in zip(*((e.value, e.error) for e in same), strict=True)
        )
        own = own if same[0].loss else (value, error)
        found = voted(numbers, value, error, lost)
        fit, whole = _with_factor(same[0].loss, found, (value, error, lost), weights, own)
        # of equals its own loss, which is the first
        if fit and whole > most and whole >= least:
            best, most = fit, whole
        if not same[0].loss and not (fit and fit.right.all()):
            exact = voted(numbers, value, error, lost, (1.0,))
            fit, whole = _with_factor("", exact, (value, error, lost), weights, own)
            as_it_is = fit if whole >= least else None
    # digit by digit some of it is the derivative of its own loss: so by no chance
    return best if best is not None and best.right.all() else as_it_is or best


def _with_factor(
    loss: str, found: tuple[float, Vector, Vector], of: tuple[Vector, Vector, Vector],
    weights: Sequence[str], own: tuple[Vector, Vector] | None,
) -> tuple[Fit | None, int]:  # fmt: skip
    """What a factor explains, and how many numbers of weights that follow in all of theirs."""
    factor, agreed, right = found
    value, error, lost = of
    wrong = {w for w, r in zip(weights, right, strict=True) if not r}
    whole = agreed & np.array([w not in wrong for w in weights])
    if 4 * len(wrong) > 3 * len({*weights}):
        return None, 0
    return Fit(loss, factor, right, factor * value, abs(factor) * error + lost, own), whole.sum()


def voted(
    given: Vector, value: Vector, error: Vector, lost: Vector, factors: Sequence[float] = ()
) -> tuple[float, Vector, Vector]:
    """The factor that most numbers agree on, which agree with it, and which may be right.

    ``factors``: those that it may be, or any. A number whose derivative is known to few digits
    speaks neither for it nor against it.
    """
    scale = np.abs(value).max(initial=0.0)
    certain = error < _CERTAIN * scale
    known = certain & (np.abs(value) > 1e-4 * scale)
    best, votes = 1.0, np.zeros(given.shape, dtype=bool)
    tried = np.array(factors) if factors else np.unique(given[known] / value[known])
    for factor in tried[np.argsort(np.abs(tried - 1), kind="stable")]:  # of as many, near 1
        agree = np.abs(given - factor * value) <= 2 * (abs(factor) * error + lost)
        if factor and (agree & known).sum() > (votes & known).sum():
            best, votes = float(factor), agree
    return best, votes & certain, votes | ~certain


def written_factor(factor: float) -> str:
    """A factor that was measured, as people write it."""
    simple = Fraction(factor).limit_denominator(100)
    return str(simple) if abs(float(simple) - factor) < 1e-6 * abs(factor) else f"{factor:.4g}"


def rate_of_penalty(off: Vector, weights: Vector, error: Vector) -> float:
    """The rate, where all that a gradient is off by is a multiple of the weights; else 0."""
    if off.size < PROPORTIONAL or not weights.any():
        return 0.0
    rate = float(off @ weights / (weights @ weights))
    apart = np.abs(off - rate * weights) > 2 * error + ROUGHLY * abs(rate)
    return 0.0 if apart.any() else rate
