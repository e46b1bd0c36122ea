"""What an outer loop makes anew before each pass through the batches: weights, or a memory."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.beside_steps.renewed import (
    is_in,
    made_of_nothing,
    memories,
    moved,
)
from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.observe import Look, again
from compare.sandbox.worker.steps.turn import Turn


def weights_begun_anew(turn: Turn, looks: Sequence[Look]) -> Iterator[Beside]:
    """Of a turn around those that were seen: what throws away all that they have moved.

    Of weights that are read after the loop, where each inner turn has samples of its own: repeated
    trials pass through the data more than once, and read what each has come to.   Raises Late.
    """
    look, inner = looks[-1], looks[-1].turn.loop
    roots = {path.partition("[")[0].partition(".")[0] for g in _moved(look) for path in g}
    if len(roots) != 1 or not inner.around or not _reads(inner.body, inner.targets):
        return
    (root,) = roots
    end = max(n.lineno for s in turn.loop.body for n in ast.walk(s) if isinstance(n, ast.stmt))
    later = [s for s in turn.loop.beside if s.lineno > end]
    if not _reads(later, {root}) or _reads(turn.loop.body, turn.loop.targets):
        return
    for at, each in enumerate(turn.loop.body):
        made = isinstance(each, ast.Assign) and isinstance(each.value, ast.Call)
        if not made or ast.unparse(each.targets[0]) != root or _reads([each.value], {root}):
            continue
        turn.set_back()
        before = turn.values()
        FunctionType(turn.code([each], ("renewal", at)), turn.names)()
        after = turn.values()
        turn.set_back()
        for path, value in before.items():
            mine = path.startswith((f"{root}.", f"{root}[")) and path in after
            if mine and value.size > 1 and value.shape == after[path].shape:
                k = int(np.argmax(np.abs(value - after[path])))
                if value.flat[k] != after[path].flat[k]:
                    blanks = {"line": str(each.lineno), "code": ast.unparse(each)[:60]}
                    numbers = float(after[path].flat[k]), float(value.flat[k])
                    yield Beside("weights_begun_anew", blanks, path, *numbers)
                    return


def memory_begun_anew(turn: Turn, looks: Sequence[Look]) -> Iterator[Beside]:
    """Of a turn around those that were seen: what throws away what their steps leave behind.

    Where each inner turn has samples of its own, and the weights go on.   Raises Late.
    """
    look, inner = looks[-1], looks[-1].turn
    if not _reads(inner.loop.body, inner.loop.targets):
        return
    if _reads(turn.loop.body, turn.loop.targets):
        return
    weights = {path for paths in _moved(look) for path in paths}
    for each in turn.loop.body:
        name = made_of_nothing(turn, each)
        if not name or any(is_in(path, name) for path in weights):
            continue
        for group, share in memories(inner, name, inner.code(inner.loop.body, "turn")):
            put = [(group, moved(group.value))]
            changed = again(look, partial(inner.run, put))
            if changed is not None and not np.array_equal(changed.step, look.step):
                blanks = {"line": str(each.lineno), "code": ast.unparse(each)[:60],
                          "factor": f"{share:.4g}"}  # fmt: skip
                yield Beside("begun_anew", blanks, group.name, 0.0, share)
                return


def _moved(look: Look) -> Iterator[frozenset[str]]:
    """The places of the weights that the loss depends on."""
    slope = look.slopes[look.by]
    yield from (look.weights[int(g)].paths for g in np.unique(slope.group[slope.weights]))


def _reads(nodes: Sequence[Any], names: Any) -> bool:
    """Whether one of these names is read, and not only said."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        said = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            return True
        if not said:
            waiting += [*ast.iter_child_nodes(node)] if not isinstance(node, ast.If) else (
                [*node.body, *node.orelse])  # fmt: skip
    return False
