"""Other values that may have been meant in the place of one: names, attributes, keys, numbers."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

_MOST = 12  # that may have been meant in the place of another
_MODULES = ("np", "numpy", "self", "math")  # no numbers, and not the object itself
_SILENT = ("print", "append", "format", "range", "len", "zeros_like", "ValueError")
Made = ast.expr | ast.stmt


@dataclass(frozen=True)
class Beside:
    """Further names that may have been meant: attributes of its class, functions and numbers.

    ``names``: of values that are made elsewhere, as the arrays of a script are · ``alike``: of each
    name those that may stand for it, where their values are known.
    """

    attributes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    alike: Mapping[str, Sequence[str]] | None = None


def of_names(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """Another value that is there: of a name, an attribute, a key, a number of the file."""
    if isinstance(node, (ast.BinOp, ast.Call)):
        for one, times in Counter(map(ast.unparse, _loaded(node))).items():
            if times > 1:
                for other in _instead(ast.parse(one, mode="eval").body, function, beside):
                    yield cast(ast.expr, _Renamed(one, other).visit(copy.deepcopy(node)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for name in beside.functions:
            yield ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords)
    if isinstance(node, (ast.Name, ast.Attribute)) and loads(node) and is_value(node):
        if isinstance(node, ast.Name) or _is_self(node.value):
            yield from _instead(node, function, beside)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield from (ast.Name(name, ast.Load()) for name in beside.numbers)
    elif isinstance(node, ast.Subscript) and _key(node):
        for key in _keys(function):
            yield ast.Subscript(node.value, ast.Constant(key), node.ctx)


def _instead(node: ast.expr, function: ast.FunctionDef, beside: Beside) -> list[ast.expr]:
    """What may have been meant by a value."""
    if beside.alike is not None and isinstance(node, ast.Name):
        return [ast.Name(n, ast.Load()) for n in beside.alike.get(node.id, ())]
    return values(function, beside)


def attributes_in(node: ast.AST) -> tuple[str, ...]:
    """What a class, or a method, reads or sets of its object, each once."""
    called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}  # methods, no values
    own = (n for n in ast.walk(node) if isinstance(n, ast.Attribute) and _is_self(n.value))
    return tuple(dict.fromkeys(n.attr for n in own if id(n) not in called))


def is_silent(node: ast.AST) -> bool:
    """Whether what it does shows in no result."""
    if isinstance(node, (ast.Raise, ast.Assert)):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    name = getattr(called, "id", getattr(called, "attr", ""))
    return name in _SILENT


def _key(node: ast.Subscript) -> str:
    said = node.slice.value if isinstance(node.slice, ast.Constant) else ""
    return said if isinstance(said, str) else ""


def _keys(function: ast.FunctionDef) -> list[str]:
    """The keys that it reads or writes, in order."""
    found = [_key(n) for n in ast.walk(function) if isinstance(n, ast.Subscript)]
    return [*dict.fromkeys(key for key in found if key)][:_MOST]


def _loaded(node: ast.AST) -> Iterator[ast.Name | ast.Attribute | ast.Subscript]:
    """The values that are read in it: ``z``, ``z[j]`` and ``self.z``."""
    if isinstance(node, (ast.Name, ast.Subscript)) and loads(node):
        yield node
    elif isinstance(node, ast.Attribute) and _is_self(node.value):
        yield node
    else:
        for each in ast.iter_child_nodes(node):
            yield from _loaded(each)


def values(function: ast.FunctionDef, beside: Beside) -> list[ast.expr]:
    """The names of a function, and the attributes of its object."""
    found = dict.fromkeys([*names_in(function), *beside.names])
    names: list[ast.expr] = [ast.Name(n, ast.Load()) for n in found]
    if any(a.arg == "self" for a in function.args.args):
        own = ast.Name("self", ast.Load())
        names += [ast.Attribute(own, n, ast.Load()) for n in _attributes(function, beside)]
    return names


class _Renamed(ast.NodeTransformer):
    """One value in the place of another; of ``z[j]`` the part before the brackets."""

    def __init__(self, one: str, other: ast.expr) -> None:
        self.one, self.other = one, other

    def visit(self, node: ast.AST) -> ast.AST:
        if ast.unparse(node) != self.one:
            return super().generic_visit(node)
        if isinstance(node, ast.Subscript):
            return ast.Subscript(self.other, node.slice, ast.Load())
        return copy.deepcopy(self.other)


def loads(node: ast.AST) -> bool:
    """Whether it is read, and nothing is stored in it."""
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def is_value(node: ast.AST) -> bool:
    """Whether it is no module, and not the object itself."""
    return getattr(node, "id", "") not in _MODULES


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def names_in(function: ast.FunctionDef) -> list[str]:
    """Its parameters and what it binds, in order."""
    names = [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.arg != "self"]
    names += [n.id for n in ast.walk(function) if isinstance(n, ast.Name)
              and isinstance(n.ctx, ast.Store)]  # fmt: skip
    return [*dict.fromkeys(names)][:_MOST]


def unread_in(function: ast.FunctionDef) -> list[str]:
    """What it binds and never reads, in order."""
    names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    read = {n.id for n in names if loads(n)}
    return [*dict.fromkeys(n.id for n in names if n.id not in read and n.id != "_")]


def _attributes(function: ast.FunctionDef, beside: Beside) -> list[str]:
    return [*dict.fromkeys([*attributes_in(function), *beside.attributes])][:_MOST]
