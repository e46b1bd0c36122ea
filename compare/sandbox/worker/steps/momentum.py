"""Steps that have something of the step before in them: a momentum, or all of it.

A part is right; all of it is what nothing sets back, and none where a turn begins anew what is kept
for the next one.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from compare.sandbox.worker.steps.explained import Slope, combined
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import (
    Look,
    again,
    along_all,
    gradient_of,
    order_of,
    slopes_of,
)
from compare.sandbox.worker.steps.parts import maker
from compare.sandbox.worker.steps.turn import Number

ACCUMULATES = "network_accumulates"  # the cause of gradients that nothing sets back
_NEAR = 1e-2  # how far a measured rate may be from the one that is meant
_ONE = 1e-3  # how far the factor of what is added up may be from 1
_LEAST, _MOST = 0.2, 6  # a share of the step before, and how many numbers may be that


def explained_by_more(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """The derivative, and a part of the step before or of the weights; or all of the gradient then.

    A part is a momentum, or a penalty: that is right. The whole is what nothing sets back.
    """
    weights = along_all(look.along, [g.value for g in look.weights])
    before = earlier[-1] if earlier else None
    steps = _step_before(look, before.moved) if before else None
    added: list[tuple[np.ndarray, ...]] = [(steps,), (steps, weights)] if steps is not None else []
    for i in order_of(look, earlier):
        slope = look.slopes[i]
        for others in [*added, (weights,)]:
            factors = combined(look.step, slope, others, look.size(slope))
            if factors is None:
                continue
            whole = others[0] is steps and abs(factors[1] - 1) < _ONE
            look.by, look.rate = i, float(factors[0])
            if whole:
                return _accumulated(look, look.step, i)
            if others[0] is steps and factors[1] > 1 and before and not look.kept:
                # a momentum of sums that go on has all of the first one in it
                if (kept := _kept_with(look, before, i)) is not None:
                    return kept
            if others[0] is steps and (wrong := _wrong_share(look, float(factors[1]))):
                return _of_another_share(look, wrong, factors, others)
            rate = -float(factors[-1] / factors[0]) if others[-1] is weights else 0.0
            if look.numbers[i].own and _is_a_penalty(look, rate):
                return _without_penalty(look, rate, factors, others)
            fitted = np.stack([slope.value, *others], axis=1) @ factors
            return Finding(given=look.step, expected=fitted)
        kept = _kept_with(look, before, i) if before and not look.kept else None
        if kept is not None:
            return kept
    return None if before is None or steps is None else looking_ahead(look, before)


def _wrong_share(look: Look, share: float) -> tuple[str, float] | None:
    """What is wrong where a share of the step before is in a step, and the share that is meant."""
    if share < 0 and look.turn.knows(share):
        return "momentum_sign", -share
    again = share > 1 and look.turn.knows(share - 1)
    return ("momentum_again", share - 1) if again else None


def _of_another_share(
    look: Look, wrong: tuple[str, float], factors: np.ndarray, others: Sequence[np.ndarray]
) -> Finding:
    """Of steps that have another share of the step before in them than is meant."""
    cause, share = wrong
    right = np.array([factors[0], share, *factors[2:]])
    expected = np.stack([look.slopes[look.by].value, *others], axis=1) @ right
    place = look.turn.changed_by(look.weights[0].leaves[0].path)
    blanks = {"factor": f"{share:.4g}"} if cause == "momentum_again" else {}
    return Finding(cause, blanks, look.step, expected, place)


def _is_a_penalty(look: Look, rate: float) -> bool:
    """Whether steps lack a number of the script times the weights, or what a square makes of it."""
    known = look.turn.known_numbers
    return rate > 0 and any(abs(rate * k - n) < _NEAR * n for n in known for k in (1, 2, 0.5))


def _without_penalty(
    look: Look, rate: float, factors: np.ndarray, others: Sequence[np.ndarray]
) -> Finding:
    """Of steps that go along the rest of a number, and not along the penalty that is in it."""
    slope = look.slopes[look.by]
    of = np.unique(slope.group[slope.weights])
    blanks = {"name": ", ".join(look.weights[int(g)].name for g in of), "rate": f"{rate:.4g}"}
    place = maker(look, replace(slope, value=slope.value - rate * others[-1]))
    expected = np.stack([slope.value, *others[:-1]], axis=1) @ factors[:-1]
    return Finding("weights_missing_in_gradient", blanks, look.step, expected, place)


def looking_ahead(look: Look, before: Look) -> Finding | None:
    """With the gradient at the weights to which a part of the step before leads; or leads from."""
    steps = _step_before(look, before.moved)
    if steps is None:
        return None
    told = {before.numbers[before.by].name} if before.explained else set()
    by = [n for n in look.numbers if n.own and n.name in told]
    shares = sorted(n for n in look.turn.known_numbers if _LEAST < n < 1)
    for share in shares[:_MOST] if by else ():
        slopes = [_slope_at(look, before, by[0], way * share) for way in (1, -1)]
        for slope in slopes:
            factors = combined(look.step, slope, (steps,), look.size(slope))
            if factors is None and _is_sum(look, slope, before.rate, share * steps):
                factors = np.array([before.rate, share])
            if factors is None or abs(factors[1] - share) > _ONE:
                continue
            look.numbers, look.batches, look.slopes = by[:1], [None], slopes[:1]
            look.by, look.rate = 0, float(factors[0])
            expected = factors[0] * slopes[0].value + factors[1] * steps
            cause = "" if slope is slopes[0] else "looks_behind"
            place = look.turn.changed_by(look.weights[0].leaves[0].path)
            return Finding(cause, {"factor": f"{share:g}"}, look.step, expected, place)
    return None


def _is_sum(look: Look, slope: Slope, rate: float, more: np.ndarray) -> bool:
    """Whether a step is along the derivative at a known rate, and some more: of two weights too."""
    of = slope.weights
    off = np.abs(look.step - rate * slope.value - more)[of]
    return of.sum() > 1 and bool((off <= abs(rate) * slope.tolerance[of]).all())


def _slope_at(look: Look, before: Look, number: Number, share: float) -> Slope:
    """The derivative at the weights and some of the step before."""
    at = [g.value + share * before.moved[g.name] for g in look.weights]
    return slopes_of(look.turn, [number], look.weights, look.along, at)[0]


def begun_anew(look: Look, before: Look | None) -> Finding | None:
    """Which statement of a turn takes from its step the part of the step before.   Raises Late."""
    steps = _step_before(look, before.moved) if before else None
    if steps is None or look.kept:
        return None
    turn, slope = look.turn, look.slopes[look.by]
    for at, each in enumerate(turn.loop.body):
        if not isinstance(each, ast.Assign):
            continue
        code = turn.code([s for s in turn.loop.body if s is not each], ("without", at))
        turn.set_back()
        changed = again(look, partial(turn.run, code=code))
        if changed is None:
            continue
        factors = combined(changed.step, slope, (steps,), look.size(slope))
        if factors is None or not turn.knows(factors[1]):
            continue
        if 0 < factors[1] < 1 and abs(factors[0] / look.rate - 1) < _ONE:
            code_of = ast.unparse(each).splitlines()[0][:60]
            blanks = {"line": str(each.lineno), "code": code_of, "factor": f"{factors[1]:.4g}"}
            return Finding("begun_anew", blanks, look.step, changed.step)
    return None


def _accumulated(look: Look, given: np.ndarray, i: int) -> Finding:
    expected = look.rate * look.slopes[i].value
    return Finding(ACCUMULATES, {}, given, expected)


def _step_before(look: Look, moved: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """The step before, along the entries of this one."""
    values = [moved.get(g.name) for g in look.weights]
    if any(
        v is None or v.shape != g.value.shape for v, g in zip(values, look.weights, strict=True)
    ):
        return None
    return along_all(look.along, [v for v in values if v is not None])


def _kept_with(look: Look, before: Look, i: int) -> Finding | None:
    """Gradients that were kept and have those of the turn before in them."""
    slope = look.slopes[i]
    added, kept = {}, {}
    for key, row in look.gradients.items():
        earlier = before.arrays.get(key)
        if earlier is None or not earlier.any() or earlier.shape != look.arrays[key].shape:
            continue
        old = [earlier @ v if m else np.nan
               for (_, v), m in zip(look.along, np.isfinite(row), strict=True)]  # fmt: skip
        added[key], kept[key] = row - np.array(old), row
    found = gradient_of(replace(look, gradients=added), slope)
    if found is None:
        return None
    look.by, look.rate = i, found[0]
    given = np.full(len(look.step), np.nan)
    for key, row in added.items():
        fits = np.isfinite(row) & (row == found[1])
        given[fits] = kept[key][fits]
    return _accumulated(look, given, i)
