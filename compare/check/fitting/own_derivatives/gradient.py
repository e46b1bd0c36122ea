"""A gradient beside what differences say, on one problem or several, and what a cause of it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from compare.check.fitting.networks.own_gradient import written_factor

LEAST = 4  # numbers that agree by no chance
_CERTAIN = 1e-6  # of the largest derivative: what is known worse says nothing
_SMALL = 1e-4  # of the largest: what is less tells no ratio
_SIMPLE = 12  # the largest denominator of a number that is one by no chance
SIZES = {"N", "K", "N K"}  # of numbers: what a sum is divided by for a mean
_SAME = 1e-6  # how far the ratios of several problems may be apart

Vector = np.ndarray


@dataclass(frozen=True)
class Cause:
    """The key of a mistake with the blanks of its texts; ``there``: what is wrong on a part."""

    key: str
    blanks: Mapping[str, Any] = field(default_factory=dict)
    there: Cause | None = None


@dataclass(frozen=True)
class Gradient:
    """By one argument, on one problem.

    ``given``: in the shape in which it was given · ``expected`` with its ``limit``: of those
    numbers of the argument that ``places`` has, flat · ``shape``: the argument's · ``up``: the
    gradient from above, or ones · ``known``: what else there is, by name: arrays and numbers ·
    ``roughly``: of the largest, what a number may be off that says something.
    """

    given: np.ndarray
    expected: Vector
    limit: Vector
    places: np.ndarray
    shape: tuple[int, ...]
    up: np.ndarray
    known: Mapping[str, Any]
    roughly: float = _CERTAIN

    @property
    def whole(self) -> bool:
        """Whether every number of the argument was looked at, and is known."""
        return len(self.places) == np.prod(self.shape, dtype=int) and bool(self.certain.all())

    @property
    def certain(self) -> np.ndarray:
        """Where the derivative is known to digits enough: at no kink."""
        largest = max(np.abs(v).max(initial=1e-300) for v in (self.expected, self.given))
        return np.asarray(self.limit < self.roughly * largest)

    def at_places(self, value: Any) -> Vector | None:
        """The numbers that stand beside those that were looked at; None where none do."""
        try:
            array = np.asarray(value, dtype=np.float64)
            if value is None:
                return None
            return np.broadcast_to(array, self.shape).reshape(-1)[self.places]
        except (TypeError, ValueError):
            return None

    @property
    def up_beside(self) -> np.ndarray | None:
        """What comes from above for each number, or for each row; None where that is neither."""
        axes = self.up.ndim
        if not axes or self.up.shape != self.shape[:axes]:
            return None
        return self.up.reshape(self.up.shape + (1,) * (len(self.shape) - axes))


@dataclass(frozen=True)
class Points:
    """The numbers of a gradient on all problems, one behind the other; ``problem``: whose it is.

    ``up``: what comes from above for each, None where that has another shape · ``known``: arrays
    that stand beside them · ``numbers``: of each problem, the numbers that are one for all.
    """

    given: Vector
    expected: Vector
    limit: Vector
    up: Vector | None
    known: Mapping[str, Vector]
    problem: np.ndarray
    numbers: tuple[Mapping[str, float], ...]

    @classmethod
    def of(cls, problems: Sequence[Gradient]) -> Points | None:
        """None where it was not given in the argument's shape."""
        if any(p.given.shape != p.shape for p in problems):
            return None
        parts = [[p.given.reshape(-1)[p.places], p.expected, p.limit] for p in problems]
        certain = [p.certain for p in problems]
        given, expected, limit = (
            np.concatenate([part[i][c] for part, c in zip(parts, certain, strict=True)])
            for i in range(3)
        )
        known = {}
        names = [n for n in problems[0].known if all(np.ndim(p.known.get(n, 0)) for p in problems)]
        for name in names:
            beside = [p.at_places(p.known[name]) for p in problems]
            if all(b is not None and np.isfinite(b).all() for b in beside):
                known[name] = _together(beside, certain)
        ups = [p.at_places(p.up_beside) for p in problems]
        up = _together(ups, certain) if all(u is not None for u in ups) else None
        problem = np.repeat(np.arange(len(problems)), [int(c.sum()) for c in certain])
        numbers = tuple(_scalars(p.known) for p in problems)
        return cls(given, expected, limit, up, known, problem, numbers)

    def where(self, mask: np.ndarray) -> Points:
        """Those of them."""
        known = {n: v[mask] for n, v in self.known.items()}
        up = None if self.up is None else self.up[mask]
        return Points(self.given[mask], self.expected[mask], self.limit[mask], up, known,
                      self.problem[mask], self.numbers)  # fmt: skip

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which are not what they should be."""
        return np.abs(self.given - self.expected) > 4 * self.limit

    def alike(self, one: Vector, other: Vector, scale: Any = 1.0) -> bool:
        """Whether two things are the same, to the digits that are known, in numbers enough."""
        near = np.abs(one - other) <= 4 * self.limit * np.maximum(1.0, np.abs(scale))
        return bool(near.all()) and self.tell(other) >= LEAST

    def tell(self, values: Vector) -> int:
        """How many are no zeros, which agree with anything."""
        return int((np.abs(values) > _SMALL * np.abs(values).max(initial=1e-300)).sum())

    def multiple(self, of: Vector, wanted: Vector) -> str | None:
        """What ``wanted`` is of another thing, as people write it, if it is one number a problem.

        That is the same on all problems, or a number that is known of each, such as N.
        """
        ratios = []
        for k in np.unique(self.problem):
            here = self.problem == k
            large = here & (np.abs(of) > _SMALL * np.abs(of[here]).max(initial=1e-300))
            if not large.any():
                return None
            ratio = float(np.median(wanted[large] / of[large]))
            off = np.abs(wanted[here] - ratio * of[here])
            if (off > 4 * self.limit[here] * max(1.0, abs(ratio))).any():
                return None
            ratios.append(ratio)
        if self.tell(of) < LEAST or not all(ratios):
            return None
        return _written(ratios, [self.numbers[k] for k in np.unique(self.problem)])


def _together(values: Sequence[Any], certain: Sequence[np.ndarray]) -> Vector:
    return np.concatenate([v[c] for v, c in zip(values, certain, strict=True)])


def _scalars(known: Mapping[str, Any]) -> dict[str, float]:
    numbers = {n: v for n, v in known.items() if isinstance(v, (int, float, np.floating))}
    rest = {f"(1 - {n})": 1.0 - v for n, v in numbers.items() if 0 < v < 1}
    return {n: float(v) for n, v in {**numbers, **rest}.items() if v and np.isfinite(v)}


def _written(ratios: Sequence[float], numbers: Sequence[Mapping[str, float]]) -> str | None:
    """One ratio of all problems; or one or two numbers of each, times a simple one."""
    number = _number(ratios[0]) if _one(ratios) else None
    if number and (_is_simple(ratios[0]) or number.startswith(("sqrt", "-sqrt"))):
        return number
    names = [n for n in numbers[0] if all(n in of for of in numbers)]
    for several, powers in _POWERS.items():
        forms = [(name, power) for name in combinations(names, several) for power in powers]
        rests = [(_rest(ratios, numbers, n, p), n, p) for n, p in forms]
        for simplest in (True, False):
            for rest, name, power in rests:
                if rest and (abs(abs(rest) - 1) < _SAME if simplest else _is_simple(rest)):
                    return _times(rest, *_sides(name, power))
    return number


# of one number, and of two: the first over the second, and what is made of that
_POWERS: Mapping[int, Sequence[tuple[int, ...]]] = {
    1: ((1,), (-1,), (2,), (-2,)),
    2: ((1, 1), (1, -1), (-1, 1), (-1, -1)),
}


def _rest(
    ratios: Sequence[float],
    numbers: Sequence[Mapping[str, float]],
    names: Sequence[str],
    powers: Sequence[int],
) -> float:
    """What is left of all ratios beside such a form; 0 where it is not the same."""
    made = [np.prod([n[q] ** p for q, p in zip(names, powers, strict=True)]) for n in numbers]
    rest = [float(r / m) for r, m in zip(ratios, made, strict=True)]
    return rest[0] if _one(rest) else 0.0


def _sides(names: Sequence[str], powers: Sequence[int]) -> tuple[str, str]:
    """What stands above and below the line."""
    said = [(f"{n}^2" if abs(p) == 2 else n, p) for n, p in zip(names, powers, strict=True)]
    return tuple(" ".join(n for n, p in said if (p > 0) is up) for up in (True, False))  # type: ignore[return-value]


def _number(number: float) -> str:
    """A number as people write it, a root too."""
    square = number * number
    if not _is_simple(number) and _is_simple(square):
        sign = "-" if number < 0 else ""
        return f"{sign}sqrt({written_factor(square)})"
    return written_factor(number)


def _one(numbers: Sequence[float]) -> bool:
    return float(np.ptp(numbers)) <= _SAME * abs(numbers[0])


def _is_simple(number: float) -> bool:
    return abs(float(Fraction(number).limit_denominator(_SIMPLE)) - number) < _SAME * abs(number)


def _times(number: float, above: str, below: str) -> str:
    """2 N, -1/N, N/2: a simple number before a form."""
    fraction = Fraction(abs(number)).limit_denominator(_SIMPLE)
    top = " ".join([str(fraction.numerator), above] if fraction.numerator > 1 else [above]) or "1"
    bottom = " ".join(
        [str(fraction.denominator), below] if fraction.denominator > 1 else [below]
    ).strip()
    sign = "-" if number < 0 else ""
    return f"{sign}{top.strip()}" + (
        f"/({bottom})" if " " in bottom else f"/{bottom}" if bottom else ""
    )


def written_boundary(low: float, high: float, known: Mapping[str, float]) -> str:
    """The number between two that people would write: one that has a name, else the roundest."""
    for name, value in known.items():
        for sign, number in (("", value), ("-", -value)):
            if low <= number <= high and abs(number) not in (0, 1):
                return f"{sign}{name}"
    for digits in range(7):
        number = round((low + high) / 2, digits)
        if low <= number <= high:
            return f"{number or 0.0:g}"
    return f"{(low + high) / 2:.4g}"


def formulas(points: Points) -> Iterator[tuple[str, Vector]]:
    """What may stand in a derivative: one thing that is known, as it usually does."""
    with np.errstate(all="ignore"):
        for name, q in points.known.items():
            for form, value in (
                ("{q}", q), ("1 - {q}", 1 - q), ("1 + {q}", 1 + q), ("{q}**2", q**2),
                ("1 - {q}**2", 1 - q**2), ("1 + {q}**2", 1 + q**2),
                ("{q} * (1 - {q})", q * (1 - q)),
                ("(1 - {q})**2", (1 - q) ** 2),
            ):  # fmt: skip
                if np.isfinite(value).all():
                    yield form.replace("{q}", name), value


def products(points: Points) -> Iterator[tuple[str, Vector]]:
    """Two things that are known, multiplied or divided."""
    names = list(points.known)
    with np.errstate(all="ignore"):
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                a, b = points.known[one], points.known[other]
                for form, value in ((f"{one} * {other}", a * b), (f"{one} / {other}", a / b),
                                    (f"{other} / {one}", b / a)):  # fmt: skip
                    if np.isfinite(value).all():
                        yield form, value
