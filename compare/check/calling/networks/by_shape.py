"""The weights of an object under names that say nothing: found by their shapes.

The object is made with sizes of which no two are alike, so that a shape says which array it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.networks.weights import Place, attribute
from compare.check.subject import Subject
from compare.sandbox.interface import Handle


@dataclass(frozen=True)
class Spot:
    """Where an array is kept in every object of a class: in what the steps lead to.

    ``steps``: attributes, and keys of dicts or lists · ``name``: of the array there · ``key``: in
    that, where it is a dict or list.
    """

    steps: tuple[Any, ...]
    name: str
    key: Any = None

    def place(self, subject: Subject, net: Handle) -> Place | None:
        """The same spot of one object."""
        owner: Any = net
        for step in self.steps:
            owner = attribute(subject, owner, step) if isinstance(owner, Handle) else owner[step]
        return Place(owner, self.name, self.key) if isinstance(owner, Handle) else None


def spots_of(subject: Subject, net: Handle, sizes: Sequence[int]) -> dict[str, Spot]:
    """Where an object of these sizes keeps W1 b1 ..., or W1 W2 ... alone; {} where it is not clear."""
    arrays = list(_arrays(subject, net, ()))
    for out_in in (False, True):
        found: dict[str, Spot] = {}
        for k, (inside, outside) in enumerate(zip(sizes, sizes[1:], strict=False), 1):
            shape = (outside, inside) if out_in else (inside, outside)
            matrices = [(s, a) for s, a in arrays if a.shape == shape]
            # what begins at 0 is what is remembered of them: a velocity, a gradient
            matrices = [(s, a) for s, a in matrices if a.any()] or matrices
            if matrices:
                found[f"W{k}"] = matrices[0][0]
        if len(found) == len(sizes) - 1:
            return found | _biases(arrays, sizes)
    return {}


def chain_of(subject: Subject, net: Handle, samples: int = 0) -> dict[str, Spot]:
    """Where an object keeps W1 b1 ... of any sizes and depth: each takes what the one before gives.

    In the order in which it has them; {} where they are no chain, or not random. ``samples``: how
    many it was given, of which it may keep something, or 0.
    """
    arrays = [(s, a) for s, a in _arrays(subject, net, ()) if not samples or samples not in a.shape]
    matrices = [(s, a) for s, a in _without_copies(arrays) if a.ndim == 2 and a.any()]
    matrices = [(s, a) for s, a in matrices if 1 not in a.shape or not _called_bias(s)]
    shapes = [a.shape for _, a in matrices]
    pairs = list(zip(shapes, shapes[1:], strict=False))
    for inside, outside in ((0, 1), (1, 0)):
        if pairs and all(one[outside] == other[inside] for one, other in pairs):
            found = {f"W{k}": s for k, (s, _) in enumerate(matrices, 1)}
            return found | _biases_in_order(arrays, [shape[outside] for shape in shapes], found)
    return {}


def _without_copies(arrays: Sequence[tuple[Spot, np.ndarray]]) -> list[tuple[Spot, np.ndarray]]:
    """Each array once: a dictionary and the layers may both have it."""
    kept: list[tuple[Spot, np.ndarray]] = []
    for spot, array in arrays:
        if not array.any() or not any(np.array_equal(array, other) for _, other in kept):
            kept.append((spot, array))
    return kept


def _called_bias(spot: Spot) -> bool:
    return "b" in f"{spot.name}{spot.key}".lower()


def _biases_in_order(
    arrays: Sequence[tuple[Spot, np.ndarray]], sizes: Sequence[int], weights: dict[str, Spot]
) -> dict[str, Spot]:
    """A bias for every layer, each after the one before; nothing where one has none."""
    rest = [(s, a) for s, a in arrays if s not in weights.values()]
    found: dict[str, Spot] = {}
    for k, size in enumerate(sizes, 1):
        alike = [s for s, a in rest if a.shape in ((size,), (1, size), (size, 1))]
        alike = [s for s in alike if s not in found.values()]
        called_so = [s for s in alike if _called_bias(s)]
        if not alike:
            return {}
        found[f"b{k}"] = (called_so or alike)[0]
    return found


def _biases(arrays: Sequence[tuple[Spot, np.ndarray]], sizes: Sequence[int]) -> dict[str, Spot]:
    """b1 b2 ..., or nothing where not every layer has one."""
    found: dict[str, Spot] = {}
    for k, size in enumerate(sizes[1:], 1):
        alike = [s for s, a in arrays if a.shape in ((size,), (1, size), (size, 1))]
        called_so = [s for s in alike if _called_bias(s)]
        if alike:
            found[f"b{k}"] = (called_so or alike)[0]
    return found if len(found) == len(sizes) - 1 else {}


def _arrays(
    subject: Subject, owner: Handle, steps: tuple[Any, ...]
) -> Iterator[tuple[Spot, np.ndarray]]:
    """Every array of an object, of its dicts and lists, and of the objects in it."""
    held = attribute(subject, owner, "__dict__")
    for name, value in held.items() if isinstance(held, dict) else ():
        for key, each in _members(value):
            if isinstance(each, np.ndarray):
                yield Spot(steps, name, key), each
            elif isinstance(each, Handle) and len(steps) < 2:  # a layer, and no net that holds it
                inner = (*steps, name) if key is None else (*steps, name, key)
                yield from _arrays(subject, each, inner)


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    return [(None, value)]
