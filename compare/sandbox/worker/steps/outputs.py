"""The usual losses of what a turn computes and of the targets beside it, where a script has none.

Only what they are proportional to matters: a step has a rate of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.turn import Group, Number, Seen, Turn, at_path, one_number

_MOST = 20
_MOST_NUMBERS = 24  # of losses of single numbers
_MOST_CALLS = 64  # of one function, of which the sum is a loss
_FULL = 1e-9  # how far the sum of shares may be from 1


def losses_of_outputs(
    turn: Turn, before: Mapping[str, Any], seen: Seen, weights: Sequence[Group], given: bool,
    kept: bool = False,
) -> list[Number]:  # fmt: skip
    """Numbers of the arrays that a turn made, each beside one that it did not.

    Or of what functions have ``given`` in it · none of weights themselves, or of copies of them ·
    ``kept``: beside rows of data as well, and these first, which the turn keeps somewhere.
    """
    turn.hears = turn.hears or given
    starts = [np.array(leaf.value) for group in weights for leaf in group.leaves]
    turn.run()
    now = turn.numbers()
    paths = {path for group in weights for path in group.paths}
    moved = [*starts, *(now[path].value for path in paths if path in now)]
    made = {
        p: leaf for p, leaf in (turn.given() if given else now.items())
        if np.size(leaf.value) > 1 and p not in paths
        and not any(np.array_equal(leaf.value, v) for v in moved)
        and (p not in before or not np.array_equal(before[p], leaf.value))
    }  # fmt: skip
    fresh = {p: np.array(leaf.value) for p, leaf in made.items()}
    turn.run([(group, _shifted(group.value)) for group in weights])
    # what depends on no weight was drawn, or picked: targets of the turn
    others = dict(turn.given() if given else turn.numbers())
    fresh = {p: v for p, v in fresh.items()
             if p not in others or not np.array_equal(others[p].value, v)}  # fmt: skip
    turn.run()
    # several functions may call theirs by one name
    goals = [(n, t) for n, t in _goals(turn, seen, fresh)
             if not any(np.array_equal(t, v) for v in moved)]  # fmt: skip
    of_data = [g for g in _goals(turn, seen, {}) if kept and _are_of_data(turn, g[1])]
    turn.set_back()
    found: list[Number] = []
    for path, y in fresh.items():
        for name, t in [*of_data, *goals]:
            if y is t or len(found) >= _MOST:
                continue
            for said, loss in _losses(y, t):
                told = f"{said} ({path}, {name})"
                found.append(_beside(told, said, at_path(turn, made[path].path), loss, t))
    return found


def _shifted(value: np.ndarray) -> np.ndarray:
    return value + 1e-3 * np.random.default_rng(4).standard_normal(value.shape)


def losses_of_numbers(turn: Turn, seen: Seen) -> list[Number]:
    """Those of single numbers that a turn makes by name, each beside one that it is handed."""
    values = [*turn.names.items(), *(pair for _, named in seen.arguments for pair in named.items())]
    numbers = {float(v): n for n, v in values if type(v) in (int, float, np.float64)}
    turn.run()
    fresh = {n: one_number(turn.names.get(n)) for n in sorted(turn.loop.stored)}
    turn.set_back()
    found: list[Number] = []
    for path, y in fresh.items():
        for target, name in numbers.items():
            if np.isfinite(y) and y != target and name != path and len(found) < _MOST_NUMBERS:
                for said, loss in _losses(np.array([y]), np.array([target])):
                    told = f"{said} ({path}, {name})"
                    found.append(_beside(told, said, at_path(turn, path), loss, np.array(target)))
    return found


def losses_of_predictions(turn: Turn, seen: Seen, trainers: frozenset[str]) -> list[Number]:
    """Those of what one of its functions gives of each of the samples that a turn handed on.

    Samples and their targets are those of all calls of one function · of functions that take
    nothing else, and of methods of its objects.
    """
    found: list[Number] = []
    for function in dict.fromkeys(name for name, _ in seen.arguments):
        calls = [named for name, named in seen.arguments if name == function]
        if len(calls) > _MOST_CALLS:
            continue
        arrays = [n for n, v in calls[0].items() if isinstance(v, np.ndarray) and v.ndim]
        for x, t in ((x, t) for x in arrays for t in arrays if x != t):
            pairs: list[Any] = [(named.get(x), named.get(t)) for named in calls]
            if not all(isinstance(v, np.ndarray) for pair in pairs for v in pair):
                continue
            kept = [(a.copy(), b.copy()) for a, b in pairs]
            for name, predict in _predictors(turn, trainers):
                if len(found) < _MOST:
                    found += _of_all(turn, f"{name}({x}), {t}", predict, kept)
    return found


def losses_of_weights(
    turn: Turn, seen: Seen, weights: Sequence[Group], before: Iterable[str]
) -> list[Number]:
    """The numbers that functions of one argument give of an array that a turn moves.

    Of one that it hands on as it is · or those of these names, which explained the turn ``before``.
    """
    handed = {v.tobytes() for _, named in seen.arguments for v in named.values()
              if isinstance(v, np.ndarray)}  # fmt: skip
    held = {n: v.tobytes() in handed for n, v in turn.names.items()
            if isinstance(v, np.ndarray) and any(n in g.paths for g in weights)}  # fmt: skip
    named = {id(v): (n, v) for n, v in turn.names.items() if isinstance(v, FunctionType)}
    start = turn.values()
    found: list[Number] = []
    for name, function in named.values():
        own = function.__code__.co_filename in turn.files and name not in turn.loop.trainers
        needed = function.__code__.co_argcount - len(function.__defaults__ or ())
        for array, is_handed in held.items() if own and needed == 1 else ():
            of = partial(_of_named, function, turn, array)
            each = Number(f"{name}({array})", of, alone=True)
            meant = is_handed or each.name in before
            if meant and len(found) < _MOST and _is_a_number(turn, each, start):
                found.append(each)
    return found


def _of_named(function: Callable[..., Any], turn: Turn, name: str) -> float:
    return one_number(function(turn.names[name]))


def losses_of_arguments(turn: Turn, seen: Seen, trainers: frozenset[str]) -> list[Number]:
    """The numbers that its functions give of what others were handed, by the same names.

    As a loss beside its gradient · the sum of all calls · none of what moves something.
    """
    found: list[Number] = []
    start = turn.values()
    for function in dict.fromkeys(name for name, _ in seen.arguments):
        calls = [named for name, named in seen.arguments if name == function]
        own = vars(type(calls[0]["self"])) if "self" in calls[0] else turn.names
        for name, value in list(own.items()):
            if not isinstance(value, FunctionType) or value.__code__.co_filename not in turn.files:
                continue
            taken = value.__code__.co_varnames[: value.__code__.co_argcount]
            needed = taken[: len(taken) - len(value.__defaults__ or ())]
            if len(needed) < 2 or not {*needed} <= {*calls[0]} or len(calls) > _MOST_CALLS:
                continue
            if name in trainers or name == function.rpartition(".")[2]:
                continue
            handed = [{n: call[n] for n in taken if n in call} for call in calls]
            each = Number(f"{name}({', '.join(needed)})", partial(_sum, value, handed), alone=True)
            if len(found) < _MOST and _is_a_number(turn, each, start):
                found.append(each)
    return found


def _sum(function: Callable[..., Any], handed: Sequence[Mapping[str, Any]]) -> float:
    return sum(one_number(function(**named)) for named in handed)


def _is_a_number(turn: Turn, number: Number, start: Mapping[str, Any]) -> bool:
    turn.set_back()
    try:
        return bool(np.isfinite(number.of())) and not turn.has_moved(start)
    except Exception:
        return False
    finally:
        turn.set_back()


def _of_all(
    turn: Turn, told: str, predict: Callable[[Any], Any], pairs: Sequence[tuple[Any, Any]]
) -> Iterator[Number]:
    """The losses, summed over all pairs, that there are of the first."""
    turn.set_back()
    x, t = pairs[0]
    try:
        y = predict(x.copy())
    except Exception:
        return
    finally:
        turn.set_back()
    if not isinstance(y, np.ndarray) or y.dtype.kind != "f" or y.size < 1 or np.shares_memory(x, y):
        return
    for said, loss in _losses(y, t):

        def of(loss: Loss = loss) -> float:
            given = [(np.asarray(predict(x.copy()), float), t) for x, t in pairs]
            return sum(loss(y, t.reshape(y.shape) if t.size == y.size else t) for y, t in given)

        # of as many samples the step may be the mean
        yield Number(f"{said} ({told})", of, alone=True, usual=said, target=np.zeros(len(pairs)))


def _predictors(turn: Turn, trainers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """The functions of one argument that are no trainers, and such methods of objects by name."""
    named = {id(value): (name, value) for name, value in turn.names.items()}
    for name, value in named.values():
        if isinstance(value, FunctionType) and value.__code__.co_filename in turn.files:
            if value.__code__.co_argcount == 1 and name not in trainers:
                yield name, value
        elif turn.is_own(type(value)):
            for each, method in vars(type(value)).items():
                own = isinstance(method, FunctionType) and method.__code__.co_argcount == 2
                if own and each not in trainers and each[:2] != "__":
                    yield f"{name}.{each}", getattr(value, each)


def _goals(turn: Turn, seen: Seen, fresh: Mapping[str, np.ndarray]) -> Iterator[tuple[str, Any]]:
    """Arrays that functions were handed, or that names hold, and no turn changes."""
    handed = [pair for _, arguments in seen.arguments for pair in arguments.items()]
    places: set[tuple[Any, ...]] = set()
    for name, value in [*turn.names.items(), *handed]:
        if not isinstance(value, np.ndarray) or not value.ndim or value.dtype.kind not in "fiub":
            continue
        key = (value.shape, value.tobytes() if value.size < 100_000 else id(value))
        same = (v for v in fresh.values() if v.shape == value.shape)
        if (
            name[:1] != "_"
            and key not in places
            and not any(np.array_equal(value, v) for v in same)
        ):
            places.add(key)
            yield name, value.copy()


def _are_of_data(turn: Turn, rows: np.ndarray) -> bool:
    """Whether each of them stands in an array that the turn has a name for, and does not make."""
    mine = {row.tobytes() for row in rows}
    return any(
        value.shape[1:] == rows.shape[1:] and value.dtype == rows.dtype
        and mine <= {row.tobytes() for row in value}
        for name, value in turn.names.items()
        if isinstance(value, np.ndarray) and value.ndim and name not in turn.loop.stored
    )  # fmt: skip


Loss = Callable[[np.ndarray, np.ndarray], float]


def _losses(y: np.ndarray, t: np.ndarray) -> Iterator[tuple[str, Loss]]:
    if t.shape == y.shape or t.shape == (y.size,) and 1 in y.shape:
        yield "squared_error", _squared
        if 0 < y.min() and y.max() < 1:
            shares = any(np.abs(y.sum(axis=k) - 1).max() < _FULL for k in range(y.ndim))
            yield ("cross_entropy", _entropy) if shares else ("binary_cross_entropy", _binary)
    elif t.ndim == 1 and t.dtype.kind in "iu" and y.ndim == 2 and y.min() > 0:
        rows = len(t) == len(y) and np.abs(y.sum(axis=1) - 1).max() < _FULL
        if t.min() >= 0 and t.max() < y.shape[1] and rows:
            yield "cross_entropy", lambda y, t: float(-np.log(y[np.arange(len(t)), t]).sum())
        columns = len(t) == y.shape[1] and np.abs(y.sum(axis=0) - 1).max() < _FULL
        if not rows and t.min() >= 0 and t.max() < len(y) and columns:
            yield "cross_entropy", lambda y, t: float(-np.log(y[t, np.arange(len(t))]).sum())


def _squared(y: np.ndarray, t: np.ndarray) -> float:
    return float(((y - t) ** 2).sum() / 2)


def _entropy(y: np.ndarray, t: np.ndarray) -> float:
    return float(-(t * np.log(y)).sum())


def _binary(y: np.ndarray, t: np.ndarray) -> float:
    return float(-(t * np.log(y) + (1 - t) * np.log(1 - y)).sum())


def _beside(told: str, said: str, output: Callable[[], Any], loss: Loss, t: np.ndarray) -> Number:
    def of() -> float:
        y = np.asarray(output(), float)
        return loss(y, t.reshape(y.shape) if t.size == y.size else t)

    return Number(
        told, of, usual=said, target=t,
        of_target=lambda other: _beside(told, said, output, loss, other),
    )  # fmt: skip
