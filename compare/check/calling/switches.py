"""Parameters that are no more than a switch: asked whether they are true, or not at all."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from typing import Any

from compare.check.naming.network_parameters import SWITCHES, role_of
from compare.check.naming.source_tree import tree_of


def switches_of(subject: Any, method: str) -> dict[str, bool]:
    """Those of a forward pass that have to be given, as they are in training."""
    required = [p for p in subject.found.methods[method] if p.needed]
    unknown = asked_alone(subject.found.source, method)
    found = {}
    for i, p in enumerate(required):
        role = role_of(p.name)
        if role in SWITCHES or i and not role and p.name in unknown:
            found[p.name] = role in ("training", "")
    return found


@cache
def asked_alone(source: str, method: str) -> frozenset[str]:
    """The parameters of a method whose value is used in conditions alone, or nowhere."""
    functions = (n for n in ast.walk(tree_of(source)) if isinstance(n, ast.FunctionDef))
    defined = next((n for n in functions if n.name == method), None)
    if defined is None:
        return frozenset()
    nodes = list(ast.walk(defined))
    used = Counter(n.id for n in nodes if isinstance(n, ast.Name))
    tests = (n.test for n in nodes if isinstance(n, (ast.If, ast.IfExp)))
    asked = Counter(name.id for test in tests for name in _bare(test))
    return frozenset(a.arg for a in defined.args.args if used[a.arg] == asked[a.arg])


def _bare(test: ast.expr) -> list[ast.Name]:
    """The names of which a condition asks no more than whether they are true."""
    if isinstance(test, ast.Name):
        return [test]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _bare(test.operand)
    if isinstance(test, ast.BoolOp):
        return [name for value in test.values for name in _bare(value)]
    return []
