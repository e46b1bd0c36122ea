"""Texts that differ from a function in one place, as somebody may have written it or meant it."""

from __future__ import annotations

import ast
import copy
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

_OTHER_OPERATION: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
}  # fmt: skip
_OTHER_ORDER: dict[type, type] = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE,
}  # fmt: skip
_REDUCTIONS = ("sum", "mean", "max", "min", "argmax", "var", "std", "prod")
_MOST_NAMES = 12  # that may have been meant in the place of another
_SILENT = ("print", "append", "format", "range", "len", "zeros_like", "ValueError")
_COLUMN = cast(ast.Subscript, ast.parse("x[:, None]", mode="eval").body)
_VALUES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)
_PLACES = (ast.Attribute, ast.Subscript)
Made = ast.expr | ast.stmt


@dataclass(frozen=True)
class Beside:
    """Further names that may have been meant: attributes of its class, functions and numbers."""

    attributes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """One place of a function: its line, what stands there, what may be meant; and all of it."""

    line: int
    stands: str
    meant: str
    text: str


def edits(function: ast.FunctionDef, beside: Beside, rank: int) -> Iterator[Edit]:
    """Those of one rank, of ``RANKS``: the first are the likeliest."""
    seen = {ast.unparse(function)}
    for place, node in enumerate(_places(function)):
        for made in RANKS[rank](node, function, beside):
            other = _with(function, place, made)
            text = ast.unparse(other)
            if text not in seen and _compiles(text):
                seen.add(text)
                stands, meant = _shown(function, other)
                yield Edit(node.lineno, stands, meant, text)


def _places(function: ast.FunctionDef) -> list[ast.expr | ast.stmt]:
    """The expressions and statements of its body whose value may matter."""
    found: list[ast.expr | ast.stmt] = []
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) or _is_silent(node):
            continue
        if isinstance(node, (ast.expr, ast.stmt)):
            found.append(node)
        waiting += reversed([*ast.iter_child_nodes(node)])
    return found


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, (ast.Raise, ast.Assert)):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    name = getattr(called, "id", getattr(called, "attr", ""))
    return name in _SILENT


def _with(function: ast.FunctionDef, place: int, made: Made) -> ast.FunctionDef:
    other = copy.deepcopy(function)
    target = _places(other)[place]

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return copy.deepcopy(made) if node is target else super().generic_visit(node)

    Put().generic_visit(other)
    return ast.fix_missing_locations(other)


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<edit>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _shown(function: ast.FunctionDef, other: ast.FunctionDef) -> tuple[str, str]:
    """The statement that differs, as it stands and as it may be meant."""
    ours, theirs = (ast.unparse(f).splitlines() for f in (function, other))
    pairs = zip(ours, theirs, strict=False)
    if len(ours) == len(theirs):
        differing = [(a.strip(), b.strip()) for a, b in pairs if a != b]
        return "; ".join(a for a, _ in differing), "; ".join(b for _, b in differing)
    first = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)) - 1)
    return ours[first].strip(), theirs[first].strip()


def _of_signs(node: ast.AST, *_: object) -> Iterator[Made]:
    if isinstance(node, ast.BinOp) and (other := _OTHER_OPERATION.get(type(node.op))):
        yield ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, (ast.Sub, ast.Div)):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        if other := _OTHER_ORDER.get(type(node.ops[0])):
            yield ast.Compare(node.left, [other()], node.comparators)
    elif isinstance(node, ast.AugAssign):
        if other := _OTHER_OPERATION.get(type(node.op)):
            yield ast.AugAssign(node.target, other(), node.value)
        yield ast.Assign([_stored(node.target)], node.value, lineno=node.lineno)
    elif isinstance(node, ast.Assign) and isinstance(
        node.targets[0], (ast.Attribute, ast.Subscript)
    ):
        yield ast.AugAssign(node.targets[0], ast.Add(), node.value)


def _stored(target: ast.expr) -> ast.expr:
    return copy.deepcopy(target)


def _of_shapes(node: ast.AST, *_: object) -> Iterator[Made]:
    """Transposition, axis, keepdims, sum or mean."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield ast.BinOp(node.right, ast.MatMult(), node.left)
        yield ast.BinOp(_transposed(node.left), ast.MatMult(), node.right)
        yield ast.BinOp(node.left, ast.MatMult(), _transposed(node.right))
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        if not isinstance(node.left, ast.Constant):
            yield ast.BinOp(_column(node.left), node.op, node.right)
        if not isinstance(node.right, ast.Constant):
            yield ast.BinOp(node.left, node.op, _column(node.right))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr == "dot":
        for i, arg in enumerate(node.args):
            args = [*node.args[:i], _transposed(arg), *node.args[i + 1 :]]
            yield ast.Call(node.func, args, node.keywords)
    if node.func.attr in _REDUCTIONS:
        yield from _other_reductions(node, node.func)


def _is_value(node: ast.Name | ast.Attribute) -> bool:
    """Whether it may hold numbers: no module, and not the object itself."""
    return getattr(node, "id", "") not in ("np", "numpy", "self", "math")


def _column(node: ast.expr) -> ast.expr:
    return ast.Subscript(node, _COLUMN.slice, ast.Load())


def _transposed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def _other_reductions(node: ast.Call, function: ast.Attribute) -> Iterator[Made]:
    said = {k.arg: k for k in node.keywords}
    rest = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
    keeps = [said["keepdims"]] if "keepdims" in said else []
    kept = ast.keyword("keepdims", ast.Constant(True))
    axes = [[ast.keyword("axis", ast.Constant(axis))] for axis in (0, 1, -1)]
    axis = [said["axis"]] if "axis" in said else []
    for one in ([], *axes):
        for kept_so in (keeps, [] if keeps else [kept]):
            yield ast.Call(function, node.args, [*rest, *one, *kept_so])
    other = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "var": "std", "std": "var"}
    if name := other.get(function.attr):
        changed = ast.Attribute(function.value, name, ast.Load())
        yield ast.Call(changed, node.args, [*rest, *axis, *keeps])


def _of_terms(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """A factor, a term or a function too many, a power or a sign that is not there."""
    if isinstance(node, _VALUES) and _loads(node):
        yield ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield ast.UnaryOp(ast.USub(), node)
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        yield node.args[0]
        if getattr(node.func, "attr", "") in ("log10", "log2", "log1p"):
            log = ast.Attribute(ast.Name("np", ast.Load()), "log", ast.Load())
            yield ast.Call(log, node.args, [])


def _of_numbers(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """Another number: a factor, a power, an index."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        for power in (2, 3, 0.5):
            yield ast.BinOp(node.left, ast.Pow(), ast.Constant(power))
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from _of_index(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        for value in (node.value + 1, node.value - 1, 2 * node.value, node.value / 2):
            yield ast.Constant(value)
    if isinstance(node, _VALUES) and _loads(node):
        for factor in (2, 3, 0.5):
            yield ast.BinOp(ast.Constant(factor), ast.Mult(), node)


def _of_index(node: ast.Subscript) -> Iterator[Made]:
    for value in (ast.BinOp(node.slice, op, ast.Constant(1)) for op in (ast.Add(), ast.Sub())):
        if not isinstance(node.slice, (ast.Slice, ast.Tuple)):
            yield ast.Subscript(node.value, value, ast.Load())


def _loads(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _of_names(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """Another value that is there: of a name, of an attribute, of a number of the file."""
    if isinstance(node, (ast.BinOp, ast.Call)):
        for one, times in Counter(map(ast.unparse, _loaded(node))).items():
            if times > 1:
                for other in _values(function, beside):
                    yield cast(ast.expr, _Renamed(one, other).visit(copy.deepcopy(node)))
    elif isinstance(node, (ast.Name, ast.Attribute)) and _loads(node) and _is_value(node):
        if isinstance(node, ast.Name) or _is_self(node.value):
            yield from _values(function, beside)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield from (ast.Name(name, ast.Load()) for name in beside.numbers)


def _loaded(node: ast.AST) -> Iterator[ast.Name | ast.Attribute | ast.Subscript]:
    """The values that are read in it: ``z``, ``z[j]`` and ``self.z``."""
    if isinstance(node, (ast.Name, ast.Subscript)) and _loads(node):
        yield node
    elif isinstance(node, ast.Attribute) and _is_self(node.value):
        yield node
    else:
        for each in ast.iter_child_nodes(node):
            yield from _loaded(each)


def _values(function: ast.FunctionDef, beside: Beside) -> list[ast.expr]:
    """The names of a function, and the attributes of its object."""
    names: list[ast.expr] = [ast.Name(n, ast.Load()) for n in _names(function)]
    if any(a.arg == "self" for a in function.args.args):
        own = ast.Name("self", ast.Load())
        names += [ast.Attribute(own, n, ast.Load()) for n in _attributes(function, beside)]
    return names


class _Renamed(ast.NodeTransformer):
    """One value in the place of another; of ``z[j]`` the part before the brackets."""

    def __init__(self, one: str, other: ast.expr) -> None:
        self.one, self.other = one, other

    def visit(self, node: ast.AST) -> ast.AST:
        if ast.unparse(node) != self.one:
            return super().generic_visit(node)
        if isinstance(node, ast.Subscript):
            return ast.Subscript(self.other, node.slice, ast.Load())
        return copy.deepcopy(self.other)


def _of_functions(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """A value that goes through a function first, or is multiplied or divided by another one."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) or not _loads(node):
        return
    for name in beside.functions:
        yield ast.Call(ast.Name(name, ast.Load()), [node], [])
    for text in ("np.tanh", "np.exp", "np.sqrt", "np.abs"):
        yield ast.Call(ast.parse(text, mode="eval").body, [node], [])


def _of_factors(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    if not isinstance(node, (ast.Name, ast.Attribute, ast.BinOp, ast.Call)) or not _loads(node):
        return
    numbers = [ast.Name(n, ast.Load()) for n in beside.numbers]
    for other in [*_values(function, beside), *numbers]:
        yield ast.BinOp(node, ast.Mult(), other)
        yield ast.BinOp(node, ast.Div(), other)
    for name in _names(function):
        size = ast.Call(ast.Name("len", ast.Load()), [ast.Name(name, ast.Load())], [])
        yield ast.BinOp(node, ast.Div(), size)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _names(function: ast.FunctionDef) -> list[str]:
    """Its parameters and what it binds, in order."""
    names = [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.arg != "self"]
    names += [n.id for n in ast.walk(function) if isinstance(n, ast.Name)
              and isinstance(n.ctx, ast.Store)]  # fmt: skip
    return [*dict.fromkeys(names)][:_MOST_NAMES]


def _attributes(function: ast.FunctionDef, beside: Beside) -> list[str]:
    own = [n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute) and _is_self(n.value)]
    return [*dict.fromkeys([*own, *beside.attributes])][:_MOST_NAMES]


Rank = Callable[[ast.AST, ast.FunctionDef, Beside], Iterator[Made]]
RANKS: tuple[Rank, ...] = (
    _of_signs, _of_shapes, _of_names, _of_terms, _of_numbers, _of_factors, _of_functions,
)  # fmt: skip
