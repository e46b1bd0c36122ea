"""The loops of a script that multiply matrices, each as a function of one turn of it.

Many train in a script, with its global names for weights. What a turn of such a loop computes is
what its body, and what it calls, does to these names, and can be called like anything else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import FunctionType
from typing import Any

from compare.sandbox.worker.run_submission import Submission
from compare.sandbox.worker.script_objects import code_of, once

_LOOPS = (ast.For, ast.While)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ELEMENTWISE = ("sqrt", "square", "power", "abs", "maximum")
_OTHER_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LEAST = 2  # products: forward, and back


def name_of(loop: ast.stmt) -> str:
    """What the function of a loop is called."""
    return f"loop_in_line_{loop.lineno}"


def add_loops(
    tree: ast.AST, file: str, namespace: dict[str, Any], beside: Sequence[ast.AST]
) -> None:
    """A function beside the others for every loop that is a training by itself.

    ``beside`` are the syntax trees of all that was run in that namespace: the cells of a notebook.
    """
    statements = [s for each in beside for s in ast.iter_child_nodes(each)]
    functions = {s.name: s for s in statements if isinstance(s, ast.FunctionDef)}
    for loop in _innermost(tree):
        if sum(map(products, _carried_out(loop, functions))) >= _LEAST:
            namespace.setdefault(name_of(loop), _turn(loop, file, namespace))


def scripts(submission: Submission) -> Iterator[tuple[ast.AST, str, dict[str, Any]]]:
    """Each file or cell that was run, as its syntax tree, with the names that it was run in."""
    for file, text in submission.texts.items():
        namespace = _namespace(submission, file)
        if namespace is None:
            continue
        try:
            yield ast.parse(text), file, namespace
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue


def _namespace(submission: Submission, file: str) -> Any:
    for namespace in submission.modules.values():
        own = namespace.get("__file__")
        if isinstance(own, str) and (file == own or file.startswith(f"{own} cell ")):
            return namespace
    return None


def _innermost(node: ast.AST) -> Iterator[Any]:
    """The loops of a script that hold no other loop."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _OTHER_SCOPES):
            continue
        if isinstance(child, _LOOPS) and not any(
            isinstance(inner, _LOOPS) for inner in ast.walk(child) if inner is not child
        ):
            yield child
        else:
            yield from _innermost(child)


def _carried_out(loop: ast.AST, functions: dict[str, Any]) -> list[ast.AST]:
    """The loop, with the functions that it calls if that moves a global name."""
    parts, called = [loop], list(_called(loop))
    while called:
        function = functions.get(called.pop())
        if function is not None and function not in parts:
            parts.append(function)
            called += _called(function)
    moved = any(isinstance(n, ast.Global) for part in parts for n in ast.walk(part)) or any(
        isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name) for n in ast.walk(loop)
    )
    return parts if moved else [loop]


def _called(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            yield each.func.id


def products(part: ast.AST) -> int:
    """How many products of matrices are written in it."""
    return sum(
        isinstance(node, ast.MatMult)
        or (isinstance(node, ast.Attribute) and node.attr in ("dot", "matmul"))
        for node in ast.walk(part)
    )


def _turn(loop: Any, file: str, namespace: dict[str, Any]) -> FunctionType:
    """Its body as a function, whose names are all global."""
    stored = [n.id for each in loop.body for n in ast.walk(each)
              if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]  # fmt: skip
    code = code_of(name_of(loop), once(loop.body, "_", stored), file, loop.lineno)
    return FunctionType(code, namespace, code.co_name)


# ----- what the statements of a loop assign and read


class LoopBody:
    """The statements of a loop, each with what it assigns and reads, once for all of its rules."""

    def __init__(self, loops: Sequence[Any], scope: Sequence[ast.AST]) -> None:
        self.loops, self.scope, self.statements = loops, scope, loops[-1].body
        loop = loops[-1]
        self.targets = _targets(loop)
        self.counted = isinstance(loop, ast.For) and range_start(loop.iter) is not None

    @cached_property
    def assigned(self) -> list[tuple[str, Any] | None]:
        """The name that each statement assigns, with its value; None of any other."""
        return [_assigned(statement) for statement in self.statements]

    @cached_property
    def made(self) -> list[list[str]]:
        """What each statement, or one inside it, assigns."""
        return [names_made(statement) for statement in self.statements]

    @cached_property
    def read(self) -> list[tuple[list[str], list[str]]]:
        """The names that each statement reads by element, and what it computes otherwise."""
        found: list[tuple[list[str], list[str]]] = []
        for assigned in self.assigned:
            names: list[str] = []
            others: list[str] = []
            if assigned is not None:
                _read(assigned[1], names, others)
            found.append((names, others))
        return found

    @cached_property
    def made_here(self) -> set[str]:
        """What is assigned in the loop and those around it, or in their function."""
        bodies = [loop.body for loop in self.loops]
        bodies += [s.body for s in self.scope[-1:] if isinstance(s, FUNCTIONS)]
        return {n for body in bodies for s in body for n in names_made(s)}

    @cached_property
    def makers(self) -> dict[str, list[int]]:
        """By name the statements that assign it."""
        makers: dict[str, list[int]] = {}
        for i, names in enumerate(self.made):
            for name in names:
                makers.setdefault(name, []).append(i)
        return makers


def _read(value: ast.AST, names: list[str], others: list[str]) -> None:
    if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
        names.append(ast.unparse(value))
    elif isinstance(value, ast.BinOp) and not isinstance(value.op, ast.MatMult):
        _read(value.left, names, others)
        _read(value.right, names, others)
    elif isinstance(value, ast.UnaryOp):
        _read(value.operand, names, others)
    elif isinstance(value, ast.Call) and _is_elementwise_call(value):
        for argument in value.args:
            _read(argument, names, others)
    elif not isinstance(value, ast.Constant):
        others.append(ast.unparse(value))


def _assigned(statement: Any) -> tuple[str, Any] | None:
    """What it assigns, and the whole value of that: p -= v is p - v."""
    if isinstance(statement, ast.AugAssign):
        target = statement.target
        old = ast.parse(ast.unparse(target), mode="eval").body
        return ast.unparse(target), ast.BinOp(old, statement.op, statement.value)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        if not isinstance(statement.targets[0], (ast.Tuple, ast.List)):
            return ast.unparse(statement.targets[0]), statement.value
    return None


def names_made(statement: ast.AST) -> list[str]:
    """What a statement, or one inside it, assigns."""
    made: list[str] = []
    for node in ast.walk(statement):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        for target in targets if isinstance(node, ast.stmt) else ():
            if isinstance(target, ast.expr):
                parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
                made += [ast.unparse(part) for part in parts]
    return made


def _targets(loop: Any) -> list[str]:
    """What a loop goes through."""
    if not isinstance(loop, ast.For):
        return []
    target = loop.target
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return [ast.unparse(part) for part in parts]


def range_start(value: ast.expr) -> int | None:
    """Where a range begins; None of anything else."""
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) == "range" and value.args):
        return None
    first = value.args[0] if len(value.args) > 1 else ast.Constant(0)
    is_number = isinstance(first, ast.Constant) and isinstance(first.value, int)
    return int(first.value) if is_number else None  # type: ignore[attr-defined]


def _is_elementwise_call(call: ast.Call) -> bool:
    function = ast.unparse(call.func).rpartition(".")[2]
    return function in _ELEMENTWISE and not call.keywords
