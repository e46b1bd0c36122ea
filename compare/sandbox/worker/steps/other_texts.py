"""A turn with one place of its text changed, of which some change may make its step right."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, again, along_all, explain, look_at
from compare.sandbox.worker.steps.turn import Late

_MOST, _MOST_NAMES = 8, 60


@dataclass(frozen=True)
class OtherText:
    """The statements of a turn with one of them changed, and what is said of it."""

    cause: str
    blanks: dict[str, str]
    statements: list[Any]


def other_texts(body: list[Any], alike: Mapping[str, Sequence[str]]) -> Iterator[OtherText]:
    """Every sum over the other axis, and every name in place of one that is ``alike``."""
    yield from _over_other_axes(body)
    names = [(at, k, other) for at, k in _places(body, lambda n: _is_read(n, alike))
             for other in alike[_node(body, at, k).id]]  # fmt: skip
    for at, k, other in names[:_MOST_NAMES]:
        changed, found = _changed(body, at, k)
        told = {"line": str(found.lineno), "code": _short(body[at]), "name": found.id}
        found.id = other
        yield OtherText("another_name", {**told, "other": other}, changed)


def _over_other_axes(body: list[Any]) -> Iterator[OtherText]:
    """Every sum over the other axis: as it is, and as a row or column beside what was summed."""
    for at, k in _places(body, _is_over_axis)[:_MOST]:
        for keeps in ([], [ast.keyword("keepdims", ast.Constant(True))]):
            changed, call = _changed(body, at, k)
            if keeps and any(each.arg == "keepdims" for each in call.keywords):
                continue
            found = next(filter(_is_axis, call.keywords))
            axis = 1 - int(str(found.value.value))
            found.value.value = axis
            call.keywords += keeps
            yield _with_axis(body[at], found.value.lineno, axis, bool(keeps), changed)
    for at, k in _places(body, _is_over_all)[:_MOST]:
        for axis in (1, 0):
            changed, call = _changed(body, at, k)
            call.keywords = [ast.keyword(n, ast.Constant(v))
                             for n, v in (("axis", axis), ("keepdims", True))]  # fmt: skip
            yield _with_axis(body[at], call.lineno, axis, True, changed)


def _with_axis(stands: Any, line: int, axis: int, keeps: bool, changed: list[Any]) -> OtherText:
    said = f"{axis}, keepdims=True" if keeps else str(axis)
    told = {"line": str(line), "code": _short(stands), "axis": said}
    return OtherText("over_other_axis", told, [ast.fix_missing_locations(s) for s in changed])


def with_its_own_loss(look: Look) -> Finding | None:
    """The sum over the other axis that makes a turn right, where its loss is of that sum as well.

    As of a softmax: what goes back is right of one over the classes, what goes forward is not one.
    """
    turn, loop = look.turn, look.turn.loop
    for other in _over_other_axes(loop.body):
        turn.loop = replace(loop, body=other.statements, codes={})
        try:
            turn.set_back()
            right = look_at(turn, {})
            if right is not None:
                explain(right, ())
        except Late:
            raise
        except Exception:
            continue  # of shapes that do not fit
        finally:
            turn.loop = loop
        names = [[g.name for g in each.weights] for each in (look, right) if each]
        if right and names[0] == names[-1] and _is_whole(right):
            look.numbers, look.slopes, look.batches = right.numbers, right.slopes, right.batches
            look.along, look.by, look.rate = right.along, right.by, right.rate
            look.step = along_all(look.along, [look.moved[g.name] for g in look.weights])
            expected = right.rate * right.slopes[right.by].value
            return Finding(other.cause, other.blanks, look.step, expected)
    return None


def _is_whole(look: Look) -> bool:
    """Whether all weights go down a number of the script, at a rate that it has."""
    known = look.explained and not look.kept and look.turn.knows(look.rate)
    return known and look.rate < 0 and look.numbers[look.by].own


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


def _is_over_axis(node: Any) -> bool:
    return isinstance(node, ast.Call) and any(map(_is_axis, node.keywords))


def _is_over_all(node: Any) -> bool:
    """A sum of all numbers: ``np.sum(e)`` or ``e.sum()``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    of_module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
    return node.func.attr == "sum" and not node.keywords and len(node.args) == int(of_module)


def _is_axis(node: Any) -> bool:
    value = node.value if isinstance(node, ast.keyword) and node.arg == "axis" else None
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value in (0, 1)


def _is_read(node: Any, names: Mapping[str, Any]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names
