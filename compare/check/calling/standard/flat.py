"""All numbers of a result, and of the results of a series of calls."""

from __future__ import annotations

from typing import Any

import numpy as np

_REAL = "fiub"  # kinds of arrays, and of their scalars


def stacked(row: list[Any]) -> list[np.ndarray] | None:
    """One array of a series, whose calls give one array each; None where they do not."""
    arrays = [flat(each) for each in row]
    if any(a is None or len(a) != 1 for a in arrays):
        return None
    first = [a[0] for a in arrays if a]
    if len({a.shape for a in first}) != 1:
        return None
    # nobody goes on after a stop
    stops = all(isinstance(each, (bool, np.bool_)) for each in row)
    return [np.maximum.accumulate(first) if stops else np.stack(first)]


def flat(result: Any) -> list[np.ndarray] | None:
    """All numbers in a result, array by array; None where there are others, or none."""
    if isinstance(result, dict):
        return flat(list(result.values()))
    if isinstance(result, (list, tuple)):
        if result and all(_is_number(v) for v in result) and isinstance(result, list):
            return [np.asarray(result, dtype=float)]
        each = [flat(v) for v in result]
        return None if None in each or not each else [a for v in each if v for a in v]
    if _is_number(result) or isinstance(result, np.ndarray) and result.dtype.kind in _REAL:
        return [np.asarray(result, dtype=float)]
    return None


def _is_number(value: Any) -> bool:
    if isinstance(value, np.generic):
        return value.dtype.kind in _REAL
    return isinstance(value, (bool, int, float))
