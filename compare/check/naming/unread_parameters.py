"""Functions of a file whose first parameter is never read: ``relu(self, x)`` outside of a class."""

from __future__ import annotations

import ast
from dataclasses import replace

from compare.check.naming.arguments import is_upstream
from compare.check.naming.grammar import read
from compare.check.naming.network_parameters import is_unknown, plain
from compare.check.naming.schedule_parameters import ROLES
from compare.check.naming.source_tree import tree_of
from compare.sandbox.interface import Definition, Inventory


def without_unread(inventory: Inventory) -> Inventory:
    """The same, where such functions are without it, and say that they are handed None first.

    No function that takes one of that name first reads it, but to hand it on to another such; and
    one of them is no derivative: a way back that forgets what comes from above is a mistake.
    """
    functions = {d.name: d for d in inventory.functions if _first(d)}
    trees = {name: _function(d) for name, d in functions.items()}
    unread = set(functions)
    while read_after_all := {n for n in unread if _reads(trees[n], _first(functions[n]), unread)}:
        unread -= read_after_all
    meant = {_first(functions[n]) for n in unread if not _is_derivative(functions[n])}
    meant -= {_first(d) for n, d in functions.items() if n not in unread}
    found = (
        replace(d, parameters=d.parameters[1:], unread=1)
        if d.name in unread and _first(d) in meant
        else d
        for d in inventory.found
    )
    return replace(inventory, found=tuple(found))


def _first(definition: Definition) -> str:
    """The first of several parameters, where its name says nothing; else ""."""
    needed = [p.name for p in definition.parameters if p.needed and not p.keyword_only]
    if len(needed) < 2 or definition.parameters[0].name != needed[0]:
        return ""
    of_schedules = {name for names in ROLES.values() for name in names}
    silent = is_unknown(needed[0]) and plain(needed[0]) not in of_schedules
    return needed[0] if silent and not is_upstream(needed[0]) else ""


def _function(definition: Definition) -> ast.FunctionDef | None:
    body = tree_of(definition.source).body
    return body[0] if len(body) == 1 and isinstance(body[0], ast.FunctionDef) else None


def _reads(function: ast.FunctionDef | None, name: str, unread: set[str]) -> bool:
    """Whether the text reads it; or there is none to see."""
    if function is None:
        return True
    handed_on = {
        id(n.args[0])
        for n in ast.walk(function)
        if isinstance(n, ast.Call) and n.args and ast.unparse(n.func) in unread
    }
    names = (n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name)
    return any(id(n) not in handed_on for n in names)  # W -= lr * g reads it, too


def _is_derivative(definition: Definition) -> bool:
    reading = read(definition.name)
    return reading is None or reading.meaning.derivative
