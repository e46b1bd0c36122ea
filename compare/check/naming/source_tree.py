"""The text of a definition as a tree."""

import ast
import textwrap
from functools import lru_cache

from compare.sandbox.interface import Parameter


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


def computes_nothing(source: str, name: str) -> bool:
    """Whether every function of that name in it only passes, or raises: it is left to others."""
    bodies = [
        n.body
        for n in ast.walk(tree_of(source))
        if isinstance(n, ast.FunctionDef) and n.name == name
    ]
    left = (ast.Pass, ast.Raise)
    return bool(bodies) and all(
        isinstance(n, left) or isinstance(getattr(n, "value", n), ast.Constant)
        for body in bodies
        for n in body
    )


def picks_classes(source: str) -> bool:
    """Whether it takes one element of each row, at the class of the row: ``y[np.arange(N), t]``."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            rows, *others = node.slice.elts
            called = ast.unparse(rows.func) if isinstance(rows, ast.Call) else ""
            if called.rpartition(".")[2] in ("arange", "range") and len(others) == 1:
                return not isinstance(others[0], (ast.Slice, ast.Constant))
    return False


def divides_whole(source: str) -> bool:
    """Whether it cuts a quotient off to a whole number: ``a // b``."""
    return any(isinstance(node, ast.FloorDiv) for node in ast.walk(tree_of(source)))


@lru_cache(maxsize=512)  # what calls what is asked of every two
def called_by(source: str) -> frozenset[str]:
    """The names that a definition calls or passes on: ``softmax``, and of ``functions.softmax``."""
    tree = tree_of(source)  # of what cannot be read nothing is known: it follows from nothing
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(names)


def private_methods(source: str) -> dict[str, tuple[Parameter, ...]]:
    """The methods of a class whose names begin with one underscore, with their parameters."""
    found = {}
    for node in next((n.body for n in tree_of(source).body if isinstance(n, ast.ClassDef)), []):
        if not isinstance(node, ast.FunctionDef) or node.decorator_list:
            continue
        if node.name.startswith("_") and not node.name.startswith("__"):
            taken = [a.arg for a in node.args.args[1:]]
            required = len(taken) - len(node.args.defaults)
            found[node.name] = tuple(Parameter(n, i < required) for i, n in enumerate(taken))
    return found
