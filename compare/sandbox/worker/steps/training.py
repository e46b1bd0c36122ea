"""Runs a submission's script once more, and looks at the first turns of its training."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from time import process_time
from types import FrameType
from typing import Any

import numpy as np

from compare.sandbox.worker.run_submission import overtime
from compare.sandbox.worker.steps.accumulated import never_set_back
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.left_alone import left_alone, never_moved
from compare.sandbox.worker.steps.loops import ARRIVED, Loop, announced
from compare.sandbox.worker.steps.observe import Look, explain, look_at, with_outputs, with_script
from compare.sandbox.worker.steps.parts import OF_SOME
from compare.sandbox.worker.steps.repairs import explained_by_more, mended, of_another_loss, right
from compare.sandbox.worker.steps.singles import some_too_far
from compare.sandbox.worker.steps.sums import part_kept
from compare.sandbox.worker.steps.turn import Late, Turn
from compare.sandbox.worker.steps.units import Equal, equal_units

_TURNS = 3
_LATER = 8  # the turn that is looked at as well: the first ones may all have targets of one kind
_QUICK = 0.5  # seconds for these looks, above which there is no later one
_MAIN = "__main__"
_MOST_COPIED = 1 << 21  # numbers of data that may be changed in place


@dataclass
class Seen:
    """A loop, and what came of its turns so far."""

    loop: Loop
    arrivals: int = 0
    looks: list[Look] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    unexplained: list[Look] = field(default_factory=list)
    sums: list[tuple[int, str, float, float]] = field(default_factory=list)
    equal: Equal | None = None
    depth: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether nothing was wrong so far."""
        return not any(f.cause for _, f in self.findings)

    @property
    def pairs(self) -> list[tuple[tuple[int, Finding], Look]]:
        """The number of a turn and what was found, with what was seen of it."""
        return list(zip(self.findings, self.looks, strict=True))


class Observer:
    """What is called at the begin of every turn of a loop; it answers whether to leave the loop."""

    def __init__(
        self, loops: list[Loop], files: frozenset[str], module: dict[str, Any],
        is_own: Callable[[type], bool], seconds: float, constants: frozenset[float],
    ) -> None:  # fmt: skip
        self.constants = constants
        self.seen = [Seen(loop) for loop in loops]
        self.files, self.module, self.is_own = files, module, is_own
        self.deadline = process_time() + seconds
        self.busy = False
        self._originals: dict[Any, dict[str, Any]] = {}

    def __call__(self, number: int, own: dict[str, Any]) -> bool:
        """Whether the loop has been seen enough."""
        if self.busy:
            return False
        each = self.seen[number]
        each.arrivals += 1
        frame = sys._getframe(1)
        if self._is_inside_another(each, frame):
            return False
        if len(each.looks) >= _TURNS:
            if len(each.looks) > _TURNS or each.seconds > _QUICK or not each.is_right:
                return True
            if each.arrivals < _LATER:
                return False
        self._remember(each.loop, own)
        if each.arrivals == _TURNS:
            self._look_at_units(each, own, frame)
        inner = [s for s in self.seen if s is not each and self._holds(each, s)]
        if any(s.looks for s in inner):
            if each.arrivals == 2:
                self._look_at_sums(each, own, frame, [s for s in inner if s.looks])
            return each.arrivals > _TURNS
        if each.failed > 1:
            return False
        self.busy, began = True, process_time()
        try:
            self._look(each, own, frame)
        finally:
            self.busy = False
            each.seconds += process_time() - began
        return False

    def _holds(self, outer: Seen, inner: Seen) -> bool:
        mine = outer.loop.line
        return inner.depth > outer.depth or any(a.lineno == mine for a in inner.loop.around)

    def _is_inside_another(self, each: Seen, frame: FrameType) -> bool:
        """Whether it is run in a turn that is understood already."""
        each.depth = _depth(frame)
        known = [s for s in self.seen if s.looks and s is not each]
        lines = {a.lineno for a in each.loop.around}
        return any(each.depth > s.depth or s.loop.line in lines for s in known)

    def _remember(self, loop: Loop, own: Mapping[str, Any]) -> None:
        key = id(loop.scope)
        if key not in self._originals:
            arrays = {n: v for n, v in own.items() if isinstance(v, np.ndarray) and v.ndim}
            small = sum(v.size for v in arrays.values()) < _MOST_COPIED
            self._originals[key] = {n: v.copy() if small else v for n, v in arrays.items()}

    def _look_at_sums(
        self, outer: Seen, own: dict[str, Any], frame: FrameType, inner: list[Seen]
    ) -> None:
        """Whether a loss that is added up in the loops inside is the mean of one epoch alone."""
        local = None if frame.f_locals is self.module else dict(own)
        self.busy = True
        turn = self._turn(outer.loop, local)
        try:
            for seen in inner:
                names = {look.numbers[look.by].name for look in seen.looks}
                for name in sorted(n for n in names if n.isidentifier()):
                    if kept := part_kept(turn, name):
                        seen.sums.append((outer.arrivals, name, *kept))
        except Late:
            raise
        except Exception:
            pass  # what it adds up is no number
        finally:
            turn.state.put_back()
            self.busy = False

    def _look_at_units(self, each: Seen, own: dict[str, Any], frame: FrameType) -> None:
        """Whether hidden units are all the same after some turns."""
        if any(s.equal for s in self.seen):
            return
        self.busy = True
        turn = self._turn(each.loop, None if frame.f_locals is self.module else dict(own))
        try:
            each.equal = equal_units(turn)
        except Late:
            raise
        except Exception:
            pass  # of a turn that cannot be run again
        finally:
            turn.state.put_back()
            self.busy = False

    def _turn(self, loop: Loop, local: dict[str, Any] | None) -> Turn:
        return Turn(
            loop, self.files, self.module, local, self.is_own, self.deadline, self.constants
        )  # fmt: skip

    def _look(self, each: Seen, own: dict[str, Any], frame: FrameType) -> None:
        local = None if frame.f_locals is self.module else dict(own)
        turn = self._turn(each.loop, local)
        try:
            look = look_at(turn, self._originals[id(each.loop.scope)])
            if look is None:
                each.failed += 1
                return
            finding = _finding(look, [*each.looks, *each.unexplained][-1:])
            finding = finding or some_too_far(look, each.looks)
            if finding is None:
                each.failed += 1
                each.unexplained = [look]
            else:
                look.left_alone = {} if finding.cause or look.kept else left_alone(look)
                each.looks.append(look)
                each.unexplained = []
                each.findings.append((each.arrivals, finding))
        except Late:
            raise
        except Exception:
            each.failed += 1  # of an array that is none, of an object of a strange class
        finally:
            turn.state.put_back()


def _depth(frame: FrameType | None) -> int:
    count = 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def _finding(look: Look, earlier: list[Look]) -> Finding | None:
    explain(look, earlier)
    if look.explained:
        return right(look)
    before = earlier[-1] if earlier else None
    found = explained_by_more(look, earlier) or mended(look, earlier)
    found = found or never_set_back(look, before)
    if found is None and with_outputs(look):
        explain(look, earlier)
        found = (of_another_loss(look, earlier) or right(look)) if look.explained else None
        found = found or explained_by_more(look, earlier) or mended(look, earlier)
    if found is None and with_script(look):
        # what is told of elsewhere need not be what is trained: only a right step says that
        explain(look, earlier)
        return right(look) if look.explained else None
    return found


def trainings(
    scripts: Mapping[str, Mapping[str, str]], is_own: Callable[[type], bool], seconds: float
) -> list[dict[str, Any]]:
    """What came of the loops of each script, as plain values."""
    found = []
    for file, texts in scripts.items():
        seen = [s for s in observed(texts, is_own, seconds) if s.looks or s.equal]
        all_told = [told(each) for each in seen]
        found += [{"file": file, **each} for each in all_told if each]
    return found


def observed(
    texts: Mapping[str, str], is_own: Callable[[type], bool], seconds: float
) -> list[Seen]:
    """The loops of a script, or of the cells of a notebook, with what came of their turns.

    Of what cannot be read, or does not come to a training within some seconds, there are none.
    """
    try:
        trees = {file: ast.parse(text, file) for file, text in texts.items()}
        loops = announced(list(trees.values()))
        codes = [compile(t, file, "exec", dont_inherit=True) for file, t in trees.items()]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    if not loops:
        return []
    file = next(iter(texts))
    module: dict[str, Any] = {"__name__": _MAIN, "__file__": file.partition(" cell ")[0]}

    def own(kind: type) -> bool:
        return getattr(kind, "__module__", "") == _MAIN or is_own(kind)

    constants = frozenset(
        float(n.value) for t in trees.values() for n in ast.walk(t)
        if isinstance(n, ast.Constant) and isinstance(n.value, (int, float))
    )  # fmt: skip
    observer = Observer(loops, frozenset(texts), module, own, seconds, constants)
    module[ARRIVED] = observer
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        try:
            with overtime(2 * seconds):
                for code in codes:
                    exec(code, module)
        except BaseException:
            pass  # it was told of when the script was run first; or nothing more is to be seen
    return observer.seen


def told(seen: Seen) -> dict[str, Any]:
    """What came of a loop, as plain values; nothing of turns that tell nothing for certain."""
    pairs = seen.pairs if _is_certain(seen) else []
    turns = []
    for (number, finding), look in pairs:
        slope = look.slopes[look.by]
        of = slope.weights & np.isfinite(finding.given)
        names = [_entry(look, i, v) for i, v in look.along]
        turns.append({
            "turn": number, "cause": finding.cause, "blanks": dict(finding.blanks),
            "names": [n for n, o in zip(names, of, strict=True) if o],
            "given": finding.given[of], "expected": finding.expected[of],
            "limit": (abs(look.rate) * slope.tolerance)[of], "loss": look.numbers[look.by].name,
            "own": look.numbers[look.by].own,
        })  # fmt: skip
    for number, name, given, expected in seen.sums:
        turns.append({
            "turn": number, "cause": "error_of_earlier_epochs", "blanks": {"name": name},
            "names": [name], "given": np.array([given]), "expected": np.array([expected]),
            "limit": np.array([1e-9 * abs(expected)]), "loss": name,
            "own": True,
        })  # fmt: skip
    if turns and (alone := never_moved(seen.looks)):
        far = np.array([*alone.values()])
        turns.append({
            "turn": 1, "cause": "never_updated", "blanks": {"name": ", ".join(alone)},
            "names": [f"{name} along v" for name in alone], "given": np.zeros(len(alone)),
            "expected": far, "limit": 1e-3 * np.abs(far), "loss": turns[0]["loss"],
            "own": True,
        })  # fmt: skip
    if seen.equal is not None:
        turns.append({
            "turn": _TURNS, "cause": "units_equal",
            "blanks": {"name": seen.equal.into, "count": str(seen.equal.count)},
            "names": ["hidden_units"], "given": np.array([1.0]),
            "expected": np.array([float(seen.equal.count)]), "limit": np.array([0.0]),
            "loss": seen.equal.into, "own": True,
        })  # fmt: skip
    uses = dict.fromkeys(n for look in seen.looks for n in look.seen.names)
    if not turns:
        return {}
    lines = {n: line for look in seen.looks for n, line in look.seen.names.items()}
    places = {f.place for (_, f), _ in pairs if f.cause}
    if seen.equal is not None and not places:
        places = {seen.equal.place}
        lines[seen.equal.place] = seen.equal.line
    place = places.pop() if len(places) == 1 else ""
    return {
        "loop": seen.loop.name, "loop_line": seen.loop.line,
        "function": place or seen.loop.name, "function_line": lines.get(place, seen.loop.line),
        "turns": turns, "uses": list(uses)[:64],
    }  # fmt: skip


def _is_certain(seen: Seen) -> bool:
    """Whether a wrong gradient shows in all turns, and right steps are at a rate."""
    partly = [f.cause in OF_SOME and not look.kept for (_, f), look in seen.pairs]
    if any(partly):
        return not seen.failed and all(partly) and len(partly) > 1
    return any(f.cause for _, f in seen.findings) or _has_a_rate(seen)


def _has_a_rate(seen: Seen) -> bool:
    """Whether steps along a number of the script are at one rate, or at rates that it has."""
    rates = [look.rate for look in seen.looks if not look.kept and look.numbers[look.by].own]
    alike = bool(rates) and bool(np.allclose(rates, rates[0], rtol=1e-3))
    return alike or all(
        look.kept or not look.numbers[look.by].own or look.turn.knows(look.rate)
        for look in seen.looks
    )


def _entry(look: Look, i: int, along: np.ndarray) -> str:
    """Which number of the weights it is, or that it is a direction in them."""
    group = look.weights[i]
    if along.size > 1 and np.count_nonzero(along) == 1:
        at = int(np.argmax(along))
        shape = np.shape(group.leaves[0].value)
        if len(group.leaves) > 1:
            return group.leaves[at].path
        return f"{group.name}{[int(k) for k in np.unravel_index(at, shape)]}"
    return group.name if along.size == 1 else f"{group.name} along v"
