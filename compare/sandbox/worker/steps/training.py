"""Runs a submission's script once more, and looks at the first turns of its training."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from time import process_time
from types import FrameType
from typing import Any

import numpy as np

from compare.sandbox.worker.run_submission import overtime
from compare.sandbox.worker.steps.accumulated import never_set_back
from compare.sandbox.worker.steps.beside_steps.evaluation import goes_on_changing
from compare.sandbox.worker.steps.beside_steps.kept import kept_by_reference
from compare.sandbox.worker.steps.beside_steps.rates import decayed_again
from compare.sandbox.worker.steps.beside_steps.stopping import counts_on
from compare.sandbox.worker.steps.beside_steps.sums import part_kept
from compare.sandbox.worker.steps.beside_steps.units import equal_units
from compare.sandbox.worker.steps.finding import Beside, Finding
from compare.sandbox.worker.steps.idle import without_effect
from compare.sandbox.worker.steps.left_alone import left_alone, never_moved
from compare.sandbox.worker.steps.loops import ARRIVED, Loop, announced
from compare.sandbox.worker.steps.momentum import begun_anew, explained_by_more
from compare.sandbox.worker.steps.observe import Look, explain, look_at, with_outputs, with_script
from compare.sandbox.worker.steps.parts import OF_SOME
from compare.sandbox.worker.steps.repairs import changed_so, mended, of_another_loss, right
from compare.sandbox.worker.steps.singles import some_too_far
from compare.sandbox.worker.steps.turn import Late, Turn

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
    beside: list[tuple[int, Beside]] = field(default_factory=list)
    depth: int = 0
    failed: int = 0
    first: bool = True
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
            self._look_beside(each, own, frame, self._of_one)
        inner = [s for s in self.seen if s is not each and self._holds(each, s)]
        if any(s.looks for s in inner):
            if each.arrivals == 2:
                looks = partial(_of_epochs, [look for s in inner for look in s.looks])
                self._look_beside(each, own, frame, looks)
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

    def _look_beside(
        self, each: Seen, own: dict[str, Any], frame: FrameType,
        looks: Callable[[Turn], Iterator[Beside]],
    ) -> None:  # fmt: skip
        """What is wrong with a turn beside its step."""
        self.busy = True
        turn = self._turn(each.loop, None if frame.f_locals is self.module else dict(own))
        try:
            each.beside += [(each.arrivals, found) for found in looks(turn)]
        except Late:
            raise
        except Exception:
            pass  # of a turn that cannot be run again
        finally:
            turn.state.put_back()
            self.busy = False

    def _of_one(self, turn: Turn) -> Iterator[Beside]:
        """Hidden units that are all the same after some turns, and weights that are not kept."""
        found = None if any(b.cause == "units_equal" for s in self.seen for _, b in s.beside) else (
            equal_units(turn))  # fmt: skip
        if found is not None:
            yield found
        yield from kept_by_reference(turn)

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
            if each.first:
                each.first = False
                each.beside += [(each.arrivals, found) for found in _beside(look)]
            if finding is None and look.idle:
                # what explained the turns before was none of what they are about
                each.looks, each.findings, each.failed = [], [], 2
            elif finding is None:
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


def _beside(look: Look) -> Iterator[Beside]:
    """What else is called in a turn, or beside it."""
    for looks in (goes_on_changing, counts_on):
        try:
            yield from looks(look)
        except Late:
            raise
        except Exception:
            look.turn.set_back()  # what is called so may want another state


def _of_epochs(looks: Sequence[Look], turn: Turn) -> Iterator[Beside]:
    """Losses that are added up, and rates that go down, in a turn around those that were seen."""
    for name in sorted({n for look in looks if (n := look.numbers[look.by].name).isidentifier()}):
        try:
            kept = part_kept(turn, name)
        except (KeyError, TypeError, ValueError):
            continue  # what it adds up is no number
        if kept is not None:
            yield kept
    yield from decayed_again(turn, [look.rate for look in looks if not look.kept])


def _depth(frame: FrameType | None) -> int:
    count = 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def _finding(look: Look, earlier: list[Look]) -> Finding | None:
    explain(look, earlier)
    before = earlier[-1] if earlier else None
    if look.explained:
        if not look.kept and (others := without_effect(look, before)):
            look.idle = True
            return changed_so(look, (), others)
        said = right(look)
        return said if said.cause else begun_anew(look, before) or said
    found = explained_by_more(look, earlier) or mended(look, earlier)
    found = found or never_set_back(look, before)
    if found is None and with_outputs(look):
        found = _of_outputs(look, earlier)
    if found is None and with_script(look):
        # what is told of elsewhere need not be what is trained: only a right step says that
        explain(look, earlier)
        found = right(look) if look.explained else None
    if found is None and with_outputs(look, given=True):
        found = _of_outputs(look, earlier)
    return found


def _of_outputs(look: Look, earlier: list[Look]) -> Finding | None:
    explain(look, earlier)
    found = (of_another_loss(look, earlier) or right(look)) if look.explained else None
    return found or explained_by_more(look, earlier) or mended(look, earlier)


def trainings(
    scripts: Mapping[str, Mapping[str, str]], is_own: Callable[[type], bool], seconds: float
) -> list[dict[str, Any]]:
    """What came of the loops of each script, as plain values."""
    found = []
    for file, texts in scripts.items():
        seen = [s for s in observed(texts, is_own, seconds) if s.looks or s.beside]
        found += [{"file": file, **each} for every in seen for each in told(every)]
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


def told(seen: Seen) -> Iterator[dict[str, Any]]:
    """What came of a loop, as plain values; nothing of turns that tell nothing for certain.

    By itself what functions do that have nothing to do with each other.
    """
    pairs = seen.pairs if _is_certain(seen) else []
    if len(causes := {f.cause for (_, f), _ in pairs}) > 1 and causes <= {*OF_SOME}:
        # what one turn alone looks like is none of what all have in common
        pairs = [each for each in pairs if each[0][1].cause == OF_SOME[-1]]
    turns = [_told_of(number, finding, look) for (number, finding), look in pairs]
    if turns and (alone := never_moved(seen.looks)):
        turns.append(_told_unmoved(alone, str(turns[0]["loss"])))
    lines = {n: line for look in seen.looks for n, line in look.seen.names.items()}
    lines |= {found.place: found.line for _, found in seen.beside}
    wrong = {f.place for (_, f), _ in pairs if f.cause}
    places = {found.place for _, found in seen.beside}
    apart = places - {""} if len(wrong | places) > 1 else frozenset()
    for place in ["", *sorted(apart)]:
        others = [_told_beside(number, found) for number, found in seen.beside
                  if (found.place if found.place in apart else "") == place]  # fmt: skip
        mine = [*turns, *others] if not place else others
        at = wrong or places - apart
        function = place or (min(at) if len(at) == 1 else "")
        line = lines.get(function, seen.loop.line) if function else seen.loop.line
        if mine:
            yield {
                "loop": seen.loop.name, "loop_line": seen.loop.line,
                "function": function or seen.loop.name, "function_line": line, "turns": mine,
                "uses": [*dict.fromkeys(n for s in seen.looks for n in s.seen.names)][:64],
            }  # fmt: skip


def _told_of(number: int, finding: Finding, look: Look) -> dict[str, Any]:
    slope = look.slopes[look.by]
    of = slope.weights & np.isfinite(finding.given)
    names = [_entry(look, i, v) for i, v in look.along]
    return {
        "turn": number, "cause": finding.cause, "blanks": dict(finding.blanks),
        "names": [n for n, o in zip(names, of, strict=True) if o],
        "given": finding.given[of], "expected": finding.expected[of],
        "limit": (abs(look.rate) * slope.tolerance)[of], "loss": look.numbers[look.by].name,
        "own": look.numbers[look.by].own,
    }  # fmt: skip


def _told_unmoved(alone: Mapping[str, float], loss: str) -> dict[str, Any]:
    """Weights that no turn moves, and how far one step along the loss would have moved them."""
    far = np.array([*alone.values()])
    return {
        "turn": 1, "cause": "never_updated", "blanks": {"name": ", ".join(alone)},
        "names": [f"{name} along v" for name in alone], "given": np.zeros(len(alone)),
        "expected": far, "limit": 1e-3 * np.abs(far), "loss": loss, "own": True,
    }  # fmt: skip


def _told_beside(number: int, found: Beside) -> dict[str, Any]:
    return {
        "turn": number, "cause": found.cause, "blanks": dict(found.blanks),
        "names": [found.name], "given": np.array([found.given]),
        "expected": np.array([found.expected]), "limit": np.array([1e-9 * abs(found.expected)]),
        "loss": found.name, "own": True,
    }  # fmt: skip


def _is_certain(seen: Seen) -> bool:
    """Whether a wrong gradient shows in all turns, and right steps are at a rate."""
    partly = [f.cause in OF_SOME and not look.kept for (_, f), look in seen.pairs]
    if any(partly):
        return not seen.failed and all(partly) and len(partly) > 1
    return any(f.cause for _, f in seen.findings) or _has_a_rate(seen)


def _has_a_rate(seen: Seen) -> bool:
    """Whether steps along a number of the script are at one rate, or at rates that it has.

    What was kept is one multiple of the derivative, or one by a number of samples: else it may be
    that of anything of which the loss is a function.
    """
    kept = np.array([abs(look.rate) for look in seen.looks if look.kept])
    counts = np.maximum(kept, 1 / kept)
    whole = bool(np.allclose(counts, np.round(counts), rtol=1e-3))
    if not whole and not np.allclose(kept, kept[0], rtol=1e-3):
        return False
    steps = [look for look in seen.looks if not look.kept and look.numbers[look.by].own]
    alike = bool(steps) and np.allclose([s.rate for s in steps], steps[0].rate, rtol=1e-3)
    return alike or all(look.turn.knows(look.rate) for look in steps)


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
