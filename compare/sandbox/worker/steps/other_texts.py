"""A turn with one place of its text changed, of which some change may make its step right."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare.sandbox.worker.steps.observe import Look, again

_MOST, _MOST_NAMES = 8, 60


@dataclass(frozen=True)
class OtherText:
    """The statements of a turn with one of them changed, and what is said of it."""

    cause: str
    blanks: dict[str, str]
    statements: list[Any]


def other_texts(body: list[Any], alike: Mapping[str, Sequence[str]]) -> Iterator[OtherText]:
    """Every sum over the other axis, and every name in place of one that is ``alike``."""
    for at, k in _places(body, _is_axis)[:_MOST]:
        changed, found = _changed(body, at, k)
        axis = int(str(found.value.value))
        found.value.value = 1 - axis
        told = {"line": str(found.value.lineno), "code": _short(body[at]), "axis": str(1 - axis)}
        yield OtherText("over_other_axis", told, changed)
    names = [(at, k, other) for at, k in _places(body, lambda n: _is_read(n, alike))
             for other in alike[_node(body, at, k).id]]  # fmt: skip
    for at, k, other in names[:_MOST_NAMES]:
        changed, found = _changed(body, at, k)
        told = {"line": str(found.lineno), "code": _short(body[at]), "name": found.id}
        found.id = other
        yield OtherText("another_name", {**told, "other": other}, changed)


def run_to_its_end(look: Look, run: Callable[[], None]) -> Look | None:
    """The same look after another text was run; None where that failed on the way.

    What fails after its first step has taken one step alone, and is not right by that.
    """
    ended = []

    def whole() -> None:
        run()
        ended.append(True)

    changed = again(look, whole)
    return changed if ended else None


def _places(body: list[Any], is_it: Any) -> list[tuple[int, int]]:
    return [
        (at, k) for at, each in enumerate(body) for k, n in enumerate(ast.walk(each)) if is_it(n)
    ]


def _node(body: list[Any], at: int, k: int) -> Any:
    return list(ast.walk(body[at]))[k]


def _changed(body: list[Any], at: int, k: int) -> tuple[list[Any], Any]:
    """The statements with a copy of one, and the place in it."""
    changed = [*body[:at], copy.deepcopy(body[at]), *body[at + 1 :]]
    return changed, _node(changed, at, k)


def _short(statement: Any) -> str:
    return ast.unparse(statement).splitlines()[0][:60]


def _is_axis(node: Any) -> bool:
    value = node.value if isinstance(node, ast.keyword) and node.arg == "axis" else None
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value in (0, 1)


def _is_read(node: Any, names: Mapping[str, Any]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names
