"""Which lines of functions may be wrong, of whose results a part is right.

A line on which something depends that is right is right itself: what it gives is made a multiple of
itself, and what changes with it is looked at.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import numpy as np

from compare.check.repairs.reach import functions_of
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Inventory

Line = tuple[str, int]  # of a function, in the text of its definition
_BY = 1.25  # what a line gives is multiplied by
_NEAR = 1e-9  # of the largest result, which no rounding reaches
_SECONDS = 0.4
# what may be raised where another text gives another thing
NO_RESULT = (ValueError, TypeError, KeyError, IndexError, ArithmeticError)
_VALUED = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return)


def suspects(
    subject: Subject, names: Sequence[str], given: Callable[[], np.ndarray], right: np.ndarray
) -> frozenset[Line]:
    """The lines with which wrong results alone change; none where all are wrong, or none is.

    ``given``: all results in a row · ``right``: which of them are right.
    """
    if right.all() or not right.any():
        return frozenset()
    deadline, found = perf_counter() + _SECONDS, set[Line]()
    try:
        plain = given()
        near = _NEAR * float(np.abs(plain).max(initial=0.0))
        for name, lines, text in _moved(subject.inventory, names):
            if perf_counter() > deadline:
                return frozenset()
            if not subject.box.rewrite(name, text):
                continue
            changed = _changed(given, plain, near)
            if changed is None or (changed & ~right).any() and not (changed & right).any():
                found |= {(name, line) for line in lines}
    except (Failed, *NO_RESULT):
        return frozenset()  # its process has ended, or it gives another thing at each call
    finally:
        put_back(subject, names)
    return frozenset(found)


def put_back(subject: Subject, names: Sequence[str]) -> None:
    """The functions with their own text."""
    try:
        if names:
            subject.box.rewrite(names[0], "")
    except Failed:
        pass


def _changed(given: Callable[[], np.ndarray], plain: np.ndarray, near: float) -> np.ndarray | None:
    """Which results are others now; None where there are none.   Raises Failed."""
    try:
        now = given()
    except Failed as failed:
        if not failed.goes_on:
            raise
        return None
    except NO_RESULT:
        return None
    return ~(np.abs(now - plain) <= near) if now.shape == plain.shape else None


def _moved(inventory: Inventory, names: Sequence[str]) -> Iterator[tuple[str, range, str]]:
    """Each statement that gives a value: its lines, and the text with a multiple of that."""
    for name in names:
        owner, _, method = name.partition(".")
        definition = next((d for d in inventory.found if d.name in (name, owner)), None)
        functions = functions_of(definition) if definition else []
        for function in functions:
            if function.name == (method or name):
                yield from ((name, lines, text) for lines, text in _each(function))


def _each(function: ast.FunctionDef) -> Iterator[tuple[range, str]]:
    function = copy.deepcopy(function)
    for node in ast.walk(function):
        if isinstance(node, _VALUED) and node.value is not None:
            held, lines = node.value, range(node.lineno, (node.end_lineno or node.lineno) + 1)
            node.value = ast.BinOp(held, ast.Mult(), ast.Constant(_BY))
            yield lines, ast.unparse(ast.fix_missing_locations(function))
            node.value = held
