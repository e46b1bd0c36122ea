"""What a file leaves to the callers of a function: the mean of losses that come one by one.

And what it hands them: outputs of one column, in which a mean over all is one over the samples.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from compare.check.i18n.text import Text
from compare.check.naming.source_tree import tree_of
from compare.check.result import Diagnosis, Judgement
from compare.core.outcome import Outcome
from compare.judge.verdict import Verdict
from compare.sandbox.interface import Box, Definition, Failed, Inventory

_OF_EACH = Text(
    "one loss for each sample or output; what calls it takes their sum or mean",
    "サンプル（または出力）ごとの損失を返す（和や平均は呼び出し側でとる）",
)
_COUNT = Text(
    "the number of right samples; what calls it divides by how many there are",
    "正解数を返す（サンプル数での割り算は呼び出し側で行う）",
)
ONE_OUTPUT = Text(
    "of one output a sample: of K outputs loss and gradient would be K apart",
    "1 サンプル 1 出力の場合（出力が K 個なら損失と勾配が K 倍ずれる）",
)
ADDED_UP = Text(
    "its gradients are added up until its callers set them to 0",
    "勾配は足し込まれ、呼び出し側が 0 に戻す",
)
_OUTPUTS = ("K", "1/K")
_REDUCES = ("sum", "mean", "average", "nansum", "nanmean", "fsum")
_CASTS = ("float", "int", "item", "array", "asarray")
_SIZES = ("len", "shape", "size")


def left_to_callers(
    judgements: Sequence[Judgement], inventory: Inventory, box: Box
) -> tuple[Judgement, ...]:
    """A loss without its mean, and a count of right samples, are right where a caller reduces them.

    Nothing else may be wrong with them.
    """
    return tuple(_right_if_reduced(j, inventory, box) for j in judgements)


def _right_if_reduced(judgement: Judgement, inventory: Inventory, box: Box) -> Judgement:
    said = _left(judgement.diagnoses) if judgement.outcome is Outcome.DIFFERENT else None
    if judgement.outcome is Outcome.DIFFERENT and _is_of_one_output(judgement, inventory, box):
        return _right(judgement, ONE_OUTPUT)
    if _is_set_to_zero(judgement, inventory):
        return _right(judgement, ADDED_UP)
    if said is None or not any(_reduces(u, said is _COUNT) for u in _uses(judgement, inventory)):
        return judgement
    return _right(judgement, said)


def _right(judgement: Judgement, said: Text) -> Judgement:
    return replace(
        judgement, outcome=Outcome.SAME, diagnoses=(), verdict=Verdict(()),
        conventions=(*judgement.conventions, said),
    )  # fmt: skip


def _is_of_one_output(judgement: Judgement, inventory: Inventory, box: Box) -> bool:
    """Whether loss and gradient differ by the number of outputs alone, and the file has one.

    Of what is yes or no there is one output a sample, unless the file hands over several.
    """
    apart = [(d.cause, str(d.blanks.get("factor"))) for d in judgement.diagnoses if not d.warning]
    if len(apart) != 1 or apart[0] not in [("not_the_loss_differentiated", f) for f in _OUTPUTS]:
        return False
    arrays = _handed((judgement.found, *judgement.parts), inventory, box)
    columns = [a.ndim == 2 and a.shape[1] == 1 for a in arrays]
    if "binary" in judgement.concept or "sigmoid" in judgement.concept:
        return all(c or a.ndim < 2 for a, c in zip(arrays, columns, strict=True))
    return bool(arrays) and all(columns)


def _is_set_to_zero(judgement: Judgement, inventory: Inventory) -> bool:
    """Whether it does nothing wrong but to add up gradients, each of which is set to 0 again."""
    if [d.cause for d in judgement.diagnoses if not d.warning] != ["gradients_accumulate"]:
        return False
    added: set[str] = set()
    zeroed: set[str] = set()
    for definition in inventory.found:
        for node in _nodes(definition):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                loops = _in_loops(node)
                names = {n for inner in ast.walk(node) for n in _set_to_zero(inner)}
                zeroed |= names | {of for n in names for of in loops.get(n, ())}
            if definition.name == judgement.found:
                parts = (n for target in _added_to(node) for n in ast.walk(target))
                added |= {n.attr for n in parts if isinstance(n, ast.Attribute)}
    return bool(added) and added <= zeroed


def _added_to(node: ast.AST) -> list[ast.expr]:
    """What a statement adds something to: ``g += d``, ``g = g + d``."""
    if isinstance(node, ast.AugAssign):
        return [node.target]
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return []
    terms = {ast.unparse(node.value.left), ast.unparse(node.value.right)}
    adds = isinstance(node.value.op, ast.Add)
    return [t for t in node.targets if adds and ast.unparse(t) in terms]


def _set_to_zero(node: ast.AST) -> set[str]:
    """The attributes that a statement sets to zeros."""
    if isinstance(node, ast.Assign) and _is_zero(node.value):
        return {n for target in node.targets for n in _attributes_in(target)}
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Mult) and _is_zero(node.value):
        return _attributes_in(node.target)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "fill" and all(map(_is_zero, node.args)):
            return _attributes_in(node.func.value)
    return set()


def _is_zero(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return _called(node) in ("zeros", "zeros_like")
    return isinstance(node, ast.Constant) and node.value == 0


def _attributes_in(target: ast.AST) -> set[str]:
    """And the names, one of which a loop may take from an attribute: ``for g in self.grads``."""
    nodes = list(ast.walk(target))
    return {n.attr for n in nodes if isinstance(n, ast.Attribute)} | {
        n.id for n in nodes if isinstance(n, ast.Name) and n.id != "self"
    }


def _in_loops(function: ast.AST) -> dict[str, set[str]]:
    """What a loop goes through, by the name that it has there."""
    loops = [n for n in ast.walk(function) if isinstance(n, ast.For)]
    return {
        name.id: {n.attr for n in ast.walk(loop.iter) if isinstance(n, ast.Attribute)}
        for loop in loops for name in ast.walk(loop.target) if isinstance(name, ast.Name)
    }  # fmt: skip


def _handed(names: Sequence[str], inventory: Inventory, box: Box) -> list[np.ndarray]:
    """The arrays of its file that are handed to one of these."""
    handed: set[str] = set()
    for definition in inventory.found:
        own = {p.name for p in definition.parameters}
        for node in _nodes(definition) if definition.name not in names else ():
            if isinstance(node, ast.Call) and _called(node) in names:
                inner = (n for argument in node.args for n in _subscripted(argument))
                handed |= {*inner} - own
    try:
        values = box.attributes(box.globals_of(names[0]), sorted(handed)) if handed else {}
    except Failed:
        return []
    return [v for v in values.values() if isinstance(v, np.ndarray)]


def _subscripted(argument: ast.AST) -> Iterator[str]:
    """The name of what is handed over itself, or of what some rows are taken from."""
    whole = argument.value if isinstance(argument, ast.Subscript) else argument
    if isinstance(whole, ast.Name):
        yield whole.id


def _left(diagnoses: Sequence[Diagnosis]) -> Text | None:
    """What is left to the caller, where that is all there is to be said."""
    if len(diagnoses) != 1:
        return None
    cause, blanks = diagnoses[0].cause, diagnoses[0].blanks
    if cause == "not_one_number" and blanks.get("shape") != "(K,)":
        return _OF_EACH
    return _COUNT if cause == "accuracy_factor" and blanks.get("is") == "1" else None


def _uses(judgement: Judgement, inventory: Inventory) -> Iterator[list[ast.AST]]:
    """Each place where its result is used, with what stands around it from the inside out."""
    name = judgement.found.rpartition(".")[2]
    for definition in inventory.found:
        if definition.name == judgement.found or name not in definition.source:
            continue
        nodes = _nodes(definition)
        around = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        for node in nodes:
            if isinstance(node, ast.Call) and _called(node) == name:
                outward = list(_outward(node, around))
                yield outward
                kept = _kept(outward)
                yield from (
                    list(_outward(other, around))
                    for other in nodes
                    if isinstance(other, ast.Name) and other.id == kept
                    and isinstance(other.ctx, ast.Load)
                )  # fmt: skip


def _nodes(definition: Definition) -> list[ast.AST]:
    return list(ast.walk(tree_of(definition.source)))


def _outward(node: ast.AST, around: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """What it stands in, up to the statement, without what changes no number."""
    yield node
    while not isinstance(node, ast.stmt) and node in around:
        inner, node = node, around[node]
        cast = isinstance(node, ast.Call) and _called(node) in _CASTS and inner is not node.func
        if not cast:
            yield node


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _kept(outward: Sequence[ast.AST]) -> str:
    """The name to which the result itself is given, or ""."""
    last = outward[1] if len(outward) > 1 else None
    target = last.targets[0] if isinstance(last, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else ""


def _reduces(outward: Sequence[ast.AST], counted: bool) -> bool:
    """Whether the first thing that is done with it is to sum or average it; or to divide a count.

    A count is as well added to others, or handed on beside how many samples there are.
    """
    node, first = outward[0], outward[1] if len(outward) > 1 else None
    if not counted:
        method = isinstance(first, ast.Attribute) and first.attr in _REDUCES
        return method or isinstance(first, ast.Call) and _called(first) in _REDUCES
    if isinstance(first, ast.BinOp) and isinstance(first.op, ast.Div):
        return node is first.left or node not in (first.left, first.right)
    if isinstance(first, ast.AugAssign):
        return isinstance(first.op, ast.Add)
    beside = first.args if isinstance(first, ast.Call) else []
    return any(_is_size(argument) for argument in beside)


def _is_size(node: ast.AST) -> bool:
    inner = list(ast.walk(node))
    names = {n.attr for n in inner if isinstance(n, ast.Attribute)}
    names |= {_called(n) for n in inner if isinstance(n, ast.Call)}
    return bool(names & set(_SIZES))
