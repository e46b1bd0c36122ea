"""What a function does with an argument that shows that it is no array, by its text and error."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from compare.check.naming.network_parts import part_of
from compare.check.naming.source_tree import tree_of
from compare.language.message import Message, message

_NO_ATTRIBUTE = re.compile(r"AttributeError: '([\w.]+)' object has no attribute '(\w+)'")
_PLAIN = ("numpy.ndarray", "dict", "list", "tuple", "int", "float", "NoneType", "str",
          "numpy.float64", "numpy.int64", "StandIn")  # fmt: skip
_NO_KEYS = re.compile(
    r"IndexError: only integers, slices|TypeError: (list|tuple) indices must be|KeyError: \d+\b"
)
_NO_ITEMS = re.compile(
    r"TypeError: '(\w+\.)?(int|float|float64|int64|NoneType)' object "
    r"(is not subscriptable|does not support item|is not iterable)"
)
_NOT_CALLED = re.compile(r"TypeError: '([\w.]+)' object is not callable")
_NO_INDEX = re.compile(
    r"object cannot be interpreted as an integer|IndexError: arrays used as indices must be of int"
)


def function_at(source: str, line: int) -> ast.FunctionDef | None:
    """The innermost function of a definition that has that line, which is counted from 1."""
    within = [
        f
        for f in ast.walk(tree_of(source))
        if isinstance(f, ast.FunctionDef) and f.lineno <= line <= (f.end_lineno or f.lineno)
    ]
    return max(within, key=lambda f: f.lineno, default=None)


def is_no_array(source: str, line: int, raised: str) -> Message | str:
    """Which argument the function that raised there asks for what none of ours has; or ""."""
    function = function_at(source, line)
    if function is None:
        return ""
    arguments = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    names = {n for n in arguments if n not in ("self", "cls")} | _dictionaries(source)
    for name, use in _asked(function, line, raised):
        if name in names:
            return message(
                "{function} asks for {use}, which what it was called with as {name} does not have; "
                "a call of it in its own file would show what it is given",
                function=function.name,
                use=use,
                name=name,
            )
    return ""


def takes_logarithm(source: str) -> str:
    """The first argument of a function whose own logarithm it takes, but for a constant; or ""."""
    for function in ast.walk(tree_of(source)):
        if isinstance(function, ast.FunctionDef):
            arguments = {a.arg for a in function.args.args} - _set_anew(function)
            calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and n.args]
            for call in calls:
                taken = _names_in(call.args[0]) & arguments
                calls_inside = (n for n in ast.walk(call.args[0]) if isinstance(n, ast.Call))
                inside = any(_names_in(n) & taken for n in calls_inside)
                if ast.unparse(call.func).endswith("log") and taken and not inside:
                    return min(taken)
    return ""


def _names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _set_anew(function: ast.FunctionDef) -> set[str]:
    every = (n for n in ast.walk(function) if isinstance(n, ast.Name))
    return {n.id for n in every if isinstance(n.ctx, ast.Store)}


def _asked(function: ast.FunctionDef, line: int, raised: str) -> Iterator[tuple[str, str]]:
    """Each name that the failing line asks for what its error says that it has not, and how."""
    here = [n for n in ast.walk(function) if _is_on(n, line)]
    every = [*ast.walk(function)]
    items = [n for n in here if isinstance(n, ast.Subscript)]
    if (lacking := _NO_ATTRIBUTE.match(raised)) and lacking[1] in _PLAIN:
        # what is called may be np.exp(x) written x.exp(), or mistyped, unless a network has it
        called = [n.func for n in every if isinstance(n, ast.Call)]
        for node in here:
            if isinstance(node, ast.Attribute) and node.attr == lacking[2]:
                if node not in called or part_of(node.attr) is not None:
                    yield _whole(node.value), ast.unparse(node)
    elif _NO_KEYS.match(raised):
        # a key that is missing may be mistyped; a number is none of what names its arrays
        number = raised.startswith("KeyError: ")
        yield from ((_whole(n.value), ast.unparse(n)) for n in items if number or _is_key(n.slice))
    elif _NO_ITEMS.match(raised):
        yield from ((_whole(n.value), ast.unparse(n)) for n in items)
    elif _NOT_CALLED.match(raised):
        calls = [n for n in here if isinstance(n, ast.Call)]
        yield from ((_whole(n.func), ast.unparse(n)) for n in calls if isinstance(n.func, ast.Name))
    elif _NO_INDEX.search(raised):
        indexed = [n for n in every if isinstance(n, ast.Subscript)]
        places = ((p, ast.unparse(n)) for n in indexed for p in _places(n.slice))
        yield from places
    else:
        yield from _gone_through(every)


def _is_on(node: ast.AST, line: int) -> bool:
    first = getattr(node, "lineno", 0)
    return bool(first) and first <= line <= (getattr(node, "end_lineno", first) or first)


def _whole(node: ast.expr) -> str:
    """The name of what something is an attribute or an item of, at any depth; self.x of self."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and _is_self(node.value):
            return ast.unparse(node)
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _dictionaries(source: str) -> set[str]:
    """The attributes that a class makes dictionaries of: a weight of ours that stands there."""
    made = [n for n in ast.walk(tree_of(source)) if isinstance(n, (ast.Assign, ast.AnnAssign))]
    return {
        ast.unparse(target)
        for n in made
        if isinstance(n.value, (ast.Dict, ast.DictComp)) or _makes_dict(n.value)
        for target in (n.targets if isinstance(n, ast.Assign) else [n.target])
        if isinstance(target, ast.Attribute) and _is_self(target.value)
    }


def _makes_dict(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).lower().endswith("dict")


def _is_key(node: ast.AST) -> bool:
    """Whether it is text: no number and no array is found by it."""
    return any(
        isinstance(n, ast.JoinedStr) or isinstance(n, ast.Constant) and isinstance(n.value, str)
        for n in ast.walk(node)
    )


def _places(index: ast.expr) -> Iterator[str]:
    """The names that stand in an index by themselves: a[range(n), labels]."""
    for each in index.elts if isinstance(index, ast.Tuple) else (index,):
        if isinstance(each, ast.Name):
            yield each.id


def _gone_through(every: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """What is gone through by its keys, which are text: ``for key in inputs`` and inputs[key]."""
    for loop in every:
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            continue
        if not isinstance(loop.iter, ast.Name):
            continue
        taken = f"{loop.iter.id}[{loop.target.id}]"
        items = [n for n in every if isinstance(n, ast.Subscript)]
        of_text = any(_is_key(n.slice) and _whole(n.value) == loop.iter.id for n in items)
        if of_text and any(ast.unparse(n) == taken for n in items):
            yield loop.iter.id, taken
