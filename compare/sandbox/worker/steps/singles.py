"""Weights that are single numbers: which of them a turn moves too far, as none did before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compare.sandbox.worker.steps.explained import Slope, multiple
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, along_all, slopes_of

TOO_FAR = "some_too_far"  # the cause
_MOST, _SHOWN = 64, 3
_NUMBERS = 4  # that are tried where no turn was right
_SAME = 1e-4  # how far two measured factors may be apart


def some_too_far(look: Look, right: Sequence[Look]) -> Finding | None:
    """By which factor some of them are off, at the number and the rate of turns that were right.

    Or, where none was, at the number and the rate of the script by which most of them go.
    Of one number alone any factor is one: of two or more it says something.   Raises Late.
    """
    known = {(e.numbers[e.by].name, float(f"{e.rate:.6g}")) for e in right if e.explained}
    size = sum(g.value.size for g in look.weights)
    if right and (len(right) < 2 or len(known) != 1) or not 4 <= size <= _MOST:
        return None
    if any(isinstance(leaf.value, np.ndarray) for g in look.weights for leaf in g.leaves):
        return None
    rates = dict(known)
    numbers = [n for n in look.numbers if n.own and (n.name in rates or not right)]
    numbers = sorted(numbers, key=lambda n: not n.name.isidentifier())[:_NUMBERS]
    along = [(i, row) for i, g in enumerate(look.weights) for row in np.eye(g.value.size)]
    knows = look.turn.knows  # of a sum of squares half is meant
    slopes = slopes_of(look.turn, numbers, look.weights, along)
    for number, slope in zip(numbers, slopes, strict=True):
        step = along_all(along, [look.moved[g.name] for g in look.weights])
        of_most = multiple(step, slope, size, lambda rate: knows(rate) or knows(2 * rate))
        rate = rates.get(number.name, of_most.factor if of_most else 0.0)
        off = np.abs(step - rate * slope.value) > abs(rate) * slope.tolerance
        if not 2 <= off.sum() <= size / 2 or not slope.value[off].all():
            continue
        factors = step[off] / (rate * slope.value[off])
        if np.ptp(factors) < _SAME * abs(factors[0]):
            look.numbers = [number]
            return _said(look, along, slope, step, (float(factors[0]), rate, off))
    return None


def _said(
    look: Look, along: list[tuple[int, np.ndarray]], slope: Slope, step: np.ndarray,
    found: tuple[float, float, np.ndarray],
) -> Finding:  # fmt: skip
    factor, rate, off = found
    leaves = [leaf for g in look.weights for leaf in g.leaves]
    wrong = [leaf.path for leaf, o in zip(leaves, off, strict=True) if o]
    more = ", ..." if len(wrong) > _SHOWN else ""
    blanks = {"name": ", ".join(wrong[:_SHOWN]) + more, "factor": f"{factor:.4g}"}
    look.batches, look.slopes = [None], [slope]
    look.along, look.by, look.rate = along, 0, rate
    return Finding(TOO_FAR, blanks, step, rate * slope.value, look.turn.changed_by(wrong[0]))
