"""What would make a turn right that is not, and so is what is wrong with it.

Nothing is blamed that is not mended: with the mistake taken out, the turn is a step along the
derivative, of all weights.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.explained import multiple
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.loops import AFTER_ASIDE, BEFORE_ASIDE
from compare.sandbox.worker.steps.observe import (
    Look,
    added,
    again,
    along_all,
    explain,
    gradient_of,
    order_of,
    slopes_of,
    with_outputs,
)
from compare.sandbox.worker.steps.other_texts import other_texts, run_to_its_end
from compare.sandbox.worker.steps.parts import in_parts, maker
from compare.sandbox.worker.steps.samples import Mismatch, is_mean, of_targets
from compare.sandbox.worker.steps.slopes import HANDED_U, HANDED_Z, other_slopes
from compare.sandbox.worker.steps.state import State
from compare.sandbox.worker.steps.turn import Late, Number, Turn, evaluated, moved_by

_SAY = ("print", "append")
_ONE = 1e-3  # how far a factor may be from 1


def right(look: Look) -> Finding:
    """What is said of a turn that is explained, unless what it is handed is not, or its rate."""
    slope = look.slopes[look.by]
    expected = look.rate * slope.value
    if look.mismatch is not None:
        found = of_others(look) or (of_others(look) if with_outputs(look) else None)
        if found is not None:
            return found
    kept = gradient_of(look, slope)
    if look.kept and kept is not None:
        # what moves the weights may do so with some of them alone
        wrong = in_parts(look, ())
        if wrong is not None and wrong.cause == "factor_of_one_parameter":
            return wrong
        return Finding(given=kept[1], expected=kept[0] * slope.value)
    if all_of_them := _divided_by_all(look, kept[0] if kept else 0.0):
        wanted = expected / abs(kept[0]) if kept else expected
        blanks, place = {"constant": str(all_of_them)}, maker(look, slope)
        return Finding("divided_by_constant", blanks, look.step, wanted, place)
    again = _divided_again(look, abs(kept[0])) if kept else 0
    if again and kept:
        rate = abs(look.rate / kept[0]) * again
        blanks = {"rate": f"{rate:.4g}", "count": str(again)}
        return Finding("divided_again", blanks, look.step, again * expected)
    return Finding(given=look.step, expected=expected)


def of_another_loss(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """Where a usual loss explains a turn: whether the script's own number is another usual one."""
    usual = look.numbers[look.by].usual
    step, rate = look.slopes[look.by], look.rate
    for i in order_of(look, earlier) if usual else ():
        own = look.slopes[i]
        if look.numbers[i].usual or own.weights.sum() < step.weights.sum():
            continue
        if _is_a_step(look, look.numbers[i]):
            continue
        for number, slope in zip(look.numbers, look.slopes, strict=True):
            same = multiple(own.value, slope, look.size(slope)) if number.usual else None
            if same and same.whole and number.usual != usual:
                blanks = {"loss": look.numbers[i].name, "gradient": usual}
                expected = rate / same.factor * own.value
                place = maker(look, step)
                return Finding("loss_not_differentiated", blanks, look.step, expected, place)
    return None


def _is_a_step(look: Look, number: Number) -> bool:
    """Whether a weight moves by this number, at a rate of the script: a gradient, no loss."""
    (value,) = evaluated(look.turn, [number], ())
    look.turn.set_back()
    moves = [float(m[0]) for m in look.moved.values() if m.size == 1 and m[0]]
    return bool(value) and any(look.turn.knows(m / value) for m in moves)


def _divided_by_all(look: Look, factor: float) -> int:
    """How many samples there are, where the gradient of some is divided by that number; or 0."""
    batch, number = look.batches[look.by], look.numbers[look.by]
    if batch is None or not number.own or not 1 < len(batch.index) < batch.count:
        return 0
    share = len(batch.index) / batch.count
    fits = abs(abs(factor) - share) < _ONE * share and not look.turn.knows(look.rate)
    fits = fits and look.turn.knows(look.rate / share)
    return batch.count if fits and is_mean(look.turn, number, batch) else 0


def _divided_again(look: Look, factor: float) -> int:
    """By how many samples the rate of a step is smaller than a number that the script has; or 0.

    ``factor``: of the gradients, which are a mean of these · a usual loss is a sum.
    """
    rate, knows = abs(look.rate) / factor, look.turn.knows
    batch, number = look.batches[look.by], look.numbers[look.by]
    if number.own:
        count = len(batch.index) if batch is not None and abs(factor - 1) < _ONE else 1
    else:
        count = len(number.target) if np.ndim(number.target) else 1
    # a step without a rate is no mean of a mean
    if count == 1 or knows(rate) or abs(rate - 1) < _ONE or not knows(rate * count):
        return 0
    if number.own:
        return count if batch is not None and is_mean(look.turn, number, batch) else 0
    # without the 1/2 of a squared error they are twice as large
    return count if any(abs(factor * count / k - 1) < _ONE for k in (1, 2)) else 0


# ----- what is mended


def mended(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """The first change that makes a turn right, as the mistake that it takes out.   Raises Late."""
    return of_others(look) or changed_so(look, earlier) or in_parts(look, earlier)


def changed_so(
    look: Look, earlier: Sequence[Look], wanted: Sequence[int] | None = None
) -> Finding | None:
    """The change that makes it a step along a number, or one of those that are ``wanted``."""
    for finding, changed in _changes(look):
        if changed is None:
            continue
        explain(changed, earlier)
        # of many names one may fit by chance, but not at a rate of the script
        known = finding[0] != "another_name" or look.turn.knows(changed.rate)
        if changed.explained and known and (wanted is None or changed.by in wanted):
            look.by, look.rate = changed.by, changed.rate
            rate = _rate(changed)
            place = finding[1]["name"] if finding[0] in (HANDED_Z, HANDED_U) else ""
            expected = rate * look.slopes[look.by].value
            return Finding(finding[0], finding[1], look.step, expected, place)
    return None


def of_others(look: Look) -> Finding | None:
    """Where targets are those of other samples: whether the turn is right of these pairs."""
    wrong = look.mismatch
    if wrong is None:
        return None
    for i in range(len(look.numbers)):
        made = _with_targets(look, i, wrong)
        if made is None:
            continue
        handed, wanted = slopes_of(look.turn, made, look.weights, look.along)
        found = multiple(look.step, handed, look.size(handed))
        kept = None if found is not None and found.whole else gradient_of(look, handed)
        if found is not None and found.whole or kept is not None:
            factor, given = kept or (found.factor if found else 0.0, look.step)
            look.by, look.rate, look.kept = i, factor, "kept" if kept else ""
            blanks = {n: getattr(wrong, n) for n in ("samples", "targets", "function")}
            return Finding("targets_of_others", blanks, given, factor * wanted.value)
    return None


def _with_targets(look: Look, i: int, wrong: Mismatch) -> list[Number] | None:
    """A number of the targets that were handed on, and of those that should have been."""
    number, batch = look.numbers[i], look.batches[i]
    both = (wrong.handed, wrong.wanted)
    if number.of_target is not None and np.array_equal(number.target, wrong.handed):
        return [number.of_target(t) for t in both]
    if batch is not None:
        if wrong.targets not in batch.names or len(batch.index) != len(wrong.wanted):
            return None
        return [of_targets(look.turn, number, batch, wrong.targets, t) for t in both]
    return [number, _of_turn(look.turn, number, wrong)]


def _of_turn(turn: Turn, number: Number, wrong: Mismatch) -> Number:
    """The same number of a turn that has the targets in the order of the samples.

    Or, where they have no order there, that is handed those of its samples.
    """

    def put(frame: Any, event: str, value: Any) -> None:
        if event == "call" and frame.f_code.co_filename in turn.files:
            for each in frame.f_locals.values():
                alike = isinstance(each, np.ndarray) and each.dtype == wrong.handed.dtype
                if alike and np.array_equal(each, wrong.handed):
                    each[...] = wrong.wanted

    def of() -> float:
        turn.names.update(wrong.ordered)
        sys.setprofile(None if wrong.ordered else put)
        try:
            FunctionType(turn.code(turn.loop.body, "turn"), turn.names)()
        finally:
            sys.setprofile(None)
        return number.of()

    return Number(number.name, of, alone=True)


def _rate(look: Look) -> float:
    found = multiple(look.step, look.slopes[look.by], look.size(look.slopes[look.by]))
    return found.factor if found else look.rate


def _changes(look: Look) -> Iterator[tuple[tuple[str, dict[str, str]], Look | None]]:
    before = [s for s in look.turn.loop.before if not _trains(s, look.turn)]
    for each in before:
        if isinstance(each, (ast.Assign, ast.Expr)):
            told = {"line": str(each.lineno), "code": _short(each)}
            yield ("stale_in_loop", told), _run_first(look, [each])
    calls = [s for s in before if _only_looks(s)]
    for at in range(len(calls) - 2, -1, -1):
        told = {"line": str(calls[at].lineno), "code": _short(calls[at])}
        yield ("stale_in_loop", told), _run_first(look, calls[at:])
    for at, each in enumerate(look.turn.loop.body):
        if _only_looks(each):
            told = {"line": str(each.lineno), "code": _short(each)}
            yield ("looked_between", told), _set_aside(look, at)
    yield ("moved_one_by_one", {}), _at_once(look)
    turn = look.turn
    for cause, name, own, prepare in other_slopes(turn, look.seen):
        yield (cause, {"name": name, "own": own}), again(look, partial(turn.run, prepare=prepare))
    for k, other in enumerate(other_texts(turn.loop.body, _alike(turn))):
        code = turn.code(other.statements, ("text", k))
        turn.set_back()
        yield (other.cause, other.blanks), run_to_its_end(look, partial(turn.run, code=code))


def _trains(statement: Any, turn: Turn) -> bool:
    """Whether it calls a function that holds a loop that trains."""
    called = (n.func for n in ast.walk(statement) if isinstance(n, ast.Call))
    return any(ast.unparse(f).rpartition(".")[2] in turn.loop.trainers for f in called)


def _alike(turn: Turn) -> dict[str, list[str]]:
    """Array that a turn makes → the others of its shape that it makes."""
    turn.run()
    made = {n: turn.names.get(n) for n in sorted(turn.loop.stored - {turn.loop.result})}
    turn.set_back()
    shapes = {n: v.shape for n, v in made.items() if isinstance(v, np.ndarray) and v.ndim}
    return {n: [o for o in shapes if o != n and shapes[o] == shapes[n]] for n in shapes}


def _short(statement: Any) -> str:
    return ast.unparse(statement).splitlines()[0][:60]


def _run_first(look: Look, statements: list[Any]) -> Look | None:
    """With statements from before the loop run at the begin of the turn as well."""
    turn = look.turn
    code = turn.code(statements, ("first", statements[0].lineno, len(statements)))
    shapes = {np.shape(leaf.value) for g in look.weights for leaf in g.leaves}

    def prepare() -> None:
        FunctionType(code, turn.names)()

    turn.set_back()
    before = turn.values()
    try:
        prepare()
    except Late:
        raise
    except Exception:
        turn.set_back()
        return None
    changed = [np.shape(before[p]) for p in moved_by(before, turn.values())]
    turn.set_back()
    # a state of the update that is begun anew is nothing that has to be
    if not changed or any(s in shapes for s in changed):
        return None
    # what nothing moved depended on does so now
    fresh = [replace(n, of=partial(_after, prepare, n.of)) for n in look.counts]
    added(look, [(n, None) for n in fresh])
    return again(look, lambda: turn.run(prepare=prepare))


def _after(prepare: Callable[[], None], of: Callable[[], float]) -> float:
    prepare()
    return of()


def _only_looks(statement: Any) -> bool:
    """Whether it computes something by a call, and does nothing with it but to keep or print it."""
    if isinstance(statement, ast.Assign):
        return bool(_names_of(statement)) and isinstance(statement.value, ast.Call)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func).rpartition(".")[2] in _SAY
    if isinstance(statement, ast.If):
        return all(map(_only_looks, [*statement.body, *statement.orelse]))
    return False


def _names_of(statement: ast.Assign) -> list[str]:
    """The names that an assignment binds; [] where it sets anything else."""
    parts = [p for t in statement.targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
    names = [p.id for p in parts if isinstance(p, ast.Name)]
    return names if len(names) == len(parts) else []


def _set_aside(look: Look, at: int) -> Look | None:
    """Without what a statement leaves behind in objects, but for the number that it gives."""
    turn, body = look.turn, look.turn.loop.body
    calls = [
        ast.Expr(ast.Call(ast.Name(n, ast.Load()), [], [])) for n in (BEFORE_ASIDE, AFTER_ASIDE)
    ]
    statements = [*body[:at], calls[0], body[at], calls[1], *body[at + 1 :]]
    code = turn.code([ast.copy_location(s, body[at]) for s in statements], ("aside", at))
    shapes = {
        np.shape(leaf.value) for g in look.weights for leaf in g.leaves if np.ndim(leaf.value)
    }
    kept: list[Any] = []
    usable = [True]
    read = {n.id for s in body[at + 1 :] for n in ast.walk(s)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}  # fmt: skip

    def begin() -> None:
        kept[:] = [State([turn.names, turn.module], turn.is_own), turn.values()]

    def end() -> None:
        changed = [np.shape(kept[1][p]) for p in moved_by(kept[1], turn.values())]
        usable[0] = usable[0] and not any(s in shapes for s in changed)
        names = [m for n in ast.walk(body[at]) if isinstance(n, ast.Assign) for m in _names_of(n)]
        given = {n: turn.names[n] for n in names if n in turn.names}
        usable[0] = usable[0] and all(
            isinstance(v, (int, float, np.generic)) or n not in read for n, v in given.items()
        )
        kept[0].put_back()
        turn.names.update(given)

    turn.aside = begin, end
    try:
        changed = again(look, lambda: turn.run(code=code))
    finally:
        turn.aside = None
    return changed if usable[0] else None


def _at_once(look: Look) -> Look | None:
    """With all weights as they were until all of the step is known; each moved once.

    Not what only the update keeps: no number depends on that.
    """
    turn = look.turn
    turn.set_back()
    of = {int(g) for s in look.slopes for g in np.unique(s.group[s.weights])}
    held = [(g, g.value) for i, g in enumerate(look.weights) if i in of]
    turn.collected = {}
    try:
        turn.run(held, hold=True)
    except Late:
        raise
    except Exception:
        return None
    finally:
        collected, turn.collected = turn.collected, None
    turn.set_back()
    moves = dict(look.moved)
    for group, value in held:
        parts = collected.get(group.name, []) if collected else []
        if not parts or any(p.shape != value.shape for p in parts):
            return None
        if (np.stack([p != 0 for p in parts]).sum(axis=0) > 1).any():
            return None
        moves[group.name] = np.sum(parts, axis=0)
    step = along_all(look.along, [moves[g.name] for g in look.weights])
    return replace(look, step=step, moved=moves, arrays={}, gradients={}, by=-1, kept="")
