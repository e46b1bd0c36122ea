"""The Comparison of one name, from how far its elements are from what is expected of them."""

from __future__ import annotations

import numpy as np

from compare.arithmetic.blocks import Farthest, largest_finite
from compare.arithmetic.closeness import Gap, is_float
from compare.core.outcome import Outcome
from compare.judge.step_block import Within
from compare.judge.verdict import Comparison

Distance = Gap | Farthest | Within


def compared_at(
    name: str,
    difference: Distance,
    mine: np.ndarray,
    reference: np.ndarray,
    expected: np.ndarray,
) -> Comparison:
    """The outcome of one name, and its worst element."""
    worst = difference.worst
    wrong = difference.count
    return Comparison(
        name,
        Outcome.DIFFERENT if wrong else Outcome.SAME,
        total=mine.size,
        mismatched=wrong,
        index=worst,
        mine=float(mine[worst]),
        reference=float(reference[worst]),
        error=difference.error_there,
        limit=difference.limit_there,
        expected=float(expected[worst]),
        size=_size(difference, expected) if wrong else np.nan,
    )


def _size(difference: Distance, expected: np.ndarray) -> float:
    """The largest error by the largest number: not that of one element, which may be near 0."""
    return difference.largest / (largest_finite(expected) or 1.0)


def are_numbers(*arrays: np.ndarray) -> bool:
    """Whether they can be held against each other whatever their dtypes."""
    return all(is_float(array.dtype) or array.dtype.kind in "iub" for array in arrays)


def in_common(mine: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in the dtype that holds either's numbers."""
    dtype = np.result_type(mine, reference)
    return mine.astype(dtype), reference.astype(dtype)
