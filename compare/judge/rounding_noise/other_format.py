"""The limits of float32 from the noise that was measured in float64, where that is enough.

To first order a result is moved in proportion to the roundings of what it is made of, so that the
same program is moved 2^29 times as far. Only what passes is judged by that, or what is about as far
apart as in float64, where no rounding explains it: whatever else is beyond such a limit, or whose
limit is no small part of its values, is measured in float32 itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from compare.arithmetic.running_error import FORMATS
from compare.core.trace import Trace
from compare.judge.rounding_noise.measurement import flat
from compare.judge.rounding_noise.noise_floor import FACTOR, NoiseFloor
from compare.language.message import message

SMALL = 2.0**-5  # of the largest value of a name: noise, a 32nd of that, moves it in proportion
ALIKE = 0.5  # of the largest difference in float64, up to which that of float32 is of its kind
RATIO = FORMATS["float32"].u / FORMATS["float64"].u


def limits_from(
    wide: Mapping[str, NoiseFloor],
    mine: Sequence[Trace],
    reference: Sequence[Trace],
    names: Collection[str],
) -> dict[str, NoiseFloor] | None:
    """The limits of these names of float32 from those of float64; None where they are not enough.

    ``mine`` and ``reference`` are what both sides have in float32.
    """
    values, ours = flat(reference), flat(mine)
    limits: dict[str, NoiseFloor] = {}
    for name in names:
        floor, value = wide.get(name), values.get(name)
        if floor is None or value is None:
            return None
        limit = _limit(floor, value, ours.get(name))
        if limit is None:
            return None
        reason = message("{reason}, there in float64", reason=floor.reason)
        limits[name] = replace(floor, limit=limit, reason=reason)
    return limits


def _limit(floor: NoiseFloor, value: np.ndarray, mine: np.ndarray | None) -> np.ndarray | None:
    """The limit of a value, within which mine is, or what float64 has; None where it is neither."""
    if floor.limit is None or floor.reference is not None or floor.exploded or floor.is_zero:
        return None
    if mine is None or not value.shape == mine.shape == floor.limit.shape:
        return None
    if value.dtype != np.float32 or not (np.isfinite(value).all() and np.isfinite(mine).all()):
        return None
    wide = value.astype(np.float64)
    # an ulp of the result itself, which a number that float64 has exactly may lack there
    limit = np.maximum(RATIO * floor.limit, FACTOR * FORMATS["float32"].u * np.abs(wide))
    if not (limit <= SMALL * np.abs(wide).max(initial=0.0)).all():
        return None
    apart = mine - wide
    within = np.abs(apart) <= limit
    if floor.apart is not None and np.isfinite(floor.apart).all():
        # the same function in both formats, and so the same fault
        largest = np.abs(floor.apart).max()
        within |= np.abs(apart - floor.apart) <= np.maximum(limit, ALIKE * largest)
    return limit if within.all() else None
