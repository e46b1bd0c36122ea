"""Where nothing rounds: sums and products of whole multiples of one power of two.

Such a multiple is exact as long as it is no longer than the format: whatever the order of a sum of
such terms, it has no noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def grain(x: Any) -> float:
    """The largest power of two of which every element is a multiple; inf where all are zero."""
    if not isinstance(x, Tensor):
        return _power_of_number(float(x))
    mantissa, exponent = torch.frexp(x.double().reshape(-1))
    # frexp's mantissa has 53 bits at most: times 2^53 it is a whole number
    whole = (mantissa * 2.0**53).long()
    # n & -n is the lowest bit that is set
    lowest = torch.ldexp((whole & -whole).double(), exponent - 53)
    lowest = lowest[lowest > 0]
    return float(lowest.min()) if lowest.numel() else math.inf


def _power_of_number(x: float) -> float:
    if x == 0 or not math.isfinite(x):
        return math.inf
    mantissa, exponent = math.frexp(x)
    whole = int(mantissa * 2.0**53)
    return math.ldexp(whole & -whole, exponent - 53)


def _quick_power(x: Any) -> float:
    """An upper bound of ``grain`` from the first elements: often too small already to be exact."""
    if not isinstance(x, Tensor):
        return _power_of_number(float(x))
    return min(map(_power_of_number, x.reshape(-1)[:4].tolist()), default=math.inf)


def product(p: float, q: float) -> float:
    """The grain of a product: that of its factors, multiplied."""
    return p * q


def unrounded(
    magnitudes: Tensor,
    operands: list[Any],
    joined: Callable[[float, float], float],
    out: Tensor,
    added: list[Any] | None = None,
) -> Tensor:
    """Where sums with these magnitudes, counted in the operands' common grain, fit the format.

    They are rounded themselves: a longer one may come down to the limit, and never below it.
    """
    info = torch.finfo(out.dtype)
    for power_of in (_quick_power, grain):  # the first is quick, and mostly says no
        common = power_of(operands[0])
        if len(operands) > 1:
            common = joined(common, power_of(operands[1]))
        common = min([common, *map(power_of, added or [])])
        # a product of subnormals may be no multiple of the smallest of them, and is rounded
        common = common if common >= info.smallest_normal * info.eps else 0.0
        # a multiple of p fits the format up to 2^53 p in float64, and every partial sum is one
        exact = (magnitudes < 2 / info.eps * common) | (magnitudes == 0)
        if not common or not bool(exact.any()):
            return exact
    return exact
