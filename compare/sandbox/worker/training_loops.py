"""The loops of a script that multiply matrices, each as a function of one turn of it.

Many train in a script without functions. What a turn of such a loop computes is what its body does
to the global names, and can be called like anything else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from compare.sandbox.worker.run_submission import Submission

_LOOPS = (ast.For, ast.While)
_OTHER_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LEAST = 2  # products: forward, and back


def name_of(loop: ast.stmt) -> str:
    """What the function of a loop is called."""
    return f"loop_in_line_{loop.lineno}"


def add_loops(tree: ast.AST, file: str, namespace: dict[str, Any]) -> None:
    """A function beside the others for every loop that is a training by itself."""
    for loop in _innermost(tree):
        if _products(loop) >= _LEAST:
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


def _products(loop: ast.AST) -> int:
    return sum(
        isinstance(node, ast.MatMult)
        or (isinstance(node, ast.Attribute) and node.attr in ("dot", "matmul"))
        for node in ast.walk(loop)
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
