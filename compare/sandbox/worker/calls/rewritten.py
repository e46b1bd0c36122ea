"""A function of the submission with another text for a while: the same object, other code."""

from __future__ import annotations

import ast
from types import CodeType, FunctionType
from typing import Any

_FILE = "<another text>"  # no lines of the submission's
_HOME = "_Home"  # the class around it: of super() there is a cell


class Rewritten:
    """The functions whose code is another one now, with their own."""

    def __init__(self) -> None:
        self._own: list[tuple[FunctionType, CodeType]] = []

    def rewrite(self, value: Any, text: str) -> bool:
        """Whether it could be given the code of that text: it closes over the same names."""
        function = getattr(value, "__func__", value)
        if type(function) is not FunctionType:
            return False
        try:
            code = _code(text, function.__name__)
            own = function.__code__
            function.__code__ = code  # type: ignore[assignment]
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return False
        self._own.append((function, own))
        return True

    def put_back(self) -> None:
        """Gives them their own code again."""
        while self._own:
            function, code = self._own.pop()
            function.__code__ = code


def _code(text: str, name: str) -> CodeType | None:
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    home = ast.ClassDef(_HOME, [], [], tree.body, [])
    module = ast.fix_missing_locations(ast.Module([home], []))
    waiting = [compile(module, _FILE, "exec", dont_inherit=True)]
    while waiting:
        code = waiting.pop()
        if code.co_name == name and code.co_name != _HOME:
            return code
        waiting += [c for c in code.co_consts if isinstance(c, CodeType)]
    return None
