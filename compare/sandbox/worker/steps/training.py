"""Runs a submission's script once more, and looks at the first turns of its training."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from time import process_time
from types import FrameType
from typing import Any

import numpy as np

from compare.sandbox.worker.run_submission import Overtime, overtime
from compare.sandbox.worker.steps.accumulated import never_set_back
from compare.sandbox.worker.steps.beside_steps.ascent import goes_up
from compare.sandbox.worker.steps.beside_steps.draws import drawn_in_evaluation
from compare.sandbox.worker.steps.beside_steps.evaluation import goes_on_changing
from compare.sandbox.worker.steps.beside_steps.idle import without_effect
from compare.sandbox.worker.steps.beside_steps.kept import kept_by_reference
from compare.sandbox.worker.steps.beside_steps.labels import labels_are_signs
from compare.sandbox.worker.steps.beside_steps.moves import of_its_update
from compare.sandbox.worker.steps.beside_steps.rates import decayed_again
from compare.sandbox.worker.steps.beside_steps.renewal import memory_begun_anew as memory_of_epochs
from compare.sandbox.worker.steps.beside_steps.renewal import weights_begun_anew
from compare.sandbox.worker.steps.beside_steps.renewed import memory_begun_anew, never_carried_on
from compare.sandbox.worker.steps.beside_steps.scaled import scaled_by_itself
from compare.sandbox.worker.steps.beside_steps.stopping import counts_on, loop_counts_on
from compare.sandbox.worker.steps.beside_steps.sums import divided_by_batches, part_kept
from compare.sandbox.worker.steps.beside_steps.units import equal_units
from compare.sandbox.worker.steps.finding import Beside, Finding
from compare.sandbox.worker.steps.left_alone import left_alone
from compare.sandbox.worker.steps.loops import ARRIVED, Loop, announced
from compare.sandbox.worker.steps.momentum import begun_anew, explained_by_more, looking_ahead
from compare.sandbox.worker.steps.observe import (
    Look,
    added,
    explain,
    look_at,
    with_arguments,
    with_numbers,
    with_outputs,
    with_predictions,
    with_script,
)
from compare.sandbox.worker.steps.other_texts import with_its_own_loss
from compare.sandbox.worker.steps.outputs import losses_of_weights
from compare.sandbox.worker.steps.parts import OF_SOME, in_parts
from compare.sandbox.worker.steps.repairs import (
    changed_so,
    mended,
    of_another_loss,
    of_others,
    right,
)
from compare.sandbox.worker.steps.samples import held_in
from compare.sandbox.worker.steps.singles import some_too_far
from compare.sandbox.worker.steps.told import Seen, told
from compare.sandbox.worker.steps.turn import Late, Turn
from compare.sandbox.worker.steps.written_otherwise import right_edits

_TURNS = 3
_LATER = 8  # the turn that is looked at as well: the first ones may all have targets of one kind
_QUICK = 0.5  # seconds for these looks, above which there is no later one
# the numbers that are looked at last, one kind after the other, and whether other texts are as well
_MORE: dict[Callable[[Look], bool], bool] = {
    with_outputs: True,
    with_script: True,
    partial(with_outputs, given=True): True,
    with_arguments: False,
    with_predictions: False,
}
_MAIN, LATE = "__main__", "late"
_MOST_COPIED = 1 << 21  # numbers of data that may be changed in place


class Observer:
    """What is called at the begin of every turn of a loop; it answers whether to leave the loop."""

    def __init__(
        self, loops: list[Loop], texts: Mapping[str, str], module: dict[str, Any],
        is_own: Callable[[type], bool], seconds: float, constants: frozenset[float],
        edits: bool = False,
    ) -> None:  # fmt: skip
        self.constants, self.edits = constants, edits
        self.seen = [Seen(loop) for loop in loops]
        self.texts = texts
        self.files, self.module, self.is_own = frozenset(texts), module, is_own
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
            rates = [look.rate for look in each.looks if not look.kept]
            self._look_beside(each, own, frame, partial(self._of_one, rates))
        inner = [s for s in self.seen if s is not each and self._holds(each, s)]
        if any(s.is_explained for s in inner):
            if each.arrivals == 2 and not each.loop.is_call:
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
        return inner.depth > outer.depth or outer.loop.line in inner.loop.within

    def _is_inside_another(self, each: Seen, frame: FrameType) -> bool:
        """Whether it is run in a turn that is understood already."""
        each.depth = _depth(frame)
        known = [s for s in self.seen if s.looks and s is not each]
        return any(each.depth > s.depth or s.loop.line in each.loop.within for s in known)

    def _remember(self, loop: Loop, own: Mapping[str, Any]) -> None:
        key = id(loop.scope)
        if key not in self._originals:
            arrays = {n: v for n, v in held_in(own, self.is_own) if v.ndim}
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

    def _of_one(self, rates: Sequence[float], turn: Turn) -> Iterator[Beside]:
        """Hidden units that are all the same, weights that are not kept, rates that fall twice."""
        found = None if any(b.cause == "units_equal" for s in self.seen for _, b in s.beside) else (
            equal_units(turn))  # fmt: skip
        if found is not None:
            yield found
        yield from scaled_by_itself(self.module)
        yield from kept_by_reference(turn)
        yield from decayed_again(turn, rates)
        yield from loop_counts_on(turn)

    def _turn(self, loop: Loop, local: dict[str, Any] | None) -> Turn:
        return Turn(
            loop, self.files, self.module, local, self.is_own, self.deadline, self.constants,
            self.texts,
        )  # fmt: skip

    def _look(self, each: Seen, own: dict[str, Any], frame: FrameType) -> None:
        local = None if frame.f_locals is self.module else dict(own)
        turn = self._turn(each.loop, local)
        try:
            look = look_at(turn, self._originals[id(each.loop.scope)])
            if look is None:
                each.failed += 1
                return
            each.began = look if each.arrivals == 1 else each.began
            # what a loop in it does may be explained by less
            later = each.loop.holds and each.arrivals == 1
            finding = _finding(look, [*each.looks, *each.unexplained][-1:], later)
            if self.edits and finding is not None and finding.cause == OF_SOME[-1]:
                before = each.looks[-1].edits if each.looks else None
                look.edits = right_edits(look, before)
            if finding is None and (each.right_looks or not later):
                finding = some_too_far(look, each.right_looks)
            finding = finding and (goes_up(look, finding) or finding)
            if each.first:
                each.first = False
                each.beside += [(each.arrivals, found) for found in _beside(look)]
            if finding is None and look.idle:
                # what explained the turns before was none of what they are about
                each.looks, each.findings, each.failed = [], [], 2
            elif finding is None:
                each.failed += 1
                each.postponed = later
                each.unexplained = [look]
            else:
                look.left_alone = {} if finding.cause else left_alone(look)
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
    for looks in (goes_on_changing, counts_on, drawn_in_evaluation, labels_are_signs):
        try:
            yield from looks(look)
        except Late:
            raise
        except Exception:
            look.turn.set_back()  # what is called so may want another state


def _of_epochs(looks: Sequence[Look], turn: Turn) -> Iterator[Beside]:
    """Losses that are added up, and rates that go down, in a turn around those that were seen."""
    sums = {n.target.id for s in turn.loop.body for n in ast.walk(s)
            if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}  # fmt: skip
    names = {n for look in looks if (n := look.numbers[look.by].name).isidentifier()}
    for name in sorted(names | sums & {n.name for n in looks[0].numbers}):
        for wrong in (part_kept, divided_by_batches):
            try:
                found = wrong(turn, name)
            except (KeyError, TypeError, ValueError, NameError):
                continue  # what it adds up is no number
            if found is not None:
                yield found
    yield from decayed_again(turn, [look.rate for look in looks if not look.kept])
    yield from weights_begun_anew(turn, looks)
    yield from memory_of_epochs(turn, looks)


def _depth(frame: FrameType | None) -> int:
    count = 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def _finding(look: Look, earlier: list[Look], later: bool = False) -> Finding | None:
    """What is said of a turn; ``later``: one that is looked at again before more is tried."""
    explain(look, earlier)
    if not look.explained and _with_functions(look, earlier):
        explain(look, earlier)
    before = earlier[-1] if earlier else None
    if look.kept and (found := of_its_update(look, earlier)):
        return found
    if look.explained and not look.kept and not look.turn.knows(look.rate) and with_numbers(look):
        # an output alone is as good as its loss, but for the rate
        explain(look, earlier)
        if look.rate > 0 and not look.numbers[look.by].own and not look.kept:
            loss = {"loss": look.numbers[look.by].name}
            return Finding("goes_up", loss, look.step, -look.step)
    if look.explained and not look.kept and before and not look.turn.knows(look.rate):
        # of a quadratic the second step of those that look ahead is longer, and along its slope
        if (found := looking_ahead(look, before)) is not None:
            return found
    if look.explained:
        if not look.kept and (others := without_effect(look, before)):
            look.idle = True
            return changed_so(look, (), others)
        said = right(look)
        return said if said.cause else begun_anew(look, before) or _lost(look, before) or said
    if before is not None and (found := _as_before(look, before)):
        return found
    if later and not look.turn.loop.is_call:
        return None
    found = explained_by_more(look, earlier) or mended(look, earlier)
    if found is not None and not found.cause:
        found = _lost(look, before) or found
    found = found or never_set_back(look, before)
    if later:
        return found
    for more, texts in _MORE.items():
        if found is None and more(look):
            look.more = more
            if more is not with_script:
                found = _of_outputs(look, earlier, texts)
                continue
            # what is told of elsewhere need not be what is trained: only a right step says that
            explain(look, earlier)
            found = right(look) if look.explained else None
    return found or with_its_own_loss(look)


def _as_before(look: Look, before: Look) -> Finding | None:
    """What is said of it by what explained the turn before, where that was found late: at once."""
    if before.more is None or not before.explained:
        return None
    other = replace(look, numbers=[*look.numbers], slopes=[*look.slopes], batches=[*look.batches])
    if not before.more(other):
        return None
    explain(other, [before])
    found = None if other.explained else explained_by_more(other, [before])
    name = before.numbers[before.by].name
    if not other.explained or other.numbers[other.by].name != name or found and found.cause:
        return None
    look.numbers, look.slopes, look.batches = other.numbers, other.slopes, other.batches
    look.by, look.rate, look.kept, look.more = other.by, other.rate, other.kept, before.more
    return found or of_another_loss(look, [before]) or right(look)


def _with_functions(look: Look, earlier: Sequence[Look]) -> bool:
    """Whether there are numbers that functions give of the weights themselves to look at."""
    before = {e.numbers[e.by].name for e in earlier if e.explained}
    found = losses_of_weights(look.turn, look.seen, look.weights, before)
    return added(look, [(n, None) for n in found])


def _lost(look: Look, before: Look | None) -> Finding | None:
    """Whether what a step leaves for the next one is begun anew, or never handed on."""
    found = memory_begun_anew(look, before)
    return found or (never_carried_on(look) if before is not None else None)


def _of_outputs(look: Look, earlier: list[Look], texts: bool = True) -> Finding | None:
    """What is said of its numbers; ``texts``: and of other texts, which take a while."""
    explain(look, earlier)
    if look.kept and (found := of_its_update(look, earlier)):
        return found
    found = (of_another_loss(look, earlier) or right(look)) if look.explained else None
    found = found or explained_by_more(look, earlier)
    return found or (mended(look, earlier) if texts else of_others(look) or in_parts(look, earlier))


def trainings(
    scripts: Mapping[str, Mapping[str, str]],
    is_own: Callable[[type], bool],
    seconds: float,
    edits: bool = False,
) -> list[dict[str, Any]]:
    """What came of the loops of each script, as plain values; and whether the time was up.

    ``edits``: what is not explained is tried with one place of its text written otherwise.
    """
    found = []
    for file, texts in scripts.items():
        loops, late = observed(texts, is_own, seconds, edits)
        seen = [s for s in loops if s.looks or s.beside]
        found += [{"file": file, **each} for every in seen for each in told(every)]
        found += [{"file": file, LATE: True}] if late else []
    return found


def observed(
    texts: Mapping[str, str], is_own: Callable[[type], bool], seconds: float, edits: bool = False
) -> tuple[list[Seen], bool]:
    """The loops of a script, or of the cells of a notebook, with what came of their turns; and
    whether the time was up before that.

    Of what cannot be read, or does not come to a training within some seconds, there are none.
    """
    try:
        trees = {file: ast.parse(text, file) for file, text in texts.items()}
        loops = announced(list(trees.values()))
        codes = [compile(t, file, "exec", dont_inherit=True) for file, t in trees.items()]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], False
    if not loops:
        return [], False
    file = next(iter(texts))
    module: dict[str, Any] = {"__name__": _MAIN, "__file__": file.partition(" cell ")[0]}

    def own(kind: type) -> bool:
        return getattr(kind, "__module__", "") == _MAIN or is_own(kind)

    constants = frozenset(
        float(n.value) for t in trees.values() for n in ast.walk(t)
        if isinstance(n, ast.Constant) and isinstance(n.value, (int, float))
    )  # fmt: skip
    observer = Observer(loops, texts, module, own, seconds, constants, edits)
    module[ARRIVED] = observer
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        try:
            with overtime(2 * seconds):
                for code in codes:
                    exec(code, module)
        except (Late, Overtime):
            return observer.seen, True
        except BaseException:
            pass  # it was told of when the script was run first; or nothing more is to be seen
    return observer.seen, False
