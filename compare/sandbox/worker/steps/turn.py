"""One turn of a loop, run again and again from the same moment: what it gives, and what moves.

What a turn computes of the weights before it moves them is a function of these like any other, and
has a derivative, by differences. So has what a script computes beside the loop, of the samples of
that turn.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import process_time
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.loops import AFTER_ASIDE, BEFORE_ASIDE, BETWEEN, Loop
from compare.sandbox.worker.steps.state import Leaf, State, leaves

_STEP = 2.0**-16  # of the size of the weights
_MOST_GROUPS, _MOST_NUMBERS, _MOST_CALLS = 32, 150, 200
GIVEN = "__given__"
_FLOATS = (float, np.floating)
_PLAIN = re.compile(r"\[[^\[\]]*\]")


class Late(Exception):
    """All of it takes too long."""


@dataclass(frozen=True)
class Group:
    """Numbers that belong together: an array, or all single numbers of one kind of place."""

    name: str
    leaves: tuple[Leaf, ...]

    @property
    def paths(self) -> frozenset[str]:
        """Where they stand."""
        return frozenset(leaf.path for leaf in self.leaves)

    @property
    def value(self) -> np.ndarray:
        """All of them, one after the other, as they are now."""
        return np.concatenate([np.ravel(np.asarray(e.value, float)) for e in self.leaves])

    def put(self, values: np.ndarray) -> None:
        """New values for all of them."""
        if len(self.leaves) == len(values) and not isinstance(self.leaves[0].value, np.ndarray):
            for leaf, value in zip(self.leaves, values.tolist(), strict=True):
                leaf.put(value)
            return
        at = 0
        for leaf in self.leaves:
            size = np.size(leaf.value)
            leaf.put(np.reshape(values[at : at + size], np.shape(leaf.value)))
            at += size


@dataclass
class Seen:
    """What was seen of a turn: arguments and results of what it called, by its own files."""

    arguments: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    results: list[tuple[str, Any]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)


class Turn:
    """A loop that has come to a turn, with all that there is at that moment."""

    def __init__(
        self, loop: Loop, files: frozenset[str], module: dict[str, Any], own: dict[str, Any] | None,
        is_own: Callable[[type], bool], deadline: float, constants: frozenset[float] = frozenset(),
        texts: Mapping[str, str] = {},
    ) -> None:  # fmt: skip
        self.constants, self.texts = constants, texts
        self.loop, self.files, self.module = loop, files, module
        self.names = module if own is None else {**module, **own}
        self._shared = () if own is None else tuple(n for n in module if n not in own)
        self._before = {n: module[n] for n in self._shared}
        self.is_own, self.deadline = is_own, deadline
        self.held: Sequence[tuple[Group, np.ndarray]] = ()
        self.collected: dict[str, list[np.ndarray]] | None = (
            None  # how far each group was moved, in parts
        )
        self.movers: list[Number] = []  # what the script computes, and moves something by that
        self.handed: frozenset[float] = frozenset()  # numbers of calls, and those of its own names
        self.hears = False  # whether what functions gave is kept, under the name GIVEN
        self.names[BETWEEN] = self._pause
        self.aside: tuple[Callable[[], None], Callable[[], None]] | None = None
        self.names[BEFORE_ASIDE], self.names[AFTER_ASIDE] = self._begin_aside, self._end_aside
        self.state = State([self.names, module], is_own)

    # ----- running it

    def run(
        self,
        put: Sequence[tuple[Group, np.ndarray]] = (),
        hold: bool = False,
        code: CodeType | None = None,
        prepare: Callable[[], None] | None = None,
        watched: Seen | None = None,
    ) -> None:
        """One turn from the same moment, with other weights; ``hold``: nothing moves these."""
        self.set_back(put)
        self.held = put if hold else ()
        if prepare is not None:
            prepare()
        function = FunctionType(code or self.code(self.loop.body, "turn"), self.names)
        heard = watched or (Seen() if self.hears else None)
        if heard is None:
            function()
        else:
            self._watch(function, heard)
            self.names[GIVEN] = dict(heard.results)
        self._pause()
        self.held = ()
        if watched is not None:
            own = [self.names.get(n) for n in self.loop.stored]
            called = [v for _, named in watched.arguments for v in named.values()]
            values = (*own, *called, *(v for _, v in watched.results))
            self.handed = frozenset(float(v) for v in values if isinstance(v, _FLOATS)) - {0.0, 1.0}

    def set_back(self, put: Sequence[tuple[Group, np.ndarray]] = ()) -> None:
        """The moment at which the turn begins.   Raises Late."""
        if process_time() > self.deadline:
            raise Late
        self.state.put_back()
        self._before = {n: self.module[n] for n in self._shared}
        for group, values in put:
            group.put(values)
        self._share()

    def code(self, statements: Sequence[Any], key: Any) -> CodeType:
        """Statements of the script, to be run in place of a turn."""
        return self.loop.code(min(self.files), statements, key)

    def _pause(self, depth: int = 0) -> None:
        if depth and self.collected is None and not self._shared:
            return
        for group, values in self.held if not depth or self.collected is not None else ():
            if self.collected is not None:
                self.collected.setdefault(group.name, []).append(self._now(group) - values)
            group.put(values)
        self._share()

    def _now(self, group: Group) -> np.ndarray:
        """The numbers of a group as they are at its places now."""
        return np.concatenate([np.ravel(at_path(self, leaf.path)()) for leaf in group.leaves])

    def has_moved(self, start: Mapping[str, Any]) -> bool:
        """Whether numbers are no more what they were."""
        now = self.numbers()
        return any(p not in now or not np.array_equal(now[p].value, v) for p, v in start.items())

    def _begin_aside(self) -> None:
        if self.aside is not None:
            self.aside[0]()

    def _end_aside(self) -> None:
        if self.aside is not None:
            self.aside[1]()

    def _share(self) -> None:
        """Global names are those of the functions that the turn calls as well."""
        for name in self._shared:
            mine, theirs = self.names.get(name), self.module.get(name)
            if mine is not self._before[name]:
                self.module[name] = self._before[name] = mine
            elif theirs is not self._before[name]:
                self.names[name] = self._before[name] = theirs

    def _watch(self, function: FunctionType, seen: Seen) -> None:
        home = self.files

        def look(frame: Any, event: str, value: Any) -> None:
            code = frame.f_code
            if event not in ("call", "return") or code.co_filename not in home:
                return
            if code.co_qualname.startswith("turn") or len(seen.results) > _MOST_CALLS:
                return
            if event == "call":
                seen.names.setdefault(code.co_qualname, code.co_firstlineno)
                seen.arguments.append((code.co_qualname, dict(frame.f_locals)))
            else:
                # as it is now: what follows may be computed in its place
                given = value.copy() if isinstance(value, np.ndarray) else value
                seen.results.append((code.co_qualname, given))

        sys.setprofile(look)
        try:
            function()
        finally:
            sys.setprofile(None)

    def changed_by(self, *paths: str) -> str:
        """The innermost function in which all that stands at paths is changed; "" for the turn."""
        places, found = [at_path(self, path) for path in paths], [""]
        stack: list[tuple[list[bytes], bool]] = []

        def now() -> list[bytes]:
            try:
                return [np.asarray(at(), float).tobytes() for at in places]
            except Exception:
                return [b"" for _ in places]

        def look(frame: Any, event: str, value: Any) -> None:
            code = frame.f_code
            if event not in ("call", "return") or code.co_filename not in self.files:
                return
            if event == "call":
                stack.append((now(), False))
            elif stack:
                before, inside = stack.pop()
                changed = all(a != b for a, b in zip(now(), before, strict=True))
                if changed and not inside and not code.co_qualname.startswith("turn"):
                    found[0] = code.co_qualname
                if changed and stack:
                    stack[-1] = stack[-1][0], True

        self.set_back()
        function = FunctionType(self.code(self.loop.body, "turn"), self.names)
        sys.setprofile(look)
        try:
            function()
        except Exception:
            pass  # it came to an end before
        finally:
            sys.setprofile(None)
        self.set_back()
        return "" if is_unnamed(found[0]) else found[0]

    # ----- looking at it

    def numbers(self) -> dict[str, Leaf]:
        """All numbers and arrays of floats there are now, by path."""
        return {leaf.path: leaf for leaf in leaves(self.names, self.is_own, self.loop.stored)}

    @cached_property
    def known_numbers(self) -> list[float]:
        """The numbers that the script has by name, or writes in its text; but for 0 and 1."""
        found = {float(leaf.value) for leaf in self.numbers().values() if np.ndim(leaf.value) == 0}
        found |= {float(v) for v in self.names.values() if type(v) in (int, float)}
        return [n for n in found | self.constants if n not in (0.0, 1.0)]

    def knows(self, rate: float) -> bool:
        """Whether a rate is a number of the script, or one that the turn hands on."""
        numbers = (*self.known_numbers, *self.handed)
        return any(abs(abs(rate) - abs(n)) <= 1e-4 * abs(n) for n in numbers)

    def given(self) -> Iterator[tuple[str, Leaf]]:
        """What functions gave last, by what it is told as; the paths of its numbers."""
        named = {n: v for n, v in self.names.get(GIVEN, {}).items() if not is_unnamed(n)}
        for name, value in named.items():
            for leaf in leaves({"x": value}, self.is_own):
                inside = leaf.path.removeprefix("x")
                yield f"{name}(){inside}", replace(leaf, path=f"{GIVEN}[{name!r}]{inside}")

    def values(self) -> dict[str, Any]:
        """The same as values that stay as they are."""
        return {p: np.array(leaf.value, float) for p, leaf in self.numbers().items()}


def is_unnamed(function: str) -> bool:
    """Whether it is a lambda or a comprehension, and none that a function defines."""
    return "<" in function.replace("<locals>", "")


def grouped(found: Sequence[Leaf], most: int = _MOST_GROUPS) -> list[Group]:
    """Arrays each by itself; single numbers with those of the same kind of place."""
    by_name: dict[str, list[Leaf]] = {}
    for leaf in found:
        array = isinstance(leaf.value, np.ndarray)
        by_name.setdefault(leaf.path if array else _PLAIN.sub("[]", leaf.path), []).append(leaf)
    return [Group(name, tuple(those)) for name, those in by_name.items()][:most]


def moved_by(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The paths of what is another number, or array of the same shape, afterwards."""
    return [
        p for p, v in before.items()
        if p in after and np.shape(v) == np.shape(after[p])
        and not np.array_equal(v, after[p], equal_nan=True)
    ]  # fmt: skip


# ----- numbers that depend on the weights


@dataclass(frozen=True)
class Number:
    """One number that the script computes: in the turn, or by an expression that stands beside it.

    ``of``: what gives it once the turn was run, or where ``alone`` without that · ``usual``: which
    loss it is, where the script does not compute it itself: right but for a factor, of outputs and
    a ``target``, for which ``of_target`` puts another.
    """

    name: str
    of: Callable[[], float]
    alone: bool = False
    usual: str = ""
    target: Any = None
    of_target: Callable[[Any], Number] | None = None

    @property
    def own(self) -> bool:
        """Whether the script computes it."""
        return not self.usual


def derivatives(
    turn: Turn, numbers: Sequence[Number], i: int, along: np.ndarray,
    weights: Sequence[tuple[Group, np.ndarray]], plain: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(number, 2): the derivative of each along a direction in a group of weights, and its error.

    ``plain``: the numbers at the weights themselves · where the slopes ahead and behind are not the
    same, a kink lies between.
    """
    group, now = weights[i]
    size = _STEP * max(float(np.abs(now).max(initial=0.0)), 0.1) / np.abs(along).max()

    def at(s: float) -> np.ndarray:
        put = [*weights[:i], *weights[i + 1 :], (group, now + s * along)]
        return evaluated(turn, numbers, put)

    coarse = (at(size) - at(-size)) / (2 * size)
    ahead, behind = at(size / 2), at(-size / 2)
    fine = (ahead - behind) / size
    best = (4 * fine - coarse) / 3
    rounding = 4e-16 * np.maximum(np.abs(ahead), np.abs(behind)) / size
    bent = 2 * np.abs(ahead + behind - 2 * plain) / size
    turn.set_back()
    return np.stack([best, np.abs(best - fine) + bent + rounding], axis=1)


def evaluated(
    turn: Turn, numbers: Sequence[Number], put: Sequence[tuple[Group, np.ndarray]]
) -> np.ndarray:
    """The numbers at some weights; NaN where one cannot be computed."""
    values = np.full(len(numbers), np.nan)
    if not all(n.alone for n in numbers):
        try:
            turn.run(put, hold=True)
        except Late:
            raise
        except Exception:
            return values
    # first those of what the turn has left
    for i, number in sorted(enumerate(numbers), key=lambda each: each[1].alone):
        if number.alone:
            turn.set_back(put)
        try:
            values[i] = one_number(number.of())
        except Late:
            raise
        except Exception:
            continue
    return values


def one_number(value: Any) -> float:
    """A number as a float; NaN of anything else."""
    if isinstance(value, (float, np.floating)):
        return float(value)
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind == "f":
        return float(value.reshape(-1)[0])
    return float("nan")


def at_path(turn: Turn, path: str) -> Callable[[], Any]:
    """What reads the number of a path."""
    code = compile(path, "<path>", "eval")
    return lambda: eval(code, turn.names)


def computed_in(turn: Turn, before: Mapping[str, Any], weights: Sequence[str]) -> list[Number]:
    """The numbers that the last turn made or changed; of its own names first."""
    found: list[Number] = []
    for path, leaf in sorted(turn.numbers().items(), key=lambda item: item[0].count(".")):
        fresh = path not in before or not np.array_equal(before[path], leaf.value, equal_nan=True)
        if fresh and path not in weights and np.size(leaf.value) == 1 and _is_path(path):
            found.append(Number(path, at_path(turn, path)))
    return found[:_MOST_NUMBERS]


def _is_path(path: str) -> bool:
    try:
        ast.parse(path, mode="eval")
    except SyntaxError:
        return False
    return True
