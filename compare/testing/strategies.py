"""Hypothesis strategies: arrays in which mistakes show, and which shrink to the simplest of them.

An array is ordinary numbers (standard normal, of a drawn seed) with hazards planted in some of its
rows. The first and at least half of all stay ordinary, so that a comparison says something. It
shrinks towards few rows, seed 0 and no hazard: what is left is what a mistake needs.

This module needs Hypothesis, which is no dependency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from compare.language.choice import _
from compare.system.errors import UsageError

Row = np.ndarray
LARGE = 200.0  # e^200 is finite in float64 and not in float32

# By name: what is done to a row (or to a number, of an array with one axis or none).
HAZARDS: Mapping[str, Callable[[Row], Row]] = {
    "negative": lambda row: -np.abs(row),  # a ReLU lets none of it through
    "zero": lambda row: 0 * row,  # a kink at 0, a variance of 0, a norm of 0
    "tied": lambda row: np.full_like(row, row.flat[0]),  # which of them is the largest?
    "tiny": lambda row: row * 1e-6,  # an epsilon that stands in the wrong place is larger
    "shifted": lambda row: row + LARGE,  # exp overflows in float32, and a variance cancels
    "shifted down": lambda row: row - LARGE,  # exp is 0, and its logarithm infinite
    "scaled": lambda row: row * LARGE,  # a sigmoid is saturated, and a softmax is 0 or 1
}


def arrays(
    shape: str | Sequence[int],
    hazards: Sequence[str] = tuple(HAZARDS),
    sizes: tuple[int, int] = (2, 7),
) -> st.SearchStrategy[np.ndarray]:
    """Arrays of float64 with this shape: ``"N I"``, or numbers.

    Axes with names get pairwise different sizes from ``sizes``, so that a transpose cannot hide;
    the first axis counts rows. ``hazards``: which of HAZARDS may be in them; none leaves ordinary
    numbers. Raises UsageError for another hazard.
    """
    unknown = [name for name in hazards if name not in HAZARDS]
    if unknown:
        known = ", ".join(HAZARDS)
        raise UsageError(_("no hazard {name}: there are {known}", name=unknown[0], known=known))
    return _arrays(shape, tuple(hazards), sizes)


@st.composite
def _arrays(
    draw: Any, shape: str | Sequence[int], hazards: Sequence[str], sizes: tuple[int, int]
) -> np.ndarray:
    lengths = _lengths(draw, shape.split(), sizes) if isinstance(shape, str) else tuple(shape)
    array = _ordinary(lengths, draw(st.integers(0, 999)))
    rows = lengths[0] if lengths else 0
    first = 1 if len(lengths) > 1 else 2  # before it nothing is planted: both signs are there
    if not hazards or rows <= first or not array.size:
        return array
    planted = st.dictionaries(
        st.integers(first, rows - 1), st.sampled_from(hazards), max_size=rows // 2
    )
    for row, hazard in draw(planted).items():
        array[row] = HAZARDS[hazard](array[row])
    return array


def _ordinary(lengths: tuple[int, ...], seed: int) -> np.ndarray:
    array = np.random.default_rng(seed).standard_normal(lengths)
    if array.ndim and array.size:
        rows = array.reshape(lengths[0], -1) if array.ndim > 1 else array[None, :2]  # a view
        # both signs in each row: behind a ReLU nothing would be left to compare of negative ones
        of_one_sign = (np.sign(rows) == np.sign(rows[:, :1])).all(axis=1)
        rows[of_one_sign, 0] *= -1
    return array


def _lengths(draw: Any, names: Sequence[str], sizes: tuple[int, int]) -> tuple[int, ...]:
    least, most = sizes
    distinct = list(dict.fromkeys(name for name in names if not name.isdigit()))
    if most - least + 1 < len(distinct):
        n = len(distinct)
        raise UsageError(_("sizes={sizes}: {n} axes need as many sizes", sizes=str(sizes), n=n))
    drawn = draw(
        st.lists(
            st.integers(least, most), min_size=len(distinct), max_size=len(distinct), unique=True
        )
    )
    length = dict(zip(distinct, drawn, strict=True))
    return tuple(length[name] if name in length else int(name) for name in names)
