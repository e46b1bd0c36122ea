"""What the text of a function says of the names in it: which are global, what is read of each."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from compare.check.naming.source_tree import tree_of

# W, w1, Wa, W_hidden, weights_ih, theta
_WEIGHT = re.compile(
    r"w|w[\d_].*|w[a-z]{1,2}\d?|(.*_)?weights?([\d_].*)?|theta.*|syn(\d|apse).*", re.IGNORECASE
)
_BUILTINS = frozenset(vars(builtins))
_PRODUCTS, _NUMPY = ("dot", "matmul"), ("np", "numpy")


def without_constructor(source: str) -> str:
    """The methods of a class that stand behind its constructor."""
    return source.partition("def __init__")[2].partition("\n    def ")[2]


def is_weight(name: str) -> bool:
    """Whether it is called what a matrix of weights is called."""
    return _WEIGHT.fullmatch(name) is not None


@lru_cache(maxsize=512)
def global_names(source: str) -> tuple[str, ...]:
    """The names that a function reads and does not bind, in order; no builtins."""
    nodes = [*ast.walk(tree_of(source))]
    names = sorted(
        (node for node in nodes if isinstance(node, ast.Name)),
        key=lambda node: (node.lineno, node.col_offset),
    )
    loaded = dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Load))
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    return tuple(n for n in loaded if n not in _BUILTINS and (n not in bound or n in declared))


def loaded_and_made(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a loop's body reads before it sets them, and those that it sets, in order."""
    loaded: dict[str, None] = {}
    made: dict[str, None] = {}

    def visit(node: ast.AST) -> None:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            visit(node.value)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                if node.target.id not in made:
                    loaded[node.target.id] = None
            for target in targets:
                visit(target)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                made[node.id] = None
            elif node.id not in made:
                loaded[node.id] = None
        else:
            for child in ast.iter_child_nodes(node):
                visit(child)

    loops = (n for n in ast.walk(tree_of(source)) if isinstance(n, (ast.For, ast.While)))
    for statement in next((loop.body for loop in loops), []):
        visit(statement)
    return tuple(n for n in loaded if n not in _BUILTINS), tuple(made)


def looped_in_pairs(source: str, function: str, names: Sequence[str]) -> str:
    """The name of these whose members a function takes in pairs, ``for x, y in batch``, or ""."""
    for node in ast.walk(tree_of(source)):
        if not isinstance(node, ast.FunctionDef) or node.name != function:
            continue
        for loop in ast.walk(node):
            if isinstance(loop, (ast.For, ast.comprehension)) and isinstance(loop.iter, ast.Name):
                targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
                of_weights = any(isinstance(t, ast.Name) and is_weight(t.id) for t in targets)
                if len(targets) == 2 and loop.iter.id in names and not of_weights:
                    return loop.iter.id
    return ""


def zipped(source: str) -> Iterator[tuple[str, str]]:
    """What a loop over ``zip(xs, ts)`` calls the two, and what both are called outside it."""
    for loop in ast.walk(tree_of(source)):
        if not isinstance(loop, (ast.For, ast.comprehension)) or not _is_call_of("zip", loop.iter):
            continue
        targets = [n for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
        assert isinstance(loop.iter, ast.Call)
        for names in (targets, loop.iter.args):
            spelled = [n.id for n in names if isinstance(n, ast.Name)]
            if len(spelled) == 2:
                yield spelled[0], spelled[1]


def zeroing(source: str) -> tuple[str, ...]:
    """The methods of a class that add to nothing and set something to 0, by their text."""
    found = []
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.FunctionDef):
            text = ast.unparse(node)
            if "+=" not in text and _ZERO.search(text):
                found.append(node.name)
    return tuple(found)


_ZERO = re.compile(r"zeros|fill\(0|= 0(\.0)?\b")


def handed_each(source: str) -> Iterator[tuple[str, str]]:
    """Of loops over members of something: what that is called, and a method they are handed to."""
    for loop in ast.walk(tree_of(source)):
        if isinstance(loop, ast.For):
            over, target, body = loop.iter, loop.target, list[ast.AST](loop.body)
        elif isinstance(loop, (ast.ListComp, ast.GeneratorExp)):
            first = loop.generators[0]
            over, target, body = first.iter, first.target, [loop.elt]
        else:
            continue
        if _is_call_of("enumerate", over) and isinstance(target, ast.Tuple):
            assert isinstance(over, ast.Call)
            over, target = over.args[0], target.elts[-1]
        if not (isinstance(over, ast.Name) and isinstance(target, ast.Name)):
            continue
        for node in (each for line in body for each in ast.walk(line)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                if isinstance(node.args[0], ast.Name) and node.args[0].id == target.id:
                    yield over.id, node.func.attr


def _is_call_of(name: str, over: ast.expr) -> bool:
    return isinstance(over, ast.Call) and getattr(over.func, "id", "") == name


@lru_cache(maxsize=512)
def has_weights_first(source: str) -> bool:
    """Whether it adds something to a product of weights and something else, W x + b: of columns."""
    sums = (n for n in ast.walk(tree_of(source)) if isinstance(n, ast.BinOp))
    products = (_operands(n.left) for n in sums if isinstance(n.op, ast.Add))
    first = (next((o for o in p if getattr(o, "id", "") not in _NUMPY), None) for p in products)
    return any(is_weight(getattr(o, "id", getattr(o, "attr", ""))) for o in first)


@lru_cache(maxsize=512)
def is_multiplied(source: str, name: str) -> bool:
    """Whether it is a factor of a matrix product by itself, and so an array."""
    return any(
        isinstance(operand, ast.Name) and operand.id == name
        for operand in _operands(tree_of(source))
    )


@lru_cache(maxsize=512)
def multiplies_state(source: str, weight: str) -> bool:
    """Whether a method multiplies it by what it has of its object, and sets behind that: a state.

    ``self.h = np.tanh(x @ self.Wx + self.h @ self.Wh)``.
    """
    for method in (n for n in ast.walk(tree_of(source)) if isinstance(n, ast.FunctionDef)):
        own = [n for n in ast.walk(method) if isinstance(n, ast.Attribute)]
        stored: dict[str, int] = {}
        for set_there in (n for n in own if isinstance(n.ctx, ast.Store)):
            line = set_there.lineno
            stored[set_there.attr] = min(stored.get(set_there.attr, line), line)
        for node in ast.walk(method):
            factors = [f for f in factors_of(node) if isinstance(f, ast.Attribute)]
            names = [f.attr for f in factors]
            others = [n for n in names if n != weight]
            if weight in names and any(stored.get(n, 0) >= factors[0].lineno for n in others):
                return True
    return False


def factors_of(node: ast.AST) -> tuple[ast.expr, ...]:
    """What a matrix product multiplies; nothing of what is none."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return (node.left, node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _PRODUCTS:
            return (node.func.value, *node.args)
    return ()


def _operands(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        yield from factors_of(node)


def is_called_on_slices(source: str, name: str) -> bool:
    """Whether a loop that calls it cuts something into pieces: ``x[i:i + size]``."""
    for loop in ast.walk(tree_of(source)):
        nodes = list(ast.walk(loop)) if isinstance(loop, ast.For) else []
        called = any(isinstance(n, ast.Call) and getattr(n.func, "id", "") == name for n in nodes)
        cut = any(isinstance(n, ast.Slice) and n.lower and n.upper for n in nodes)
        if called and cut:
            return True
    return False


@lru_cache(maxsize=512)
def divides_by(source: str, name: str) -> bool:
    """Whether it divides by what is called so."""
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and name in {n.id for n in ast.walk(node.right) if isinstance(n, ast.Name)}
        for node in ast.walk(tree_of(source))
    )


@lru_cache(maxsize=512)
def is_factor(source: str, attribute: str) -> bool:
    """Whether something is multiplied by the attribute of an object, or divided."""
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Mult, ast.Div))
        and attribute in {getattr(operand, "attr", "") for operand in (node.left, node.right)}
        for node in ast.walk(tree_of(source))
    )
