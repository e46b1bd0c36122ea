"""What a check could not have seen: planted faults, tried on the check's own data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from compare.arithmetic.closeness import gap
from compare.arithmetic.running_error import FORMATS


def _zeros(array: np.ndarray) -> np.ndarray:
    return np.zeros_like(array)


def _constant(array: np.ndarray) -> np.ndarray:
    # the mean, so that a check of means alone does not see it
    return np.full_like(array, array.mean() if array.size > 1 else 2 * array.sum() + 1)


def _permutation(array: np.ndarray) -> np.ndarray:
    # by one place: sums and norms are the same, and the shape too
    flat = array.ravel()
    return np.concatenate((flat[-1:], flat[:-1])).reshape(array.shape)


def _sign(array: np.ndarray) -> np.ndarray:
    return -array


def _transpose(array: np.ndarray) -> np.ndarray:
    return array.T if _is_square(array) else array


def _is_square(array: np.ndarray) -> bool:
    return array.ndim == 2 and array.shape[0] == array.shape[1]


def _one_element(array: np.ndarray) -> np.ndarray:
    """The middle one is off by the array's root mean square."""
    changed = array.copy()
    # one large error in one place, as an index that is off by one makes it
    changed.flat[array.size // 2] += np.sqrt(np.mean(array * array)) or 1.0
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


@cache
def _possible(is_square: bool, is_one: bool) -> tuple[str, ...]:
    """The faults that change an array of such a shape at all."""
    # a transpose of another shape is found by its shape
    impossible = {"a transpose": not is_square, "a permutation": is_one}
    return tuple(name for name in (*FAULTS, FACTOR) if not impossible.get(name))


@cache
def faults(dtype: str) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Every fault by name; the factor is one that a chain of operations can resolve."""
    # in bfloat16 0.001 is less than a rounding (u = 2^-8)
    factor = max(1.001, 1 + 128 * FORMATS[dtype].u)
    return {**FAULTS, FACTOR: lambda array: factor * array}


class Sensitivity:
    """Which faults were seen in a quantity, and which could not have been, over all its steps."""

    def __init__(self) -> None:
        self._tried: dict[str, set[str]] = {}
        self._seen: dict[str, set[str]] = {}

    def attempt(self, quantity: str, expected: np.ndarray, limit: np.ndarray, dtype: str) -> None:
        """Plant every fault not yet detected in the expected array: does it exceed the limit?

        A fault that changes nothing but rounding, as a permutation of equal numbers, says nothing;
        except that all zeros could have been returned.
        """
        tried = self._tried.setdefault(quantity, set())
        detected = self._seen.setdefault(quantity, set())
        possible = _possible(_is_square(expected), expected.size < 2)
        if detected.issuperset(possible):  # after the first steps of a run, as a rule
            return
        undetected = [name for name in possible if name not in detected]
        # an infinity would make every planted fault NaN
        known = np.isfinite(expected)
        finite = expected if known.all() else np.where(known, expected, 0.0)
        # what moves the array by less is no fault that any check could be asked to see
        rounding = 64 * FORMATS[dtype].u * np.abs(finite).max()
        for name in undetected:
            planted = faults(dtype)[name](finite)
            moved = np.asarray(planted - finite)
            np.abs(moved, out=moved)
            furthest = moved.max()
            # zeros in place of zeros change nothing, and are the
            # fault that matters most: code that returns nothing
            if name != "zeros" and furthest <= rounding:
                continue
            tried.add(name)
            # the usual case without the care that ``gap`` takes of what is not finite
            exceeds = moved > limit if furthest < np.inf else gap(planted, finite, limit).wrong
            if exceeds.any():
                detected.add(name)

    def state(self) -> dict[str, Any]:
        """Quantity → what was tried, and what was seen."""
        return {q: [sorted(self._tried[q]), sorted(self._seen[q])] for q in self._tried}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._tried = {q: set(tried) for q, (tried, _) in state.items()}
        self._seen = {q: set(detected) for q, (_, detected) in state.items()}

    def unseen(self, quantity: str) -> tuple[str, ...]:
        """The faults that would have passed."""
        tried, detected = self._tried.get(quantity, set()), self._seen.get(quantity, set())
        return tuple(name for name in (*FAULTS, FACTOR) if name in tried - detected)
