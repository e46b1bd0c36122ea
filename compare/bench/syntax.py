"""Mutants by the syntax tree: one operator, number, argument, sign, name or branch is another.

What no program computes with is left as it is: docstrings, annotations and type aliases.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

_OTHER_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
_IN_ORDER = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
_OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_TAKEN_FOR_EACH_OTHER = (
    ("sum", "mean"), ("max", "min"), ("maximum", "minimum"), ("argmax", "argmin"),
    ("zeros_like", "ones_like"), ("zeros", "ones"), ("exp", "expm1"), ("log", "log1p"),
    ("sqrt", "square"), ("cos", "sin"), ("tanh", "sinh"), ("dot", "multiply"),
    ("outer", "multiply"), ("permutation", "integers"), ("floor", "ceil"),
)  # fmt: skip
_OTHER_NAMES = {a: b for pair in _TAKEN_FOR_EACH_OTHER for a, b in (pair[::-1], pair)}
_IN_ANY_ORDER = ("maximum", "minimum", "multiply", "add")
_CONTAINERS = ("copy", "array", "list", "tuple")
_NOT_COMPUTED = ("annotation", "returns", "type_params", "type_comment")


@dataclass(frozen=True)
class Mutant:
    """One change of one place: the ``alternative``-th of what the ``site``-th node may become.

    ``nth`` tells those of a function apart that read the same · ``reason``: why it cannot change a
    number, where its place in the tree says that; such a mutant is tried nevertheless.
    """

    module: str
    function: str
    before: str
    after: str
    nth: int
    site: int
    alternative: int
    reason: str = ""

    @property
    def name(self) -> str:
        """Where it is and what it changes, the same as long as that function's text is."""
        where = ".".join(part for part in (self.module, self.function) if part)
        number = f" ({self.nth})" if self.nth > 1 else ""
        return f"{where}: {self.before} -> {self.after}{number}"


@dataclass(frozen=True)
class _Site:
    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    function: str
    above: tuple[ast.AST, ...]  # from the module down to the parent

    def put(self, other: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, other)
        else:
            getattr(self.parent, self.field)[self.index] = other


def mutants(sources: Mapping[str, str]) -> tuple[Mutant, ...]:
    """Every mutant of a package, given as module → text, in the order of the text."""
    listed = []
    computed_with = _computed_with(sources)
    for module, text in sources.items():
        tree = ast.parse(text)
        seen: Counter[tuple[str, str, str]] = Counter()
        for number, site in enumerate(_sites(tree)):
            if _is_alias(site, tree, computed_with):
                continue
            before = _text(site.node)
            for k, other in enumerate(_alternatives(site.node, tree)):
                change = (site.function, before, _text(ast.copy_location(other, site.node)))
                seen[change] += 1
                reason = _reason(site, other)
                listed.append(Mutant(module, *change, seen[change], number, k, reason))
    return tuple(listed)


def _text(node: ast.AST) -> str:
    """The source on one line; of a branch or a loop its condition."""
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


def tree_of(mutant: Mutant, text: str) -> ast.Module:
    """The syntax tree of the mutant's module, with the change."""
    tree = ast.parse(text)
    site = next(islice(_sites(tree), mutant.site, None))
    other = next(islice(_alternatives(site.node, tree), mutant.alternative, None))
    site.put(ast.fix_missing_locations(ast.copy_location(other, site.node)))
    return tree


def _sites(tree: ast.Module) -> Iterator[_Site]:
    """Every expression and statement that is computed, outermost first."""
    pending: list[tuple[ast.AST, str, tuple[ast.AST, ...]]] = [(tree, "", (tree,))]
    while pending:
        parent, function, above = pending.pop()
        below: list[tuple[ast.AST, str, tuple[ast.AST, ...]]] = []
        for field, value in ast.iter_fields(parent):
            if field in _NOT_COMPUTED:
                continue
            children = enumerate(value) if isinstance(value, list) else ((None, value),)
            for index, node in children:
                if not isinstance(node, ast.AST) or _is_docstring(field, index, node):
                    continue
                within = _within(function, above, node)
                if isinstance(node, ast.expr | ast.stmt):
                    yield _Site(parent, field, index, node, within, above)
                below.append((node, within, (*above, node)))
        pending += reversed(below)


def _within(function: str, above: tuple[ast.AST, ...], node: ast.AST) -> str:
    """The function or the method, such as ``SGD.update``; one inside another is part of that."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return function
    if any(isinstance(a, ast.FunctionDef) for a in above):
        return function
    return f"{function}.{node.name}".strip(".")


def _is_docstring(field: str, index: int | None, node: ast.AST) -> bool:
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return field == "body" and index == 0 and text


def _computed_with(sources: Mapping[str, str]) -> set[str]:
    """The names that any module of the package takes a value from, outside of annotations."""
    return {
        site.node.id
        for text in sources.values()
        for site in _sites(ast.parse(text))
        if isinstance(site.node, ast.Name) and isinstance(site.node.ctx, ast.Load)
    }


def _is_alias(site: _Site, tree: ast.Module, computed_with: set[str]) -> bool:
    """Whether it lies in an assignment to names that only annotations use."""
    for statement in tree.body if not site.function else ():
        if isinstance(statement, ast.Assign) and any(n is site.node for n in ast.walk(statement)):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            return bool(names) and computed_with.isdisjoint(names)
    return False


def _reason(site: _Site, other: ast.AST) -> str:
    """Why this change of this place cannot change a number, or ""."""
    lines = (*site.above, site.node)
    if any(isinstance(node, ast.Raise) for node in lines):
        return "what is raised, and its text, is no number"
    tests = zip(lines, lines[1:], strict=False)
    if any(isinstance(a, ast.If) and b is a.test and _only_raises(a) for a, b in tests):
        return "decides only whether something is refused"
    match site.node, other, site.parent:
        case (
            ast.BinOp(op=ast.Sub(), left=a, right=b),
            ast.BinOp(op=ast.Sub(), left=c, right=d),
            ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=int(power))),
        ) if base is site.node and (a, b) == (d, c) and power % 2 == 0:
            return "the other sign, and an even power of it"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) as call, _, _:
            held = call.func.value if isinstance(call.func, ast.Attribute) else None
            if name in _CONTAINERS and other in (held, *call.args[:1]):
                return "the same numbers, in another container or in memory that is shared"
    return ""


def _only_raises(node: ast.If) -> bool:
    return not node.orelse and all(isinstance(line, ast.Raise) for line in node.body)


def _alternatives(node: ast.AST, tree: ast.Module) -> Iterator[ast.AST]:
    """What this place might have been written as."""
    match node:
        case ast.BinOp():
            yield from _of_operator(node)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.Compare(left=left, ops=ops, comparators=right):
            for k, op in enumerate(ops):
                for other in _OTHER_COMPARISONS[type(op)]:
                    yield ast.Compare(left, [*ops[:k], other(), *ops[k + 1 :]], right)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield from values
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in _other_values(value))
        case ast.Call():
            yield from _of_call(node, tree)
        case ast.Attribute(attr="T", ctx=ast.Load()):
            yield node.value
        case ast.Slice(lower=lower, upper=upper, step=step):
            yield from (ast.Slice(None, upper, step) for _ in (lower,) if lower)
            yield from (ast.Slice(lower, None, step) for _ in (upper,) if upper)
        case ast.Tuple(ctx=ast.Load()):
            yield from (ast.Tuple(elts, ast.Load()) for elts in _swapped(node.elts))
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.stmt():
            yield from _of_statement(node)


def _of_operator(node: ast.BinOp) -> Iterator[ast.AST]:
    """Another operator, the operands the other way round, and one of them alone."""
    left, op, right = node.left, node.op, node.right
    if type(op) in _OTHER_OPERATORS:
        yield ast.BinOp(left, _OTHER_OPERATORS[type(op)](), right)
    if isinstance(op, _IN_ORDER):
        yield ast.BinOp(right, op, left)
    yield left
    yield right


def _other_values(value: object) -> Iterator[bool | int | float | str]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield from (2 * value, 0.0)
    elif isinstance(value, str):
        yield value + "x"


def _of_call(node: ast.Call, tree: ast.Module) -> Iterator[ast.AST]:
    """Arguments in another order or left out, another function, and no call at all."""
    in_any_order = isinstance(node.func, ast.Attribute) and node.func.attr in _IN_ANY_ORDER
    for arguments in _swapped(node.args) if not in_any_order else ():
        yield ast.Call(node.func, arguments, node.keywords)
    for k in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:k] + node.keywords[k + 1 :])
    match node.func:
        case ast.Attribute(attr=name, value=value):
            if name in _OTHER_NAMES:
                other = ast.Attribute(value, _OTHER_NAMES[name], ast.Load())
                yield ast.Call(other, node.args, node.keywords)
            if not _is_module(value, tree):
                yield value
        case ast.Name(id=name):
            for other_name in _beside(name, tree):
                yield ast.Call(ast.Name(other_name, ast.Load()), node.args, node.keywords)
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]


def _is_module(value: ast.expr, tree: ast.Module) -> bool:
    """Whether it is what an import of this module made: ``np``, ``np.random``."""
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return ast.unparse(value).partition(".")[0].partition("(")[0] in imported


def _beside(name: str, tree: ast.Module) -> list[str]:
    """The next function of the module that takes as many arguments."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    mine = next((f for f in functions if f.name == name), None)
    if mine is None:
        return []
    at, n = functions.index(mine), len(mine.args.args)
    others = [f.name for f in functions[at + 1 :] + functions[:at] if len(f.args.args) == n]
    return others[:1]


def _swapped(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Each two neighbours the other way round, unless they read the same."""
    for k, (a, b) in enumerate(pairwise(items)):
        if ast.unparse(a) != ast.unparse(b):
            yield [*items[:k], b, a, *items[k + 2 :]]


def _of_statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.AugAssign(target=target, op=op, value=value):
            if type(op) in _OTHER_OPERATORS:
                yield ast.AugAssign(target, _OTHER_OPERATORS[type(op)](), value)
            yield ast.Assign([target], value)
            yield ast.Pass()
        case ast.Expr():
            yield ast.Pass()
        case ast.If(test=test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.While(test=test):
            yield ast.While(ast.Constant(True), node.body, node.orelse)
        case ast.Return(value=ast.BinOp() | ast.Call() | ast.Name() | ast.Subscript() as value):
            yield ast.Return(ast.UnaryOp(ast.USub(), value))
