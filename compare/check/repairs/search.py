"""The first edit of a submission's own functions that makes right what is wrong."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from compare.check.naming.source_tree import tree_of
from compare.check.repairs.reach import functions_of
from compare.check.repairs.repair import Place, Repair
from compare.check.repairs.suspects import NO_RESULT, Line, put_back
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Inventory
from compare.sandbox.worker.edits.names import Beside, attributes_in
from compare.sandbox.worker.edits.one_place import RANKS, Edit, edits

_MOST = 900  # edits of all functions together
SECONDS = 2.0  # for all searches of a submission, by the clock
_AT_LEAST = 0.5  # seconds of a further search, whatever those before it took
_BESIDE = 0.5  # seconds of it for other places once one is found
_PLACES = 3  # of which one may be meant: of more nothing is told


def first_repair(
    subject: Subject,
    names: Sequence[str],
    is_right: Callable[[], bool],
    most: int = _MOST,
    ranks: int = len(RANKS),
    first: frozenset[Line] = frozenset(),
) -> Repair | None:
    """None where none of so many edits is right, or functions cannot be given another text.

    ``names`` are functions, or methods as ``Class.method`` · ``ranks``: how many of the ranks of
    edits are tried · ``first``: the lines of which all are tried before others. Edits of one rank
    are as likely as each other: what another line makes right as well is told beside it.
    """
    box, start = subject.box, perf_counter()
    search = _Search(subject, is_right, most, start + max(_AT_LEAST, SECONDS - box.searched))
    try:
        for now in (True, False) if first else (False,):
            for rank in range(ranks):
                if places := search.of_rank(names, rank, first, now):
                    return Repair(places) if len(places) <= _PLACES else None
        return None
    except Failed:  # its process has ended: with it the other text
        return None
    finally:
        box.searched += perf_counter() - start
        put_back(subject, names)


class _Search:
    """What is left of the edits and seconds of a search."""

    def __init__(
        self, subject: Subject, is_right: Callable[[], bool], left: int, deadline: float
    ) -> None:
        self.subject, self.is_right = subject, is_right
        self.left, self.deadline = left, deadline

    def of_rank(
        self, names: Sequence[str], rank: int, lines: frozenset[Line], there: bool
    ) -> tuple[Place, ...]:
        """The places in these lines, or elsewhere, that an edit of this rank makes right."""
        found: dict[tuple[str, int], Place] = {}
        for name, line, edit in _edits(self.subject.inventory, names, rank):
            if (name, edit.line) in found or ((name, edit.line) in lines) is not there:
                continue
            if not self.left or perf_counter() > self.deadline:
                break
            self.left -= 1
            if self.subject.box.rewrite(name, edit.text) and _holds(self.is_right):
                self.deadline = min(self.deadline, perf_counter() + _BESIDE)
                found[name, edit.line] = Place(
                    name, line + edit.line - 1, edit.stands, edit.meant, edit.where,
                    line + edit.beside - 1,
                )  # fmt: skip
        return tuple(found.values())


def _holds(is_right: Callable[[], bool]) -> bool:
    try:
        return is_right()
    except Failed as failed:
        if not failed.goes_on:
            raise
    except NO_RESULT:
        pass
    return False


def _edits(
    inventory: Inventory, names: Sequence[str], rank: int
) -> Iterator[tuple[str, int, Edit]]:
    """Those of one rank, of each function in turn, with the line of what holds its definition."""
    functions = tuple(d.name for d in inventory.found if d.kind == "function")
    numbers = tuple(d.name for d in inventory.found if d.kind == "value")
    for name in names:
        owner, _, method = name.partition(".")
        definition = next((d for d in inventory.found if d.name in (name, owner)), None)
        if definition is None:
            continue
        attributes = attributes_in(tree_of(definition.source)) if method else ()
        beside = Beside(attributes, tuple(f for f in functions if f != name), numbers)
        for function in functions_of(definition):
            if function.name == (name.rpartition(".")[2]):
                unread, called = _may_be_unread(function), _called(function) - {*functions}
                for edit in edits(function, beside, rank):
                    # what somebody computed is meant to be read; of what is elsewhere and called
                    # nothing is known: the mistake may be there
                    tree = tree_of(edit.text)
                    if _unread(tree) <= unread and called <= _called(tree):
                        yield name, definition.line, edit


def _called(tree: ast.AST) -> set[str]:
    """The functions that are called by their bare names."""
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return {f.id for f in calls if isinstance(f, ast.Name) and f.id not in vars(builtins)}


def _may_be_unread(function: ast.FunctionDef) -> set[str]:
    """The names that are nowhere read, and those that are unpacked beside such a one."""
    unread = _unread(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
            beside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            unread |= beside if beside & unread else set()
    return unread


def _unread(tree: ast.AST) -> set[str]:
    """The names that are set, and nowhere read."""
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    return {n.id for n in names if isinstance(n.ctx, ast.Store)} - read
