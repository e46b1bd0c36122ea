"""Mutants run through the cases that reach them."""

from __future__ import annotations

import ast
import importlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from compare.bench.mutants import installed, sources
from compare.bench.syntax import Mutant, tree_of
from compare.core.case import Case, Unavailable
from compare.core.implementation import Implementation
from compare.core.problem import Problem, build
from compare.engine.run_case import run_case
from compare.engine.side_run import SideRun

PACKAGE = "bench_mutant"
STEPS = 6  # of a training case: what a mutant changes, it changes from the first steps on
ENDLESS = 100  # times as many turns of all loops as scratch makes: a mutant that does not end

Function = tuple[str, str]  # module, and the qualified name in it


class DoesNotEnd(Exception):
    """A loop that turns on and on."""


class _Turns:
    """Counts the turns of all loops, and ends those that never would."""

    def __init__(self) -> None:
        self.made, self.most = 0, 10**6

    def turn(self) -> bool:
        self.made += 1
        if self.made > self.most:
            raise DoesNotEnd(f"a loop does not end: {self.made} turns")
        return True

    def each(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.turn()
            yield item


class _Counted(ast.NodeTransformer):
    """Every loop and comprehension tells ``_turns`` of its turns."""

    def visit_For(self, node: ast.For) -> ast.AST:
        node.iter = _call("each", node.iter, node.iter)
        return self.generic_visit(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        node.test = ast.BoolOp(ast.And(), [_call("turn", node.test), node.test])
        ast.copy_location(node.test, node)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.iter = _call("each", node.iter, node.iter)
        return self.generic_visit(node)


def _call(method: str, at: ast.expr, *arguments: ast.expr) -> ast.Call:
    of = ast.Attribute(ast.Name("_turns", ast.Load()), method, ast.Load())
    return ast.fix_missing_locations(ast.copy_location(ast.Call(of, list(arguments), []), at))


class Mutated:
    """Scratch, given as module → text, and its mutants, as code whose loops are counted."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        trees = {module: ast.parse(text) for module, text in texts.items()}
        self._plain = {m: _instructions(compile(tree, m, "exec")) for m, tree in trees.items()}
        self._counted = {module: _counted(tree, module) for module, tree in trees.items()}

    def code(self, mutant: Mutant) -> CodeType | None:
        """Of its module; None where it is scratch's own but for how it is written."""
        tree = tree_of(mutant, self.texts[mutant.module])
        plain = _instructions(compile(tree, mutant.module, "exec"))
        return _counted(tree, mutant.module) if plain != self._plain[mutant.module] else None

    def side(self, turns: _Turns, **changed: CodeType) -> Implementation:
        """Scratch, or with a module changed; in place of the one before."""
        return installed(PACKAGE, self._counted | changed, {"_turns": turns})


def _counted(tree: ast.Module, module: str) -> CodeType:
    return compile(_Counted().visit(tree), f"{PACKAGE}/{module}.py", "exec")


def _instructions(code: CodeType) -> tuple[Any, ...]:
    constants = (_instructions(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, tuple(constants)


@dataclass(frozen=True)
class Killer:
    """The case that fails with a mutant, and what is first in it."""

    id: str
    at: str


@dataclass
class _Seen:
    """One case in one dtype as scratch runs it: the functions it calls, and all that it shows."""

    case: Case
    dtype: str
    problem: Problem
    shown: Any = None
    turns: int = 0
    calls: Counter[Function] = field(default_factory=Counter)
    passes: bool | None = None  # whether scratch itself does, once that was asked

    @property
    def id(self) -> str:
        return self.case.id(self.dtype)


class Cases:
    """Cases as scratch runs them, and which functions each reaches; training is cut short."""

    def __init__(
        self, pairs: Sequence[tuple[Case, str]], texts: Mapping[str, str] | None = None
    ) -> None:
        self.scratch = Mutated(sources() if texts is None else texts)
        turns = _Turns()
        side = self.scratch.side(turns)
        for module in self.scratch.texts:  # before calls are counted: an import is none
            importlib.import_module(f"{PACKAGE}.{module}")
        self._seen = [seen for case, dtype in pairs for seen in _traced(case, dtype, side, turns)]
        self._seen.sort(key=lambda seen: seen.calls.total())

    def killer_of(self, mutant: Mutant, code: CodeType) -> tuple[Killer | None, int, int]:
        """The first case that fails with it, how many were run, and in how many its bits are other.

        Raises RuntimeError where scratch itself fails that case.
        """
        turns = _Turns()
        side = self.scratch.side(turns, **{mutant.module: code})
        tried = others = 0
        for seen in self._seen:
            if not _reaches(seen, mutant):
                continue
            tried += 1
            turns.made, turns.most = 0, ENDLESS * (seen.turns + 1)
            if _shown(seen.case, seen.problem, side) == seen.shown:
                continue
            others += 1
            turns.made, turns.most = 0, 10 * ENDLESS * (seen.turns + 1)  # forced steps are made too
            result = run_case(seen.case, seen.dtype, mine=side)
            first = result.verdict.first
            if first is not None:
                self._check(seen)
                return Killer(seen.id, first.name), tried, others
        return None, tried, others

    def _check(self, seen: _Seen) -> None:
        """That it is the mutant which fails, and not scratch."""
        if seen.passes is None:
            own = run_case(seen.case, seen.dtype, mine=self.scratch.side(_Turns()))
            seen.passes = not own.fails
        if not seen.passes:
            raise RuntimeError(f"scratch itself is not the same in {seen.id}: mend that first")


def _reaches(seen: _Seen, mutant: Mutant) -> bool:
    """Whether it calls that function, or any of the module where the mutant is in none."""
    if mutant.function:  # of a class's own lines: any method of it
        return any(
            module == mutant.module and f"{name}.".startswith(f"{mutant.function}.")
            for module, name in seen.calls
        )
    return any(module == mutant.module for module, _ in seen.calls)


def _traced(case: Case, dtype: str, side: Implementation, turns: _Turns) -> Iterator[_Seen]:
    """The case as scratch runs it; nothing where its data are not here."""
    short = case.with_steps(STEPS) if case.training else case
    try:
        seen = _Seen(short, dtype, build(short, dtype, 0))
    except Unavailable:
        return
    turns.made = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        package, _, file = frame.f_code.co_filename.partition("/")
        if event == "call" and package == PACKAGE:
            name = frame.f_code.co_qualname.partition(".<locals>")[0]
            seen.calls[file.removesuffix(".py"), name] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        seen.shown = _shown(short, seen.problem, side)
    finally:
        sys.setprofile(before)
    seen.turns = turns.made
    yield seen


def _shown(case: Case, problem: Problem, side: Implementation) -> Any:
    """Every bit of every step, what was raised and warned of, and whether the inputs are whole."""
    running = SideRun(case, side, problem)
    steps = 0
    while running.next() is not None:
        steps += 1
    events = [(c.name, c.reason) for c in (*running.take_events(), *running.untouched())]
    return steps, running.digest.state(), events
