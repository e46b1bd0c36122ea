"""Sums that a turn takes over the other axis than the one that makes its step right."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST = 8


@dataclass(frozen=True)
class OtherAxis:
    """The statements of a turn with one sum over the other axis, and what is said of it."""

    statements: list[Any]
    line: int
    axis: int
    code: str


def other_axes(body: list[Any]) -> Iterator[OtherAxis]:
    """Every sum that is taken over the rows, or the columns, over the others instead."""
    places = [
        (at, k)
        for at, statement in enumerate(body)
        for k, n in enumerate(ast.walk(statement))
        if isinstance(n, ast.keyword) and n.arg == "axis" and _is_axis(n.value)
    ]
    for at, k in places[:_MOST]:
        changed = copy.deepcopy(body[at])
        found = list(ast.walk(changed))[k]
        assert isinstance(found, ast.keyword) and isinstance(found.value, ast.Constant)
        axis = int(str(found.value.value))
        found.value.value = 1 - axis
        code = ast.unparse(body[at]).splitlines()[0][:60]
        yield OtherAxis([*body[:at], changed, *body[at + 1 :]], found.value.lineno, axis, code)


def _is_axis(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value in (0, 1)
