"""The text of a definition as a tree."""

import ast
import textwrap
from functools import lru_cache


@lru_cache(maxsize=256)  # each is asked for several networks and concepts, of one submission
def tree_of(source: str) -> ast.Module:
    """The text as a module, which nobody changes; an empty one where it cannot be read."""
    try:
        return ast.parse(textwrap.dedent(source))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def docstring_of(source: str) -> str:
    """What a definition says of itself, or ""."""
    body = tree_of(source).body
    defined = isinstance(body[0], (ast.FunctionDef, ast.ClassDef)) if body else False
    return (ast.get_docstring(body[0]) or "") if defined else ""  # type: ignore[arg-type]


@lru_cache(maxsize=512)  # what calls what is asked of every two
def called_by(source: str) -> frozenset[str]:
    """The names that a definition calls or passes on: ``softmax``, and of ``functions.softmax``."""
    tree = tree_of(source)  # of what cannot be read nothing is known: it follows from nothing
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(names)
