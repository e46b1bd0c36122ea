"""A claim on several problems, so that what explains it on one can be held against the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import NEARLY, Claim, Held, beside, held, real
from compare.check.fitting.networks.own_gradient import derivative
from compare.check.fitting.own_derivatives.gradient import Gradient, Points
from compare.check.fitting.own_derivatives.parts import Look
from compare.check.fitting.own_derivatives.relations import AT, Names
from compare.sandbox.interface import Ending, Failed

_MOST, _SOME, _FEW = 128, 36, 24  # numbers of one argument at which the derivative is taken
_ENOUGH = 24  # numbers that were looked at on all problems
_PROBLEMS = 4
_FAR = 8.0  # as far as most functions still change
LARGE = 24.0  # far beyond the usual numbers
_WIDE, _BESIDE = 8.0, 0.013  # no number that people write is among them
_OF_LOG = 1e-5  # what an epsilon in a log may change
_CERTAIN, _OF_LOSS = 1e-6, 3e-5  # of the largest: what is known worse says nothing
_EXACTLY, _OF_EPSILON = 1e-12, 1e-6  # of it: rounding, and an epsilon that a loss alone may have


def gradients(claim: Claim, one: Held, of: str) -> dict[str, list[Gradient]]:
    """By argument, what was given on each problem beside what it should be."""
    found: dict[str, list[Gradient]] = {}
    for k, problem in enumerate((claim, *others(claim))):
        try:
            each = _on(problem, one, of, k)
        except (Failed, TypeError, ValueError) as error:
            if isinstance(error, Failed) and error.ending not in (Ending.RAISED, Ending.REFUSED):
                raise
            continue
        if found and each.keys() != found.keys():
            continue
        for name, gradient in each.items():
            found.setdefault(name, []).append(gradient)
    return {n: _enough(g) for n, g in found.items()}


def _enough(problems: Sequence[Gradient]) -> list[Gradient]:
    """Two that have as many samples, one that has fewer, and more where each has few numbers."""
    few = len(problems[0].places) * 3 < _ENOUGH
    return list(problems[:_PROBLEMS] if few else problems[:3])


def names_of(claim: Claim, of: str) -> Names:
    """What the texts call the output and the gradient from above."""
    above = claim.above if claim.takes_up else ""
    return Names(_output(claim, of), above.removesuffix("*"))


def _output(claim: Claim, of: str) -> str:
    names = [plain(n) for n, v in claim.values.items() if not _is_weight(n)]
    return f"{of}({names[0] if len(names) == 1 else '...'})"


def plain(name: str) -> str:
    """``gamma`` of ``.gamma``."""
    return name.removeprefix(".")


def _on(claim: Claim, one: Held, of: str, k: int) -> dict[str, Gradient]:
    y = real(claim.f(claim.at))
    if y is None or not np.isfinite(y).all():
        raise ValueError
    up = _above(one, y, k)
    given = claim.given(up)
    every = k == 0 or max(np.size(v) for v in claim.at.values()) <= _SOME
    held = beside(claim, up, given, one.through, one.averaged, _MOST if every else _FEW)
    output = _output(claim, of)
    values = {plain(n): v for n, v in {**claim.beside, **claim.values}.items()}
    known = {**values, **_sizes(claim)}
    found = {}
    for name, expected in held.expected.items():
        slopes = _slopes(claim, name, y) if is_elementwise(claim, name, y) else {}
        largest = np.abs(expected).max(initial=0.0)
        limit = held.measured[name] + (_EXACTLY if y.ndim else _OF_EPSILON) * largest
        found[name] = Gradient(
            np.asarray(given[name], dtype=np.float64), expected, limit,
            held.places[name], np.shape(claim.at[name]), up, {**known, output: y, **slopes},
            _CERTAIN if y.ndim else _OF_LOSS,
        )  # fmt: skip
    return found


def _sizes(claim: Claim) -> dict[str, float]:
    """What a sum is divided by for a mean: the numbers of samples, and of their features."""
    first = np.shape(next(iter(claim.values.values()), 0))
    rows = {"N": first[0]} if first else {}
    features = {"K": first[-1], "N K": int(np.prod(first))} if len(first) == 2 else {}
    return {n: float(v) for n, v in (rows | features).items() if v > 1}


def _above(one: Held, y: np.ndarray, k: int) -> np.ndarray:
    """As on the first problem: ones, or a share of each sample, or numbers."""
    first = one.up.reshape(-1)
    if first.size > 1 and (first != first[0]).any():
        return np.asarray(np.cos(1.0 + k + np.arange(y.size)).reshape(y.shape))
    return np.full(y.shape, 1.0 if first[0] == 1 else 1 / y.size)


def others(claim: Claim) -> Iterator[Claim]:
    """The same of other numbers, and of fewer samples."""
    first = np.shape(next(iter(claim.values.values()), 0))
    rows = first[0] if first else 0
    for k, fewer in ((1, False), (2, True), (3, False)):
        values = {n: _moved(n, v, k, i) for i, (n, v) in enumerate(claim.values.items())}
        if fewer and rows > 1:
            values = {n: v[:-1] if _is_of_samples(n, v, rows) else v for n, v in values.items()}
        try:
            if claim.remade is not None:
                yield claim.remade(values)
        except (Failed, TypeError, ValueError):
            continue


def with_other_weights(claim: Claim) -> Claim | None:
    """The same of weights that are not all ones or zeros, as many are made; None where none are.

    Raises Failed, TypeError, ValueError.
    """
    weights = {n: v for n, v in claim.values.items() if _is_weight(n) and v.dtype.kind == "f"}
    if claim.remade is None or not any(v.size and np.ptp(v) == 0 for v in weights.values()):
        return None
    moved = {n: _moved(n, v, 1, i) for i, (n, v) in enumerate(weights.items())}
    return claim.remade({**claim.values, **moved})


def with_wider_numbers(claim: Claim) -> Claim | None:
    """The same of numbers from far to far, where each is derived by itself; None elsewhere.

    Raises Failed, TypeError, ValueError.
    """
    y = real(claim.f(claim.at))
    names = [n for n in claim.at if not _is_weight(n)]
    if claim.remade is None or y is None or len(names) != 1:
        return None
    x = claim.at[names[0]]
    if (x > 0).all() or not is_elementwise(claim, names[0], y):
        return None
    wide = np.linspace(-_WIDE, _WIDE, x.size).reshape(x.shape) + _BESIDE
    return claim.remade({**claim.values, names[0]: wide})


def with_as_many_samples(claim: Claim) -> Claim | None:
    """The same of as many samples as features, where no gradient has the shape of some weights.

    One that is summed over the wrong axis has it only there.   Raises Failed, TypeError,
    ValueError.
    """
    y, first = real(claim.f(claim.at)), np.asarray(next(iter(claim.values.values()), 0))
    weights = {n for n, v in claim.values.items() if _is_weight(n) and np.ndim(v)}
    if claim.remade is None or y is None or first.ndim != 2 or not claim.takes_up:
        return None
    given = claim.given(np.ones(y.shape))
    shaped = {n for n in weights & given.keys() if given[n].shape == np.shape(claim.values[n])}
    if weights == shaped or first.shape[0] == first.shape[1]:
        return None
    rows = np.arange(first.shape[1])
    of_samples = {n: v for n, v in claim.values.items() if _is_of_samples(n, v, len(first))}
    # no two rows alike
    moved = {n: (1 + 0.1 * rows[:, None]) * v[rows % len(v)] for n, v in of_samples.items()}
    return claim.remade({**claim.values, **moved})


def scaled(claim: Claim, factor: float) -> Claim | None:
    """The same of other numbers, of both signs: each piece of a function is reached so.

    None of probabilities, which cannot be so, but for the difference of two.   Raises Failed,
    TypeError, ValueError.
    """
    samples = {n: v for n, v in claim.at.items() if not _is_weight(n) and not _is_whole(v)}
    below = any((v < 0).any() for v in samples.values())
    if claim.remade is None or not samples or not (below or is_of_differences(claim)):
        return None
    return claim.remade(
        {**claim.values, **{n: factor * v * _signs(v.shape) for n, v in samples.items()}}
    )


def _signs(shape: tuple[int, ...]) -> np.ndarray:
    return np.where(np.arange(np.prod(shape, dtype=int)) % 2, 1.0, -1.0).reshape(shape)


def _is_whole(value: Any) -> bool:
    return bool(np.array_equal(value, np.round(value)))


def is_of_differences(claim: Claim) -> bool:
    """Whether it is a number that two arrays give by their difference alone."""
    shapes = {np.shape(v) for v in claim.at.values()}
    arrays = [n for n, v in claim.values.items() if np.shape(v) in shapes and np.ndim(v)]
    if len(arrays) != 2 or not set(claim.at) <= set(arrays):
        return False
    moved = {n: np.asarray(claim.values[n], dtype=np.float64) + 0.375 for n in arrays}
    try:
        there = claim.remade({**claim.values, **moved}) if claim.remade else None
        numbers = [real(c.f(c.at)) for c in (claim, there) if c is not None]
    except (Failed, TypeError, ValueError):
        return False
    told = [n for n in numbers if n is not None and not n.ndim]
    return len(told) == 2 and bool(np.isclose(told[0], told[1], rtol=1e-9, atol=0))


def contradicts(claim: Claim, one: Held, other: Claim) -> bool:
    """Whether it is wrong of some numbers, of which another claim has too few.

    Of a loss of differences: any number may be its output, and not only probabilities. Of a layer
    as its script calls it: what it keeps of few rows or columns may not overlap.
    """
    called = [{m for m in each.meant if isinstance(m, tuple)} for each in (claim, other)]
    if called[0] == called[1] and _is_of_one_row(claim, one, other):
        return is_so_elsewhere(claim)
    in_part = abs(one.factor - 1) < NEARLY and not one.explained
    if not in_part or called[0] != called[1]:
        return False
    return is_of_differences(claim) or _is_of_fewer(claim, other) and is_so_elsewhere(claim)


def _is_of_one_row(claim: Claim, one: Held, other: Claim) -> bool:
    """Whether another claim is of one row, where this one of several has the shape of all."""
    shapes, up = [{np.shape(v) for v in c.at.values()} for c in (claim, other)], one.up.shape
    rows = len(up) == 2 and up[0] != up[1] and one.given.keys() == claim.at.keys()
    return rows and {up} == shapes[0] and all(len(shape) == 1 for shape in shapes[1])


def _is_of_fewer(claim: Claim, other: Claim) -> bool:
    """Whether another claim has fewer numbers than the script's own, in arrays of those names."""
    if not claim.as_called or other.as_called or claim.at.keys() != other.at.keys():
        return False
    sizes = [(np.size(v), np.size(other.at[n])) for n, v in claim.at.items()]
    return any(mine > others for mine, others in sizes)


def is_so_elsewhere(claim: Claim) -> bool:
    """Whether it is wrong of other numbers, too: near a kink differences are a little off."""
    try:
        other = next(others(claim), None)
        return other is None or not any(one.correct for one in held(other))
    except (Failed, TypeError, ValueError):
        return True


def with_one_output(claim: Claim) -> Claim | None:
    """The same of as many samples of one output each, of outputs and targets; None elsewhere.

    Raises Failed, TypeError, ValueError.
    """
    arrays = _tables(claim)
    if claim.remade is None or not arrays:
        return None
    return claim.remade({**claim.values, **{n: v.reshape(-1, 1) for n, v in arrays.items()}})


def outputs_of(claim: Claim) -> int:
    """How many outputs a sample has, where it is of outputs and targets in rows; else 0."""
    return next((v.shape[1] for v in _tables(claim).values()), 0)


def is_of_bits(claim: Claim) -> bool:
    """Whether it is a binary cross-entropy, of probabilities or of scores: their sum, or a mean."""
    value = real(claim.f(claim.at))
    tables = list(_tables(claim).values())
    if value is None or value.ndim or not tables:
        return False
    for y, d in (tables, tables[::-1]):
        for p in (y, 1 / (1 + np.exp(-y))):
            if (p > 0).all() and (p < 1).all():
                total = -np.sum(d * np.log(p) + (1 - d) * np.log(1 - p))
                means = total / np.array([1, p.size, *p.shape])
                if np.isclose(value, means, rtol=_OF_LOG, atol=0).any():
                    return True
    return False


def _tables(claim: Claim) -> dict[str, np.ndarray]:
    """Two arrays in rows, of one shape."""
    found = {n: v for n, v in claim.values.items() if np.ndim(v) == 2 and not _is_weight(n)}
    return found if len(found) == 2 and len({v.shape for v in found.values()}) == 1 else {}


def _is_weight(name: str) -> bool:
    """Whether it is a number inside an object, and no argument."""
    return name.startswith((".", "["))


def _is_of_samples(name: str, value: Any, rows: int) -> bool:
    return not _is_weight(name) and np.shape(value)[:1] == (rows,)


def _moved(name: str, value: Any, k: int, i: int) -> Any:
    """Other numbers of the same kind: of weights any; of samples none that are targets."""
    if isinstance(value, float):
        return value * (1 + 0.07 * (i + k))
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    if _is_weight(name):
        return 1.25 * value + 0.125 * np.cos(k + np.arange(value.size)).reshape(value.shape)
    if not value.ndim or np.array_equal(value, np.round(value)):
        return value
    # so that rows of probabilities stay such
    return 0.7 * value + 0.3 * np.roll(value, k, axis=0)


def is_elementwise(claim: Claim, name: str, y: np.ndarray) -> bool:
    """Whether each number of the output comes of one number of the argument."""
    start = claim.at[name]
    if y.shape != start.shape or not y.ndim:
        return False
    moved = np.array(start)
    moved.reshape(-1)[0] += 0.5
    try:
        again = real(claim.f({**claim.at, name: moved}))
    except (Failed, TypeError):
        return False
    return again is not None and np.array_equal(again.reshape(-1)[1:], y.reshape(-1)[1:])


def _slopes(claim: Claim, name: str, y: np.ndarray) -> dict[str, np.ndarray]:
    """The derivative where it may have been taken by mistake."""
    x, found = claim.at[name], {}
    called = plain(name)
    for point, there in ((f"f({called})", y), (f"-{called}", -x), (f"|{called}|", np.abs(x))):
        slope = _slope(claim, name, there, 1.0)
        if slope is not None:
            found[AT + point] = slope[0]
    return found


def _slope(
    claim: Claim, name: str, x: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """Of an output that goes number by number, at others of the argument."""

    def outputs(s: float) -> np.ndarray:
        y = real(claim.f({**claim.at, name: x + s}))
        if y is None or y.shape != x.shape:
            raise ValueError
        return y

    try:
        with np.errstate(all="ignore"):
            return derivative(outputs, scale)
    except (Failed, TypeError, ValueError):
        return None


def look_at(claim: Claim, name: str, of: str) -> tuple[Look, float, float] | None:
    """How it is looked at elsewhere, and from where to where; None unless it goes by number."""
    y = real(claim.f(claim.at))
    if y is None or claim.remade is None or not is_elementwise(claim, name, y):
        return None
    x = claim.at[name]
    inside = bool((x > 0).all() and (x < 1).all())
    low, high = (0.01, 0.99) if inside else (0.05 if (x > 0).all() else -_FAR, _FAR)

    def look(numbers: np.ndarray, apart: float, closely: bool) -> Points | None:
        filled = np.append(numbers, np.full(-len(numbers) % x.size, numbers[-1]))
        parts = [p for part in filled.reshape(-1, x.size)
                 if (p := _at(claim, name, of, part.reshape(x.shape), apart, closely))]  # fmt: skip
        return Points.of([_joined(parts, claim)]) if parts else None

    return look, low, high


def _joined(parts: Sequence[Mapping[str, np.ndarray]], claim: Claim) -> Gradient:
    names = [n for n in parts[0] if all(n in part for part in parts)]
    several = {n: np.concatenate([part[n] for part in parts]) for n in names}
    given, value, limit = (several.pop(n) for n in ("", " ", "  "))
    lost = ~(np.isfinite(given) & np.isfinite(value) & np.isfinite(limit))
    limit = np.where(lost, np.inf, limit + 1e-12 * np.abs(np.where(lost, 0.0, given)).max())
    known = {plain(n): v for n, v in claim.values.items() if not np.ndim(v)} | several
    given, value = (np.where(lost, 0.0, v) for v in (given, value))
    ones = np.ones(len(given))
    return Gradient(given, value, limit, np.arange(len(given)), given.shape, ones, known)


def _at(
    claim: Claim, name: str, of: str, x: np.ndarray, apart: float, closely: bool
) -> dict[str, np.ndarray] | None:
    """What it gives there for ones from above, the derivative and its error, and what is known."""
    try:
        if claim.remade is None:
            return None
        there = claim.remade({**claim.values, name: x})
        given = np.asarray(there.given(np.ones(x.shape))[name], dtype=np.float64)
        y = real(there.f(there.at))
    except (Failed, TypeError, ValueError):
        return None
    slope = _slope(claim, name, x, min(0.25, apart))
    if slope is None or y is None or given.shape != x.shape:
        return None
    further = _slopes(there, name, y) if closely else {}
    arrays = {"": given, " ": slope[0], "  ": slope[1], plain(name): x, _output(claim, of): y}
    return {n: v.reshape(-1) for n, v in {**arrays, **further}.items()}
