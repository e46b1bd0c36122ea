"""Update rules that are written out in a loop, each as a function that takes one step.

What stands in the loop before and after an array is moved is taken as far as it goes element by
element; what it ends at is the gradient, and what is kept from turn to turn are the states.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any

from compare.sandbox.worker.training_loops import FUNCTIONS, LoopBody, products, range_start

_LOOPS = (ast.For, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def add_updates(tree: ast.AST, file: str, namespace: dict[str, Any]) -> None:
    """A function beside the others for every update rule that is written out in a loop."""
    for update in updates(tree):
        module = ast.parse(update.source)
        ast.increment_lineno(module, update.line - 1)
        code = compile(module, file, "exec", dont_inherit=True)
        inner = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
        defaults = tuple(update.settings.values())
        namespace.setdefault(update.name, FunctionType(inner, namespace, update.name, defaults))


class Update:
    """One of them, as a function of the array, its gradient, its states and what is set."""

    def __init__(self, line: int, kind: str, source: str, settings: dict[str, float]) -> None:
        self.line, self.source, self.settings = line, source, settings
        self.name = f"{kind}_in_line_{line}"

    @property
    def computes(self) -> str:
        """What it computes, whatever its own names are."""
        names: dict[str, str] = {}
        lines = self.source.splitlines()[1:]
        for line in lines:
            name, made, _ = line.partition(" = ")
            if made and name.strip() not in ("w", *_STATES):
                names.setdefault(name.strip(), f"_{len(names)}")
        return re.sub(r"\w+", lambda m: names.get(m[0], m[0]), "\n".join(lines))


_RULES = ("momentum", "adam", "rmsprop", "adagrad", "nesterov", "adadelta")
_LONGEST = 40  # statements of one rule
_STATES = ("v", "m", "s", "h")


def updates(tree: ast.AST) -> Iterator[Update]:
    """The rules with a state by which loops move arrays; of several arrays each that is another.

    None of what is nested too deep to be read.
    """
    try:
        yield from _updates(tree)
    except (RecursionError, ValueError, SyntaxError, MemoryError):
        return


def _updates(tree: ast.AST) -> Iterator[Update]:
    seen: set[str] = set()
    for loops, scope in _loops_of(tree, (), [tree]):
        body = LoopBody(loops, scope)
        for at, assigned in enumerate(body.assigned):
            found = _Rule(body, at).update() if _moves(assigned) else None
            if found is not None and found.computes not in seen:
                seen.add(found.computes)
                yield found


def _loops_of(node: ast.AST, loops: tuple[Any, ...], scope: list[ast.AST]) -> Iterator[Any]:
    """Every loop with those around it, and the functions and the module that it stands in.

    And every function, as a loop of one turn.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            if isinstance(child, FUNCTIONS):
                yield (child,), [*scope, child]
            yield from _loops_of(child, (), [*scope, child])
        elif isinstance(child, _LOOPS):
            yield (*loops, child), scope
            yield from _loops_of(child, (*loops, child), scope)
        else:
            yield from _loops_of(child, loops, scope)


def _moves(assigned: tuple[str, Any] | None) -> bool:
    """Whether something is taken from an array, or added to it."""
    if assigned is None:
        return False
    target, value = assigned
    moved = isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Sub, ast.Add))
    return moved and ast.unparse(value.left) == target


class _Rule:
    """What stands in a loop before and after an array is moved, as far as it belongs to that."""

    def __init__(self, body: LoopBody, at: int) -> None:
        self.whole, self.body, self.at = body, body.statements, at
        self.loops, self.scope = body.loops, body.scope
        self.array, _ = body.assigned[at] or ("", None)
        self.used: set[int] = set()  # the statements that belong to it
        self.given: set[str] = set()  # what it is handed
        self.gradient = ""

    def update(self) -> Update | None:
        """As a function; None where it is no rule of one gradient, with a state."""
        try:
            self._take_in(self.at)
            kept = self._kept()
            while more := [i for i in self._later(kept) if i not in self.used]:
                for i in more:
                    self._take_in(i)
                kept = self._kept()
        except ValueError:
            return None
        counts = self._counts()
        states = [n for n in kept if n != self.array and n not in counts]
        settings = self.given - {self.array, self.gradient, *states, *counts}
        # what is moved is no gradient itself, which a penalty is added to
        if (
            self.gradient in ("", self.array)
            or not 1 <= len(states) <= len(_STATES)
            or len(counts) > 1
            or not self._from_gradient().intersection(states)
        ):
            return None
        if any(not _bare(name).isidentifier() for name in settings) or self._is_called():
            return None
        return self._written(states, sorted(settings), counts)

    def _from_gradient(self) -> set[str]:
        """The names whose values come from the gradient: a rate that falls is no state."""
        reached, before = {self.gradient}, 0
        while len(reached) > before:
            before = len(reached)
            for i in self.used:
                target, value = self.whole.assigned[i] or ("", ast.Constant(0))
                if reached & {ast.unparse(n) for n in ast.walk(value) if isinstance(n, ast.expr)}:
                    reached.add(target)
        return reached

    def _is_called(self) -> bool:
        """Whether the loop is all that a function does, which is handed arrays and gradients.

        A method of a network is not called by itself.
        """
        function = self.scope[-1]
        if not isinstance(function, FUNCTIONS) or self._is_of_network():
            return False
        if any(rule in function.name.lower() for rule in _RULES):
            return True  # it is judged itself
        return len(self.loops) < 2 and not self._is_made_here(self.gradient)

    def _is_of_network(self) -> bool:
        """Whether the function is a method of a class that multiplies matrices elsewhere."""
        owner = self.scope[-2] if len(self.scope) > 1 else None
        return isinstance(owner, ast.ClassDef) and products(owner) > products(self.scope[-1])

    def _is_made_here(self, name: str) -> bool:
        """Whether a loop around, or the function, assigns it, or what it is an item of."""
        return bool({name, name.partition("[")[0]} & self.whole.made_here)

    def _take_in(self, at: int) -> None:
        """A statement, and what it needs of those before it.   Raises ValueError."""
        if at in self.used:
            return
        if self.whole.assigned[at] is None or len(self.used) == _LONGEST:
            raise ValueError
        self.used.add(at)
        names, others = self.whole.read[at]
        for other in others:
            self._is_gradient(other)
        for name in names:
            if self._is_of_a_parameter(name):
                self._is_gradient(name)
            before = max((i for i in self.whole.makers.get(name, ()) if i < at), default=None)
            if before is None and self._is_handed(name):
                self._is_gradient(name)
            elif before is None:
                self.given.add(name)
            elif self._is_elementwise(before):
                self._take_in(before)
            else:
                self._is_gradient(name)

    def _is_handed(self, name: str) -> bool:
        """Whether a method of a network, which moves its own array, has it as its one argument."""
        function = self.loops[-1]
        if not isinstance(function, FUNCTIONS) or not self.array.startswith("self."):
            return False
        arguments = [*function.args.posonlyargs, *function.args.args]
        asked = arguments[1 : len(arguments) - len(function.args.defaults)]
        return [a.arg for a in asked] == [name] and self._is_of_network()

    def _is_gradient(self, name: str) -> None:
        if self.gradient not in ("", name):
            raise ValueError
        self.gradient = name

    def _is_of_a_parameter(self, name: str) -> bool:
        """Whether it goes with the array through an inner loop, and nothing there assigns it."""
        targets = self.whole.targets
        item = "[" in self.array and any(f"[{n}]" in name for n in targets)
        item = item or name in targets and not self.whole.counted
        made = name in self.whole.makers
        inside = len(self.loops) > 1 or self._is_made_here(name)
        return item and not made and name != self.array and inside

    def _is_elementwise(self, at: int) -> bool:
        """Whether a statement computes its value element by element, of one gradient at most."""
        if self.whole.assigned[at] is None:
            return False
        names, others = self.whole.read[at]
        own = {n for n in names if self._is_of_a_parameter(n)}
        target, _ = self.whole.assigned[at] or ("", None)
        if target in names and len(others) == 1:  # v = mu * v - lr * slope(w)
            return re.fullmatch(rf"[\w.]+\({re.escape(self.array)}\)", others[0]) is not None
        return not others and len(own | ({self.gradient} - {""} if own else set())) < 2

    def _kept(self) -> list[str]:
        """What is read before it is assigned: it is kept from turn to turn."""
        made = [(self.whole.assigned[i] or ("",))[0] for i in sorted(self.used)]
        return [n for n in dict.fromkeys([*made, *self.whole.makers]) if n in self.given]

    def _later(self, kept: Sequence[str]) -> list[int]:
        """The statements that give what is kept its next value."""
        return sorted({i for name in kept for i in self.whole.makers.get(name, ())})

    def _counts(self) -> dict[str, tuple[ast.expr, int]]:
        """What counts the steps, in terms of t = 1, 2 ..., and the statement that does, or -1."""
        counts: dict[str, tuple[ast.expr, int]] = {}
        for loop in self.loops:
            if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name):
                start = range_start(loop.iter)
                if start is not None and loop.target.id in self.given:
                    counts[loop.target.id] = (_sum("t", start - 1), -1)
        for i in self.used:
            name, value = self.whole.assigned[i] or ("", None)
            if name in self.given and value is not None and ast.unparse(value) == f"{name} + 1":
                start = int(self._literal(name) or 0)
                counts[name] = (_sum("t", start - (i > self._first_read(name))), i)
        counts |= {n: (_sum("t", int(self._literal(n) or 0)), -1) for n in self._counted_before()}
        return counts

    def _counted_before(self) -> Iterator[str]:
        """What a method of a network counts before its loop."""
        function = self.scope[-1]
        for each in function.body if isinstance(function, FUNCTIONS) else ():
            if isinstance(each, ast.AugAssign) and each.lineno < self.loops[-1].lineno:
                name = ast.unparse(each.target)
                if name in self.given and ast.unparse(each) == f"{name} += 1":
                    yield name

    def _first_read(self, name: str) -> int:
        reads = [i for i in self.used if name in {ast.unparse(n) for n in ast.walk(self.body[i])}]
        others = [i for i in reads if (self.whole.assigned[i] or ("",))[0] != name]
        return min(others, default=0)

    def _begins_anew(self, state: str) -> bool:
        """Whether a function that takes one step makes it of zeros, or what it is an item of."""
        function, loop = self.scope[-1], self.loops[-1]
        if not isinstance(function, FUNCTIONS) or len(self.loops) > 1:
            return False
        holder, _, item = state.partition("[")
        if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call) and not item:
            pairs = _pairs(ast.Assign([loop.target], ast.Tuple(loop.iter.args)))
            holder = {ast.unparse(t): ast.unparse(of) for t, of in pairs}.get(state, "")
        elif item.removesuffix("]") not in self.whole.targets:
            return False  # a loop of all steps
        made = [value for s in function.body if isinstance(s, ast.Assign)
                for target, value in _pairs(s) if ast.unparse(target) == holder]  # fmt: skip
        return len(made) == 1 and "zeros" in ast.unparse(made[0])

    def _literal(self, name: str) -> float | None:
        """The number that a setting has where it is set before, or by default."""
        for scope in reversed(self.scope):
            found = [value for s in ast.walk(scope) if isinstance(s, ast.Assign)
                     for target, value in _pairs(s) if ast.unparse(target) == name]  # fmt: skip
            if isinstance(scope, FUNCTIONS):
                arguments = [*scope.args.posonlyargs, *scope.args.args][::-1]
                pairs = zip(arguments, reversed(scope.args.defaults), strict=False)
                found += [value for a, value in pairs if a.arg == name]
            for value in found[:1]:
                if isinstance(value, ast.Constant) and isinstance(value.value, (int, float)):
                    return value.value
        return None

    def _written(
        self,
        states: Sequence[str],
        settings: Sequence[str],
        counts: dict[str, tuple[ast.expr, int]],
    ) -> Update:
        short = self._short(states, [n for n in _STATES if n not in settings])
        named: dict[str, ast.expr] = {
            self.array: ast.Name("w", ast.Load()), self.gradient: ast.Name("dw", ast.Load()),
            **{n: ast.Name(s, ast.Load()) for n, s in short.items()},
            **{n: of for n, (of, _) in counts.items()},
            **{n: ast.Name(_bare(n), ast.Load()) for n in settings},
        }  # fmt: skip
        counting = {i for _, i in counts.values()}
        lines = [ast.unparse(_Renamed(named).visit(_copied(self.body[i])))
                 for i in sorted(self.used - counting)]  # fmt: skip
        fixed = {_bare(n): value for n in settings if (value := self._literal(n)) is not None}
        asked = [_bare(n) for n in settings if _bare(n) not in fixed]
        arguments = ["w", "dw", *short.values(), *(["t"] if counts else []), *asked, *fixed]
        lines = [f"{short[n]} = 0.0 * w" for n in states if self._begins_anew(n)] + lines
        kind = self._kind(states)
        line = self.body[self.at].lineno
        body = "\n".join(
            f"    {each}" for each in [*lines, f"return {', '.join(['w', *short.values()])}"]
        )
        source = f"def {kind}_in_line_{line}({', '.join(arguments)}):\n{body}"
        return Update(line, kind, source, fixed)

    def _short(self, states: Sequence[str], free: list[str]) -> dict[str, str]:
        """What states are called: by their own letter, or the next one that is free."""
        short: dict[str, str] = {}
        for name in states:
            own = _bare(name)[:1].lower()
            left = [n for n in free if n not in short.values()]
            short[name] = own if own in left else left[0]
        return short

    def _kind(self, states: Sequence[str]) -> str:
        """Which rule it is most like: by how many states it has, and whether one is of squares."""
        made = [self.whole.assigned[i] or ("", ast.Constant(0)) for i in sorted(self.used)]
        values = {n: ast.unparse(v) for n, v in made if n in states}
        squares = [n for n, value in values.items() if self._without_squares(value) != value]
        if not squares:
            return "momentum"
        if len(states) > 1:
            return "adam"
        return "rmsprop" if "*" in self._without_squares(values[squares[0]]) else "adagrad"

    def _without_squares(self, value: str) -> str:
        g = re.escape(self.gradient)
        return re.sub(rf"{g} \*\* 2|{g} \* {g}|\bsquare\({g}\)|\bpower\({g}, 2\)", "0", value)


class _Renamed(ast.NodeTransformer):
    """Names, attributes and items under what they are called in the function."""

    def __init__(self, named: dict[str, ast.expr]) -> None:
        self.named = named

    def visit(self, node: ast.AST) -> Any:
        """The node itself, or what it is called."""
        if isinstance(node, ast.expr) and (new := self.named.get(ast.unparse(node))):
            return new
        return self.generic_visit(node)


def _bare(name: str) -> str:
    """lr of self.lr."""
    return name.removeprefix("self.")


def _pairs(assign: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each target with its value: of a, b = 1, 2 both."""
    target, value = assign.targets[0], assign.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    else:
        yield target, value


def _copied(statement: Any) -> Any:
    return ast.parse(ast.unparse(statement)).body[0]


def _sum(name: str, number: int) -> ast.expr:
    return ast.parse(f"({name} + {number})" if number else name, mode="eval").body
