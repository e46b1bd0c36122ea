"""What a network gave on a probe, and whether that may be what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from compare.arithmetic.closeness import gap
from compare.arithmetic.plain import Plain
from compare.arithmetic.running_error import Bounded
from compare.check.fitting.networks import passes as chains

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """What it gave on one generic probe, beside the arrays as numbers.

    ``moved``: whether gradients may be the change of its weights.
    """

    a: Arrays
    values: Arrays
    moved: bool = False

    @cached_property
    def plain(self) -> Shown:
        """The same without errors: most of what is tried is far off, which needs no bound."""
        return replace(self, a={n: Plain.of(v) for n, v in self.a.items()})


def outputs_of(s: Shown) -> int:
    """How many outputs it has, whether it shows them or not."""
    if "y" in s.values:
        return int(s.values["y"].shape[-1])
    return int(s.a[f"W{chains.depth_of(s.a)}"].shape[-1])


def fits(value: Any, wanted: Bounded) -> bool:
    """Whether a result is what is wanted; what nothing is known of fits nothing."""
    value, right = np.asarray(value), np.asarray(wanted.value)
    if value.shape != right.shape:
        return False
    limit = np.broadcast_to(wanted.limit(), right.shape)
    if not np.isfinite(limit).all() and np.isfinite(right).all():
        return False
    return not gap(value, right, limit).wrong.any()


def sizes_of(s: Shown) -> tuple[int, int, int]:
    """N, K and M, of which a scale is made."""
    return s.a["x"].shape[0], outputs_of(s), s.a["W1"].shape[0]


def near(value: Any, wanted: Any) -> bool:
    """Whether a result may be what is wanted: the rule decides where both are infinite."""
    value, wanted = np.asarray(value), np.asarray(wanted)
    if value.shape != wanted.shape or (np.isfinite(value) & np.isnan(wanted)).any():
        return False
    apart = np.abs(value - wanted).max(initial=0.0)
    return not apart > ROUGHLY * np.abs(wanted).max(initial=0.0)


ROUGHLY = 1e-3  # far above rounding, which the rule judges, and that of float32


def median(ratios: np.ndarray) -> float:
    """The median of what is finite; NaN where nothing is."""
    finite = ratios[np.isfinite(ratios)]
    return float(np.median(finite)) if finite.size else np.nan


def whole(ratio: float) -> int:
    """The whole number that a sum was divided by, or 0."""
    c = 1 / ratio if ratio else 0.0
    return round(c) if 3 <= c < 1e6 and abs(c - round(c)) < 1e-6 else 0
