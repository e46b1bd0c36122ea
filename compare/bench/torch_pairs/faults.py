"""Faults by operators: on each number of a constructor, and on what any twin computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from compare.bench.torch_pairs.family import Arrays, Family
from compare.bench.torch_pairs.losses import REDUCTIONS
from compare.bench.torch_pairs.resampling import PADDING
from compare.bench.torch_pairs.twin import Twin, computed, twin_of
from compare.equivalence.callee import NUMPY, TORCH

FACTOR = 1.001
CHANGED = 1e-9  # of the largest value of a name: what moves none by more is no fault of this bench
CHOICES = (REDUCTIONS, PADDING, ("none", "tanh"), ("tanh", "relu"), ("mean", "sum"))


@dataclass(frozen=True)
class Fault:
    """What is done to the right twin, by which operator; and the twin that comes of it."""

    operator: str
    what: str
    twin: Twin


# By operator: what it changes.
OPERATORS = NUMBER, SLOPE, OUTPUTS, ARRAYS, GRADIENT = (
    "a number of the constructor",
    "a number, in the gradient alone",
    "the output",
    "an array transposed or exchanged",
    "one gradient alone",
)


def faults(
    family: Family, s: SimpleNamespace, right: Twin, arrays: Mapping[str, np.ndarray]
) -> Iterator[Fault]:
    """Every fault that the operators make of it, whether or not it changes anything."""
    made = partial(twin_of, family, takes=right.takes, gradients=right.gradients)
    for what, changed in _of_settings(s):
        yield Fault(NUMBER, what, made(s=changed))
        if right.backward is not None:
            yield Fault(SLOPE, what, made(s=s, slope_settings=changed))
    for what, change in _OF_OUTPUTS.items():
        yield Fault(
            OUTPUTS, what, replace(right, forward=_then(right.forward, change, right.takes))
        )
    yield from _of_arrays(right, arrays)
    yield from _of_gradients(right, arrays)


def _of_settings(s: SimpleNamespace) -> Iterator[tuple[str, SimpleNamespace]]:
    for name, value in vars(s).items():
        for other in _others(value):
            what = name.split(".")[-1]
            yield f"{what} {value} -> {other}", SimpleNamespace(**{**vars(s), name: other})


def _others(value: Any) -> Sequence[Any]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1)
    if isinstance(value, float):
        return (value / 10, value * 1.01, value + 0.01)
    if isinstance(value, str):
        return sorted({c for choices in CHOICES if value in choices for c in choices} - {value})
    if isinstance(value, np.ndarray):
        return (np.ones_like(value),)
    return ()


def _one_element(xp: Any, y: Any) -> Any:
    by = np.ones(tuple(y.shape))
    by.flat[-1] = 1.01
    return y * (by.astype(y.dtype) if xp is np else y.new_tensor(by))


def _rounded(xp: Any, y: Any) -> Any:
    narrow = xp.float32
    return y.astype(narrow).astype(y.dtype) if xp is np else y.to(narrow).to(y.dtype)


_OF_OUTPUTS: dict[str, Callable[[Any, Any], Any]] = {
    "a factor": lambda xp, y: FACTOR * y,
    "a factor of 1 + 1e-6": lambda xp, y: (1 + 1e-6) * y,
    "one element": _one_element,
    "shifted by one": lambda xp, y: xp.roll(y, 1, -1) if y.ndim else y,
    "reversed": lambda xp, y: xp.flip(y, (y.ndim - 1,)) if y.ndim else y,
    "another sign": lambda xp, y: -y,
    "float32 inside": _rounded,
}


def _then(
    forward: Callable[[Arrays], Any], change: Callable[[Any, Any], Any], takes: str
) -> Callable[[Arrays], Any]:
    xp = np if takes == NUMPY else torch
    return lambda arrays: change(xp, forward(arrays))


def _of_arrays(right: Twin, arrays: Mapping[str, np.ndarray]) -> Iterator[Fault]:
    """One array transposed, or two in each other's place."""
    for name, value in arrays.items():
        if value.ndim == 2 and value.shape[0] == value.shape[1]:
            yield Fault(ARRAYS, f"{name} transposed", _given(right, {name: (name, True)}))
    names = list(arrays)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            a, b = arrays[one], arrays[other]
            if a.shape == b.shape and a.dtype == b.dtype:
                both = {one: (other, False), other: (one, False)}
                yield Fault(ARRAYS, f"{one} and {other} exchanged", _given(right, both))


def _given(right: Twin, places: Mapping[str, tuple[str, bool]]) -> Twin:
    """The twin that takes other arrays in these places, and gives back their gradients."""

    def moved(arrays: Arrays) -> dict[str, Any]:
        other = {k: arrays[n].T if turned else arrays[n] for k, (n, turned) in places.items()}
        return {**arrays, **other}

    def backward(delta: Any, arrays: Arrays) -> dict[str, Any]:
        assert right.backward is not None
        g = right.backward(delta, moved(arrays))
        back = {n: g[k].T if turned else g[k] for k, (n, turned) in places.items() if k in g}
        return {**g, **back}

    return replace(
        right,
        forward=lambda arrays: right.forward(moved(arrays)),
        backward=backward if right.backward else None,
    )


def _of_gradients(right: Twin, arrays: Mapping[str, np.ndarray]) -> Iterator[Fault]:
    """The gradient of one array lost, or off by a factor."""
    for name, value in arrays.items():
        for what, factor in (("lost", 0.0), (f"times {FACTOR}", FACTOR)):
            if value.dtype.kind == "f" and right.gradients:
                yield Fault(
                    GRADIENT, f"gradient of {name} {what}", _with_gradient(right, name, factor)
                )


def _with_gradient(right: Twin, name: str, factor: float) -> Twin:
    if right.takes == TORCH:

        def forward(arrays: Arrays) -> Any:
            x = arrays[name]
            # x in value, and its own gradient so many times
            return right.forward({**arrays, name: x.detach() + factor * (x - x.detach())})

        return replace(right, forward=forward)

    def backward(delta: Any, arrays: Arrays) -> dict[str, Any]:
        gradients = right.backward(delta, arrays) if right.backward else {}
        return {n: factor * g if n == name else g for n, g in gradients.items()}

    return replace(right, backward=backward if right.backward else None)


def changed(
    right: Mapping[str, np.ndarray], fault: Fault, arrays: Mapping[str, np.ndarray]
) -> list[str] | None:
    """The names that a fault may be found at, the first clear one last; None where it is none.

    Whether a fault changes anything is computed, on the pair's own arrays in float64: a number
    that moves nothing here is none, and an array of another shape is too easily found.
    """
    try:
        with np.errstate(all="ignore"):
            wrong = computed(fault.twin, arrays)
    except Exception:  # a number that this twin cannot be made with
        return None
    if wrong.keys() != right.keys() or any(wrong[n].shape != right[n].shape for n in right):
        return None
    touched: list[str] = []
    for name, expected in right.items():
        moved = np.abs(wrong[name] - expected).max(initial=0.0)
        if not np.isfinite(moved):
            return None
        largest = np.abs(expected).max(initial=0.0) or 1.0
        if moved:
            touched.append(name)
        if moved > CHANGED * largest:
            return touched
    return None
