"""The loops of a script that may train, each of which says when a turn of it begins.

A call of a function that such a loop calls is a turn as well, where the loop is not understood. A
turn can be run again by itself: what its statements name are global names of a function.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any

from compare.sandbox.worker.script_objects import code_of, once

ARRIVED, BETWEEN = "__turn__", "__between__"
BEFORE_ASIDE, AFTER_ASIDE = "__before_aside__", "__after_aside__"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.While)
_BLOCKS = ("body", "orelse", "finalbody")
_LAST = 6  # statements before a loop that no other is around


@dataclass
class Loop:
    """One of them: what stands in a turn, before it in the turn of the loop around, and beside it.

    ``scope``: the function that it stands in, or None · ``around``: the loops around it, outermost
    first · ``holds``: whether another of them may run in a turn of it · ``script``: the statements
    of its file, outside of functions · ``trainers``: the functions that may run one of them ·
    ``result``: the name that stands for what a turn that is a call returns.
    """

    line: int
    body: list[Any]
    scope: Any
    owner: str
    before: list[Any]
    beside: list[Any]
    around: tuple[Any, ...]
    holds: bool = False
    codes: dict[Any, CodeType] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()
    script: list[Any] = field(default_factory=list)
    trainers: frozenset[str] = frozenset()
    result: str = ""

    @cached_property
    def stored(self) -> frozenset[str]:
        """The names that a turn binds, and those that it goes through."""
        return frozenset(n for s in self.body for n in _stored(s)) | self.targets

    @property
    def is_call(self) -> bool:
        """Whether a turn is a call of a function."""
        return self.scope is not None and self.scope.lineno == self.line

    @property
    def within(self) -> frozenset[int]:
        """The lines at which the loops around it, and its function, begin."""
        lines = {each.lineno for each in (*self.around, *filter(None, [self.scope]))}
        return frozenset(lines - {self.line})

    @property
    def name(self) -> str:
        """The function, or ``Class.method``; "" of the script itself."""
        own = self.scope.name if self.scope else ""
        return f"{self.owner}.{own}" if self.owner else own

    def as_written(self, text: str) -> str:
        """A text about a turn, without the name that stands for what it returns."""
        if not self.result:
            return text
        returned = re.sub(rf"\b{self.result} = ", "return ", text)
        return re.sub(rf"\b{self.result}\b", f"{self.scope.name}()", returned)

    def code(self, file: str, statements: Sequence[Any], key: Any) -> CodeType:
        """Statements as the code of a function whose names are all global."""
        if key not in self.codes:
            self.codes[key] = _compiled(statements, file, self.line, self.owner)
        return self.codes[key]


def announced(trees: Sequence[Any]) -> list[Loop]:
    """Puts into the loops what says that a turn begins, and gives these, by their number."""
    functions: dict[str, list[Any]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, _FUNCTIONS):
                functions.setdefault(node.name, []).append(node)
    found: list[tuple[Any, Loop]] = []
    scripts: list[list[Any]] = []  # as they were; for all loops the same, which read them alone
    for tree in trees:
        mine = [pair for pair in _loops(tree, None, "", (), []) if _may_train(pair[0], functions)]
        scripts.append(copy.deepcopy(tree.body) if mine else [])
        for _, loop in mine:
            loop.script = scripts[-1]
        found += mine
    nodes = {id(node) for node, _ in found}
    found += list(_called(found, list(zip(trees, scripts, strict=True)), functions))
    for node, loop in found:
        inside = (n for part in _closure(node, functions) for n in ast.walk(part))
        loop.holds = any(id(n) in nodes for n in inside if n is not node)
    trainers = frozenset(
        name for name, parts in functions.items() for part in parts
        if any(id(n) in nodes for each in _closure(part, functions) for n in ast.walk(each))
    )  # fmt: skip
    for number, (node, loop) in enumerate(found):
        loop.trainers = trainers
        call = ast.parse(f"while 1:\n if {ARRIVED}({number}, locals()): break").body[0]
        assert isinstance(call, ast.While) and isinstance(call.body[0], ast.If)
        arrived = ast.Expr(call.body[0].test) if isinstance(node, _FUNCTIONS) else call.body[0]
        node.body.insert(0, arrived)
    for tree in trees:
        ast.fix_missing_locations(tree)
    return [loop for _, loop in found]


def _called(
    found: Sequence[tuple[Any, Loop]], trees: Sequence[tuple[Any, list[Any]]],
    functions: dict[str, list[Any]],
) -> Iterator[tuple[Any, Loop]]:  # fmt: skip
    """The functions that loops call, each with its body as a turn; trees with their statements."""
    calls = [n.func for node, _ in found for n in ast.walk(node) if isinstance(n, ast.Call)]
    names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
    for tree, script in trees:
        owners = {id(f): c.name for c in ast.walk(tree) if isinstance(c, ast.ClassDef)
                  for f in c.body}  # fmt: skip
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or node.name not in names or _suspends(node):
                continue
            if node.decorator_list or not _may_train(node, functions):
                continue
            result = f"{node.name}_result"
            while any(getattr(n, "id", "") == result for n in ast.walk(node)):
                result += "_"
            body = _with_result(copy.deepcopy(node.body), result)
            taken = frozenset(a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg))
            yield node, Loop(
                node.lineno, body, node, owners.get(id(node), ""), [], [], (),
                targets=taken, script=script or copy.deepcopy(tree.body), result=result,
            )  # fmt: skip


def _with_result(block: list[Any], name: str) -> list[Any]:
    """The statements, with what they return under a name; not from within a loop."""
    made: list[Any] = []
    for each in block:
        if isinstance(each, ast.Return):
            value = each.value or ast.Constant(None)
            kept = ast.Assign([ast.Name(name, ast.Store())], value)
            made += [ast.copy_location(s, each) for s in (kept, ast.Break())]
            continue
        if not isinstance(each, (*_SCOPES, *_LOOPS)):
            for inner in _BLOCKS:
                if isinstance(getattr(each, inner, None), list):
                    setattr(each, inner, _with_result(getattr(each, inner), name))
        made.append(each)
    return made


def _loops(
    node: Any, scope: Any, owner: str, around: tuple[Any, ...], beside: list[Any]
) -> Iterator[tuple[Any, Loop]]:
    for block in _blocks(node):
        whole = block if scope is None and not around and not beside else beside
        for at, each in enumerate(block):
            if isinstance(each, ast.ClassDef):
                yield from _loops(each, None, each.name, (), [])
            elif isinstance(each, _FUNCTIONS):
                yield from _loops(each, each, owner, (), each.body)
            elif isinstance(each, _LOOPS):
                # of a script it may be all of its data: the last ones alone
                before = copy.deepcopy(block[0 if around else max(0, at - _LAST) : at])
                body = copy.deepcopy(each.body)
                targets = frozenset(_stored(each.target) if isinstance(each, ast.For) else ())
                loop = Loop(
                    each.lineno, body, scope, owner, before, whole, around, targets=targets
                )  # fmt: skip
                if not _suspends(each):
                    yield each, loop
                yield from _loops(each, scope, owner, (*around, each), whole)
            else:
                yield from _loops(each, scope, owner, around, whole)


def _blocks(node: Any) -> Iterator[list[Any]]:
    for name in _BLOCKS:
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(node, "handlers", ()):
        yield handler.body


def _suspends(loop: Any) -> bool:
    kinds = (ast.Yield, ast.YieldFrom, ast.Await)
    return any(isinstance(n, kinds) for n in ast.walk(loop))


def _closure(node: Any, functions: dict[str, list[Any]]) -> list[Any]:
    """It, and the functions that may be called in it."""
    parts, waiting = [node], [node]
    while waiting:
        for n in ast.walk(waiting.pop()):
            name = n.attr if isinstance(n, ast.Attribute) else getattr(n, "id", "")
            for function in functions.get(name, ()):
                if function not in parts:
                    parts.append(function)
                    waiting.append(function)
        if len(parts) == 1:
            break
    return parts


def _may_train(loop: Any, functions: dict[str, list[Any]]) -> bool:
    """Whether something in it, or in what it calls, is changed by a difference or a product."""
    own = any(isinstance(n, (ast.Call, ast.MatMult)) for n in ast.walk(loop))
    moves = (_moves(n) for part in _closure(loop, functions) for n in ast.walk(part))
    return own and any(moves)


def _moves(node: Any) -> bool:
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, (ast.Sub, ast.Add)) and not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Add)):
        return any(isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Mult, ast.Div))
                   for n in ast.walk(node.right))  # fmt: skip
    return False


# ----- a turn as a function


def _compiled(statements: Sequence[Any], file: str, line: int, owner: str) -> CodeType:
    body = [_Mangled(owner).visit(copy.deepcopy(s)) for s in statements]
    stored = {n for s in body for n in _stored(s)}
    turn = once(_with_pauses(body) or [ast.Pass()], "_once", stored)
    return code_of("turn", turn, file, line)


def _stored(node: Any) -> Iterator[str]:
    """The names that a statement binds in its own scope."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
        return
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return
    if isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    for child in ast.iter_child_nodes(node):
        yield from _stored(child)


def _with_pauses(block: list[Any], depth: int = 0) -> list[Any]:
    """The statements, and after each what looks at the weights."""
    made: list[Any] = []
    for each in block:
        if isinstance(each, (ast.Global, ast.Nonlocal)):
            continue
        if not isinstance(each, _SCOPES):
            for name in _BLOCKS:
                inner = getattr(each, name, None)
                if isinstance(inner, list) and inner:
                    setattr(each, name, _with_pauses(inner, depth + 1))
        pause = ast.Expr(ast.Call(ast.Name(BETWEEN, ast.Load()), [ast.Constant(depth)], []))
        made += [each, ast.copy_location(pause, each)]
    return made


class _Mangled(ast.NodeTransformer):
    """Private names of a class, as they are called outside of it."""

    def __init__(self, owner: str) -> None:
        self.owner = owner.lstrip("_")

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """``self._Net__W`` of ``self.__W``."""
        if self.owner and node.attr.startswith("__") and not node.attr.endswith("__"):
            node.attr = f"_{self.owner}{node.attr}"
        return self.generic_visit(node)
