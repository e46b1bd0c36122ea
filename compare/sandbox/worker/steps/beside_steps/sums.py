"""Whether a number that is added up in an epoch has a part of what it was before."""

from __future__ import annotations

import ast
from time import process_time

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.turn import Turn

_LONGEST = 0.3  # seconds of an epoch that is run two more times
_NEAR = 1e-6


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
