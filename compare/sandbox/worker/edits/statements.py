"""Statements in another order, inside or outside of their block, and copies of what they keep."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from compare.sandbox.worker.edits.names import Made, is_silent, loads

_FAR = 3  # places by which a statement may have been moved
_BLOCKS = ("body", "orelse")
_PARTS = (ast.Name, ast.Attribute, ast.Subscript)
BEFORE, AFTER, FIRST_IN, LAST_IN, OUT_OF = "before", "after", "first_in", "last_in", "out_of"
Block = tuple[int, str]  # the how-manieth node it is of, and which of its blocks


def of_copies(node: ast.AST, *_: object) -> Iterator[Made]:
    """A copy of what is kept or handed back, or the thing itself; a new one of what is changed."""
    if isinstance(node, ast.AugAssign):
        now = copy.deepcopy(node.target)
        now.ctx = ast.Load()
        value = ast.BinOp(now, node.op, node.value)
        yield ast.Assign([node.target], value, lineno=node.lineno)
    elif isinstance(node, ast.Assign) and isinstance(node.value, _PARTS):
        yield ast.Assign(node.targets, _copy_of(node.value), lineno=node.lineno)
    elif isinstance(node, ast.Return) and isinstance(node.value, _PARTS):
        yield ast.Return(_copy_of(node.value))
    elif isinstance(node, ast.ListComp) and isinstance(node.elt, _PARTS):
        yield ast.ListComp(_copy_of(node.elt), node.generators)
    elif isinstance(node, ast.DictComp) and isinstance(node.value, _PARTS):
        yield ast.DictComp(node.key, _copy_of(node.value), node.generators)
    elif isinstance(node, ast.Call) and loads(node) and not (node.args or node.keywords):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy":
            yield node.func.value


def _copy_of(node: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])


@dataclass(frozen=True)
class Moved:
    """A function with the statement of a line at another place: ``where``, seen from that line."""

    line: int
    where: str
    beside: int
    function: ast.FunctionDef


def of_order(function: ast.FunctionDef) -> Iterator[Moved]:
    """Each statement some places earlier or later, or out of its block, or into the next one."""
    for block in _blocks(function):
        statements = _of(function, block)
        for i, each in enumerate(statements):
            if _stays(each):
                continue
            for j in range(max(i - _FAR, 0), min(i + _FAR + 1, len(statements))):
                if j not in (i, i + 1):  # the next one moved up is this one moved down
                    where = BEFORE if j < i else AFTER
                    other = _with(function, block, i, block, j)
                    yield Moved(each.lineno, where, statements[j].lineno, other)
            yield from _into(function, block, i)
        if len(statements) > 1 and not _stays(statements[-1]):
            yield from _out_of(function, block)


def _stays(statement: ast.stmt) -> bool:
    return is_silent(statement) or isinstance(statement, ast.Expr) and (
        isinstance(statement.value, ast.Constant) or is_silent(statement.value)
    )  # fmt: skip


def _blocks(function: ast.FunctionDef) -> list[Block]:
    return [
        (k, name) for k, node in enumerate(ast.walk(function)) for name in _BLOCKS
        if isinstance(getattr(node, name, None), list)
    ]  # fmt: skip


def _of(function: ast.AST, block: Block) -> list[ast.stmt]:
    found: list[ast.stmt] = getattr([*ast.walk(function)][block[0]], block[1])
    return found


def _with(function: ast.FunctionDef, block: Block, i: int, to: Block, j: int) -> ast.FunctionDef:
    """With statement ``i`` of a block at place ``j`` of another, or of the same."""
    other = copy.deepcopy(function)
    one, two = _of(other, block), _of(other, to)
    two.insert(j, one.pop(i))
    return other


def _into(function: ast.FunctionDef, block: Block, i: int) -> Iterator[Moved]:
    """A statement at the begin of the loop after it, or at the end of the one before it."""
    nodes, statements = [*ast.walk(function)], _of(function, block)
    for j, where in ((i + 1, FIRST_IN), (i - 1, LAST_IN)):
        loop = statements[j] if 0 <= j < len(statements) else None
        if isinstance(loop, (ast.For, ast.While)):
            at = 0 if where == FIRST_IN else len(loop.body)
            other = _with(function, block, i, (nodes.index(loop), "body"), at)
            yield Moved(statements[i].lineno, where, loop.lineno, other)


def _out_of(function: ast.FunctionDef, block: Block) -> Iterator[Moved]:
    """The last statement of a loop or a condition, after it."""
    holder = [*ast.walk(function)][block[0]]
    statements = _of(function, block)
    for around in _blocks(function):
        outside = _of(function, around)
        if isinstance(holder, ast.stmt) and holder in outside:
            at = outside.index(holder) + 1
            other = _with(function, block, len(statements) - 1, around, at)
            yield Moved(statements[-1].lineno, OUT_OF, holder.lineno, other)
