"""The objects that a script makes of its own classes, each as a function that makes it again.

``net = Network()``, ``net.add(Dense(2, 3))``: how a network is put together is often said there
alone, under ``if __name__ == "__main__"`` or in a function that also loads data and trains. Of such
lines those are taken that need nothing but what the submission defines.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

_PREFIX = "_made_"
_PARTS = (
    ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Name, ast.Attribute, ast.Call, ast.Lambda,
    ast.keyword, ast.UnaryOp, ast.BinOp, ast.arguments, ast.arg, ast.expr_context, ast.operator,
    ast.unaryop, ast.Starred, ast.Subscript, ast.Compare, ast.cmpop, ast.IfExp,
)  # fmt: skip


def name_of(class_name: str) -> str:
    """What the function is called that makes the object of a class as the script does."""
    return f"{_PREFIX}{class_name}"


def add_kept(kept: Mapping[str, Any], namespace: dict[str, Any]) -> None:
    """The same for what a run of the script made or handed over, where nothing makes it yet."""
    for name, value in kept.items():
        namespace.setdefault(name_of(name), partial(copy.deepcopy, value))


def add_objects(tree: ast.AST, file: str, namespace: dict[str, Any]) -> None:
    """A function beside the others for each class of which the script makes an object."""
    for block in _blocks(tree):
        for name, lines in _made(block, namespace):
            code = code_of(name_of(name), lines, file)
            namespace.setdefault(code.co_name, FunctionType(code, namespace, code.co_name))


def _blocks(tree: ast.AST) -> Iterator[Sequence[Any]]:
    """Statements that follow one another: of the module, of its branches, of its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.If | ast.FunctionDef | ast.With | ast.Try):
            yield node.body


def _made(block: Sequence[Any], namespace: Any) -> Iterator[tuple[str, list[Any]]]:
    """Class → the lines that make an object of it, and those that put it together."""
    settings: dict[str, Any] = {}
    for at, line in enumerate(block):
        name, value = _assigned(line)
        if not name:
            continue
        class_name = _class_of(value, namespace)
        if not class_name:
            if _is_plain(value, {**namespace, **settings}):
                settings[name] = line
            continue
        known = {**namespace, **settings}
        if not _needs_nothing_else(value, known):
            continue
        lines = [*settings.values(), line]
        for further in block[at + 1 :]:
            if not _is_put_together(further, name, known):
                break
            lines.append(further)
        yield class_name, [*lines, ast.Return(ast.Name(name, ast.Load()))]


def _assigned(line: Any) -> tuple[str, Any]:
    if isinstance(line, ast.Assign) and len(line.targets) == 1:
        target = line.targets[0]
        return (target.id, line.value) if isinstance(target, ast.Name) else ("", None)
    return "", None


def _class_of(value: Any, namespace: Any) -> str:
    """The class of the submission that is called, ``Net()`` of ``Net().add(2, 3)`` too, or "".

    Not of what is handed data on the way.
    """
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        handed = (*value.args, *(k.value for k in value.keywords))
        if not all(_is_of_own_parts(a, namespace) for a in handed):
            return ""
        value = value.func.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        called = namespace.get(value.func.id)
        if type(called) is type and called.__module__ == namespace.get("__name__"):
            return value.func.id
    return ""


def _is_plain(value: Any, known: Any) -> bool:
    """Whether it is a setting: a number, a text, a list of them."""
    return not any(isinstance(n, ast.Call) for n in ast.walk(value)) and _needs_nothing_else(
        value, known
    )


def _needs_nothing_else(value: Any, known: Any) -> bool:
    nodes = list(ast.walk(value))
    own = {n.arg for n in nodes if isinstance(n, ast.arg)}
    names = {n.id for n in nodes if isinstance(n, ast.Name)} - own
    return all(isinstance(n, _PARTS) for n in nodes) and all(_is_setting(known, n) for n in names)


def _is_setting(known: Any, name: str) -> bool:
    """Whether a name is a function, a class, a module or a plain value; data are none."""
    builtins = known.get("__builtins__", {})
    inside = builtins if isinstance(builtins, dict) else vars(builtins)
    if name not in known:
        return name in inside
    value = known[name]
    kinds = (ast.stmt, FunctionType, ModuleType, type, int, float, str, list, tuple)
    return callable(value) or isinstance(value, kinds)


def _is_put_together(line: Any, name: str, known: Any) -> bool:
    """``net.add(...)``, with nothing that would have to be loaded."""
    call = line.value if isinstance(line, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return False
    of = call.func.value
    arguments = [*call.args, *(k.value for k in call.keywords)]
    return (
        isinstance(of, ast.Name)
        and of.id == name
        and all(_needs_nothing_else(a, known) and _is_of_own_parts(a, known) for a in arguments)
    )


def _is_of_own_parts(value: Any, known: Any) -> bool:
    """Whether all that is called in it is its own: not np.load, nor np.array of data."""
    inside = (n.func for n in ast.walk(value) if isinstance(n, ast.Call))
    return all(isinstance(f, ast.Name) and f.id in known for f in inside)


# ----- statements as a function


def code_of(name: str, body: Sequence[Any], file: str, line: int = 1) -> CodeType:
    """The code of a function of that name without parameters, whose body these statements are."""
    definition = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.body, definition.lineno, definition.end_lineno = list(body), line, line
    module = ast.fix_missing_locations(ast.Module([definition], []))
    code = compile(module, file, "exec", dont_inherit=True)
    return next(constant for constant in code.co_consts if isinstance(constant, CodeType))


def once(body: list[Any], counter: str, stored: Iterable[str]) -> list[ast.stmt]:
    """A loop of one turn, for a body may say break and continue; what it stores is global."""
    zero = ast.Tuple([ast.Constant(0)], ast.Load())
    plain = [_Unannotated().visit(statement) for statement in body]
    loop = ast.For(ast.Name(counter, ast.Store()), zero, plain, [])
    return [ast.Global(sorted({*stored, counter})), loop]


class _Unannotated(ast.NodeTransformer):
    """Statements without annotations: no name that has one can be global."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """``p = value`` of ``p: Type = value``."""
        made = ast.Assign([node.target], node.value) if node.value is not None else ast.Pass()
        return ast.copy_location(made, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Left as it is: of a dataclass they are its fields."""
        return node
