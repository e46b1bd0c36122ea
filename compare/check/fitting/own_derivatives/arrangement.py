"""The right numbers at other places, or summed over other axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations

import numpy as np

from compare.check.fitting.own_derivatives.gradient import LEAST, Cause, Gradient
from compare.check.fitting.own_derivatives.relations import AT, Names

Summand = Callable[[Gradient], np.ndarray | None]


def arranged(problems: Sequence[Gradient], name: str, names: Names) -> Cause | None:
    """What explains all of it by where its numbers stand, or over what they were summed."""
    problems = [p for p in problems if p.whole]
    if not problems:
        return None
    found = (f(problems, name, names) for f in (_transposed, _summed, _in_order))
    return next((cause for cause in found if cause), None)


def _all_near(
    problems: Sequence[Gradient], wanted: Callable[[Gradient], np.ndarray | None]
) -> bool:
    """Whether on every problem it is what is wanted, in numbers enough."""
    told = 0
    for p in problems:
        values = wanted(p)
        if values is None or np.shape(values) != p.given.shape:
            return False
        limit = 4 * p.limit.max(initial=0.0)
        if (np.abs(values - p.given) > limit).any():
            return False
        told += int((np.abs(values) > 10 * limit).sum())
    return told >= LEAST


def _right(p: Gradient) -> np.ndarray:
    return p.expected.reshape(p.shape)


def _transposed(problems: Sequence[Gradient], name: str, names: Names) -> Cause | None:
    several = len(problems[0].shape) > 1
    return (
        Cause("own_transposed") if several and _all_near(problems, lambda p: _right(p).T) else None
    )


def _summed(problems: Sequence[Gradient], name: str, names: Names) -> Cause | None:
    """Of sums over the samples: over another axis, over none, or of something else."""
    for right, of in _summands(problems[0], names):
        axes = next((a for a in _subsets(problems[0].up.ndim) if _is_sum(problems, of, a)), ())
        cause = _summed_otherwise(problems, of, axes, (right, names)) if axes else None
        if cause is not None:
            return cause
    return None


def _summed_otherwise(
    problems: Sequence[Gradient], of: Summand, axes: tuple[int, ...], said: tuple[str, Names]
) -> Cause | None:
    """Of what should be that sum over these axes."""
    for others in _subsets(problems[0].up.ndim):
        if others != axes and _all_near(problems, lambda p, o=others: _sum(of(p), o)):  # type: ignore[misc]
            blanks = {"wrong": _listed(others), "right": _listed(axes)}
            return Cause("own_other_axis" if others else "own_not_summed", blanks)
    right, names = said
    for wrong, other in _summands(problems[0], names):
        if _all_near(problems, lambda p, f=other: _like(_sum(f(p), axes), p)):  # type: ignore[misc]
            return Cause("own_other_formula", {"wrong": f"sum({wrong})", "right": f"sum({right})"})
    return None


def _summands(first: Gradient, names: Names) -> Iterator[tuple[str, Summand]]:
    """What comes from above, alone and times what has its shape."""
    yield names.times("1"), lambda p: p.up
    for name, value in first.known.items():
        if np.ndim(value) == first.up.ndim and AT not in name:
            yield names.times(name), lambda p, n=name: _product(p, n)  # type: ignore[misc]


def _product(p: Gradient, name: str) -> np.ndarray | None:
    try:
        return np.asarray(np.broadcast_to(p.known[name], p.up.shape) * p.up)
    except ValueError:
        return None


def _sum(values: np.ndarray | None, axes: tuple[int, ...]) -> np.ndarray | None:
    return None if values is None else np.asarray(values.sum(axis=axes) if axes else values)


def _like(values: np.ndarray | None, p: Gradient) -> np.ndarray | None:
    fits = values is not None and values.size == p.given.size
    return values.reshape(p.given.shape) if values is not None and fits else None


def _is_sum(problems: Sequence[Gradient], of: Summand, axes: tuple[int, ...]) -> bool:
    """Whether it should be that sum."""
    for p in problems:
        values = _sum(of(p), axes)
        if values is None or values.size != p.expected.size:
            return False
        if (np.abs(values.reshape(-1) - p.expected) > 4 * p.limit).any():
            return False
    return True


def _subsets(ndim: int) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(range(ndim), k) for k in range(ndim + 1))


def _listed(axes: tuple[int, ...]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)


def _in_order(problems: Sequence[Gradient], name: str, names: Names) -> Cause | None:
    """The same numbers, each at another's place."""
    for p in problems:
        one, other = np.sort(p.given, axis=None), np.sort(p.expected)
        if one.shape != other.shape or len(np.unique(np.round(one, 12))) < LEAST:
            return None
        if (np.abs(one - other) > 4 * p.limit.max()).any():
            return None
    return Cause("own_other_order")


def along_axis(problems: Sequence[Gradient], name: str, names: Names) -> Cause | None:
    """What is one number for all of a row: a factor, or what is missing, by itself or of x."""
    problems = [p for p in problems if p.whole]
    if not problems or any(p.given.shape != p.shape for p in problems):
        return None
    if not any((np.abs(p.given - _right(p)).reshape(-1) > 4 * p.limit).any() for p in problems):
        return None  # what is wrong is on one that was left out
    if all(_is_one_number(p) for p in problems):
        return Cause("own_same_for_all")
    for axis in range(len(problems[0].shape)):
        if all(_is_multiple(p.given, _right(p), p, axis) for p in problems):
            return Cause("own_factor_along", {"axis": str(axis)})
    for form, of in _along(problems[0], name, names):
        for axis in range(len(problems[0].shape)):
            rests = ((p.given - _right(p), of(p, axis), p) for p in problems)
            if all(v is not None and _is_multiple(r, v, p, axis) for r, v, p in rests):
                key = "own_same_along" if form == "1" else "own_multiple_along"
                return Cause(key, {"axis": str(axis), "term": form})
    for axis in range(len(problems[0].shape)):
        # of a few rows it may be so by chance, of two it always is
        telling = any(p.shape[axis] >= LEAST for p in problems)
        if telling and all(_lacks_both(p, name, axis) for p in problems if p.shape[axis] > 2):
            return Cause("own_statistics_held", {"axis": str(axis)})
    return None


def _lacks_both(p: Gradient, name: str, axis: int) -> bool:
    """Whether it lacks one number along an axis, and another times x less its mean."""
    x = np.asarray(p.known.get(name, 0))
    if x.shape != p.shape:
        return False
    rest = p.given - _right(p)
    return _is_multiple(_centred(rest, axis), _centred(x, axis), p, axis)


def _is_one_number(p: Gradient) -> bool:
    """Whether all of it is off by one number."""
    rest = p.given.reshape(-1) - p.expected
    return len(rest) > LEAST and bool((np.abs(rest - rest.mean()) <= 4 * p.limit).all())


def _along(
    first: Gradient, name: str, names: Names
) -> Iterator[tuple[str, Callable[[Gradient, int], np.ndarray | None]]]:
    yield "1", lambda p, axis: np.ones(p.shape)
    for n in dict.fromkeys([name, names.output]):
        if np.shape(first.known.get(n, 0)) == first.shape:
            yield n, lambda p, axis, n=n: np.asarray(p.known[n])  # type: ignore[misc]
    if np.shape(first.known.get(name, 0)) == first.shape:
        yield f"({name} - mean)", lambda p, axis: _centred(p.known[name], axis)


def _centred(values: np.ndarray, axis: int) -> np.ndarray:
    return np.asarray(values - values.mean(axis=axis, keepdims=True))


def _is_multiple(values: np.ndarray, of: np.ndarray, p: Gradient, axis: int) -> bool:
    """Whether along an axis it is one number times the other, in rows that do not vanish."""
    if values.size - values.size // values.shape[axis] < LEAST:
        return False
    squares = (of * of).sum(axis=axis, keepdims=True)
    factor = (values * of).sum(axis=axis, keepdims=True) / np.where(squares, squares, 1.0)
    limit = 4 * p.limit.reshape(p.shape) * np.maximum(1.0, np.abs(of))
    near = np.abs(values - factor * of) <= limit
    return bool(near.all()) and int((np.abs(values) > 10 * limit).sum()) >= LEAST
