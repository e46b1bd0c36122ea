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
        return _grain_of(float(x))
    mantissa, exponent = torch.frexp(x.double().reshape(-1))
    whole = (mantissa * 2.0**53).long()
    lowest = torch.ldexp((whole & -whole).double(), exponent - 53)
    lowest = lowest[lowest > 0]
    return float(lowest.min()) if lowest.numel() else math.inf


def _grain_of(x: float) -> float:
    if x == 0 or not math.isfinite(x):
        return math.inf
    mantissa, exponent = math.frexp(x)
    whole = int(mantissa * 2.0**53)
    return math.ldexp(whole & -whole, exponent - 53)


def _coarsest(x: Any) -> float:
    """No less than its grain, from its first elements: it often shows at once that it is fine."""
    if not isinstance(x, Tensor):
        return _grain_of(float(x))
    return min(map(_grain_of, x.reshape(-1)[:4].tolist()), default=math.inf)


def product(p: float, q: float) -> float:
    """The grain of a product: that of its factors, multiplied."""
    return p * q


def unrounded(
    of: Tensor,
    operands: list[Any],
    joined: Callable[[float, float], float],
    out: Tensor,
    added: list[Any] | None = None,
) -> Tensor:
    """Where the largest partial sum ``of`` is no longer than the format, in common grains.

    ``of`` is rounded itself: a longer one may come down to the limit, and never below it.
    """
    info = torch.finfo(out.dtype)
    for look in (_coarsest, grain):  # the first is quick, and mostly says no
        unit = look(operands[0])
        if len(operands) > 1:
            unit = joined(unit, look(operands[1]))
        unit = min([unit, *map(look, added or [])])
        unit = unit if unit >= info.smallest_normal * info.eps else 0.0
        exact = (of < 2 / info.eps * unit) | (of == 0)
        if not unit or not bool(exact.any()):
            return exact
    return exact
