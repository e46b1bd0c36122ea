"""What a check could not have seen: planted faults, tried on the check's own data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from compare.arithmetic.closeness import gap
from compare.arithmetic.running_error import FORMATS


def _zeros(a: np.ndarray) -> np.ndarray:
    return np.zeros_like(a)


def _constant(a: np.ndarray) -> np.ndarray:
    return np.full_like(a, a.mean() if a.size > 1 else 2 * a.sum() + 1)


def _permutation(a: np.ndarray) -> np.ndarray:
    flat = a.ravel()
    return np.concatenate((flat[-1:], flat[:-1])).reshape(a.shape)


def _sign(a: np.ndarray) -> np.ndarray:
    return -a


def _transpose(a: np.ndarray) -> np.ndarray:
    return a.T if _is_square(a) else a


def _is_square(a: np.ndarray) -> bool:
    return a.ndim == 2 and a.shape[0] == a.shape[1]


def _one_element(a: np.ndarray) -> np.ndarray:
    """The middle one is off by the array's root mean square."""
    changed = a.copy()
    changed.flat[a.size // 2] += np.sqrt(np.mean(a * a)) or 1.0
    return changed


FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "zeros": _zeros,
    "a constant": _constant,
    "a permutation": _permutation,
    "another sign": _sign,
    "a transpose": _transpose,
    "one wrong element": _one_element,
}
FACTOR = "a factor"  # of 1.001, or of 1 + 128 u where the format is coarser


def _possible(a: np.ndarray) -> Iterator[str]:
    """The faults that change an array of this shape at all."""
    for name in (*FAULTS, FACTOR):
        if (name != "a transpose" or _is_square(a)) and (name != "a permutation" or a.size > 1):
            yield name


@cache
def faults(dtype: str) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Every fault by name; the factor is one that a chain of operations can resolve."""
    factor = max(1.001, 1 + 128 * FORMATS[dtype].u)
    return {**FAULTS, FACTOR: lambda a: factor * a}


class Sensitivity:
    """Which faults were seen in a quantity, and which could not have been, over all its steps."""

    def __init__(self) -> None:
        self._tried: dict[str, set[str]] = {}
        self._seen: dict[str, set[str]] = {}

    def attempt(self, quantity: str, expected: np.ndarray, limit: np.ndarray, dtype: str) -> None:
        """Plant every fault not yet seen in what is expected, and look whether the limit sees it.

        A fault that changes nothing but rounding, as a permutation of equal numbers, says nothing;
        except that all zeros could have been returned.
        """
        tried = self._tried.setdefault(quantity, set())
        seen = self._seen.setdefault(quantity, set())
        left = [name for name in _possible(expected) if name not in seen]
        if not left:
            return
        finite = np.where(np.isfinite(expected), expected, 0.0)
        rounding = 64 * FORMATS[dtype].u * np.abs(finite).max()
        for name in left:
            planted = faults(dtype)[name](finite)
            moved = np.abs(planted - finite)
            furthest = moved.max()
            if name != "zeros" and furthest <= rounding:
                continue
            tried.add(name)
            exceeds = moved > limit if furthest < np.inf else gap(planted, finite, limit).wrong
            if exceeds.any():
                seen.add(name)

    def state(self) -> dict[str, Any]:
        """Quantity → what was tried, and what was seen."""
        return {q: [sorted(self._tried[q]), sorted(self._seen[q])] for q in self._tried}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._tried = {q: set(tried) for q, (tried, _) in state.items()}
        self._seen = {q: set(seen) for q, (_, seen) in state.items()}

    def unseen(self, quantity: str) -> tuple[str, ...]:
        """The faults that would have passed."""
        tried, seen = self._tried.get(quantity, set()), self._seen.get(quantity, set())
        return tuple(name for name in (*FAULTS, FACTOR) if name in tried - seen)
