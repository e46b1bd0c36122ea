"""A function of the submission with another text for a while: the same object, other code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from types import CellType, CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from compare.sandbox.worker.numbers_inside import place_of

_MOST = 5000  # objects that are looked into
_PLAIN = (str, bytes, int, float, complex, ModuleType)
_FILE = "<another text>"  # no lines of the submission's
_HOME = "_Home"  # the class around it: of super() there is a cell


class Rewritten:
    """The functions whose code is another one now, with their own."""

    def __init__(self, names: Callable[[], Mapping[str, Any]]) -> None:
        self._names = names  # of the submission, with what they hold
        self._own: list[tuple[FunctionType, CodeType]] = []

    def rewrite(self, value: Any, text: str) -> bool:
        """Whether it could be given the code of that text: it closes over the same names.

        So are the functions that it has made already: they live on in dicts, lists and objects.
        """
        function = getattr(value, "__func__", value)
        function = getattr(function, "__wrapped__", function)
        if type(function) is not FunctionType:
            return False
        try:
            code = code_of_text(text, function.__name__)
            self._put(function, code)
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return False
        own = self._own[-1][1]
        others = dict(_inner(own, code)) if code is not None else {}
        for made in functions_in(self._names()) if others else ():
            try:
                self._put(made, others.get(made.__code__, made.__code__))
            except ValueError:
                continue  # it closes over other names
        return True

    def _put(self, function: FunctionType, code: CodeType | None) -> None:
        own = function.__code__
        function.__code__ = code  # type: ignore[assignment]
        self._own.append((function, own))

    def put_back(self) -> None:
        """Gives them their own code again."""
        while self._own:
            function, code = self._own.pop()
            function.__code__ = code


def code_of_text(
    text: str, name: str, file: str = _FILE, line: int = 1, owner: str = _HOME
) -> CodeType | None:
    """The code of a function, or of the method of a class, at that line of a file.

    Raises SyntaxError, ValueError, RecursionError.
    """
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    body: list[ast.stmt] = [ast.ClassDef(owner, [], [], tree.body, [])] if owner else tree.body
    module = ast.increment_lineno(ast.fix_missing_locations(ast.Module(body, [])), line - 1)
    waiting = [compile(module, file, "exec", dont_inherit=True)]
    while waiting:
        code = waiting.pop()
        if code.co_name == name and code.co_name != owner:
            return code
        waiting += [c for c in code.co_consts if isinstance(c, CodeType)]
    return None


def _inner(own: CodeType, other: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Each function inside, as it is and as it would be."""
    ours, theirs = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (own, other))
    for one, two in zip(ours, theirs, strict=False):
        if one.co_name == two.co_name:
            yield one, two
            yield from _inner(one, two)


def functions_in(names: Mapping[str, Any]) -> Iterator[FunctionType]:
    """The functions that stand in dicts, lists and objects, and that others close over."""
    waiting, seen = [*names.values()], set[int]()
    while waiting and len(seen) < _MOST:
        each = waiting.pop()
        if isinstance(each, _PLAIN) or (place := place_of(each)) in seen:
            continue
        seen.add(place)
        each = getattr(each, "__func__", each)
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, (list, tuple)):
            waiting += each
        elif type(each) is FunctionType:
            yield each
            waiting += [cell.cell_contents for cell in each.__closure__ or () if _is_filled(cell)]
        elif isinstance(inside := getattr(each, "__dict__", None), (dict, MappingProxyType)):
            waiting += inside.values()
            waiting += getattr(each, "__bases__", ())
            waiting.append(type(each))


def _is_filled(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False
