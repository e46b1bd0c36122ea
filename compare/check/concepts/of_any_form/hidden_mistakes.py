"""A mistake in a derivative that the numbers at hand hide, and others show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import NEARLY, Claim, Held, held
from compare.check.calling.own_derivative.problems import (
    LARGE,
    scaled,
    with_as_many_samples,
    with_other_weights,
    with_wider_numbers,
)
from compare.check.concepts.of_any_form.derivative_causes import Kind, causes_of
from compare.sandbox.interface import Failed

_FURTHER = (4.0, 2.7)  # where most have left the piece around 0; of one a kink may be too near
_VISIBLE = 1e-3  # of the largest
Made = Callable[[Claim], Claim | None]
_FAR_AND_NEAR = (partial(scaled, factor=LARGE), partial(scaled, factor=1 / LARGE))
OTHER_NUMBERS: tuple[Made, ...] = (
    with_other_weights,
    with_as_many_samples,
    with_wider_numbers,
    *_FAR_AND_NEAR,
)


@dataclass(frozen=True)
class Found:
    """Of what it is the derivative, how what it gives is beside that, and what explains that.

    ``of_one``: whether it is that of one output a sample alone · ``unexplained``: what may
    be claimed, where no cause is known, and how what is given is beside that.
    """

    of: str
    best: Held
    causes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    jump: Mapping[str, str] | None = None
    of_one: bool = False
    unexplained: tuple[tuple[Claim, Held], ...] = ()


def may_hide(one: Held) -> bool:
    """Whether a mistake might not show: all numbers of an argument are one, or one is not known,
    as at a kink.
    """
    for name, e in one.expected.items():
        if e.size > 1 and bool((np.asarray(one.given[name]) == one.given[name][0]).all()):
            return True
        if (one.error[name] > _VISIBLE * np.abs(e).max(initial=0.0)).any():
            return True
    return False


def fitting(one: Held) -> int:
    """Of how many arguments what was given has the shape."""
    return sum(one.given[n].shape == one.expected[n].shape for n in one.given)


def is_near(one: Held) -> bool:
    """Whether all that was given is the derivative, of however few numbers."""
    right = all(r.all() for r in one.right.values())
    return right and abs(one.factor - 1) < NEARLY and not (one.ignored or one.through)


def of_another(made: Made, of: str, claim: Claim, kind: Kind) -> Found | None:
    """A mistake that these weights or numbers hide, where its cause is known at least in part."""
    try:
        other = made(claim)
        tried = list(held(other)) if other is not None else []
        # where all is flat, zeros are right
        if other is None or not tried or any(is_near(one) or one.is_zero for one in tried):
            return None
        if made in _FAR_AND_NEAR and not is_clearly_wrong(tried[0]):
            return None
        causes = causes_of(other, tried[0], of, kind)
    except (Failed, TypeError, ValueError):
        return None
    fits = fitting(tried[0]) == len(tried[0].given)
    if not causes.known and fits and not (is_clearly_wrong(tried[0]) and tried[0].partly):
        return None
    return Found(of, tried[0], causes.told) if causes.known or tried[0].partly else None


def is_clearly_wrong(one: Held) -> bool:
    """Whether several numbers are off visibly: at a kink, or far out, differences may be, too.

    Of a loss none where it is flat: there a clip may hold it, which its gradient does without.
    """
    off = [
        (np.abs(one.given[n] - e) > _VISIBLE * np.abs(e).max(initial=0.0) + one.error[n])
        & (bool(one.up.ndim) | (np.abs(e) > one.error[n]))
        for n, e in one.expected.items()
        if one.given[n].shape == e.shape and np.isfinite(one.given[n]).all()
    ]
    return sum(int(each.sum()) for each in off) > 1


def elsewhere(of: str, claim: Claim, kind: Kind) -> Found | None:
    """How what is right of numbers that may hide a mistake is of others, where that says more."""
    further: list[Made] = [partial(scaled, factor=f) for f in _FURTHER]
    for made in [*OTHER_NUMBERS, *further]:
        if found := of_another(made, of, claim, kind):
            return found
        try:
            other = made(claim)
            tried = list(held(other)) if other is not None else []
        except (Failed, TypeError, ValueError):
            continue
        if right := next((one for one in tried if one.correct and not may_hide(one)), None):
            return Found(of, right)
    return None
