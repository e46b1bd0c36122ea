"""Where nothing rounds: sums and products of whole multiples of one power of two.

Such a multiple is exact as long as it is no longer than the format: whatever the order of a sum of
such terms, it has no noise. Nor has a number of which no digit behind the point is left, as in a
mask of -1e30, when something small is added to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

FEW = 16  # elements
SMALL = 2.0**-4
NUMPY_HAS = frozenset((torch.float64, torch.float32))


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
    """An upper bound of ``grain``, from one element that is not large: often too small already."""
    if not isinstance(x, Tensor):
        return _power_of_number(float(x))
    some = [value for value in _some(x) if value]
    return _power_of_number(min(some, key=abs)) if some else math.inf


def _largest_of_some(x: Tensor) -> float:
    return max(_some(x))


def _some(x: Tensor) -> list[float]:
    if x.dtype in NUMPY_HAS:  # of which it takes some without a copy in C's order
        return list(x.detach().numpy().flat[:FEW].tolist())
    return list(x.reshape(-1)[:FEW].tolist())


def product(p: float, q: float) -> float:
    """The grain of a product: that of its factors, multiplied."""
    return p * q


def unrounded(
    magnitudes: Tensor,
    operands: list[Any],
    joined: Callable[[float, float], float],
    out: Tensor,
    added: list[Any] | None = None,
) -> Tensor | None:
    """Where sums with these magnitudes, counted in the operands' common grain, fit the format.

    None where none does, but for those of zeros alone.
    They are rounded themselves: a longer one may come down to the limit, and never below it. What
    alone is exact among much larger ones counts as rounded: that is no more than an ulp of its own.
    """
    info = torch.finfo(out.dtype)
    for power_of in (_quick_power, grain):  # the first is quick, and mostly says no
        common = power_of(operands[0])
        if len(operands) > 1:
            common = joined(common, power_of(operands[1]))
        common = min([common, *map(power_of, added or [])])
        # a product of subnormals may be no multiple of the smallest of them, and is rounded
        common = common if common >= info.smallest_normal * info.eps else 0.0
        if not common:
            return magnitudes == 0
        # a multiple of p fits the format up to 2^53 p in float64, and every partial sum is one
        limit = 2 / info.eps * common
        # of some of them first, which mostly say it
        if magnitudes.numel() and any(
            limit < SMALL * largest(magnitudes) for largest in (_largest_of_some, torch.max)
        ):
            return None
        exact = magnitudes < limit
        # of zeros alone, as behind a relu, a smaller grain says the same
        if not bool(exact.any()) or not bool((exact & (magnitudes != 0)).any()):
            return exact
    return exact


def absorbed(x: Any, y: Any, out: Tensor) -> Tensor | None:
    """Where one summand is nothing beside the other, and that is huge: a score beside a mask.

    None where neither is huge anywhere.
    """
    eps = torch.finfo(out.dtype).eps
    if not any(eps * _largest(a) > 1 for a in (x, y)):  # as nearly always
        return None
    one, other = map(_size, (x, y))
    little, large = torch.minimum(one, other), torch.maximum(one, other)
    # huge: beside 1 it would be rounding, of which log(1 + x) and log1p(x) make another number;
    # nothing: less than half of what would round up, in whatever order it was summed
    return (eps * large > 1) & (little < eps / 8 * large)


def in_either(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """The elements that are in one of both."""
    if one is None or other is None:
        return other if one is None else one
    return one | other


def _largest(x: Any) -> float:
    if not isinstance(x, Tensor):
        return abs(float(x))
    sizes = x.abs() if x.is_floating_point() else _size(x)
    return float(sizes.max()) if x.numel() else 0.0


def _size(x: Any) -> Tensor:
    return torch.as_tensor(x, dtype=torch.float64).abs()
