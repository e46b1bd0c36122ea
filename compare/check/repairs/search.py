"""The first edit of a submission's own functions that makes right what is wrong."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from compare.check.naming.source_tree import called_by, tree_of
from compare.check.repairs.edits import RANKS, Beside, Edit, edits
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Inventory

_MOST = 600  # edits of all functions together


@dataclass(frozen=True)
class Repair:
    """Where it is, and with what in the place of what it is right."""

    name: str
    line: int
    stands: str
    meant: str

    @property
    def blanks(self) -> Mapping[str, str]:
        """Of the text that says so."""
        return {"place": self.name, "line": str(self.line), "stands": self.stands,
                "meant": self.meant}  # fmt: skip


def first_repair(
    subject: Subject,
    names: Sequence[str],
    is_right: Callable[[], bool],
    most: int = _MOST,
    ranks: int = len(RANKS),
) -> Repair | None:
    """None where none of so many edits is right, or functions cannot be given another text.

    ``names`` are functions, or methods as ``Class.method`` · ``ranks``: how many
    of the ranks of edits are tried.
    """
    box = subject.box
    try:
        for name, line, edit in islice(_edits(subject.inventory, names, ranks), most):
            if box.rewrite(name, edit.text) and _holds(is_right):
                return Repair(name, line + edit.line - 1, edit.stands, edit.meant)
        return None
    except Failed:  # its process has ended: with it the other text
        return None
    finally:
        _put_back(subject, names)


def _put_back(subject: Subject, names: Sequence[str]) -> None:
    try:
        if names:
            subject.box.rewrite(names[0], "")
    except Failed:
        pass


def _holds(is_right: Callable[[], bool]) -> bool:
    try:
        return is_right()
    except Failed as failed:
        if not failed.goes_on:
            raise
    except (ValueError, TypeError, KeyError, IndexError, ArithmeticError):
        pass
    return False


def _edits(
    inventory: Inventory, names: Sequence[str], ranks: int
) -> Iterator[tuple[str, int, Edit]]:
    """The likeliest of each function first, with the line of the definition that holds it."""
    functions = tuple(d.name for d in inventory.found if d.kind == "function")
    numbers = tuple(d.name for d in inventory.found if d.kind == "value")
    for rank in range(ranks):
        for name in names:
            owner, _, method = name.partition(".")
            definition = next((d for d in inventory.found if d.name in (name, owner)), None)
            if definition is None:
                continue
            attributes = _attributes_of(definition) if method else ()
            beside = Beside(attributes, tuple(f for f in functions if f != name), numbers)
            for function in _functions_of(definition):
                if function.name == (method or name):
                    for edit in edits(function, beside, rank):
                        yield name, definition.line, edit


def _functions_of(definition: Definition) -> list[ast.FunctionDef]:
    body: list[ast.stmt] = tree_of(definition.source).body[:1]
    if body and isinstance(body[0], ast.ClassDef):
        body = body[0].body
    return [node for node in body if isinstance(node, ast.FunctionDef)]


def _attributes_of(definition: Definition) -> tuple[str, ...]:
    nodes = ast.walk(tree_of(definition.source))
    return tuple(dict.fromkeys(
        n.attr for n in nodes
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "self"
    ))  # fmt: skip


def called_too(inventory: Inventory, name: str, but: Sequence[str]) -> tuple[str, ...]:
    """A function, and those of the file that it calls, one through another, but for some."""
    functions = {d.name: d for d in inventory.found if d.kind == "function"}
    reached: dict[str, None] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in functions and each not in reached and each not in but:
            reached[each] = None
            waiting += sorted(called_by(functions[each].source) & functions.keys())
    return tuple(reached)


def called_by_methods(inventory: Inventory, names: Sequence[str], but: str) -> tuple[str, ...]:
    """The functions of the file that some methods call, one through another.

    But for those that another method calls as well: with them its result would be another.
    """
    owner = next(d for d in inventory.found if d.name == but.partition(".")[0])
    functions = {d.name for d in inventory.found if d.kind == "function"}
    texts = {f"{owner.name}.{f.name}": ast.unparse(f) for f in _functions_of(owner)}

    def reached(methods: Sequence[str]) -> list[str]:
        called = sorted({n for m in methods for n in called_by(texts.get(m, "")) & functions})
        return [each for n in called for each in called_too(inventory, n, ())]

    others = reached([but])
    return tuple(dict.fromkeys(n for n in reached(names) if n not in others))


def methods_of(definition: Definition, but: Sequence[str]) -> tuple[str, ...]:
    """``Class.method`` of each of its methods, but for some."""
    names = (f.name for f in _functions_of(definition))
    return tuple(f"{definition.name}.{n}" for n in names if n not in (*but, "__init__"))
