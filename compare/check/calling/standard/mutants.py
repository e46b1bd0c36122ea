"""One slip in a formula at a time: what somebody computes who means it, and what is amiss there."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from compare.check.calling.standard.definition import Line
from compare.check.calling.standard.roles import kind_of
from compare.check.i18n.text import Text

_ONE_FOR_ANOTHER = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum",
                    "sign": "abs", "mean": "sum", "sum": "mean", "cos": "sin", "log2": "log",
                    "recalls": "precisions", "precisions": "recalls", "ceil": "floor",
                    "squared": "absolute", "absolute": "squared", "joint": "total"}  # fmt: skip
_LEFT_OUT = ("sqrt", "log", "exp", "abs", "sign", "floor", "absolute", "squared")
_SMALL = 1e-3  # what is added to no purpose but to divide by no 0
Slip = tuple[ast.expr, Text]  # what is said has roles in braces: a submission has its own names


def mutants(line: Line) -> Iterator[Line]:
    """Every line that differs from it in one place."""
    tree = ast.parse(line.text, mode="eval")
    places = [n for n in ast.walk(tree) if isinstance(n, ast.expr)]
    seen = {ast.unparse(tree)}
    for place, node in enumerate(places):
        for replacement, hint in _slips(node, line):
            other = _replaced(tree, place, replacement)
            text = ast.unparse(other)
            if text not in seen:
                seen.add(text)
                yield replace(line, text=text, hint=hint)


def _replaced(tree: ast.Expression, place: int, replacement: ast.expr) -> ast.Expression:
    other = copy.deepcopy(tree)
    target = [n for n in ast.walk(other) if isinstance(n, ast.expr)][place]

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return copy.deepcopy(replacement) if node is target else super().generic_visit(node)

    Put().visit(other)
    return ast.fix_missing_locations(other)


def _slips(node: ast.expr, line: Line) -> Iterator[Slip]:
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _of_call(node, node.func.id)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand, Text("the sign is lost", "符号が逆です")
    elif isinstance(node, ast.Name):
        yield from _of_role(node, line)


def _of_operation(node: ast.BinOp) -> Iterator[Slip]:
    left, right = _of_roles(node.left), _of_roles(node.right)

    def made(operation: ast.operator) -> ast.BinOp:
        return ast.BinOp(node.left, operation, node.right)

    if isinstance(node.op, ast.Div):
        cut = Text(
            "the fraction is cut off, as // and arrays of whole numbers do",
            "// や整数の配列により、端数が切り捨てられます",
        )
        yield made(ast.FloorDiv()), cut
        turned = ast.BinOp(node.right, ast.Div(), node.left)
        yield turned, Text("the division is turned over", "割り算が逆です")
        yield node.left, Text(f"it is not divided by {right}", f"{right} で割っていません")
        times = Text(f"multiplied by {right}, not divided", f"{right} で割らずに掛けています")
        yield made(ast.Mult()), times
    elif isinstance(node.op, ast.Mult):
        yield node.left, Text(f"the factor {right} is missing", f"係数 {right} がありません")
        yield node.right, Text(f"the factor {left} is missing", f"係数 {left} がありません")
        by = Text(f"divided by {right}, not multiplied", f"{right} を掛けずに割っています")
        yield made(ast.Div()), by
    elif isinstance(node.op, (ast.Add, ast.Sub)):
        yield from _of_sum(node, left, right)
    elif isinstance(node.op, ast.Pow):
        yield node.left, Text(f"the power {right} is missing", f"{right} 乗がありません")
        times = Text(f"multiplied by {right}, and no power", f"{right} 乗ではなく {right} 倍です")
        yield made(ast.Mult()), times
    elif isinstance(node.op, ast.Mod):
        rest = Text(f"the remainder by {right} is missing", f"{right} で割った余りにしていません")
        yield node.left, rest
    elif isinstance(node.op, ast.FloorDiv):
        whole = Text("it is not cut off to a whole number", "整数に切り捨てていません")
        yield made(ast.Div()), whole


def _of_roles(node: ast.expr) -> str:
    return f"{{{ast.unparse(node)}}}"


def _of_sum(node: ast.BinOp, left: str, right: str) -> Iterator[Slip]:
    added = isinstance(node.op, ast.Add)
    other = ast.BinOp(node.left, ast.Sub() if added else ast.Add(), node.right)
    yield other, Text(f"the sign of {right} is the other one", f"{right} の符号が逆です")
    yield node.left, Text(f"{right} is missing", f"{right} の項がありません")
    alone = Text(f"it is {right}, not {left} - {right}", f"{left} - {right} ではなく {right} です")
    missing = Text(f"{left} is missing", f"{left} の項がありません")
    yield node.right, missing if added else alone


def _of_call(node: ast.Call, name: str) -> Iterator[Slip]:
    if name in _LEFT_OUT and len(node.args) == 1:
        said = {"sqrt": Text("the root is missing", "平方根がありません")}
        yield node.args[0], said.get(name, Text(f"{name} is missing", f"{name} がありません"))
    if name in _ONE_FOR_ANOTHER:
        other = _ONE_FOR_ANOTHER[name]
        hint = Text(f"it is {other} where {name} should be", f"{name} ではなく {other} です")
        yield ast.Call(ast.Name(other), node.args, node.keywords), hint
    if name in ("minimum", "maximum") and isinstance(node.args[0], ast.Constant):
        bound = _of_roles(node.args[0])
        above = Text(f"nothing keeps it at most {bound}", f"{bound} 以下に抑えていません")
        below = Text(f"nothing keeps it at least {bound}", f"{bound} 以上に保っていません")
        yield node.args[1], above if name == "minimum" else below
    axes = [k for k in node.keywords if k.arg == "axis"]
    if axes:
        rest = [k for k in node.keywords if k.arg != "axis"]
        now = ast.unparse(axes[0].value)
        for axis in {"0": ("1",), "1": ("0",), "-1": ("0",)}.get(now, ()):
            moved = [*rest, ast.keyword("axis", ast.Constant(int(axis)))]
            hint = Text(
                f"it is along axis {axis}, not along axis {now}", f"軸が {now} ではなく {axis} です"
            )
            yield ast.Call(node.func, node.args, moved), hint
        hint = Text(
            f"it is over everything, not along axis {now}", f"軸 {now} ではなく全体で計算しています"
        )
        yield ast.Call(node.func, node.args, [k for k in rest if k.arg != "keepdims"]), hint


def _of_role(node: ast.Name, line: Line) -> Iterator[Slip]:
    if node.id not in line.roles:
        return
    own = _of_roles(node)
    if node.id in ("step", "k", "size", "length", "T", "patience"):
        for sign, op in (("-", ast.Sub()), ("+", ast.Add())):
            if node.id == "step" and sign == "+":
                continue  # counted from 1
            hint = Text(
                f"{own} {sign} 1 stands for {own}", f"{own} が {own} {sign} 1 になっています"
            )
            yield ast.BinOp(node, op, ast.Constant(1)), hint
    for other in line.roles:
        if other != node.id and kind_of(other, 0.0) == kind_of(node.id, 0.0):
            hint = Text(f"{{{other}}} stands where {own} should", f"{own} の所が {{{other}}} です")
            yield ast.Name(other), hint


def exchanged(line: Line) -> Iterator[Line]:
    """With two of its roles exchanged everywhere."""
    for k, one in enumerate(line.roles):
        for other in line.roles[k + 1 :]:
            names = {one: other, other: one}
            text = re.sub(r"\b\w+\b", lambda m: names.get(m[0], m[0]), line.text)  # noqa: B023
            yield replace(
                line,
                text=text,
                hint=Text(
                    f"{{{one}}} and {{{other}}} are exchanged", f"{{{one}}} と {{{other}}} が逆です"
                ),
            )


def guarded(line: Line, constants: Iterable[float]) -> Iterator[Line]:
    """Itself, and with a small number of the text beside what is divided by or a logarithm of."""
    yield from (each for each, _ in guarded_alike(line, line, constants))


def guarded_alike(
    line: Line, other: Line, constants: Iterable[float]
) -> Iterator[tuple[Line, Line]]:
    """The same of a line beside another one, which has the same number in the same places."""
    yield line, other
    for e in [v for v in constants if 0 < v < _SMALL][:2]:
        for where in ((ast.Div,), (ast.Call,), (ast.Div, ast.Call)):
            one = _guarded(line, e, where)
            if one.text != ast.unparse(ast.parse(line.text, mode="eval")):
                yield one, _guarded(other, e, where)


def _guarded(line: Line, e: float, where: tuple[type, ...]) -> Line:
    tree = ast.parse(line.text, mode="eval")
    text = ast.unparse(ast.fix_missing_locations(_Guard(e, where).visit(tree)))
    return replace(line, text=text)


class _Guard(ast.NodeTransformer):
    def __init__(self, e: float, where: tuple[type, ...]) -> None:
        self.e, self.where = e, where

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.op, ast.Div)
            and ast.Div in self.where
            and not isinstance(node.right, ast.Constant)
        ):
            node.right = ast.BinOp(node.right, ast.Add(), ast.Constant(self.e))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.func, ast.Name)
            and node.func.id in ("log", "log2")
            and ast.Call in self.where
        ):
            node.args = [ast.BinOp(node.args[0], ast.Add(), ast.Constant(self.e))]
        return node
