"""A function that returns a function which takes a step: called as a class with ``__call__`` is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from compare.check.i18n.text import Text
from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject
from compare.sandbox.interface import Parameter

MADE = Text("it returns the function that takes a step", "1 ステップ進める関数を返す形")
CALL = "__call__"


def as_object(subject: Subject) -> Subject:
    """The subject, or, of a function that returns one of its own, as if that were its method."""
    found = subject.found
    inner = returned(found.source) if found.kind == "function" else None
    if inner is None:
        return subject
    seen = subject.beside(replace(found, kind="class", methods={CALL: inner}))
    # what its calls show is the subject's
    seen.changed, seen.made, seen.conventions = subject.changed, subject.made, subject.conventions
    seen.parts, seen.warnings = subject.parts, subject.warnings
    return seen


@lru_cache(maxsize=256)
def returned(source: str) -> tuple[Parameter, ...] | None:
    """The parameters of the function that a function defines and returns, if it does."""
    body = tree_of(source).body
    outer = body[0] if len(body) == 1 else None
    if not isinstance(outer, ast.FunctionDef):
        return None
    inner: dict[str, ast.arguments] = {
        d.name: d.args for d in outer.body if isinstance(d, ast.FunctionDef)
    }
    for statement in outer.body:
        if isinstance(statement, ast.Return):
            value = statement.value
            args = value.args if isinstance(value, ast.Lambda) else None
            args = inner.get(value.id) if isinstance(value, ast.Name) else args
            return tuple(_parameters(args)) if args else None
    return None


def _parameters(args: ast.arguments) -> Iterator[Parameter]:
    named = [*args.posonlyargs, *args.args]
    required = len(named) - len(args.defaults)
    for i, arg in enumerate(named):
        yield Parameter(arg.arg, i < required)
