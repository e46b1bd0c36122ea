"""What a rule that is handed gradients alone gives: directions, which others subtract."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from compare.check.naming.source_tree import tree_of
from compare.check.naming.update_parameters import gradient_of
from compare.sandbox.interface import Definition


def gradients_alone(definition: Definition, method: str) -> tuple[str, ...]:
    """The parameters of a method that takes the gradients of some weights and no weights.

    One alone only where what is made of it is kept: update(grad_W, grad_b), update(grad).
    """
    needed = [p.name for p in definition.methods[method] if p.needed]
    if not needed or not all(gradient_of(name) for name in needed):
        return ()
    last = kept_last(definition.source, method, len(needed))
    return tuple(needed) if last and (len(needed) > 1 or not _returns(definition, method)) else ()


def kept_last(source: str, method: str, count: int) -> tuple[str, ...]:
    """The attributes that a method sets last, as many as there are gradients, in their order."""
    last: dict[str, None] = {}
    for node in _body(source, method):
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AugAssign) else targets
        for target in targets:
            for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                if (name := ast.unparse(each)).startswith("self.") and name.count(".") == 1:
                    last.pop(name, None)
                    last[name] = None
    names = [name.removeprefix("self.") for name in last]
    return tuple(names[-count:]) if len(names) >= count else ()


def _returns(definition: Definition, method: str) -> bool:
    body = _body(definition.source, method)
    return any(isinstance(n, ast.Return) and n.value is not None for n in body)


def _body(source: str, method: str) -> Sequence[ast.AST]:
    """The statements of a method in the order of its text."""
    bodies = (
        n for n in ast.walk(tree_of(source)) if isinstance(n, ast.FunctionDef) and n.name == method
    )
    first = next(bodies, None)
    nodes = [n for n in ast.walk(first) if isinstance(n, ast.stmt)] if first else []
    return sorted(nodes, key=lambda n: n.lineno)
