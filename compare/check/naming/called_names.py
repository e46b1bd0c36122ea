"""Which names a definition uses."""

from __future__ import annotations

import ast
import textwrap


def called_by(source: str) -> set[str]:
    """The names that a definition calls or passes on: ``softmax``, and of ``functions.softmax``."""
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return set()  # of what cannot be read nothing is known: it follows from nothing
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
