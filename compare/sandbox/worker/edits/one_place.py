"""Texts that differ from a function in one place, as somebody may have written it or meant it."""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from compare.sandbox.worker.edits.expressions import (
    of_brackets,
    of_factors,
    of_functions,
    of_numbers,
    of_products,
    of_shapes,
    of_signs,
    of_terms,
    of_unread,
)
from compare.sandbox.worker.edits.names import Beside, Made, is_silent, is_value, of_names
from compare.sandbox.worker.edits.statements import of_copies, of_order


@dataclass(frozen=True)
class Edit:
    """One place of a function: its line, what stands there, what may be meant; and all of it.

    ``where``: a statement is meant to stand elsewhere, before or out of that of line ``beside``.
    """

    line: int
    stands: str
    meant: str
    text: str
    where: str = ""
    beside: int = 0


def edits(function: ast.FunctionDef, beside: Beside, rank: int) -> Iterator[Edit]:
    """Those of one rank, of ``RANKS``: the first are the likeliest."""
    seen = {ast.unparse(function)}
    for edit in RANKS[rank](function, beside):
        if edit.text not in seen and _compiles(edit.text):
            seen.add(edit.text)
            yield edit


Kind = Callable[[ast.AST, ast.FunctionDef, Beside], Iterator[Made]]


def _at_places(kind: Kind, function: ast.FunctionDef, beside: Beside) -> Iterator[Edit]:
    """Each of its expressions and statements as one kind of edit makes it."""
    function = copy.deepcopy(function)
    lines = ast.unparse(function).splitlines()
    for node, put in _places(function):
        for made in kind(node, function, beside):
            put(ast.fix_missing_locations(ast.copy_location(made, node)))
            text = ast.unparse(function)
            put(node)
            yield Edit(node.lineno, *_shown(lines, text.splitlines()), text)


def _in_order(function: ast.FunctionDef, beside: Beside) -> Iterator[Edit]:
    for moved in of_order(function):
        stands = _at_line(function, moved.line)
        text = ast.unparse(moved.function)
        yield Edit(moved.line, stands, stands, text, moved.where, moved.beside)


def _at_line(function: ast.FunctionDef, line: int) -> str:
    found = next(n for n in ast.walk(function) if isinstance(n, ast.stmt) and n.lineno == line)
    return ast.unparse(found).splitlines()[0]


Node = ast.expr | ast.stmt


def _places(function: ast.FunctionDef) -> list[tuple[Node, Callable[[ast.AST], None]]]:
    """Expressions and statements whose value may matter, each with what puts another there."""
    found: list[tuple[Node, Callable[[ast.AST], None]]] = []
    waiting = [(function.body, i) for i in reversed(range(len(function.body)))]
    while waiting:
        holder, key = waiting.pop()
        node = _held(holder, key)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) or is_silent(node):
            continue
        if isinstance(node, (ast.expr, ast.stmt)) and is_value(node):
            found.append((node, partial(_put, holder, key)))
        waiting += reversed([*_inside(node)])
    return found


def _inside(node: ast.AST) -> Iterator[tuple[Any, Any]]:
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.Call) and name == "func":  # what is called is no value
            if isinstance(value, ast.Attribute):
                yield value, "value"
        elif isinstance(value, ast.AST):
            yield node, name
        elif isinstance(value, list):
            yield from ((value, i) for i, each in enumerate(value) if isinstance(each, ast.AST))


def _held(holder: Any, key: Any) -> ast.AST:
    found: ast.AST = holder[key] if isinstance(holder, list) else getattr(holder, key)
    return found


def _put(holder: Any, key: Any, node: ast.AST) -> None:
    if isinstance(holder, list):
        holder[key] = node
    else:
        setattr(holder, key, node)


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<edit>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _shown(ours: list[str], theirs: list[str]) -> tuple[str, str]:
    """The statement that differs, as it stands and as it may be meant."""
    pairs = [(a.strip(), b.strip()) for a, b in zip(ours, theirs, strict=False)]
    if len(ours) == len(theirs):
        differing = [each for each in pairs if each[0] != each[1]]
        return "; ".join(a for a, _ in differing), "; ".join(b for _, b in differing)
    return next((each for each in pairs if each[0] != each[1]), pairs[-1])


Rank = Callable[[ast.FunctionDef, Beside], Iterator[Edit]]
RANKS: tuple[Rank, ...] = (
    partial(_at_places, of_signs), partial(_at_places, of_brackets), partial(_at_places, of_shapes),
    partial(_at_places, of_copies), partial(_at_places, of_unread),
    partial(_at_places, of_products), partial(_at_places, of_names), _in_order,
    partial(_at_places, of_terms), partial(_at_places, of_numbers), partial(_at_places, of_factors),
    partial(_at_places, of_functions),
)  # fmt: skip
FEW = len(RANKS) - 2  # without those that make anything of anything: a factor, a function
