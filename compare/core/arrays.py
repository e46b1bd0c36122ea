"""Arrays bit for bit: what they are made of, and whether two are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np


def fingerprint(values: Any) -> str:
    """A digest of bytes, dtype and shape: equal for equal arrays, bit for bit.

    values an array or a tuple of arrays → 16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for array in values if isinstance(values, tuple) else (values,):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def each(f: Callable[[np.ndarray], Any], values: Any) -> Any:
    """f of an array, or of every array of a tuple."""
    return tuple(f(v) for v in values) if isinstance(values, tuple) else f(values)


def same_bits(a: Any, b: Any) -> bool:
    """Whether two arrays, or two tuples of arrays, agree in dtype, shape and every bit."""
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same_bits, a, b))
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
