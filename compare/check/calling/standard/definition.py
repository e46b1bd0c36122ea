"""The table of definitions: what is called so, and the lines that say what it computes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from compare.check.calling.standard import vocabulary
from compare.check.calling.standard.roles import LOGARITHM, ROLES, SHARES
from compare.check.i18n.text import NOTHING, Text
from compare.check.naming.grammar import affix_of, words

OF_STANDARD = "function.standard"  # of the concept
_TABLE = Path(__file__).with_name("definitions.txt")
_SIZES = ("N", "D")  # which nobody has to hand over
_OTHERS = {"cross", "kousa", "kosa"}  # with which it is another thing
_COMPANY = {"function", "fn", "score", "val", "value", "np", "numpy", "update", "call", "self"}


@dataclass(frozen=True)
class Line:
    """One way to compute it. ``unless``: not where the text says so · ``hint`` of a mistake.

    ``ahead``: how many steps before the first its steps are counted from.
    """

    text: str
    unless: str = ""
    hint: Text = NOTHING
    ahead: int = 0

    @cached_property
    def code(self) -> CodeType:
        """Compiled: it is evaluated on several problems."""
        return compile(self.text, self.text, "eval")

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """What it is computed from, in the order of the table of roles."""
        names = {n.id for n in ast.walk(ast.parse(self.text)) if isinstance(n, ast.Name)}
        return tuple(role for role in ROLES if role in names)

    @property
    def count(self) -> int:
        """Of how many results it says something."""
        top = ast.parse(self.text, mode="eval").body
        return len(top.elts) if isinstance(top, ast.Tuple) else 1

    @property
    def of_logarithms(self) -> Iterator[Line]:
        """The same of the logarithms of its shares, of all of them or of one alone."""
        shares = [role for role in self.roles if role in SHARES and "log(" in self.text]
        for some in dict.fromkeys((tuple(shares), *((role,) for role in shares))):
            if some:
                tree = _OfLogarithms(some).visit(ast.parse(self.text, mode="eval"))
                yield replace(self, text=ast.unparse(tree))

    def value(self, values: Mapping[str, Any]) -> Any:
        """What it makes of the values of its roles."""
        # of the table's own text
        return eval(self.code, {**vocabulary.NAMES, **values})


class _OfLogarithms(ast.NodeTransformer):
    """Puts the logarithm of each share where it is taken, and its exponential elsewhere."""

    def __init__(self, shares: Sequence[str]) -> None:
        self._shares = shares

    def visit_Call(self, node: ast.Call) -> ast.AST:
        of = node.args[0] if isinstance(node.func, ast.Name) and node.func.id == "log" else node
        share = of.value if isinstance(of, ast.Subscript) else of
        if isinstance(share, ast.Name) and share.id in self._shares:
            share.id = LOGARITHM + share.id
            return of
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self._shares:
            return node
        logarithm = ast.Name(LOGARITHM + node.id, ast.Load())
        return ast.Call(ast.Name("exp", ast.Load()), [logarithm], [])


@dataclass(frozen=True)
class Definition:
    """Something that people call by one of some names; each a row of slots of words.

    ``holds``: what is true of a right result, whatever was drawn for it; with what is amiss if not.
    """

    name: Text
    names: tuple[tuple[tuple[str, ...], ...], ...]
    right: tuple[Line, ...]
    wrong: tuple[Line, ...] = ()
    holds: tuple[Line, ...] = ()

    def fit(self, said: Sequence[str]) -> tuple[int, bool]:
        """How many words of a name it explains, 0 where it is not that; and whether all."""
        return max((_fit(slots, said) for slots in self.names), default=(0, False))


def _fit(slots: Sequence[tuple[str, ...]], said: Sequence[str]) -> tuple[int, bool]:
    left, count = list(said), 0
    for slot in slots:
        optional = slot[-1] == "?"
        there = next((w for w in left if w in slot), "")
        if there:
            left.remove(there)
            count += 1
        elif not optional:
            return 0, False
    if _OTHERS & {*left}:
        return 0, False
    known = all(affix_of(w) is not None or w in _COMPANY for w in left)
    return count, known


def named(name: str) -> tuple[list[Definition], bool]:
    """The definitions that a name says most exactly, and whether it says nothing more."""
    said = [w for w in words(name) if not w.isdigit()]
    fits = [(d, *d.fit(said)) for d in definitions()]
    most = max((count for _, count, _ in fits), default=0)
    best = [(d, sure) for d, count, sure in fits if count == most > 0]
    return [d for d, _ in best], any(sure for _, sure in best)


def is_listed(name: str, kind: str) -> bool:
    """Whether the name of a function says what the table has, and nothing more."""
    known, sure = named(name)
    return kind == "function" and sure and bool(known)


@lru_cache(maxsize=1)
def definitions() -> tuple[Definition, ...]:
    """All of the table."""
    return tuple(_read(_TABLE.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Definition]:
    for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, *lines = block.strip().splitlines()
        both, _, names = head.partition(" | ")
        right = (Line(*line.split(" ~ ")) for line in lines if line[:2] not in ("- ", "= "))
        yield Definition(
            Text(*both.split(" = ")),
            tuple(tuple(map(_slot, each.split())) for each in names.split(", ")),
            tuple(right),
            *(
                tuple(_hinted(line) for line in lines if line.startswith(f"{sign} "))
                for sign in "-="
            ),
        )


def _slot(text: str) -> tuple[str, ...]:
    bare = text.removesuffix("?")
    return (*bare.split("/"), *(("?",) if text.endswith("?") else ()))


def _hinted(line: str) -> Line:
    text, english, japanese = line[2:].rsplit(" | ", 2)
    return Line(text, hint=Text(english, japanese))
