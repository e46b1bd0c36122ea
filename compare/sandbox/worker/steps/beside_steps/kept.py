"""What a turn keeps for after the training, and the turns that follow change."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.state import leaves
from compare.sandbox.worker.steps.turn import Turn

_NAME = "kept"


def kept_by_reference(turn: Turn) -> Iterator[Beside]:
    """The best weights, of which no copy is made, and which a turn moves.   Raises Late.

    A new list of the same arrays is no copy of them either.
    """
    for each, name, source in _kept(turn):
        turn.set_back()
        try:
            value = eval(ast.unparse(source), turn.names)
        except Exception:
            continue  # of names that a turn makes first
        before = _numbers(turn, value)
        turn.run()
        after = _numbers(turn, value)
        turn.set_back()
        moved = [p for p, v in before.items() if p in after and after[p].shape == v.shape
                 and not np.array_equal(v, after[p])]  # fmt: skip
        if moved:
            old, new = before[moved[0]], after[moved[0]]
            at = int(np.argmax(np.abs(old - new)))
            path = f"{name}{moved[0].removeprefix(_NAME)}"
            blanks = {"line": str(each.lineno), "code": ast.unparse(each)}
            numbers = float(new.ravel()[at]), float(old.ravel()[at])
            yield Beside("kept_by_reference", blanks, path, *numbers)


def _numbers(turn: Turn, value: Any) -> dict[str, np.ndarray]:
    return {leaf.path: np.array(leaf.value, float) for leaf in leaves({_NAME: value}, turn.is_own)
            if np.ndim(leaf.value)}  # fmt: skip


def _kept(turn: Turn) -> Iterator[tuple[ast.Assign, str, ast.expr]]:
    """What sets a name under a condition to what there is, which is read after the loop alone."""
    loop = turn.loop
    body = [n for s in loop.body for n in ast.walk(s)]
    end = max(n.lineno for n in body if isinstance(n, ast.stmt))
    beside = _read(n for s in loop.beside for n in ast.walk(s))
    later, now = {n.id for n in beside if n.lineno > end}, {n.id for n in _read(body)}
    for condition in (n for n in body if isinstance(n, ast.If)):
        inside = [n for s in condition.body for n in ast.walk(s)]
        # of the last turn, or every tenth one: what follows may be meant
        apart = any(isinstance(n, (ast.Eq, ast.Mod)) for n in ast.walk(condition.test))
        if apart or any(map(_ends_it, inside)):
            continue
        for each in (s for s in condition.body if isinstance(s, ast.Assign)):
            for name, value in _set(each):
                if name in later - now and not isinstance(value, ast.Constant):
                    yield each, name, value


def _set(each: ast.Assign) -> list[tuple[str, ast.expr]]:
    """The names that it sets, and what each is set to."""
    target, value = each.targets[0], each.value
    pairs: list[tuple[ast.expr, ast.expr]] = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=False))
    return [(t.id, v) for t, v in pairs if isinstance(t, ast.Name)]


def _ends_it(node: ast.AST) -> bool:
    """Whether no turn follows, or none may: by a flag."""
    flag = isinstance(node, ast.Constant) and isinstance(node.value, bool)
    return flag or isinstance(node, (ast.Break, ast.Return))


def _read(nodes: Iterable[ast.AST]) -> list[ast.Name]:
    return [n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
