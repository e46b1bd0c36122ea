"""The arrays that an update rule moves, where each is a global name of its module."""

from __future__ import annotations

import ast
from functools import lru_cache

import numpy as np

from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject


def global_arrays(subject: Subject) -> dict[str, int]:
    """Global name → 0 of an array that a function reads, and how many of a list of as many arrays.

    Empty where it counts in its module: that would go on from call to call.
    """
    read, declared = _names(subject.found.source)
    module = subject.box.globals_of(subject.found.name)
    there = subject.box.attributes(module, tuple(sorted(read - {*subject.parameters})))
    arrays = [n for n, v in there.items() if isinstance(v, np.ndarray) and _is_moved(v)]
    lists = {
        n: len(v) for n, v in there.items()
        if isinstance(v, list) and len(v) == len(arrays) and all(map(_is_moved, v))
    }  # fmt: skip
    if not arrays or not declared <= {*arrays, *lists}:
        return {}
    return {**dict.fromkeys(arrays, 0), **lists}


def _is_moved(value: object) -> bool:
    return isinstance(value, float) or getattr(value, "dtype", np.dtype(int)).kind == "f"


@lru_cache(maxsize=256)
def _names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that it reads, and those that it declares to be of its module."""
    nodes = [*ast.walk(tree_of(source))]
    declared = {name for n in nodes if isinstance(n, ast.Global) for name in n.names}
    return frozenset(n.id for n in nodes if isinstance(n, ast.Name)), frozenset(declared)
