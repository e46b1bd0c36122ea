"""Which lines of a submission's functions its judge's calls have run, and which none has.

What no call has run was not compared, whatever is said of the rest of its function or class.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from compare.sandbox.worker.calls.kinds_of_arguments import kind_of

_MOST_LINES = 20_000  # of one call: it must not take much longer than without
_EACH = 4  # calls of one kind
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OF_TEXT = ("__repr__", "__str__")  # what they give is for readers
_MAKERS = (".__init__", ".__post_init__")
_OF_FRAMES = frozenset({"locals", "vars", "dir", "eval", "exec", "f_locals"})
_trace = sys.settrace
Function = ast.FunctionDef | ast.AsyncFunctionDef


class LinesRun:
    """The lines of some texts, by file, that calls have run.

    Of calls of one kind the first are looked at, then fewer and fewer: each takes its time. Of one
    that raises nothing is noted: the judge tries how something is called.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts, self._left = texts, _MOST_LINES
        self._calls: dict[Hashable, int] = {}
        self._lines: set[tuple[str, int]] = set()
        self._of_call: set[tuple[str, int]] = set()

    @contextmanager
    def noted(
        self, called: Hashable, args: Sequence[Any], named: Mapping[str, Any]
    ) -> Iterator[None]:
        """Within it the lines are noted, unless enough calls of the same kind were looked at."""
        by_name = ((name, switch(value)) for name, value in named.items())
        kind = (called, tuple(map(switch, args)), tuple(by_name))
        n = self._calls.get(kind, 0) + 1
        if n > _EACH and n & (n - 1) or self._left < 0:
            self._calls[kind] = n
            yield
            return
        self._left, self._of_call = _MOST_LINES, set()
        _trace(self._entered)
        try:
            yield
        finally:
            _trace(None)
        # of a call that failed there is no result to compare
        self._calls[kind], self._lines = n, self._lines | self._of_call

    def _entered(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in self._texts:
            return None
        if _OF_FRAMES.isdisjoint(code.co_names):
            return self._passed
        # what is looked at line by line has its local names renewed, which such a function sees
        self._of_call |= {(code.co_filename, line) for *_, line in code.co_lines() if line}
        return None

    def _passed(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._of_call.add((frame.f_code.co_filename, frame.f_lineno))
        self._left -= 1
        if self._left < 0:
            _trace(None)
            return None
        return self._passed

    def unrun(self, trainings: Sequence[str]) -> list[dict[str, Any]]:
        """The functions that no call has run, and the branches of the others.

        ``trainings``: functions and loops that were judged by a run of their script, and so is
        all that they call. Of what has a method that was run an object was made.
        """
        if self._left < 0:  # of what was not looked at nothing is known
            return []
        files = {file: _tree(text) for file, text in self._texts.items()}
        functions = {file: dict(_functions(tree, "")) for file, tree in files.items()}
        in_training = _reached(files.values(), functions.values(), trainings)
        told = []
        for file, its in functions.items():
            trained = {name for name in its if name.rpartition(".")[2] in in_training}
            ran = trained | {name for name in its if self._ran(file, its[name].body)}
            made = {name.rpartition(".")[0] + maker for name in ran for maker in _MAKERS}
            told += [
                {"name": name, "file": file, "first": first, "last": last, "whole": whole}
                for name, function in its.items()
                if name not in trained and name.rpartition(".")[2] not in _OF_TEXT
                for first, last, whole in self._not_run(file, function)
                if not (whole and name in made)
            ]
        return told

    def _not_run(self, file: str, function: Function) -> Iterator[tuple[int, int, bool]]:
        if self._ran(file, function.body):
            for body in self._branches_not_run(file, function.body):
                yield body[0].lineno, _last(body), False
        elif _computes(function.body):
            yield function.lineno, _last(function.body), True

    def _branches_not_run(self, file: str, body: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
        for statement in body:
            for branch in _branches(statement):
                if self._ran(file, branch):
                    yield from self._branches_not_run(file, branch)
                elif _computes(branch):
                    yield branch

    def _ran(self, file: str, body: Sequence[ast.stmt]) -> bool:
        first, last = body[0].lineno, _last(body)
        return any((file, line) in self._lines for line in range(first, last + 1))


def switch(value: Any) -> Hashable:
    """The value of what a condition may ask for, else of what kind it is."""
    if value is None or type(value) in (bool, str):
        return value
    return kind_of(value), value.dtype.kind if type(value) is np.ndarray else ""


def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _functions(node: ast.AST, home: str) -> Iterator[tuple[str, Function]]:
    """Those of a module and its classes, as ``Class.method``; not those inside a function."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, _FUNCTIONS):
            yield home + each.name, each
        elif isinstance(each, ast.ClassDef):
            yield from _functions(each, f"{home}{each.name}.")
        elif not isinstance(each, ast.expr):
            yield from _functions(each, home)


def _branches(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The bodies of a condition, a loop or a try; of a function inside a function none."""
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        return []
    handled = [handler.body for handler in getattr(statement, "handlers", ())]
    bodies = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    return [body for body in (*bodies, *handled) if body]


def _computes(body: Sequence[ast.stmt]) -> bool:
    """Whether there is anything in it that results could depend on."""
    return not all(_is_idle(statement) for statement in body)


def _is_idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        value = statement.value
        printed = isinstance(value, ast.Call) and getattr(value.func, "id", "") == "print"
        return printed or isinstance(value, ast.Constant)
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    return isinstance(statement, (ast.Pass, ast.Raise, ast.Break, ast.Continue, ast.Assert))


def _last(body: Sequence[ast.stmt]) -> int:
    return max(statement.end_lineno or statement.lineno for statement in body)


def _reached(trees: Any, functions: Any, trainings: Sequence[str]) -> set[str]:
    """The last names of those functions, and of all that they call, one through another."""
    by_name: dict[str, list[ast.AST]] = {}
    for its in functions:
        for name, function in its.items():
            by_name.setdefault(name.rpartition(".")[2], []).append(function)
    loops = {node.lineno: node for tree in trees for node in ast.walk(tree)
             if isinstance(node, (ast.For, ast.While))}  # fmt: skip
    reached: set[str] = set()
    waiting: list[ast.AST] = []
    for name in trainings:
        inline = re.fullmatch(r"loop_in_line_(\d+)", name)
        loop = loops.get(int(inline[1])) if inline else None
        waiting += [loop] if loop else by_name.get(name.rpartition(".")[2], [])
        reached.add(name.rpartition(".")[2])
    while waiting:
        node = waiting.pop()
        called = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        called |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        for name in (called & by_name.keys()) - reached:
            reached.add(name)
            waiting += by_name[name]
    return reached
