"""What the parameters of an update rule are by what becomes of them, where no name says it.

What something is subtracted from are the weights, what stands beside them the gradients; b beside
1 - b is a decay, what is added to a root epsilon, and the number that the step is multiplied by
its rate.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from compare.check.naming.source_tree import tree_of
from compare.sandbox.interface import Definition, Parameter

_METHOD = "step"
_ROOTS = ("sqrt", "cbrt")


def renamed(definition: Definition) -> tuple[Definition, Mapping[str, str]] | None:
    """The definition with names that say what its parameters are, and their own names by those.

    None where not every one of them is told by its use.
    """
    defined = next(iter(tree_of(definition.source).body), None)
    if definition.kind == "function" and isinstance(defined, ast.FunctionDef):
        read = _read(defined, definition.parameters, None)
        if read is None:
            return None
        called = replace(definition, parameters=_called(definition.parameters, read))
        return called, {said: own for own, said in read.items()}
    if definition.kind != "class" or not isinstance(defined, ast.ClassDef):
        return None
    bodies = {d.name: d for d in defined.body if isinstance(d, ast.FunctionDef)}
    kept = attributes(definition)
    for name, parameters in definition.methods.items():
        if name == "__init__" or name not in bodies:
            continue
        own = {a: f"self.{a}" for a in kept}
        if read := _read(bodies[name], parameters, own):
            made = {kept[a.removeprefix("self.")]: said for a, said in read.items() if "." in a}
            if {p.name for p in definition.parameters if p.needed} - {*made}:
                continue
            methods = {_METHOD: _called(parameters, read)}
            back = {said: own for own, said in {**read, **made}.items() if "." not in own}
            return (
                replace(
                    definition, parameters=_called(definition.parameters, made), methods=methods
                ),
                {**back, _METHOD: name},
            )
    return None


def _called(parameters: tuple[Parameter, ...], read: Mapping[str, str]) -> tuple[Parameter, ...]:
    # their use says what they are, whatever is usual of them
    return tuple(
        replace(p, name=read[p.name], default=None) if p.name in read else p for p in parameters
    )


def attributes(definition: Definition) -> dict[str, str]:
    """Attribute → the parameter of the constructor that it keeps; of a dataclass, its fields."""
    given = {p.name for p in definition.parameters}
    kept: dict[str, str] = {}
    for node in ast.walk(tree_of(definition.source)):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for target, value in _assigned(node):
                name = re.fullmatch(r"(?:float\()?(\w+)\)?", ast.unparse(value))
                if name and name[1] in given and ast.unparse(target).startswith("self."):
                    kept[ast.unparse(target).removeprefix("self.")] = name[1]
    return kept or {name: name for name in given}


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Every target and what it is given, those of a tuple one by one."""
    for each in ast.walk(node):
        if isinstance(each, ast.AnnAssign) and each.value is not None:
            yield each.target, each.value
        if not isinstance(each, ast.Assign):
            continue
        for target in each.targets:
            if isinstance(target, ast.Tuple) and isinstance(each.value, ast.Tuple):
                yield from zip(target.elts, each.value.elts, strict=False)
            else:
                yield target, each.value


@dataclass
class _Body:
    """A body in which names that stand for a part of another are read as that."""

    node: ast.FunctionDef
    of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in ast.walk(self.node):
            if isinstance(each, ast.For | ast.comprehension):
                self._through(each.target, each.iter)
        for target, value in _assigned(self.node):
            if isinstance(target, ast.Name) and (whole := self.whole(value)):
                if whole != target.id and target.id not in {a.arg for a in self.node.args.args}:
                    self.of[target.id] = whole

    def _through(self, target: ast.expr, through: ast.expr) -> None:
        """w is of what ``for w in ws`` goes through, and so in zip, enumerate and items."""
        called = ast.unparse(through.func) if isinstance(through, ast.Call) else ""
        args = through.args if isinstance(through, ast.Call) else []
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        if called == "zip":
            for part, arg in zip(parts, args, strict=False):
                self._through(part, arg)
        elif called == "enumerate" and len(parts) == 2 and args:
            self._through(parts[1], args[0])
        elif called.endswith(".items") and len(parts) == 2:
            self._through(parts[1], through.func.value)  # type: ignore[attr-defined]
        elif isinstance(target, ast.Name) and not called and (whole := self.whole(through)):
            self.of[target.id] = whole

    def whole(self, node: ast.expr) -> str:
        """The name of which it is an element, or which it is: w of w[k] and of self.w."""
        while isinstance(node, ast.Subscript):
            node = node.value
        copies = {"copy", "asarray", "array", "float"}
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in copies:
            inner = node.args[0] if node.args else getattr(node.func, "value", node)
            return self.whole(inner) if inner is not node else ""
        if isinstance(node, ast.Name):
            return self.of.get(node.id, node.id)
        if isinstance(node, ast.Attribute) and ast.unparse(node).count(".") == 1:
            return ast.unparse(node)
        return ""


def _read(
    node: ast.FunctionDef, parameters: tuple[Parameter, ...], own: Mapping[str, str] | None
) -> dict[str, str] | None:
    """What each parameter and kept setting is: lr, rho ... params, grads; None where one is not."""
    body, of_class, own = _Body(node), own is not None, own or {}
    names = [p.name for p in parameters if not p.variadic]
    # what is set anew is remembered, and no setting
    set_anew = {ast.unparse(t) for t, _ in _assigned(node)}
    parts = _Parts(body, [n for n in [*own.values(), *names] if n not in set_anew])
    read = parts.settings()
    left = [p.name for p in parameters if p.needed and p.name not in read]
    moved = [n for n in left if parts.is_moved(n)]
    if not of_class and len(moved) == 1 and len(left) > 2:
        read |= {n: "t" for n in left if parts.counts(n)}
        others = [n for n in left if n not in (*moved, *read)]
        read |= _remembered(others, set_anew, body)
        read |= {} if "lr" in read.values() else parts.rate([n for n in others if n not in read])
        left = [n for n in left if n not in read]
    if (
        any(n not in read for n in {*names} - {*left})
        or "lr" not in read.values()
        and not (
            _has_root(node)
            or of_class
            and any(isinstance(n, ast.AugAssign) for n in ast.walk(node))
        )
    ):
        return None
    if len(left) == 1:
        held = [a for a in own.values() if parts.is_moved(a)]
        read |= {left[0]: "grads", **dict.fromkeys(held, "params")}
        return read if of_class and (parts.gives() or held) and len(held) < 2 else None
    if len(left) != 2 or len(moved) != 1:
        return None
    return {**read, moved[0]: "params", next(n for n in left if n not in moved): "grads"}


def _remembered(names: list[str], set_anew: set[str], body: _Body) -> dict[str, str]:
    """What a function is handed of the step before, and sets anew: h = rho h + ..., h[k] = ..."""
    changed = {body.whole(t) for t, _ in _assigned(body.node) if isinstance(t, ast.Subscript)}
    return dict(zip([n for n in names if n in set_anew | changed], ("m", "v"), strict=False))


@dataclass
class _Parts:
    """The uses of some names in a body."""

    body: _Body
    names: list[str]

    def settings(self) -> dict[str, str]:
        """Name → role of those that are numbers."""
        nodes = list(ast.walk(self.body.node))
        sums = [n for n in nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add)]
        decays = [
            n for n in self.names
            if any(self._is_rest_of(x, n) for x in nodes) or self._moves_along(n)
        ]  # fmt: skip
        small = [n for n in self.names if any(self._adds_to_root(x, n) for x in sums)]
        read = {n: "eps" for n in small[:1] if n not in decays}
        second = [n for n in decays if self._of_squares(n)]
        if len(decays) == 2:
            last = second[0] if len(second) == 1 else decays[1]
            read |= {n: "beta2" if n == last else "beta1" for n in decays}
        elif len(decays) == 1:
            read |= {decays[0]: "rho" if second else "momentum"}
        factors = [n for n in self.names if n not in (*read, *decays) and self._multiplies(n)]
        held = [n for n in factors if self._keeps(n)]
        if len(held) == 1 and len(factors) == 2:
            read[held[0]] = "momentum"
            factors.remove(held[0])
        if len(factors) == 1:
            read[factors[0]] = "lr"
        return read

    def _moves_along(self, name: str) -> bool:
        """Whether an average is moved by that much of its distance: h += b (x - h)."""
        moved = [n for n in ast.walk(self.body.node) if isinstance(n, ast.AugAssign)]
        for node in moved:
            terms = [t for n in moved if self._same(n.target, node.target) for t in _terms(n.value)]
            products = [t for t in terms if name in map(self._whole, _factors(t))]
            others = [[f for f in _factors(t) if self._whole(f) != name] for t in products]
            # h += -b h + b x, or h += b (x - h)
            parts = [_terms(o[0]) for o in others if len(o) == 1]
            if any(self._same(e, node.target) for part in parts for e in part):
                if len(products) > 1 or any(len(part) > 1 for part in parts):
                    return True
        return False

    def _whole(self, node: ast.expr) -> str:
        return "" if isinstance(node, ast.Subscript) else self.body.whole(node)

    def _named(self, node: ast.expr, name: str) -> bool:
        return not isinstance(node, ast.Subscript) and self.body.whole(node) == name

    def _is_rest_of(self, node: ast.AST, name: str) -> bool:
        one = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
        return one and _is_one(node.left) and self._named(node.right, name)  # type: ignore

    def _adds_to_root(self, node: ast.BinOp, name: str) -> bool:
        """sqrt(h) + eps, or sqrt(h + eps)."""
        for this, other in ((node.left, node.right), (node.right, node.left)):
            if self._named(this, name):
                text = ast.unparse(other)
                roots = (r for r in ast.walk(self.body.node) if _is_root(r))
                above = other
                while isinstance(above, ast.BinOp) and isinstance(above.op, ast.Div):
                    above = above.left  # p / (sqrt(h) + eps) is a step
                return _has_root(above) or any(text in ast.unparse(r) for r in roots)
        return False

    def _statements(self, name: str) -> Iterator[ast.stmt]:
        for node in ast.walk(self.body.node):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
                inside = (n for n in ast.walk(node) if isinstance(n, ast.expr))
                if any(self._named(n, name) for n in inside):
                    yield node

    def _of_squares(self, name: str) -> bool:
        return any(_has_square(s) for s in self._statements(name))

    def _multiplies(self, name: str) -> bool:
        """Whether it is a factor, and a number."""
        return self._is_factor(name) and self._is_number(name)

    def _is_factor(self, name: str) -> bool:
        products = (n for n in ast.walk(self.body.node) if isinstance(n, ast.BinOp))
        for node in products:
            if isinstance(node.op, ast.Mult | ast.Div):
                left = [_unsigned(node.left)]
                beside = [node.right] if isinstance(node.op, ast.Mult) else []
                if any(self._named(n, name) for n in (*left, *beside)):
                    return True
        return False

    def _is_number(self, name: str) -> bool:
        if name.startswith("self."):
            return True
        default = {p.arg: d for p, d in _defaults(self.body.node.args)}.get(name)
        return isinstance(default, ast.Constant) and isinstance(default.value, int | float)

    def rate(self, names: list[str]) -> dict[str, str]:
        """The last factor that is no part of a square and has no elements: lr of lr * g."""
        elements = {*self.body.of.values()} | {
            self.body.whole(n) for n in ast.walk(self.body.node) if isinstance(n, ast.Subscript)
        }
        factors = [n for n in names if n not in elements and self._is_factor(n)]
        return {factors[-1]: "lr"} if factors else {}

    def _keeps(self, name: str) -> bool:
        """Whether what is remembered is multiplied by it: v = mu * v - lr * g."""
        for node in self._statements(name):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for factor in (n for n in ast.walk(node) if isinstance(n, ast.BinOp)):
                if isinstance(factor.op, ast.Mult) and any(
                    self._named(this, name) and any(self._same(other, t) for t in targets)
                    for this, other in (
                        (factor.left, factor.right), (factor.right, factor.left),
                    )
                ):  # fmt: skip
                    return True
        return False

    def _same(self, left: ast.expr, right: ast.expr) -> bool:
        if isinstance(left, ast.Call) and isinstance(left.func, ast.Attribute):
            left = left.func.value  # v.get(k, 0)
        return "" != self.body.whole(left) == self.body.whole(right)

    def gives(self) -> bool:
        """Whether it returns something that it has computed."""
        returned = (n.value for n in ast.walk(self.body.node) if isinstance(n, ast.Return))
        return any(v is not None and not isinstance(v, ast.Constant) for v in returned)

    def counts(self, name: str) -> bool:
        """Whether it is how many steps there were: the exponent in 1 - beta ** t."""
        powers = (n for n in ast.walk(self.body.node) if isinstance(n, ast.BinOp))
        return any(isinstance(n.op, ast.Pow) and self._named(n.right, name) for n in powers)

    def is_moved(self, name: str) -> bool:
        """Whether something is subtracted from it, or added."""
        for node in ast.walk(self.body.node):
            if isinstance(node, ast.AugAssign) and self.body.whole(node.target) == name:
                return True
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Add):
                if self.body.whole(node.left) == name and not _is_one(node.left):
                    return True
        return False


def _unsigned(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) else node


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _is_root(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in _ROOTS
    power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    return power and ast.unparse(node.right) in ("0.5", "1 / 2")  # type: ignore


def _has_root(node: ast.AST) -> bool:
    return any(_is_root(n) for n in ast.walk(node))


def _has_square(node: ast.AST) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and ast.unparse(each.func).endswith("square"):
            return True
        if isinstance(each, ast.BinOp):
            power = isinstance(each.op, ast.Pow) and ast.unparse(each.right) in ("2", "2.0")
            factors = [ast.unparse(f) for f in _factors(each)]
            if power or len({*factors}) < len(factors):
                return True
    return False


def _terms(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [*_terms(node.left), *_terms(node.right)]
    return [_unsigned(node)]


def _factors(node: ast.expr) -> list[ast.expr]:
    node = _unsigned(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


@lru_cache(maxsize=256)
def _defaults(args: ast.arguments) -> tuple[tuple[ast.arg, ast.expr], ...]:
    positional = [*args.posonlyargs, *args.args]
    with_default = positional[len(positional) - len(args.defaults) :]
    keyword = [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d]
    return (*zip(with_default, args.defaults, strict=True), *keyword)
