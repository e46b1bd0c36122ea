"""Arrays of any size, strides and kind: pieces that fit the processor's cache, and their bits."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 1 << 15  # elements: three arrays of float64 fit a cache of the second level


def iterated(arrays: list[np.ndarray], block: int) -> Any:
    """Flat pieces of arrays of one shape, in C's order."""
    flags = ["external_loop", "buffered", "zerosize_ok"]
    # buffered: it copies a block where the strides ask for that, and else shows the arrays' own
    return np.nditer(arrays, flags, order="C", buffersize=block)  # type: ignore[call-overload]


def is_same(mine: np.ndarray, right: np.ndarray) -> bool:
    """Bit for bit: NaN is like itself, and -0 unlike 0."""
    if mine.dtype.itemsize > 8:  # no whole number is as long
        return mine.tobytes() == right.tobytes()
    whole = f"u{mine.dtype.itemsize}"
    return bool((mine.view(whole) == right.view(whole)).all())


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two arrays of one dtype and shape agree in every bit."""
    return all(is_same(*pair) for pair in iterated([left, right], BLOCK))


def is_masked(array: Any) -> bool:
    """Whether it is an array of which some elements may be hidden."""
    # by type first: NumPy imports its masked arrays, for 10 ms, when they are first asked for
    return type(array) is not np.ndarray and isinstance(array, np.ma.MaskedArray)
