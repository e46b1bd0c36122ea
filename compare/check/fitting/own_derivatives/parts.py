"""Right on one part of the inputs and wrong on another: which, and what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from compare.check.fitting.own_derivatives.gradient import (
    LEAST,
    Cause,
    Points,
    Vector,
    written_boundary,
)
from compare.check.fitting.own_derivatives.relations import AT, Names, related

# numbers of an argument, how near they are, and whether all that is known is asked for
Look = Callable[[Vector, float, bool], Points | None]
_GRID = 161  # numbers at which it is looked at
_REFINED, _STEPS = 3, 12  # times that a boundary is looked for between two of them, in so many
_FEW = 2
_BESIDE = 0.137  # of the grid's step
_LOOKED_AT = 22  # numbers of a part at which a cause is looked for
_FADED = 1e-3  # of the largest difference
_NEAR, _SMOOTH = 1e-3, 0.02
_SMALL = 1e-6  # of the largest: what is less is right by itself


def by_condition(points: Points, names: Names) -> Cause | None:
    """Where something that is known is positive, negative or 0, or larger than 1."""
    wrong = points.wrong
    without = None
    for part, rest, mask in _conditions(points):
        right = points.where(~mask)
        if wrong[~mask].any() or right.tell(right.expected) < _FEW or mask.sum() < LEAST:
            continue
        here = points.where(mask)
        # what is right there too has to be so by chance: as a zero is
        if (~here.wrong & (np.abs(here.expected) > 4 * here.limit)).any():
            continue
        there = related(here, names)
        cause = Cause("own_partly", {"part": part, "rest": rest}, there)
        if there is not None:
            return cause
        without = without or cause
    return without


def _conditions(points: Points) -> Iterator[tuple[str, str, np.ndarray]]:
    for name, q in points.known.items():
        if AT in name:
            continue
        if (q == 0).any():
            yield f"{name} = 0", f"{name} != 0", q == 0
        for bound in ("0", "1"):
            at = float(bound)
            yield f"{name} < {bound}", f"{name} > {bound}", q < at
            yield f"{name} > {bound}", f"{name} < {bound}", q > at
        yield f"|{name}| < 1", f"|{name}| > 1", np.abs(q) < 1
        yield f"|{name}| > 1", f"|{name}| < 1", np.abs(q) > 1


def by_interval(look: Look, name: str, names: Names, low: float, high: float) -> Cause | None:
    """The numbers of the argument where it is wrong, with their boundaries."""
    # at a kink, which people put at round numbers, the difference is that of no side
    grid = np.linspace(low, high, _GRID) + _BESIDE * (high - low) / _GRID
    step = float(grid[1] - grid[0])
    points = look(grid, step, False)
    if points is None:
        return None
    points = points.where(_telling(points))
    x, wrong = points.known[name], _without_chance(points.wrong)
    if low < 0 < high and not wrong.any():
        return _at_zero(look, name)
    if not wrong.any() or wrong.all():
        return None
    changes = np.flatnonzero(wrong[1:] != wrong[:-1])
    if len(changes) > 2 or wrong.sum() < LEAST or (~wrong).sum() < LEAST:
        return None
    # what fades away into rounding has no boundary there
    off = np.abs(points.given - points.expected)
    if any(max(off[c], off[c + 1]) < _FADED * off.max() for c in changes):
        return None
    numbers = points.numbers[0]
    edges = [_edge(look, name, float(x[c]), float(x[c + 1]), bool(wrong[c])) for c in changes]
    written = [written_boundary(a, b, numbers) for a, b in edges]
    part, rest = _in_words(name, written, bool(wrong[0]))
    some = x[wrong][:: max(1, int(wrong.sum()) // _LOOKED_AT)]
    here = look(some, step, True)
    there = related(here, names) if here is not None else None
    return Cause("own_partly", {"part": part, "rest": rest}, there)


def _at_zero(look: Look, name: str) -> Cause | None:
    """Wrong at 0 alone, where the function is smooth."""
    points = look(np.array([-_NEAR, 0.0, _NEAR]), _NEAR, False)
    if points is None or len(points.given) < 3:
        return None
    x, wrong = points.known[name], points.wrong
    of = [points.expected[x == v][0] for v in (-_NEAR, 0.0, _NEAR) if (x == v).any()]
    smooth = len(of) == 3 and np.ptp(of) <= _SMOOTH * max(1.0, np.abs(of).max())
    if smooth and wrong[x == 0].all() and not wrong[x != 0].any():
        return Cause("own_partly", {"part": f"{name} = 0", "rest": f"{name} != 0"})
    return None


def _telling(points: Points) -> np.ndarray:
    """Where it is not right merely because all of it vanishes."""
    size = np.maximum(np.abs(points.given), np.abs(points.expected))
    return (size > _SMALL * size.max(initial=0.0)) | (points.given == points.expected)


def _without_chance(wrong: np.ndarray) -> np.ndarray:
    """One alone among wrong ones is right by chance."""
    between = np.zeros_like(wrong)
    between[1:-1] = wrong[:-2] & wrong[2:]
    return wrong | between


def _edge(look: Look, name: str, low: float, high: float, wrong: bool) -> tuple[float, float]:
    """Between which two numbers it changes, ``wrong`` below."""
    for _ in range(_REFINED):
        points = look(np.linspace(low, high, _STEPS), (high - low) / _STEPS, False)
        if points is None or not points.given.size:
            break
        x, same = points.known[name], points.wrong == wrong
        below, above = x[same], x[~same]
        if not below.size or not above.size or below.max() > above.min():
            break
        low, high = float(below.max()), float(above.min())
    return low, high


def _in_words(name: str, edges: list[str], begins_wrong: bool) -> tuple[str, str]:
    """Where it is wrong, and where it is right."""
    if len(edges) == 1:
        below, above = f"{name} < {edges[0]}", f"{name} > {edges[0]}"
        return (below, above) if begins_wrong else (above, below)
    first, second = edges
    if first == f"-{second}":
        outside, inside = f"|{name}| > {second}", f"|{name}| < {second}"
    else:
        outside = f"{name} < {first}, {name} > {second}"
        inside = f"{first} < {name} < {second}"
    return (outside, inside) if begins_wrong else (inside, outside)
