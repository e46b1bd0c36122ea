"""What yours may have been given instead, so that it would be right: found by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, islice, permutations

import numpy as np

from compare.language.message import Message, message

MOST = 64  # tries, of which each is a pass forward of yours
AXES = 4  # of an array that is read in other orders
BLOCKS = (2, 3, 4)  # query, key and value; the gates of recurrent layers

Arrays = Mapping[str, np.ndarray]
Try = tuple[Message, Arrays]


def other_arguments(given: Arrays, is_right: Callable[[Arrays], bool]) -> Message | str:
    """How arrays have to be changed for yours to be right; "" where none of the tries is."""
    arrays = {k: a for k, a in given.items() if a.dtype.kind == "f" and a.size > 1}
    families = [_exchanged(arrays), _blocks_exchanged(arrays), _blocks_negated(arrays)]
    families = [f for a in arrays.items() for f in _of_one(*a)] + families
    tries = islice(_in_turns([_transposed(arrays), *families]), MOST)
    return next((cause for cause, changed in tries if is_right(changed)), "")


def unused(given: Arrays, moves: Callable[[Arrays], tuple[bool, bool]]) -> Message | str:
    """Which arrays move the reference and not yours; "" where there is none of them.

    moves: whether what yours computes is another with some arrays in place of those given, and
    whether what the reference does is.
    """
    arrays = [(k, a) for k, a in given.items() if a.dtype.kind == "f" and a.size]
    names = []
    for name, array in arrays[:MOST]:
        # of all elements another, and none of them by the same
        other = array * 1.5 + 0.25 * np.cos(np.arange(array.size)).reshape(array.shape)
        if moves({name: other}) == (False, True):
            names.append(name)
    if not names:
        return ""
    return message(
        "not used: the reference is another with other numbers in {names}, and yours is not",
        names=", ".join(names),
    )


def _in_turns(families: list[Iterator[Try]]) -> Iterator[Try]:
    """One of each family after the other, so that none keeps the others from being tried."""
    while families:
        left = []
        for family in families:
            one = next(family, None)
            if one is not None:
                left.append(family)
                yield one
        families = left


def _of_one(name: str, array: np.ndarray) -> tuple[Iterator[Try], Iterator[Try]]:
    return _flipped(name, array), _flattened(name, array)


def _transposed(arrays: Arrays) -> Iterator[Try]:
    for name, array in arrays.items():
        if array.ndim >= 2 and array.shape[-1] == array.shape[-2]:
            yield (
                message("transposed: with {name}.T for {name}, yours is right", name=name),
                {name: array.swapaxes(-1, -2).copy()},
            )


def _exchanged(arrays: Arrays) -> Iterator[Try]:
    for (one, a), (other, b) in combinations(arrays.items(), 2):
        if a.shape == b.shape:
            yield (
                message(
                    "exchanged: with {one} and {other} in each other's place, yours is right",
                    one=one,
                    other=other,
                ),
                {one: b, other: a},
            )


def _flipped(name: str, array: np.ndarray) -> Iterator[Try]:
    """Reversed along the axes behind the first two, as a kernel; then along each alone."""
    if array.ndim < 2:
        return
    spatial = [tuple(range(2, array.ndim))] if array.ndim > 3 else []
    for axes in [*spatial, *((axis,) for axis in reversed(range(array.ndim)))]:
        if all(array.shape[axis] > 1 for axis in axes):
            yield (
                message(
                    "flipped: with {name} reversed along {axes}, yours is right",
                    name=name,
                    axes=", ".join(f"axis {axis}" for axis in axes),
                ),
                {name: np.flip(array, axes).copy()},
            )


def _flattened(name: str, array: np.ndarray) -> Iterator[Try]:
    """Its axes read in another order, and put into the same shape."""
    if not 2 <= array.ndim <= AXES:
        return
    for axes in permutations(range(array.ndim)):
        moved = array.transpose(axes)
        again = moved.reshape(array.shape).copy()
        # a square matrix is transposed, and that is tried before
        if np.array_equal(again, array) or array.ndim == 2 and moved.shape == array.shape:
            continue
        cause = message(
            "flattened in another order: with {name}.transpose{axes}, reshaped, for {name}, yours "
            "is right",
            name=name,
            axes=str(axes),
        )
        if moved.shape == array.shape:
            cause = message(
                "another order of axes: with {name}.transpose{axes} for {name}, yours is right",
                name=name,
                axes=str(axes),
            )
        yield cause, {name: again}


def _by_length(arrays: Arrays) -> dict[int, list[str]]:
    """Names by how long the first axis is, as that of the weights of a layer."""
    groups: dict[int, list[str]] = {}
    for name, array in arrays.items():
        groups.setdefault(len(array) if array.ndim else 1, []).append(name)
    return groups


def _blocks_negated(arrays: Arrays) -> Iterator[Try]:
    """As where z and 1 - z, which is a sigmoid of the negated, are in each other's place."""
    for length, names in _by_length(arrays).items():
        for many in (n for n in BLOCKS if length % n == 0 and length > n):
            for k in range(many):
                signs = np.ones(length)
                signs[k * length // many : (k + 1) * length // many] = -1
                yield (
                    message(
                        "another sign, or z for 1 - z: with block {k} of the {many} of rows of "
                        "{names} negated, yours is right",
                        k=k,
                        many=many,
                        names=", ".join(names),
                    ),
                    {n: (arrays[n].T * signs.astype(arrays[n].dtype)).T for n in names},
                )


def _blocks_exchanged(arrays: Arrays) -> Iterator[Try]:
    """Of all arrays whose first axis is as long, as the weights of a layer are, together."""
    for length, names in _by_length(arrays).items():
        for many in (n for n in BLOCKS if length % n == 0 and length > n):
            for order in islice(permutations(range(many)), 1, None):
                yield (
                    message(
                        "exchanged: with the {many} blocks of rows of {names} in the order "
                        "{order}, yours is right",
                        many=many,
                        names=", ".join(names),
                        order=str(order),
                    ),
                    {name: _in_order(arrays[name], order) for name in names},
                )


def _in_order(array: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    blocks = np.split(array, len(order))
    return np.concatenate([blocks[k] for k in order])
