"""What a turn makes anew, of which the step before should have left a part: moments of an update.

A memory keeps a part of what it was, and adds to it: a sum of gradients keeps all of it, and what
is made of the samples of a turn keeps nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, again
from compare.sandbox.worker.steps.state import Leaf, leaves
from compare.sandbox.worker.steps.turn import Group, Late, Turn, grouped

_NAMES = (ast.Name, ast.Attribute)
_LEAST, _MOST = 0.05, 0.99999  # of the share that is kept
_NEAR = 1e-5  # how far two measured shares may be apart


def memory_begun_anew(look: Look, before: Look | None) -> Finding | None:
    """The statement without which a part of the turn before would be kept.   Raises Late."""
    if before is None:
        return None
    turn = look.turn
    for at, each in enumerate(turn.loop.body):
        name = made_of_nothing(turn, each)
        if not name or _root(name) not in turn.names:
            continue
        code = turn.code([s for s in turn.loop.body if s is not each], ("without", at))
        turn.set_back()
        changed = again(look, partial(turn.run, code=code))
        if changed is None or np.array_equal(changed.step, look.step):
            continue
        shares = [share for _, share in memories(turn, name, code)]
        if shares:
            blanks = {"line": str(each.lineno), "code": ast.unparse(each).splitlines()[0][:60],
                      "factor": f"{shares[0]:.4g}"}  # fmt: skip
            return Finding("begun_anew", blanks, look.step, changed.step)
    return None


def made_of_nothing(turn: Turn, statement: Any) -> str:
    """The name that it binds, where it reads nothing that a turn has of its own; or ""."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], _NAMES):
        return ""
    inside = [n for n in ast.walk(statement.value) if isinstance(n, ast.Name)]
    own = {n.id for n in inside if isinstance(n.ctx, ast.Store)}  # of a comprehension
    read = {n.id for n in inside if isinstance(n.ctx, ast.Load)} - own
    makes = any(isinstance(n, (ast.Call, ast.Dict, ast.List)) for n in ast.walk(statement.value))
    name = ast.unparse(statement.targets[0])
    return name if makes and (not read & turn.loop.stored or _are_zeros(turn, statement)) else ""


def _are_zeros(turn: Turn, statement: ast.Assign) -> bool:
    """Whether it makes arrays of zeros, whatever it reads."""
    turn.set_back()
    try:
        value = eval(ast.unparse(statement.value), turn.names)
    except Exception:
        return False
    arrays = [np.asarray(leaf.value) for leaf in leaves({"made": value}, turn.is_own)]
    turn.set_back()
    return bool(arrays) and not any(map(np.any, arrays))


def memories(turn: Turn, name: str, code: Any) -> Iterator[tuple[Group, float]]:
    """The arrays of which a part is left after a turn, by other values of them; and which part."""
    turn.set_back()
    held = [leaf for leaf in turn.numbers().values() if is_in(leaf.path, name)]
    for group in grouped([leaf for leaf in held if np.ndim(leaf.value)]):
        value = group.value
        ends = [_end(turn, group, put, code) for put in (value, moved(value))]
        if any(end is None or end.shape != value.shape for end in ends):
            continue
        share = (ends[1] - ends[0]) / (moved(value) - value)
        alike = np.isfinite(share).all() and np.ptp(share) < _NEAR
        if alike and _LEAST < share.flat[0] < _MOST:
            yield group, float(share.flat[0])


def moved(value: np.ndarray) -> np.ndarray:
    """Other numbers than these."""
    rng = np.random.default_rng(6)
    return value + max(np.abs(value).max(initial=0.0), 1e-3) * rng.uniform(0.5, 1, value.shape)


def is_in(path: str, name: str) -> bool:
    """Whether something stands in what is called so."""
    return path.startswith((f"{name}.", f"{name}[")) or path == name


def _root(name: str) -> str:
    return name.partition(".")[0].partition("[")[0]


def _end(turn: Turn, group: Group, value: np.ndarray, code: Any) -> Any:
    """What is at the places of a group after a turn; None where that cannot be."""
    try:
        turn.run([(group, value)], code=code)
    except Late:
        raise
    except Exception:
        return None
    after = turn.values()
    turn.set_back()
    parts = [np.ravel(after[leaf.path]) for leaf in group.leaves if leaf.path in after]
    return np.concatenate(parts) if parts else None


def never_carried_on(look: Look) -> Finding | None:
    """Zeros, of the shapes of all weights, which move them and no turn changes.   Raises Late."""
    turn = look.turn
    of = {int(g) for s in look.slopes for g in np.unique(s.group[s.weights])}
    shapes = sorted(np.shape(leaf.value) for g in of for leaf in look.weights[g].leaves)
    by_name: dict[str, list[Leaf]] = {}
    turn.set_back()
    for leaf in turn.numbers().values():
        root = leaf.path.partition("[")[0]
        if root.isidentifier() and np.ndim(leaf.value) and not np.any(leaf.value):
            by_name.setdefault(root, []).append(leaf)
    for name, zeros in by_name.items():
        alike = sorted(np.shape(leaf.value) for leaf in zeros) == shapes
        if not alike or len(shapes) < 2 or name in turn.loop.stored:
            continue
        groups = grouped(zeros)
        put = [(g, np.full(g.value.shape, 1e-3)) for g in groups]
        turn.set_back()
        changed = again(look, partial(turn.run, put))
        if changed is not None and not np.array_equal(changed.step, look.step):
            return Finding("not_carried_on", {"name": name}, look.step, changed.step)
    return None
