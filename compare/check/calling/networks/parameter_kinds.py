"""What kind of thing a constructor takes as each parameter, by what its class does with it.

A size is compared with numbers and stands in shapes; a list of sizes is looped over, unpacked and
added to lists; a text is compared with texts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from compare.check.naming.source_tree import tree_of

_MADE = ("randn", "rand", "zeros", "ones", "empty", "full", "normal", "uniform", "standard_normal",
         "random", "eye", "xavier", "he")  # fmt: skip
_OVER = ("len", "zip", "enumerate", "reversed", "list", "tuple", "sum", "prod", "map", "pairwise")
_OF_TEXT = ("lower", "upper", "strip", "startswith", "endswith")


@dataclass
class Kind:
    """What is done with a parameter: ``one`` as a number, ``several`` as a list, ``texts`` that it
    is compared with, ``members`` that it is unpacked into or read by number, at least, or 0."""

    one: bool = False
    several: bool = False
    texts: dict[str, None] = field(default_factory=dict)
    members: int = 0


@lru_cache(maxsize=64)
def kinds(source: str) -> Mapping[str, Kind]:
    """Parameter of a class's constructor → what the class does with it."""
    tree = tree_of(source)
    methods = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    made = methods.get("__init__")
    if made is None:
        return {}
    found = {}
    for name in _parameters(made):
        kept = _attributes(tree, made, name)
        found[name] = Kind()
        for function, local in [(made, name), *_handed_on(methods, made, name, kept)]:
            _look(function, local, "", found[name])
        for attribute in kept:
            _look(tree, "", attribute, found[name])
    return found


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.arg != "self"]


def _attributes(tree: ast.AST, made: ast.FunctionDef, name: str) -> list[str]:
    """The attributes under which it is kept, and nothing else."""
    kept, set_anywhere = [], list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            set_anywhere.append(node.attr)
    for node in ast.walk(made):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            target = node.targets[0]
            if node.value.id == name and isinstance(target, ast.Attribute):
                kept.append(target.attr)
    return [a for a in kept if set_anywhere.count(a) == 1]


def _handed_on(
    methods: Mapping[str, ast.FunctionDef], made: ast.AST, name: str, kept: Sequence[str]
) -> Iterator[tuple[ast.AST, str]]:
    """The methods that are handed it, and what they call it; and what it is called anew."""
    for node in ast.walk(made):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            function = methods.get(node.func.attr)
            for i, argument in enumerate(node.args if function else ()):
                if function and _is(argument, name, kept) and i + 1 < len(function.args.args):
                    yield function, function.args.args[i + 1].arg
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            target = node.targets[0]
            if node.value.id == name and isinstance(target, ast.Name) and target.id != name:
                yield made, target.id
                yield from _handed_on(methods, made, target.id, ())


def _is(node: ast.AST | None, name: str, attributes: Sequence[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name
    return isinstance(node, ast.Attribute) and node.attr in attributes


def _look(tree: ast.AST, name: str, attribute: str, kind: Kind) -> None:
    """Everything that is done with a name, or with an attribute."""

    def of(node: ast.AST | None) -> bool:
        return _is(node, name, (attribute,))

    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and of(node.value):
            kind.several = kind.several or isinstance(node.ctx, ast.Load)
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
                kind.members = max(kind.members, node.slice.value + 1)
        elif isinstance(node, (ast.For, ast.comprehension)) and of(node.iter):
            kind.several = True
        elif isinstance(node, ast.Starred) and of(node.value):
            kind.several = True
        elif isinstance(node, ast.Assign) and of(node.value):
            if isinstance(node.targets[0], ast.Tuple):
                kind.several, kind.members = True, len(node.targets[0].elts)
        elif isinstance(node, ast.BinOp) and (of(node.left) or of(node.right)):
            other = node.right if of(node.left) else node.left
            kind.several = kind.several or _is_list(other)
            kind.one = kind.one or not _is_list(other)
        elif isinstance(node, ast.Tuple) and any(map(of, node.elts)):
            kind.one = True
        elif isinstance(node, ast.Compare) and (of(node.left) or any(map(of, node.comparators))):
            _compared(node, kind)
        elif isinstance(node, ast.Call):
            _called(node, of, kind)


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple)) or (
        isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("list", "tuple")
    )


def _compared(node: ast.Compare, kind: Kind) -> None:
    for each in (node.left, *node.comparators):
        inside = each.elts if isinstance(each, (ast.List, ast.Tuple, ast.Set)) else [each]
        values = [c.value for c in inside if isinstance(c, ast.Constant)]
        kind.texts |= dict.fromkeys(v for v in values if isinstance(v, str))
        kind.one = kind.one or any(type(v) in (int, float) for v in values)


def _called(node: ast.Call, of: object, kind: Kind) -> None:
    assert callable(of)
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if isinstance(node.func, ast.Attribute) and of(node.func.value) and called in _OF_TEXT:
        kind.texts.setdefault("", None)
    arguments = [*node.args, *(k.value for k in node.keywords)]
    if any(map(of, arguments)):
        kind.several = kind.several or called in _OVER
        kind.one = kind.one or called in ("range", "sqrt", "pow", *_MADE)
