"""Arrays bit for bit: what they are made of, and whether two are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from compare.arithmetic import pieces

_ROUNDINGS = 64  # of the largest number, by which two runs may differ that only add up otherwise


def fingerprint(values: Any) -> str:
    """A digest of bytes, dtype and shape: equal for equal arrays, bit for bit.

    values an array or a tuple of arrays → 16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for array in values if isinstance(values, tuple) else (values,):
        # the same bytes may be another array
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        # strides are no part of the values; a view and not the bytes, which would be a copy
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()[:16]


def each(f: Callable[[np.ndarray], Any], values: Any) -> Any:
    """f of an array, or of every array of a tuple."""
    return tuple(f(v) for v in values) if isinstance(values, tuple) else f(values)


def in_numpy_of_others(value: Any) -> Any:
    """An array of another library by the way in which it hands its numbers on; else as it is."""
    if hasattr(value, "resolve_conj"):  # a tensor of torch, which warns where NumPy reads it
        return value.detach().cpu().resolve_conj().resolve_neg().numpy()
    # a sequence to NumPy, which would ask for one element after the other
    if hasattr(value, "__array__") or not (hasattr(value, "shape") and hasattr(value, "dtype")):
        return value
    if callable(getattr(value, "numpy", None)):  # tinygrad has this alone
        return value.numpy()
    return np.from_dlpack(value) if hasattr(value, "__dlpack__") else value


def same_bits(left: Any, right: Any) -> bool:
    """Whether two arrays, or two tuples of arrays, agree in dtype, shape and every bit."""
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same_bits, left, right))
    same_kind = left.dtype == right.dtype and left.shape == right.shape
    if same_kind and left.dtype.kind in "fiub":
        if left.size > pieces.BLOCK:
            return pieces.same_bits(left, right)
        plain = type(left) is np.ndarray and type(right) is np.ndarray
        if plain and left.flags.c_contiguous and right.flags.c_contiguous:
            return pieces.is_same(left, right)
    # bytes and not ==, for which NaN is unlike itself, and -0 like 0
    return same_kind and left.tobytes() == right.tobytes()


def same_to_rounding(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have the same bits, or differ by some roundings of the largest number.

    Two runs of one algorithm may: torch's least squares add up in another order each time.
    """
    if same_bits(a, b):
        return True
    if a.dtype != b.dtype or a.shape != b.shape or a.dtype.kind != "f":
        return False
    with np.errstate(all="ignore"):
        apart = np.abs(a - b)
        largest = np.abs(a).max(initial=0.0)
    return bool((apart <= _ROUNDINGS * np.finfo(a.dtype).eps * largest).all())
