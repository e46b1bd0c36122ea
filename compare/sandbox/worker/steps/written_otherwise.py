"""The one edit of a turn, or of what it calls, that makes all weights move as some do already."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.calls.rewritten import code_of_text, functions_in
from compare.sandbox.worker.edits.names import Beside, attributes_in
from compare.sandbox.worker.edits.one_place import FEW, Edit, edits
from compare.sandbox.worker.steps.observe import Look, explain
from compare.sandbox.worker.steps.other_texts import run_to_its_end
from compare.sandbox.worker.steps.turn import Turn

ONE_EDIT = "one_edit"  # the cause, with the places of which one is told
_MOST = 2000  # edits of one turn
_PLACES = 3
_TURN = "turn"


@dataclass(frozen=True)
class Place:
    """An edit of a function, or (``name`` is "") of the turn itself; its line is that of the file.

    ``home``: the line at which the function begins.
    """

    name: str
    home: int
    edit: Edit

    @property
    def told(self) -> dict[str, str | int]:
        """All of it as plain values."""
        e = self.edit
        return {"name": self.name, "line": e.line, "stands": e.stands, "meant": e.meant,
                "where": e.where, "beside": e.beside}  # fmt: skip


def right_edits(look: Look, among: Sequence[Place] | None) -> list[Place]:
    """Those of the likeliest rank that make the turn right, or those ``among`` some that do.

    Of two of one line the first.   Raises Late.
    """
    functions = [*functions_in(look.turn.names)]  # once: it goes through all data as well
    if among is not None:
        return [place for place in among if _is_right(look, place, functions)]
    left = _MOST
    for rank in range(FEW):
        found: dict[tuple[str, int], Place] = {}
        for place in _places(look.turn, look.seen.names, rank):
            left -= 1
            at = place.name, place.edit.line
            if left and at not in found and _is_right(look, place, functions):
                found[at] = place
        if found or left <= 0:
            return [*found.values()]
    return []


def told_of(looks: Sequence[Look]) -> dict[str, str]:
    """The blanks of its text; nothing where no edit makes all turns right, or too many do."""
    places = looks[-1].edits if looks and all(look.edits for look in looks) else []
    if not 0 < len(places) <= _PLACES:
        return {}
    return {"places": json.dumps([place.told for place in places])}


def _is_right(look: Look, place: Place, functions: Sequence[FunctionType]) -> bool:
    turn = look.turn
    try:
        if place.name:
            return _explains(look, _with_function(look, place, functions))
        body = ast.parse(place.edit.text).body[0].body  # type: ignore[attr-defined]
        code = turn.code(body, ("edit", place.edit.text))
    except (SyntaxError, ValueError, RecursionError):  # or it closes over other names
        return False
    return _explains(look, run_to_its_end(look, partial(turn.run, code=code)))


def _with_function(look: Look, place: Place, functions: Sequence[FunctionType]) -> Look | None:
    """The turn with another code in those of its functions that are of a place."""
    own = [f for f in functions if _is_at(f, place)]
    owner, _, name = place.name.rpartition(".")
    # of the same file, name and line: by these it is known when it is called
    file = own[0].__code__.co_filename if own else ""
    code = code_of_text(place.edit.text, name, file, place.home, owner) if own else None
    if code is None:
        return None
    before = [f.__code__ for f in own]
    try:
        for function in own:
            function.__code__ = code
        return run_to_its_end(look, look.turn.run)
    finally:
        for function, was in zip(own, before, strict=True):
            function.__code__ = was


def _is_at(function: FunctionType, place: Place) -> bool:
    code = function.__code__
    return (code.co_qualname, code.co_firstlineno) == (place.name, place.home)


def _explains(look: Look, changed: Look | None) -> bool:
    """Whether all of it is now the derivative by which a part of it was explained."""
    if changed is None:
        return False
    explain(changed, [look])
    return changed.by == look.by and (
        bool(changed.kept) or bool(np.isclose(changed.rate, look.rate, rtol=1e-3))
    )


def _places(turn: Turn, called: Mapping[str, int], rank: int) -> Iterator[Place]:
    body = turn.loop.body
    arguments = ast.arguments([], [], None, [], [], None, [])
    whole = ast.FunctionDef(_TURN, arguments, body, [], lineno=turn.loop.line)
    alike = _alike(turn)
    for edit in edits(whole, Beside(names=tuple(alike), alike=alike), rank):
        yield Place("", turn.loop.line, edit)
    functions = {(f.lineno, f.name): f for text in turn.texts.values() for f in _functions(text)}
    for name, line in called.items():
        function = functions.get((line, name.rpartition(".")[2]))
        if function is not None and "<" not in name:  # of a closure no class is its owner
            for edit in edits(function, Beside(attributes_in(function)), rank):
                yield Place(name, line, edit)


def _alike(turn: Turn) -> dict[str, list[str]]:
    """Of each name that a turn has to do with those whose values are of the same shape."""
    read = {n.id: None for s in turn.loop.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    turn.run()
    values: dict[str, Any] = {n: turn.names.get(n) for n in read}
    kinds = {n: np.shape(v) for n, v in values.items() if _is_value(v)}
    turn.set_back()
    return {n: [o for o in kinds if o != n and kinds[o] == kinds[n]] for n in kinds}


def _is_value(value: Any) -> bool:
    return isinstance(value, (np.ndarray, float, int))


def _functions(text: str) -> Iterator[ast.FunctionDef]:
    yield from (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef))
