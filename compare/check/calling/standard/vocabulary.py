"""The functions that the table of definitions is written in, beside NumPy's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def counts(rows: Any, columns: Any, classes: int) -> np.ndarray:
    """How often each pair of classes comes together."""
    table = np.zeros((classes, classes))
    np.add.at(table, (rows, columns), 1.0)
    return table


def precisions(c: Any, p: Any, classes: int) -> np.ndarray:
    """Of each class, how many of those predicted are of it."""
    table = counts(c, p, classes)
    return np.diag(table) / table.sum(axis=0)


def recalls(c: Any, p: Any, classes: int) -> np.ndarray:
    """Of each class, how many of its samples are predicted."""
    return precisions(p, c, classes)


def harmonic(a: Any, b: Any) -> Any:
    """The harmonic mean of two."""
    return 2 * a * b / (a + b)


def f1s(table: np.ndarray) -> np.ndarray:
    """F1 of each class, of a confusion matrix."""
    return 2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1))


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """The k classes of the largest scores, the surest first."""
    return np.argsort(-np.asarray(scores))[:k]


def entropy(v: np.ndarray) -> Any:
    """In nats."""
    return -np.sum(v * np.log(v), axis=-1)


def entropy2(v: np.ndarray) -> Any:
    """In bits."""
    return -np.sum(v * np.log2(v), axis=-1)


def squared(arrays: Sequence[Any]) -> list[Any]:
    """Each of them."""
    return [w * w for w in arrays]


def absolute(arrays: Sequence[Any]) -> list[Any]:
    """Each of them."""
    return [np.abs(w) for w in arrays]


def total(arrays: Sequence[Any]) -> float:
    """The sum of all numbers in all arrays."""
    return float(sum(np.sum(w) for w in arrays))


def joint(arrays: Sequence[Any]) -> float:
    """The norm of all arrays together."""
    return math.sqrt(total(squared(arrays)))


def norm(w: np.ndarray, axis: int | None = None) -> Any:
    """The root of the sum of squares; along an axis, which stays."""
    if axis is not None and w.ndim < 2:
        axis = None
    return np.sqrt(np.sum(w * w, axis=axis, keepdims=axis is not None))


def softmax(z: np.ndarray) -> np.ndarray:
    """Along the last axis."""
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return np.asarray(e / np.sum(e, axis=-1, keepdims=True))


def ema(fed: Sequence[Any], decay: float) -> list[Any]:
    """The moving average after each value, beginning with the first."""
    means = [fed[0]]
    for value in fed[1:]:
        means.append(decay * means[-1] + (1 - decay) * value)
    return means


def corrected(fed: Sequence[Any], decay: float) -> list[Any]:
    """The moving average after each value, beginning with 0, which is divided out."""
    means = ema([0 * fed[0], *fed], decay)[1:]
    return [m / (1 - decay ** (n + 1)) for n, m in enumerate(means)]


def running(fed: Sequence[Any], count: Sequence[int]) -> list[Any]:
    """The mean of all samples after each value, which is a mean of so many."""
    return [
        sum(v * c for v, c in zip(fed[:n], count, strict=False)) / sum(count[:n])
        for n in range(1, len(fed) + 1)
    ]


def stopping(
    losses: Sequence[float], patience: int, delta: float = 0.0, equal: bool = False,
    reset: bool = True, last: bool = False, best: float = math.inf,
) -> list[bool]:  # fmt: skip
    """Whether it has stopped after each value.

    ``equal``: as good as the best is better, too · ``last``: beside the value before.
    """
    waited = 0
    stops: list[bool] = []
    for value in losses:
        if value < best - delta or equal and value == best:
            best, waited = value, 0 if reset else waited
        else:
            waited += 1
        best = value if last else best
        stops.append(waited >= patience or stops[-1:] == [True])
    return stops


def plateau(
    lr: float, losses: Sequence[float], factor: float, patience: int, delta: float = 0.0,
    reset: bool = True, again: bool = False, best: float = math.inf,
) -> list[float]:  # fmt: skip
    """The rate after each value: it falls where more than ``patience`` in a row were no better.

    ``again``: the count is not set back after that · ``delta``: by which a better value is better.
    """
    waited, rates = 0, list[float]()
    for value in losses:
        if value < best - delta:
            best, waited = value, 0 if reset else waited
        else:
            waited += 1
        if waited > patience:
            lr, waited = lr * factor, waited if again else 0
        rates.append(lr)
    return rates


def cycle(step: int, length: int, mult: int) -> float:
    """How much of a cycle is over, each of which is so many times as long as the last one.

    Raises ValueError.
    """
    if length < 1 or mult < 1:
        raise ValueError
    while step >= length:
        step, length = step - length, length * mult
    return step / length


def pairs(result: Any) -> list[Any]:
    """Of parts that are pairs of indices those to train with and those to test with."""
    return [each for each in result if isinstance(each, (tuple, list)) and len(each) == 2]


def tested(result: Any) -> list[int]:
    """All indices to test with, part by part."""
    parts = [v for _, v in pairs(result)] or result
    return [int(i) for part in parts for i in part]


def kept_times(result: Any, x: np.ndarray, keep: float) -> float:
    """By what dropout multiplies what it keeps: 1 / keep also where ``keep`` is the share that it
    drops.   Raises ValueError.
    """
    first = np.asarray(result[0] if isinstance(result, tuple) else result)
    times = first / x if first.shape == x.shape else np.zeros(0)
    left = times[times != 0]
    if not 0 < left.size < times.size or np.ptp(left) > 1e-9:
        raise ValueError(first.shape)
    either = any(abs(left[0] - 1 / share) < 1e-9 for share in (keep, 1 - keep))
    return 1 / keep if either else float(left[0])


def patches(maps: np.ndarray, fh: int, fw: int, stride: int = 1, pad: int = 0) -> np.ndarray:
    """What a filter sees at each place, a row each: samples, places; channels, its own places."""
    wide = np.pad(maps, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    seen = np.lib.stride_tricks.sliding_window_view(wide, (fh, fw), (2, 3))
    rows = seen[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return np.asarray(rows.reshape(-1, maps.shape[1] * fh * fw))


def folded(
    cols: np.ndarray, shape: Sequence[int], fh: int, fw: int, stride: int = 1, pad: int = 0,
    add: bool = True,
) -> np.ndarray:  # fmt: skip
    """What goes back from patches: each number is added where it was seen.

    Without ``add`` the last one stands, as a filter's own places are gone through.
    """
    n, c, h, w = shape
    wide = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    down, right = (h + 2 * pad - fh) // stride + 1, (w + 2 * pad - fw) // stride + 1
    parts = cols.reshape(n, down, right, c, fh, fw)
    for i, j in reversed(list(np.ndindex(down, right))):
        seen = wide[:, :, i * stride :, j * stride :][:, :, :fh, :fw]
        seen[...] = add * seen + parts[:, i, j]
    return wide[:, :, pad : pad + h, pad : pad + w]


def near(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two are the same but for rounding."""
    return one.shape == other.shape and bool(np.allclose(one, other, atol=1e-9))


def split(row: np.ndarray, like: Sequence[np.ndarray]) -> list[np.ndarray]:
    """One row of numbers as arrays of such shapes."""
    ends = np.cumsum([w.size for w in like])[:-1]
    return [part.reshape(w.shape) for part, w in zip(np.split(row, ends), like, strict=True)]


_OF_NUMPY = (
    "mean diag exp log log2 sqrt abs sign clip floor ceil cos cosh sin pi eye ones hstack stack "
    "argmax minimum maximum corrcoef std amin amax where convolve"
).split()
NAMES: dict[str, Any] = {
    **{name: getattr(np, name) for name in _OF_NUMPY},
    "sum": np.sum, "min": min, "max": max, "range": range, "len": len,
    "zip": zip, "enumerate": enumerate, "all": all, "set": set, "sorted": sorted, "list": list,
    **{f.__name__: f for f in (counts, precisions, recalls, harmonic, f1s, top, entropy, entropy2,
                               squared, absolute, total, joint, norm, softmax, ema, corrected,
                               running, stopping, plateau, pairs, tested,
                               cycle, kept_times, patches, split, folded, near)},
    "__builtins__": {},
}  # fmt: skip
