"""Which arrays functions read of what they are handed, and what they do with each, by their text.

``for W, b in layers`` reads ``layers[*][0]`` and ``layers[*][1]``, whatever they are called; what
is a factor of a matrix product is a matrix, and what is added is a bias.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from compare.check.calling.networks.source_names import factors_of
from compare.check.naming.source_tree import tree_of

EACH = "*"  # a step to any member of a list
KEY = "[?]"  # a step to an entry whose key is put together: "W" + str(k)

Path = tuple[str | int, ...]  # a name and the steps from it: 0, "['W']", ".W", EACH

_ARRAYS = frozenset(dir(np.ndarray))
_SAME = ("enumerate", "reversed", "list", "tuple", "iter")  # that hand on what they are given


@dataclass
class Read:
    """What is read, which of it is a factor of a matrix product, and which is added to one."""

    paths: dict[Path, None] = field(default_factory=dict)
    matrices: dict[Path, None] = field(default_factory=dict)
    added: dict[Path, None] = field(default_factory=dict)

    def __or__(self, other: Read) -> Read:
        matrices, added = self.matrices | other.matrices, self.added | other.added
        return Read(self.paths | other.paths, matrices, added)


@lru_cache(maxsize=256)
def read_in(source: str, names: tuple[str, ...]) -> Read:
    """What a function reads of these names, in the order of its text."""
    tree = tree_of(source)
    known: dict[str, Path] = {name: (name,) for name in names}
    # of a loop inside a loop the outer one has to be known first
    for _ in range(3):
        for node in ast.walk(tree):
            for target, path in _bound(node, known):
                known |= _names(target, path)
    return _read(tree, known)


def _read(tree: ast.AST, known: dict[str, Path]) -> Read:
    found = Read()
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.expr)]
    for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset)):
        if path := path_of(node, known):
            found.paths[path] = None
        for factor in factors_of(node):
            if path := path_of(factor, known):
                found.matrices[path] = None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            for part in (node.left, node.right):
                if path := path_of(part, known):
                    found.added[path] = None
    for line in ast.walk(tree):
        if isinstance(line, ast.AugAssign) and (path := path_of(line.value, known)):
            found.added[path] = None
    return found


def path_of(node: ast.AST, known: dict[str, Path]) -> Path:
    """What an expression reads, or ()."""
    if isinstance(node, ast.Name):
        return known.get(node.id, ())
    if isinstance(node, ast.Attribute):
        path = path_of(node.value, known)
        if node.attr == "T" or not path:
            return path
        return () if node.attr in _ARRAYS else (*path, f".{node.attr}")
    if isinstance(node, ast.Subscript):
        path = path_of(node.value, known)
        return (*path, *_step(node.slice)) if path else ()
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "transpose":
            return path_of(node.func.value, known)
        called = getattr(node.func, "id", "")
        return path_of(node.args[0], known) if called in _SAME and len(node.args) == 1 else ()
    return ()


def _step(index: ast.expr) -> Path:
    """A slice of a list is such a list."""
    if isinstance(index, (ast.Slice, ast.Tuple)):
        return ()
    if isinstance(index, ast.Constant) and isinstance(index.value, str):
        return (f"[{index.value!r}]",)
    if isinstance(index, ast.Constant) and isinstance(index.value, int):
        return (index.value,)
    parts = [n.value for n in ast.walk(index) if isinstance(n, ast.Constant)]
    return (KEY if any(isinstance(part, str) for part in parts) else EACH,)


def _bound(node: ast.AST, known: dict[str, Path]) -> Iterator[tuple[ast.expr, Path]]:
    """What is given a name, and what that is."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if path := path_of(node.value, known):
                yield target, path
    elif isinstance(node, (ast.For, ast.comprehension)):
        yield from _looped(node.target, node.iter, known)


def _looped(
    target: ast.expr, over: ast.expr, known: dict[str, Path]
) -> Iterator[tuple[ast.expr, Path]]:
    called = getattr(over.func, "id", "") if isinstance(over, ast.Call) else ""
    parts = target.elts if isinstance(target, ast.Tuple) else []
    if isinstance(over, ast.Call) and over.args and called == "enumerate" and len(parts) == 2:
        yield from _looped(parts[1], over.args[0], known)
    elif isinstance(over, ast.Call) and over.args and called in ("reversed", "list"):
        yield from _looped(target, over.args[0], known)
    elif isinstance(over, ast.Call) and called == "zip" and len(parts) == len(over.args):
        for part, each in zip(parts, over.args, strict=True):
            yield from _looped(part, each, known)
    elif path := path_of(over, known):
        yield target, (*path, EACH)


def _names(target: ast.expr, path: Path) -> dict[str, Path]:
    """The names of a target: of several each is a member."""
    if isinstance(target, ast.Name):
        return {target.id: path}
    found: dict[str, Path] = {}
    if isinstance(target, (ast.Tuple, ast.List)):
        for i, element in enumerate(target.elts):
            found |= _names(element, (*path, i))
    return found


def places(paths: Sequence[Path]) -> list[Path]:
    """The longest of each, where a list of which any member is read has no first one.

    What has keys is no list: a loop over them reads nothing further.
    """
    keyed = {p[:i] for p in paths for i, step in enumerate(p) if i and _is_named(step)}
    kept = [p for p in paths if not any(s == EACH and p[:i] in keyed for i, s in enumerate(p))]
    lists = {p[:i] for p in kept for i, s in enumerate(p) if s == EACH or _is_from_the_end(s)}
    alike = [tuple(EACH if p[:i] in lists else s for i, s in enumerate(p)) for p in kept]
    # what stands behind EACH may have members of its own
    if alike != list(paths):
        return places(alike)
    every = dict.fromkeys(alike)
    return [p for p in every if not any(q[: len(p)] == p and q != p for q in every)]


def _is_named(step: str | int) -> bool:
    return isinstance(step, str) and step != EACH


def _is_from_the_end(step: str | int) -> bool:
    return isinstance(step, int) and step < 0
