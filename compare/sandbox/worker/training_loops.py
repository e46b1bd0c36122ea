"""The loops of a script that multiply matrices, each as a function of one turn of it.

Many train in a script, with its global names for weights. What a turn of such a loop computes is
what its body, and what it calls, does to these names, and can be called like anything else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any

from compare.sandbox.worker.run_submission import Submission

_LOOPS = (ast.For, ast.While)
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
        if sum(map(_products, _carried_out(loop, functions))) >= _LEAST:
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


def _products(part: ast.AST) -> int:
    return sum(
        isinstance(node, ast.MatMult)
        or (isinstance(node, ast.Attribute) and node.attr in ("dot", "matmul"))
        for node in ast.walk(part)
    )


def _turn(loop: Any, file: str, namespace: dict[str, Any]) -> FunctionType:
    """Its body as a function, whose names are all global."""
    stored = [n.id for each in loop.body for n in ast.walk(each)
              if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]  # fmt: skip
    # in a loop of one turn, for a body may say break and continue
    once = ast.For(
        ast.Name("_", ast.Store()), ast.Tuple([ast.Constant(0)], ast.Load()), loop.body, []
    )
    body: list[ast.stmt] = [ast.Global(sorted({*stored, "_"})), once]
    definition = ast.parse(f"def {name_of(loop)}(): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.body, definition.lineno, definition.end_lineno = body, loop.lineno, loop.end_lineno
    module = ast.fix_missing_locations(ast.Module([definition], []))
    code = compile(module, file, "exec", dont_inherit=True)
    inner = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return FunctionType(inner, namespace, name_of(loop))
