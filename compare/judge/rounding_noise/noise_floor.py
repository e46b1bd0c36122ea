"""A NoiseFloor: what the noise of the reference says of one name, for the judge to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compare.arithmetic.pieces import BLOCK
from compare.arithmetic.running_error import FORMATS
from compare.language.message import message

# Times the noise, a difference is none of rounding: more than twice the worst case of a sum of any
# length, and beyond 1e-9 of Student's distribution with 16 runs.
FACTOR = 32.0
# The same where the format is so coarse that 32 roundings are a tenth of a number: more than the
# largest of ten thousand of them.
COARSE_FACTOR = 5.0
SMALL = 1e-140  # whose square is far from where float64 ends, and that of 1 / SMALL too


@dataclass(frozen=True)
class NoiseFloor:
    """The limit of one name, and what it is compared with; or the reason why there is none.

    ``reference`` is what torch computes where its undecided branches are those of the side under
    test; None where its own are. ``exploded`` says from which operation on the noise is as large as
    the values, where the limit allows everything for that; ``is_zero`` that these are 0 but for it;
    ``apart`` is yours - reference of a name in which some elements differ by more than any further
    run or branch could explain.
    """

    limit: np.ndarray | None
    reason: str
    reference: np.ndarray | None = None
    exploded: str = ""
    is_zero: bool = False
    apart: np.ndarray | None = None


class Spread:
    """The root mean square deviation from an array, one run after the other, in its shape."""

    def __init__(self, center: np.ndarray) -> None:
        self.center = center.astype(np.float64, copy=False)
        self.norm = np.zeros(self.center.shape)
        self.runs = 0

    def add(self, value: np.ndarray) -> None:
        """Take in one run.   Raises ValueError where it has another shape.

        A root of squares that neither underflows nor overflows. Where one of both is not finite,
        the deviation is infinite.
        """
        if value.shape != self.center.shape:
            raise ValueError(
                message(
                    "rounding decides over its shape: {shape} or {other}",
                    shape=str(value.shape),
                    other=str(self.center.shape),
                )
            )
        flat = (value.reshape(-1), self.center.reshape(-1), self.norm.reshape(-1))
        with np.errstate(all="ignore"):
            for at in range(0, value.size, BLOCK):  # in the cache, and no array beside these
                one, center, norm = (array[at : at + BLOCK] for array in flat)
                apart = _deviation(one.astype(np.float64, copy=False), center)
                if self.runs:
                    _add_square(norm, apart)
                else:
                    np.copyto(norm, apart)
        self.runs += 1

    @property
    def sigma(self) -> np.ndarray:
        """The deviation over the runs so far."""
        return self.norm / max(self.runs, 1) ** 0.5


def _add_square(norm: np.ndarray, more: np.ndarray) -> None:
    """norm = sqrt(norm^2 + more^2), in place."""
    # a square underflows at 1e-162, and hides the noise of small numbers
    both = norm + more
    if not both.max() < 1 / SMALL or (both.min() < SMALL and _any_small(both)):
        np.hypot(norm, more, out=norm)
        return
    norm *= norm
    norm += more * more
    np.sqrt(norm, out=norm)


def _any_small(array: np.ndarray) -> bool:
    return bool(((array < SMALL) & (array != 0)).any())


def _deviation(value: np.ndarray, center: np.ndarray) -> np.ndarray:
    apart = np.asarray(value - center)
    np.abs(apart, out=apart)
    if apart.max(initial=0.0) < np.inf:  # as nearly always; NaN is not
        return apart
    same = (value == center) | (np.isnan(value) & np.isnan(center))
    apart = np.where(same, 0.0, apart)
    return np.where(np.isnan(apart), np.inf, apart)


def floor(spread: Spread, dtype: str, terms: int = 1) -> np.ndarray:
    """max(sigma, half an ulp of the value, n eta): never 0 and never NaN."""
    format = FORMATS[dtype]
    magnitude = np.where(np.isfinite(spread.center), np.abs(spread.center), 0.0)
    # no less than the rounding of the result itself: a few runs may leave an element unmoved
    return np.maximum(np.maximum(spread.sigma, format.u * magnitude), terms * format.eta)
