"""Turns of which some weights are moved as they should be, and others are not.

What the others have in common says what is wrong, and which function made them so where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compare.sandbox.worker.steps.explained import Multiple, Slope, multiple
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, along_all, gradient_factor, order_of

OF_SOME = (
    "factor_of_one_parameter", "bias_gradient_scalar", "weights_missing_in_gradient",
    "not_its_own_gradient",
)  # fmt: skip
_SAME = 1e-4  # how far two measured factors may be apart


def in_parts(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """What is wrong with some weights, where at least two are right at a rate of the script."""
    for i in order_of(look, earlier):
        slope = look.slopes[i]
        found = multiple(look.step, slope, look.size(slope))
        if found is None or not look.numbers[i].own:
            continue
        right, wrong = _groups(slope, found)
        if right & wrong or not wrong or not (len(right) > 1 and _is_known(look, found.factor)):
            continue
        look.by, look.rate = i, found.factor
        expected = found.factor * slope.value
        blanks = {
            "name": ", ".join(look.weights[g].name for g in sorted(wrong)),
            "others": ", ".join(look.weights[g].name for g in sorted(right)),
        }
        place = _place(look, slope, right, wrong)
        factor = _one_factor(look, slope, expected, wrong)
        if factor > 0 and _is_known(look, factor * found.factor):
            continue  # a rate of their own
        if factor:
            told = {**blanks, "factor": f"{factor:g}"}
            return Finding("factor_of_one_parameter", told, look.step, expected, place)
        if all(_is_one_number(look, g) for g in wrong):
            return Finding("bias_gradient_scalar", blanks, look.step, expected, place)
        if rate := _lacking(look, slope, found.factor, wrong):
            told = {**blanks, "rate": f"{rate:.4g}"}
            return Finding("weights_missing_in_gradient", told, look.step, expected, place)
        return Finding("not_its_own_gradient", blanks, look.step, expected, place)
    return None


def _groups(slope: Slope, found: Multiple) -> tuple[set[int], set[int]]:
    """Those of which all is right, and those of which something is not."""
    pairs = list(zip(slope.group[slope.weights].tolist(), found.right, strict=True))
    return {g for g, r in pairs if r}, {g for g, r in pairs if not r}


def _one_factor(look: Look, slope: Slope, expected: np.ndarray, wrong: set[int]) -> float:
    """The factor by which the steps of some groups are off; 0 where it is not one."""
    factors = set()
    for g in wrong:
        mine = slope.group == g
        with np.errstate(all="ignore"):
            ratios = look.step[mine] / expected[mine]
        if not np.isfinite(ratios).all() or np.ptp(ratios) > _SAME * abs(ratios[0]):
            return 0.0
        factors.add(float(f"{ratios[0]:.4g}"))
    return factors.pop() if len(factors) == 1 else 0.0


def _is_one_number(look: Look, g: int) -> bool:
    """Whether all elements of an array are moved by the same number."""
    moved = look.moved[look.weights[g].name]
    return moved.size > 1 and bool(np.ptp(moved) <= _SAME * np.abs(moved).max())


def _lacking(look: Look, slope: Slope, factor: float, wrong: set[int]) -> float:
    """Which multiple of the weights themselves the gradients lack; 0 where it is not one."""
    weights = along_all(look.along, [g.value for g in look.weights])
    mine = np.isin(slope.group, list(wrong))
    with np.errstate(all="ignore"):
        rates = (slope.value - look.step / factor)[mine] / weights[mine]
    if len(rates) < 2 or not np.isfinite(rates).all() or np.ptp(rates) > 1e-3 * abs(rates[0]):
        return 0.0
    return float(rates[0])


def _is_known(look: Look, rate: float) -> bool:
    """Whether a rate is a number of the script."""
    return any(np.isclose(abs(rate), n, rtol=1e-4) for n in look.turn.known_numbers())


def _place(look: Look, slope: Slope, right: set[int], wrong: set[int]) -> str:
    """The function that makes the gradients, or, where these are right, the one that moves."""

    rows = [
        (key, factor, set(slope.group[np.isfinite(row)].tolist()))
        for key, row in look.gradients.items() if (factor := gradient_factor(row, slope))
    ]  # fmt: skip
    made = [(key, factor) for key, factor, of in rows if of <= right]
    factors = {factor for _, factor in made}
    if any(of <= wrong and factor in factors for _, factor, of in rows):
        return look.turn.changed_by(look.weights[min(wrong)].leaves[0].path)
    return _maker(look, [key for key, _ in made], min(wrong))


def maker(look: Look, slope: Slope) -> str:
    """The function that makes gradients which are a derivative."""
    keys = [key for key, row in look.gradients.items() if gradient_factor(row, slope)]
    return _maker(look, keys, 0)


def _maker(look: Look, keys: Sequence[str], group: int) -> str:
    """The function that gave what has one of these keys, or keeps it, or moves the weights."""
    sources = [key.split("/")[:2] for key in keys]
    functions = [source for source, _ in sources if source != "kept"]
    if functions:
        return functions[0]
    path = sources[0][1] if sources else look.weights[group].leaves[0].path
    return look.turn.changed_by(path)
