"""One expression written otherwise: a sign, a bracket, an axis, a factor, a number, a function."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import permutations
from typing import cast

from compare.sandbox.worker.edits.names import Beside, Made, loads, names_in, unread_in, values

_OTHER_OPERATION: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
}  # fmt: skip
_OTHER_ORDER: dict[type, tuple[type, ...]] = {
    ast.Gt: (ast.Lt, ast.GtE), ast.Lt: (ast.Gt, ast.LtE), ast.GtE: (ast.LtE, ast.Gt),
    ast.LtE: (ast.GtE, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip
_OTHER_BOTH: dict[type, type] = {ast.And: ast.Or, ast.Or: ast.And}
_REDUCTIONS = ("sum", "mean", "max", "min", "argmax", "var", "std", "prod")
_COLUMN = cast(ast.Subscript, ast.parse("x[:, None]", mode="eval").body)
_VALUES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)


def of_signs(node: ast.AST, *_: object) -> Iterator[Made]:
    """Another operation, or none, another comparison, or what is added to what was there."""
    if isinstance(node, ast.BinOp) and (other := _OTHER_OPERATION.get(type(node.op))):
        yield ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, (ast.Sub, ast.Div)):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _OTHER_ORDER.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(_OTHER_BOTH[type(node.op)](), node.values)
    elif isinstance(node, ast.AugAssign):
        if other := _OTHER_OPERATION.get(type(node.op)):
            yield ast.AugAssign(node.target, other(), node.value)
        yield ast.Assign([copy.deepcopy(node.target)], node.value, lineno=node.lineno)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        if isinstance(node.targets[0], (ast.Name, ast.Attribute, ast.Subscript)):
            for operation in (ast.Add(), ast.Sub(), ast.Mult()):
                yield ast.AugAssign(node.targets[0], operation, node.value)


def of_brackets(node: ast.AST, *_: object) -> Iterator[Made]:
    """Brackets, or those of a call, that close before or after another term."""
    if isinstance(node, ast.BinOp):
        a, b = node.left, node.right
        if isinstance(a, ast.BinOp):
            yield ast.BinOp(a.left, a.op, ast.BinOp(a.right, node.op, b))
        if isinstance(b, ast.BinOp):
            yield ast.BinOp(ast.BinOp(a, node.op, b.left), b.op, b.right)
        if isinstance(a, ast.UnaryOp):
            yield ast.UnaryOp(a.op, ast.BinOp(a.operand, node.op, b))
        if isinstance(a, ast.Call) and len(a.args) == 1:
            yield ast.Call(a.func, [ast.BinOp(a.args[0], node.op, b)], a.keywords)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.BinOp):
        inside = node.operand
        yield ast.BinOp(ast.UnaryOp(node.op, inside.left), inside.op, inside.right)
    elif isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.BinOp):
        inside = node.args[0]
        first = ast.Call(node.func, [inside.left], node.keywords)
        yield ast.BinOp(first, inside.op, inside.right)


def of_shapes(node: ast.AST, *_: object) -> Iterator[Made]:
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
        inside = node.args[0] if len(node.args) == 1 else node.func.value
        if isinstance(inside, ast.Call) and isinstance(inside.func, ast.Attribute):
            if inside.func.attr in _REDUCTIONS:  # one axis after the other, down to one number
                yield from _other_reductions(inside, inside.func)


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


def of_terms(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """A factor, a term or a function too many, a power or a sign that is not there."""
    if isinstance(node, _VALUES) and loads(node):
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


def of_products(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """A product ``a.T @ b`` and another one: of what is used twice the gradient has two terms."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        first = node.left
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "dot" and node.args:
        first = node.args[0]
    else:
        return
    if isinstance(first, ast.Attribute) and first.attr == "T":
        inside = {ast.unparse(n) for n in ast.walk(node)}
        others = [v for v in values(function, beside) if ast.unparse(v) not in inside]
        for a, b in permutations(others, 2):
            yield ast.BinOp(node, ast.Add(), ast.BinOp(_transposed(a), ast.MatMult(), b))


def of_unread(node: ast.AST, function: ast.FunctionDef, *_: object) -> Iterator[Made]:
    """A value and another one that is made, and that nothing reads."""
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and loads(node):
        for name in unread_in(function):
            yield ast.BinOp(node, ast.Add(), ast.Name(name, ast.Load()))


def of_numbers(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """Another number: a factor, a power, an index."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        for power in (2, 3, 0.5):
            yield ast.BinOp(node.left, ast.Pow(), ast.Constant(power))
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from _of_index(node)
    elif isinstance(node, ast.Slice):
        for place in ("lower", "upper"):
            if (bound := getattr(node, place)) is not None:
                for other in _by_one(bound):
                    yield cast(ast.expr, _put(node, place, other))
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range":
        for i, arg in enumerate(node.args):
            for other in _by_one(arg):
                yield ast.Call(node.func, [*node.args[:i], other, *node.args[i + 1 :]], [])
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        for value in (node.value + 1, node.value - 1, 2 * node.value, node.value / 2):
            yield ast.Constant(value)
        if node.value == 1:  # for each of several what is there for one
            for each in names_in(function):
                positive = ast.Compare(ast.Name(each, ast.Load()), [ast.Gt()], [ast.Constant(0)])
                yield _called("np.sum", positive, axis=-1)
    if isinstance(node, _VALUES) and loads(node):
        for factor in (2, 3, 0.5):
            yield ast.BinOp(ast.Constant(factor), ast.Mult(), node)


def _of_index(node: ast.Subscript) -> Iterator[Made]:
    if not isinstance(node.slice, (ast.Slice, ast.Tuple)):
        for value in _by_one(node.slice):
            yield ast.Subscript(node.value, value, ast.Load())


def _by_one(node: ast.expr) -> Iterator[ast.expr]:
    """One more, and one less."""
    for op in (ast.Add(), ast.Sub()):
        yield ast.BinOp(node, op, ast.Constant(1))


def _put(node: ast.AST, place: str, value: ast.expr) -> ast.AST:
    other = copy.copy(node)
    setattr(other, place, value)
    return other


def of_functions(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """A value that goes through a function first, or is summed over its samples or its features."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield from _sums(node)
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) or not loads(node):
        return
    yield from _sums(node)
    for name in beside.functions:
        yield ast.Call(ast.Name(name, ast.Load()), [node], [])
    for text in ("np.tanh", "np.exp", "np.sqrt", "np.abs"):
        yield _called(text, node)


def _sums(node: ast.expr) -> Iterator[ast.expr]:
    for axis in (-1, 0):
        yield _called("np.sum", node, axis=axis, keepdims=True)


def _called(name: str, *args: ast.expr, **said: int | bool) -> ast.expr:
    keywords = [ast.keyword(k, ast.Constant(v)) for k, v in said.items()]
    return ast.Call(ast.parse(name, mode="eval").body, [*args], keywords)


def of_factors(node: ast.AST, function: ast.FunctionDef, beside: Beside) -> Iterator[Made]:
    """A value multiplied or divided by another one, or divided by the length of something."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.BinOp, ast.Call)) or not loads(node):
        return
    numbers = [ast.Name(n, ast.Load()) for n in beside.numbers]
    for other in [*values(function, beside), *numbers]:
        yield ast.BinOp(node, ast.Mult(), other)
        yield ast.BinOp(node, ast.Div(), other)
    for name in names_in(function):
        size = ast.Call(ast.Name("len", ast.Load()), [ast.Name(name, ast.Load())], [])
        yield ast.BinOp(node, ast.Div(), size)
