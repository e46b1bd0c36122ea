"""How fast two arrays are held against each other, beside what others do and a plain pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from compare.arithmetic.blocks import apart
from compare.arithmetic.pieces import iterated

Step = Callable[[], Any]
OURS, PLAIN, COPY = "ours", "a plain pass", "a copy"
DIFFERING = ("nowhere", "in one element", "in a tenth", "everywhere", "everywhere, from files")
BLOCK = 1 << 15  # elements of a plain pass: three arrays stay in the processor's cache


@contextmanager
def arrays(n: int, where: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Two arrays of n float32 that differ there by an ulp or two, in memory or in files."""
    mine, right = _drawn(n, where)
    if not where.endswith("from files"):
        yield mine, right
        return
    # on Windows a file that is still mapped stays where it is
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield _mapped(mine, Path(folder, "mine")), _mapped(right, Path(folder, "right"))


def contenders(mine: np.ndarray, right: np.ndarray) -> dict[str, Step]:
    """What each does with two arrays."""
    tensors = torch.from_numpy(mine), torch.from_numpy(right)
    copied = np.empty(mine.shape, mine.dtype)
    return {
        OURS: lambda: apart(mine, right, 0.0),
        "torch": lambda: _closeness(torch.testing.assert_close, *tensors),
        "NumPy": lambda: _closeness(np.testing.assert_allclose, mine, right),
        PLAIN: lambda: largest(mine, right),
        COPY: lambda: np.copyto(copied, mine),
    }


def largest(mine: np.ndarray, right: np.ndarray) -> float:
    """max |a - b|: three operations a block, in the cache, and nothing is counted or located."""
    error, most = np.empty(BLOCK, mine.dtype), 0.0
    for a, b in iterated([mine, right], BLOCK):
        apart_here = np.subtract(a, b, out=error[: len(a)])
        most = max(most, float(np.abs(apart_here, out=apart_here).max()))
    return most


def _drawn(n: int, where: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    right = rng.standard_normal(n, np.float32)
    share = {"nowhere": 0.0, "in one element": 1 / n, "in a tenth": 0.1}.get(where, 1.0)
    chosen = rng.permutation(n)[: round(share * n)]
    mine = right.copy()
    # one ulp or two, up or down, as two orders of one sum have it
    mine[chosen] *= 1 + rng.choice([-2, -1, 1, 2], len(chosen)) * np.float32(2.0**-23)
    return mine, right


def _mapped(array: np.ndarray, path: Path) -> np.ndarray:
    array.tofile(path)
    return np.memmap(path, array.dtype, "r+")  # writable: torch warns of what is read-only


def _closeness(compared: Callable[..., Any], mine: Any, right: Any) -> None:
    with suppress(AssertionError):  # what it says is computed all the same
        compared(mine, right, rtol=0, atol=0)
