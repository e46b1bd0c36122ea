"""What says when a training stops: so many turns in a row without a better number."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.observe import Look
from compare.sandbox.worker.steps.turn import Turn, one_number

_FED, _TAKEN = "__fed__", "__taken__"

_LONGEST = 60  # turns without a better number
_APART = 1000.0  # by how much a number is better than all that there were


def counts_on(look: Look) -> Iterator[Beside]:
    """Methods that go on counting where a number was better in between.   Raises Late."""
    for owner, method, number in _methods(look):
        patience = _goes_on(_Stops(look.turn, owner, method), number)
        if patience:
            place = method.__qualname__, method.__code__.co_firstlineno
            yield _told(patience, *place)
    look.turn.set_back()


def loop_counts_on(turn: Turn) -> Iterator[Beside]:
    """The same of what a loop counts in its own statements, and ends by.   Raises Late."""
    body = turn.loop.body
    ends = [s for s in body if any(isinstance(n, (ast.Break, ast.Return)) for n in ast.walk(s))]
    counted = {name for s in body for n in ast.walk(s) if (name := _counts(n))}
    compared = [n for s in body for n in ast.walk(s) if isinstance(n, ast.If)]
    for monitored, best in dict.fromkeys(
        pair for each in compared for pair in _monitored(each, counted, body)
    ):
        kept = [s for s in body if s in ends or isinstance(s, ast.If) and _names(s) & counted]
        number = one_number(turn.names.get(monitored))
        if not ends or not _names_in(kept) & counted or not np.isfinite(number):
            continue
        stops = _LoopStops(turn, monitored, kept, counted)
        if never := _never_better(stops, number, one_number(turn.names.get(best))):
            yield Beside("never_better", {"name": best}, "turns_until_it_stops", never, _LONGEST)
            break
        if patience := _goes_on(stops, number):
            yield _told(patience)
            break
    turn.set_back()


def _never_better(stops: _LoopStops, number: float, best: float) -> int:
    """After how many turns it stops, both where each number is less and where each is more; or 0.

    Of a positive number, whose best may be none of its kind: 0, or infinite.
    """
    known = [n for n in (number, best) if np.isfinite(n) and n > 0]
    if number <= 0:
        return 0
    less = [min(known) * 0.97**k for k in range(1, _LONGEST)]
    more = [max(known) * (1 + 0.03 * k) for k in range(1, _LONGEST)]
    counts = [stops.after(each) for each in (less, more)]
    return counts[0] if counts[0] == counts[1] < _LONGEST - 1 else 0


def _told(patience: int, place: str = "", line: int = 0) -> Beside:
    blanks = {"count": "1", "patience": str(patience)}
    return Beside("counts_on", blanks, "turns_until_it_stops", 1, patience, place, line)


def _goes_on(stops: _Stops | _LoopStops, number: float) -> int:
    """How many turns without a better number are meant, where better ones count as well; or 0."""
    for way in (-1.0, 1.0):
        best = number + way * _APART
        better = [best + way * k for k in range(_LONGEST)]
        patience = stops.after([best] + [best - way] * _LONGEST) - 1
        if not 2 <= patience < _LONGEST or stops.after(better) < _LONGEST:
            continue
        # not what waits for some turns at least: there the better one counts as well
        lefts = {n: stops.left(best, way, n) for n in (1, patience - 1)}
        return patience if all(left == patience - n for n, left in lefts.items()) else 0
    return 0


def _counts(node: ast.AST) -> str:
    """What a statement makes larger by a constant, or ""."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return ast.unparse(node.target) if isinstance(node.value, ast.Constant) else ""
    return ""


def _names(node: ast.AST) -> set[str]:
    kinds = (ast.Name, ast.Attribute)
    return {ast.unparse(n) for n in ast.walk(node) if isinstance(n, kinds)}


def _names_in(statements: Sequence[ast.AST]) -> set[str]:
    return {n for s in statements for n in _names(s)}


def _monitored(
    condition: ast.If, counted: set[str], body: Sequence[Any]
) -> Iterator[tuple[str, str]]:
    """The name that a condition compares with another, which then gets its value; and that."""
    if not isinstance(condition.test, ast.Compare):
        return
    compared = {n.id for n in ast.walk(condition.test) if isinstance(n, ast.Name)}
    made = {t.id for s in body for t in ast.walk(s)
            if isinstance(t, ast.Name) and isinstance(t.ctx, ast.Store)}  # fmt: skip
    for each in condition.body:
        for target, value in _assigned(each):
            of_turn = isinstance(value, ast.Name) and value.id in compared & made
            if of_turn and ast.unparse(target) not in counted:
                yield ast.unparse(value), ast.unparse(target)


def _assigned(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What an assignment sets, and to what; of several at once each."""
    if isinstance(statement, ast.Assign):
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            yield from zip(target.elts, value.elts, strict=False)
        else:
            yield target, value


class _LoopStops:
    """How many numbers the statements of a loop take until they end it."""

    def __init__(
        self, turn: Turn, monitored: str, statements: Sequence[Any], counted: set[str]
    ) -> None:
        self.turn, self.counted = turn, counted
        loop = ast.parse(f"for {monitored} in {_FED}: {_TAKEN}.append(1)").body[0]
        assert isinstance(loop, ast.For)
        loop.body += [_Ended().visit(copy.deepcopy(s)) for s in statements]
        module = ast.fix_missing_locations(ast.Module([loop], []))
        self.code = compile(module, "<stopping>", "exec")

    def after(self, numbers: Sequence[float]) -> int:
        """Their count, where they never do so; one more than that of those before otherwise."""
        self.turn.set_back()
        taken: list[int] = []
        begun = {n: 0 for n in self.counted if type(self.turn.names.get(n)) is int}
        names = {**self.turn.names, **begun, _FED: numbers, _TAKEN: taken}
        exec(self.code, names)
        self.turn.set_back()
        return len(taken)

    def left(self, best: float, way: float, before: int) -> int:
        """How many are not better until it stops, after some of these and one that is."""
        first = [best] + [best - way] * before + [best + way]
        return self.after(first + [best - way] * _LONGEST) - len(first)


class _Ended(ast.NodeTransformer):
    def visit_Return(self, node: ast.Return) -> ast.AST:
        """A return ends the loop as well."""
        return ast.Break()


class _Stops:
    """How many numbers a method takes until something that it says stays true."""

    def __init__(self, turn: Turn, owner: Any, method: Callable[..., Any]) -> None:
        self.turn, self.owner, self.method = turn, owner, method

    def after(self, numbers: Sequence[float]) -> int:
        """Their count, where it never does so."""
        self.turn.set_back()
        said = [self._said(number) for number in numbers]
        self.turn.set_back()
        flags = [column for column in zip(*said, strict=False) if column[-1] and not column[0]]
        lasts = [max(i for i, flag in enumerate(c) if not flag) for c in flags]
        return min(lasts, default=len(numbers) - 2) + 2

    def left(self, best: float, way: float, before: int) -> int:
        """How many are not better until it stops, after some of these and one that is."""
        first = [best] + [best - way] * before + [best + way]
        return self.after(first + [best - way] * _LONGEST) - len(first)

    def _said(self, number: float) -> list[bool]:
        given = self.method(self.owner, number)
        values = list(given) if isinstance(given, tuple) else [given]
        held = vars(self.owner)
        return [v for v in [*values, *(held[n] for n in sorted(held))] if isinstance(v, bool)]


def _methods(look: Look) -> Iterator[tuple[Any, FunctionType, float]]:
    """Those that were handed one number in the turn."""
    known = set()
    for name, named in look.seen.arguments:
        values = list(named.values())
        if name in known or len(values) != 2 or not isinstance(values[1], float):
            continue
        method = vars(type(values[0])).get(name.rpartition(".")[2])
        if look.turn.is_own(type(values[0])) and isinstance(method, FunctionType):
            known.add(name)
            yield values[0], method, float(values[1])
