"""Which samples of a script's data a turn was about, and what the script computes of these.

Data that belong together have as many rows (or columns) each; a turn was handed some of them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.turn import Group, Late, Number, Seen, Turn, one_number

_LEAST, _MOST = 4, 70_000  # samples of data
_MOST_EXPRESSIONS = 12
_DISTINCT = 0.9  # of the rows of what tells samples apart
_SAY = ("print", "append", "format", "range", "len", "join", "plot")


@dataclass(frozen=True)
class Batch:
    """The samples of a turn, as indices into the data of these names, in their order."""

    index: np.ndarray
    of: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Mismatch:
    """Samples that were handed to ``function`` beside targets of others.

    ``ordered``: the names of all targets, in the order of all samples where a turn begins.
    """

    function: str
    samples: str
    targets: str
    handed: Any
    wanted: Any
    ordered: Mapping[str, Any] = field(default_factory=dict)


def rows_of(value: Any, count: int = 0) -> list[Any]:
    """What tells each sample of some data; [] of what is none. Of arrays by columns, if so many."""
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub":
        by_columns = count and value.ndim == 2 and len(value) != count == value.shape[1]
        laid = value.T if by_columns else value
        return [row.tobytes() for row in np.ascontiguousarray(laid)] if len(laid) <= _MOST else []
    if isinstance(value, list) and len(value) <= _MOST:
        return [id(item) for item in value]
    return []


def held_in(
    names: Mapping[str, Any], is_own: Callable[[type], bool]
) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays that have names, or that objects with names keep as attributes."""
    for name, value in names.items():
        if isinstance(value, np.ndarray):
            yield name, value
        elif is_own(type(value)):
            kept = getattr(value, "__dict__", {})
            yield from ((f"{name}.{n}", v) for n, v in kept.items() if isinstance(v, np.ndarray))


def data_in(names: Mapping[str, Any]) -> dict[str, Any]:
    """The names that hold as many rows as one that tells samples apart."""
    held = {n: v for n, v in names.items() if isinstance(n, str) and n[:1] != "_"}
    return {n: v for n, v in held.items() if _LEAST <= _longest(v) <= _MOST}


def _longest(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return max(value.shape, default=0)
    return len(value) if isinstance(value, list) else 0


def batch_of(turn: Turn, seen: Seen, wanted: Sequence[str]) -> Batch | None:
    """The samples that functions were handed in a turn, of data with one of these names."""
    data = {n: v for n, v in data_in(turn.names).items() if n in wanted}
    handed = list(_handed(turn, seen))
    for columns in (False, True):
        made: list[Batch] = []
        for name, value in data.items():
            count = _count(value, columns)
            if count < _LEAST:
                continue
            found = _rows_found(value.T if columns else value, handed, columns)
            if found is not None:
                names = tuple(n for n, v in data.items() if _has(v, count))
                made.append(Batch(found, name, count, names))
        if made:
            # a part of the data, and not what else is a list that is handed on whole
            return max(made, key=lambda b: (len(b.index) < b.count, b.count))
    return None


def _count(value: Any, columns: bool) -> int:
    """How many samples some data are of; 0 where they have no columns."""
    if columns:
        return int(value.shape[1]) if isinstance(value, np.ndarray) and value.ndim == 2 else 0
    return len(value)


def _rows_found(value: Any, handed: Sequence[Any], columns: bool) -> np.ndarray | None:
    """Of the smallest of what was handed over that is made of rows of a value, which these are."""
    rows = rows_of(value)
    places = {row: i for i, row in enumerate(rows)}
    if len(places) < _DISTINCT * len(rows) or not rows:
        return None
    best = None
    for each in handed:
        laid = each.T if columns and isinstance(each, np.ndarray) else each
        if isinstance(value, np.ndarray) != isinstance(laid, np.ndarray):
            continue
        if isinstance(value, np.ndarray) and laid.shape == value.shape[1:] and value.ndim > 1:
            laid = laid[None]
        if isinstance(value, np.ndarray):
            if laid.shape[1:] != value.shape[1:] or laid.dtype != value.dtype:
                continue
        found = [places.get(row) for row in rows_of(laid)]
        if isinstance(laid, list) and id(each) in places:
            found = [places[id(each)]]
        if not found or None in found:
            continue
        if best is None or len(found) < len(best):
            best = found
    return np.array(best) if best is not None else None


def _handed(turn: Turn, seen: Seen) -> Iterator[Any]:
    for _, arguments in seen.arguments:
        yield from (v for v in arguments.values() if isinstance(v, (np.ndarray, list)))
    yield from (v for v in turn.names.values() if isinstance(v, (np.ndarray, list)))


def _has(value: Any, count: int) -> bool:
    if isinstance(value, np.ndarray):
        return len(value) == count or value.ndim == 2 and value.shape[1] == count
    return len(value) == count


def _picked(value: Any, batch: Batch) -> Any:
    if isinstance(value, list):
        return [value[i] for i in batch.index]
    return value[batch.index] if len(value) == batch.count else value[:, batch.index]


# ----- what is computed beside the loop


def beside(
    turn: Turn, seen: Seen, weights: Sequence[Group], of_script: bool = False
) -> Iterator[tuple[Number, Batch | None]]:
    """The numbers that expressions beside the loop give, of the samples of the turn.

    Or that those of the script outside of functions do · none of those that move weights: they are
    steps.
    """
    functions = {turn.loop.scope.name} if turn.loop.scope else set()
    statements = turn.loop.script if of_script else turn.loop.beside
    functions |= turn.loop.trainers if of_script else set()
    count = 0
    turn.set_back()
    start = {leaf.path: np.array(leaf.value) for group in weights for leaf in group.leaves}
    for text in dict.fromkeys(_calls(statements, functions)):
        code = compile(text, "<beside>", "eval")
        names = [n for n in code.co_names if n in turn.names]
        if count >= _MOST_EXPRESSIONS:
            return
        turn.set_back()
        later = Number(text, partial(eval, code, turn.names))
        try:
            value = one_number(eval(code, turn.names))
        except NameError:
            # of what the turn computes first
            if _is_of_what_is_left(turn, later, start):
                count += 1
                yield later, None
            continue
        except Exception:
            continue
        if not np.isfinite(value):
            continue
        if turn.has_moved(start):
            turn.movers.append(replace(later, alone=True))
            continue
        count += 1
        batch = batch_of(turn, seen, names)
        yield Number(text, _of_batch(turn, code, batch), alone=True), batch
        # or of what the turn has computed by then
        yield later, None


def _is_of_what_is_left(turn: Turn, number: Number, paths: Iterable[str]) -> bool:
    """Whether it is a number where a turn was run, and moves none of what stands at paths."""
    try:
        turn.run()
        now = turn.values()
        value = one_number(number.of())
        return bool(np.isfinite(value)) and not turn.has_moved({p: now[p] for p in paths})
    except Late:
        raise
    except Exception:
        return False


def counts_of_script(turn: Turn, weights: Sequence[Group]) -> Iterator[Number]:
    """The numbers that expressions of the script give, outside of functions, and move no weight."""
    start = {leaf.path: np.array(leaf.value) for group in weights for leaf in group.leaves}
    texts = dict.fromkeys(_calls(turn.loop.script, set(turn.loop.trainers)))
    for text in [*texts][:_MOST_EXPRESSIONS]:
        code = compile(text, "<beside>", "eval")
        turn.set_back()
        try:
            value = one_number(eval(code, turn.names))
        except Exception:
            continue
        if np.isfinite(value) and not turn.has_moved(start):
            yield Number(text, partial(eval, code, turn.names), alone=True)


def of_targets(turn: Turn, number: Number, batch: Batch, name: str, targets: Any) -> Number:
    """The same number, of the samples of the turn beside these targets."""
    code = compile(number.name, "<beside>", "eval")
    return Number(number.name, _of_batch(turn, code, batch, {name: targets}), True)


def is_mean(turn: Turn, number: Number, batch: Batch) -> bool:
    """Whether a number is the same of all samples twice."""
    code = compile(number.name, "<beside>", "eval")
    twice = replace(batch, index=np.concatenate([batch.index, batch.index]))
    values = []
    for each in (batch, twice):
        turn.set_back()
        try:
            values.append(one_number(_of_batch(turn, code, each)()))
        except Exception:
            return False
    turn.set_back()
    return bool(np.isclose(values[0], values[1], rtol=1e-9, atol=0.0))


def _of_batch(
    turn: Turn, code: Any, batch: Batch | None, instead: Mapping[str, Any] | None = None
) -> Callable[[], Any]:
    def number() -> Any:
        kept = {n: turn.names[n] for n in batch.names} if batch is not None else {}
        if batch is not None:
            turn.names.update({n: _picked(v, batch) for n, v in kept.items()})
            turn.names.update({n: v for n, v in (instead or {}).items() if n in kept})
        try:
            return eval(code, turn.names)
        finally:
            turn.names.update(kept)

    return number


def _calls(statements: Sequence[Any], without: set[str]) -> Iterator[str]:
    """The calls in statements, but for those of functions that hold the loop, or print."""
    waiting: list[Any] = list(statements)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name not in without and name not in _SAY and not name.startswith("__"):
                yield ast.unparse(node)


# ----- whether targets are those of the samples


def mismatch(originals: Mapping[str, Any], turn: Turn, seen: Seen) -> Mismatch | None:
    """Whether a function was handed samples, in rows or columns, beside targets of others."""
    own = {n: turn.names[n] for n in sorted(turn.loop.stored) if n in turn.names}
    calls = [*seen.arguments, ("", own)]
    handed = {(f, n): v for f, named in seen.arguments for n, v in named.items()}
    # samples and targets may be handed on in two calls, to what goes forward and what goes back
    calls += [("", {f"{f}.{n}": v for (f, n), v in handed.items()})]
    found = _mismatch(originals, calls, turn)
    if found is None:
        found = _mismatch(_laid(originals), [(f, _laid(named)) for f, named in calls], turn)
        # of columns nobody asks for all of them in their order
        found = found and replace(found, handed=found.handed.T, wanted=found.wanted.T, ordered={})
    return found


def _laid(named: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of two axes with their columns as rows."""
    return {n: v.T for n, v in named.items() if isinstance(v, np.ndarray) and v.ndim == 2}


def _mismatch(
    originals: Mapping[str, Any], calls: Sequence[tuple[str, Mapping[str, Any]]], turn: Turn
) -> Mismatch | None:
    for samples, targets in _pairs(originals):
        rows = rows_of(samples[1])
        places = {row: i for i, row in enumerate(rows)}
        goals = rows_of(targets[1])
        told_apart = goals and len(places) == len(rows)  # of names of classes there are no rows
        for function, arguments in calls if told_apart else ():
            arrays = {n: v for n, v in arguments.items() if isinstance(v, np.ndarray)}
            for x in arrays.values():
                index = _index(x, samples[1], places)
                if index is None:
                    continue
                told = [
                    t for t in arrays.values()
                    if t is not x and _are_rows(t, targets[1], goals, len(index))
                ]  # fmt: skip
                wanted = [goals[i] for i in index]
                if told and not any(
                    rows_of(t) == wanted or _are_of(t, index, originals) for t in told
                ):
                    both = [n for n, v in arguments.items() if v is x or v is told[0]]
                    named = ", ".join(n.rpartition(".")[0] for n in both if "." in n)
                    where = function or named or turn.loop.name or f"line {turn.loop.line}"
                    ordered = _ordered(turn, samples[1], targets[1], places, goals)
                    return Mismatch(where, samples[0], targets[0], told[0].copy(),
                                    targets[1][index], ordered)  # fmt: skip
                if told and function:
                    break
    return None


def _are_of(t: Any, index: Sequence[int], originals: Mapping[str, Any]) -> bool:
    """Whether they are what other data have for the same samples: those of a test set as long."""
    alike = (v for v in originals.values() if v.shape[1:] == t.shape[1:] and len(v) > max(index))
    return any(v.dtype == t.dtype and np.array_equal(v[list(index)], t) for v in alike)


def _ordered(
    turn: Turn, samples: np.ndarray, targets: np.ndarray,
    places: Mapping[Any, int], goals: Sequence[Any],
) -> dict[str, Any]:  # fmt: skip
    """The names of all targets, in the order in which all samples are; {} where that is not one."""
    kept = {n: v for n, v in turn.names.items() if n not in turn.loop.stored}
    arrays = {n: v for n, v in kept.items() if isinstance(v, np.ndarray)}
    orders = [o for v in arrays.values() if (o := _index(v, samples, places))]
    shuffled = [o for o in orders if len(o) == len(samples) and o != [*range(len(o))]]
    whole = [n for n, v in arrays.items() if _are_rows(v, targets, goals, len(samples))]
    return dict.fromkeys(whole, targets[shuffled[0]]) if len(shuffled) == 1 else {}


def _pairs(originals: Mapping[str, Any]) -> Iterator[tuple[tuple[str, Any], tuple[str, Any]]]:
    arrays = {n: v for n, v in originals.items() if isinstance(v, np.ndarray)}
    for n, x in arrays.items():
        if x.dtype.kind == "f" and x.ndim == 2:
            for m, t in arrays.items():
                if m != n and len(t) == len(x) and _are_other_things(x, t):
                    yield (n, x), (m, t)


def _are_other_things(x: np.ndarray, t: np.ndarray) -> bool:
    """Whether no row of the one can be one of the other."""
    return t.shape[1:] != x.shape[1:] or not {*rows_of(x)} & {*rows_of(t)}


def _index(x: Any, samples: np.ndarray, places: Mapping[Any, int]) -> list[int] | None:
    if x.ndim != samples.ndim or x.shape[1:] != samples.shape[1:] or x.dtype != samples.dtype:
        return None
    found = [places.get(row) for row in rows_of(x)]
    whole = [i for i in found if i is not None]
    return whole if len(whole) == len(found) and len(found) >= _LEAST else None


def _are_rows(t: Any, targets: np.ndarray, goals: Sequence[Any], count: int) -> bool:
    alike = t.ndim == targets.ndim and t.shape[1:] == targets.shape[1:] and t.dtype == targets.dtype
    return alike and len(t) == count and set(rows_of(t)) <= set(goals)
