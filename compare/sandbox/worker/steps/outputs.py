"""The usual losses of what a turn computes and of the targets beside it, where a script has none.

Only what they are proportional to matters: a step has a rate of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.turn import Group, Number, Seen, Turn, at_path

_MOST = 12
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
    goals = {n: t for n, t in _goals(turn, seen, fresh)
             if not any(np.array_equal(t, v) for v in moved)}  # fmt: skip
    of_data = [g for g in _goals(turn, seen, {}) if kept and _are_of_data(turn, g[1])]
    turn.set_back()
    found: list[Number] = []
    for path, y in fresh.items():
        for name, t in [*of_data, *goals.items()]:
            if y is t or len(found) >= _MOST:
                continue
            for said, loss in _losses(y, t):
                told = f"{said} ({path}, {name})"
                found.append(_beside(told, said, at_path(turn, made[path].path), loss, t))
    return found


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
