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
