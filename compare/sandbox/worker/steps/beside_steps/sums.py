"""Whether a number that is added up in an epoch has a part of what it was before, or is no mean."""

from __future__ import annotations

import ast
import copy
from functools import partial
from time import process_time
from typing import Any

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.turn import Turn

_LONGEST = 0.3  # seconds of an epoch that is run two more times
_NEAR = 1e-6
_NOTED = "__noted__"
_READERS = ("len", "int", "max", "np.ceil", "math.ceil", "np.size", "np.shape")


def part_kept(turn: Turn, name: str) -> Beside | None:
    """What it is after a turn, and what without its start; None where all or none of that is kept.

    Of a mean over n the share that is kept is 1/n: a mean of this epoch, and of the one before. All
    of it is kept in a sum that may be meant, but for one that each turn divides by the same number.
    """
    turn.set_back()
    start = float(turn.names[name])
    began = process_time()
    turn.run()
    end = float(turn.names[name])
    if process_time() - began > _LONGEST or not start:
        return None
    shift = max(abs(start), 1.0)
    turn.run(prepare=lambda: turn.names.update({name: start + shift}))
    share = (float(turn.names[name]) - end) / shift
    if abs(share - 1) < _NEAR and _is_divided(turn, name):
        return Beside("error_of_earlier_epochs", {"name": name}, name, end, end - start)
    if not _NEAR < share < 0.5 + _NEAR or abs(1 / share - round(1 / share)) > _NEAR / share:
        return None
    return Beside("error_of_earlier_epochs", {"name": name}, name, end, end - share * start)


def _is_divided(turn: Turn, name: str) -> bool:
    """Whether an epoch divides it by a number that it does not change: a mean is meant."""
    nodes = [n for s in turn.loop.body for n in ast.walk(s) if isinstance(n, ast.BinOp)]
    by = [ast.unparse(n.right) for n in nodes
          if isinstance(n.op, ast.Div) and ast.unparse(n.left) == name]  # fmt: skip
    try:
        turn.set_back()
        before = [float(eval(each, turn.names)) for each in by]
        turn.run()
        return bool(by) and before == [float(eval(each, turn.names)) for each in by]
    except (ArithmeticError, NameError, TypeError, ValueError):
        return False
    finally:
        turn.set_back()


def divided_by_batches(turn: Turn, name: str) -> Beside | None:
    """A sum over samples, as of a mean of each batch times its size, that is no mean over these.

    It is divided by how often it was added to.   Raises Late.
    """
    begins = [s for s in turn.loop.body if isinstance(s, ast.Assign) and _binds(s, name)]
    every = [n for s in turn.loop.body for n in ast.walk(s)]
    sums = [n for n in every if isinstance(n, ast.AugAssign) and ast.unparse(n.target) == name]
    means = [n for n in every if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)
             and ast.unparse(n.left) == name and _only_reads(n.right)]  # fmt: skip
    sizes = _factors(sums[0]) if len(sums) == 1 and begins and len(means) == 1 else []
    for size in sizes:
        counts: list[int] = []
        body = [_Noting(sums[0], size).visit(copy.deepcopy(s)) for s in turn.loop.body]
        code = turn.code([ast.fix_missing_locations(s) for s in body], (_NOTED, size))
        turn.run(code=code, prepare=partial(turn.names.__setitem__, _NOTED, counts))
        total, by = float(turn.names[name]), eval(ast.unparse(means[0].right), turn.names)
        turn.set_back()
        whole = [n for n in counts if isinstance(n, int)]
        if len(whole) == len(counts) == by != sum(counts) and min(counts, default=0) > 1:
            blanks = {"name": name, "line": str(means[0].lineno), "code": ast.unparse(means[0])}
            return Beside("divided_by_batches", blanks, blanks["code"], total / by,
                          total / sum(counts))  # fmt: skip
    return None


def _binds(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name
               for target in statement.targets for n in ast.walk(target))  # fmt: skip


def _factors(added: ast.AugAssign) -> list[str]:
    """What of a product that is added may be the size of a batch."""
    value = added.value
    if not (isinstance(added.op, ast.Add) and isinstance(value, ast.BinOp)):
        return []
    sides = (value.left, value.right) if isinstance(value.op, ast.Mult) else ()
    return [ast.unparse(each) for each in sides if _only_reads(each)]


def _only_reads(node: ast.expr) -> bool:
    """Whether it calls nothing of the script, and so changes nothing."""
    called = (ast.unparse(n.func) for n in ast.walk(node) if isinstance(n, ast.Call))
    return all(name in _READERS for name in called)


class _Noting(ast.NodeTransformer):
    """Notes a number after one statement, each time that it is run."""

    def __init__(self, after: ast.AugAssign, number: str) -> None:
        self.after, self.number = ast.dump(after), number

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        if ast.dump(node) != self.after:
            return node
        return [node, *ast.parse(f"{_NOTED}.append({self.number})").body]
