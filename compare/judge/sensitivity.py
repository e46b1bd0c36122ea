"""What a check could not have seen: planted faults, tried on the check's own data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from compare.arithmetic.closeness import gap
from compare.arithmetic.running_error import FORMATS

MANY = 2**10  # elements: of more, these in the middle are looked at first
ALL = slice(None)

# What a fault makes of an array, of which it is asked for some elements in C's order.
Fault = Callable[[np.ndarray, slice], np.ndarray]


def _zeros(array: np.ndarray, at: slice = ALL) -> np.ndarray:
    return np.zeros_like(array.reshape(-1)[at])


def _constant(array: np.ndarray, at: slice = ALL) -> np.ndarray:
    # the mean, so that a check of means alone does not see it
    mean = array.mean() if array.size > 1 else 2 * array.sum() + 1
    return np.full_like(array.reshape(-1)[at], mean)


def _permutation(array: np.ndarray, at: slice = ALL) -> np.ndarray:
    # by one place: sums and norms are the same, and the shape too
    flat = array.reshape(-1)
    if at.start:
        return flat[at.start - 1 : at.stop - 1]
    return np.concatenate((flat[-1:], flat[:-1]))[at]


def _sign(array: np.ndarray, at: slice = ALL) -> np.ndarray:
    return -array.reshape(-1)[at]


def _transpose(array: np.ndarray, at: slice = ALL) -> np.ndarray:
    return (array.T if _is_square(array) else array).flat[at]


def _is_square(array: np.ndarray) -> bool:
    return array.ndim == 2 and array.shape[0] == array.shape[1]


def _one_element(array: np.ndarray, at: slice = ALL) -> np.ndarray:
    """The middle one is off by the array's root mean square."""
    flat = array.reshape(-1)
    changed, middle = flat[at].copy(), array.size // 2
    # one large error in one place, as an index that is off by one makes it
    # no product of vectors: the threads of one wait for each other longer than they work
    changed[middle - (at.start or 0)] += np.sqrt(np.square(flat).mean()) or 1.0
    return changed


FAULTS: dict[str, Fault] = {
    "zeros": _zeros,
    "a constant": _constant,
    "a permutation": _permutation,
    "another sign": _sign,
    "a transpose": _transpose,
    "one wrong element": _one_element,
}
FACTOR = "a factor"  # of 1.001, or of 1 + 128 u where the format is coarser
CLEAR = 1.125  # times every limit: no rounding of a planted fault brings it back below


@cache
def _possible(is_square: bool, is_one: bool) -> tuple[str, ...]:
    """The faults that change an array of such a shape at all."""
    # a transpose of another shape is found by its shape
    impossible = {"a transpose": not is_square, "a permutation": is_one}
    return tuple(name for name in (*FAULTS, FACTOR) if not impossible.get(name))


@cache
def faults(dtype: str) -> dict[str, Fault]:
    """Every fault by name; the factor is one that a chain of operations can resolve."""
    return {**FAULTS, FACTOR: partial(_scaled, _factor(dtype))}


def _factor(dtype: str) -> float:
    return max(1.001, 1 + 128 * FORMATS[dtype].u)  # in bfloat16 0.001 is less than a rounding


def _furthest(array: np.ndarray, dtype: str) -> dict[str, float]:
    """How far a fault moves the element that it moves most, where that is told by a few sums."""
    low, high, mean = float(array.min()), float(array.max()), float(array.mean())
    largest = max(high, -low)
    return {
        "zeros": largest,
        "a constant": max(high - mean, mean - low) if array.size > 1 else 0.0,
        "another sign": 2 * largest,
        "one wrong element": float(np.square(array).mean() ** 0.5),
        FACTOR: (_factor(dtype) - 1) * largest,
    }


def _scaled(factor: float, array: np.ndarray, at: slice = ALL) -> np.ndarray:
    return factor * array.reshape(-1)[at]


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
        finite = np.asarray(expected if known.all() else np.where(known, expected, 0.0), order="C")
        allowed = np.broadcast_to(limit, expected.shape).reshape(-1)
        # what moves the array by less is no fault that any check could be asked to see
        furthest = _furthest(finite, dtype)
        rounding = 64 * FORMATS[dtype].u * furthest["zeros"]
        beyond = CLEAR * max(rounding, float(allowed.max()))
        clear = {name for name in undetected if furthest.get(name, 0.0) > beyond}
        tried |= clear
        detected |= clear
        middle = max(expected.size - MANY, 0) // 2
        parts = [slice(middle, middle + MANY), ALL] if middle else [ALL]
        largest = [float(allowed[at].max()) for at in parts]
        for name in (name for name in undetected if name not in clear):
            fault = faults(dtype)[name]
            for at, limit_there in zip(parts, largest, strict=True):
                # what is seen in a part is seen in the whole
                moves, exceeds = _planted(fault, finite, allowed, limit_there, at, rounding)
                # zeros in place of zeros change nothing, and are the
                # fault that matters most: code that returns nothing
                if moves or name == "zeros":
                    tried.add(name)
                    if exceeds:
                        detected.add(name)
                        break

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


def resolution(limit: np.ndarray, reference: np.ndarray) -> float:
    """How large a fault has to be, of a usual value: the median of limit / |value|.

    Of what is finite and not 0; of very many elements, of some.
    """
    if reference.size > MANY:
        every = reference.size // MANY | 1  # odd: rows of a power of two are met in every column
        limit, reference = limit.reshape(-1)[::every], reference.reshape(-1)[::every]
    known = np.isfinite(reference) & (reference != 0) & np.isfinite(limit)
    if not known.any():
        return 0.0
    return _median(limit[known] / np.abs(reference[known].astype(np.float64)))


def _median(values: np.ndarray) -> float:
    """np.median, which would import masked arrays for it: a twentieth of a small verdict."""
    middle = values.size // 2
    parted = np.partition(values, [max(middle - 1, 0), middle])
    return float(parted[middle] if values.size % 2 else (parted[middle - 1] + parted[middle]) / 2)


def _planted(
    fault: Fault,
    finite: np.ndarray,
    limit: np.ndarray,
    largest: float,
    at: slice,
    rounding: float,
) -> tuple[bool, bool]:
    """Whether a fault moves some of these elements by more than rounding; by more than a limit.

    largest: of the limits there.
    """
    planted, right, allowed = fault(finite, at), finite.reshape(-1)[at], limit[at]
    moved = np.asarray(planted - right)
    np.abs(moved, out=moved)
    furthest = moved.max()
    moves = bool(furthest > rounding)
    if furthest == np.inf or furthest != furthest:  # with the care that such numbers need
        return moves, bool(gap(planted, right, allowed).wrong.any())
    # beyond every limit, as nearly always; else beyond its own
    return moves, bool(furthest > largest or (moved > allowed).any())
