"""Numbers that know how far rounding may have moved them: running error analysis.

A formula written once is evaluated with ``Bounded`` numbers for a limit, and with ``Exact`` ones
(``multiprecision``) for a referee. The error of each operation is bounded for every order of
summation, fused or not: Higham, Accuracy and Stability of Numerical Algorithms, sections 3.1 and
3.3; the constants for exp and log are the largest errors that were measured in common libraries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ml_dtypes
import numpy as np

from compare.arithmetic.formats import COARSE

# What an error consists of; ``show --verdict`` takes them apart.
ROUNDING, SUMMATION, FUNCTIONS, CONSTANTS, UNDERFLOW, PARENTS = KINDS = (
    "rounding of +, -, * and /",
    "order of summation",
    "exp, log, tanh",
    "constants",
    "underflow",
    "rounding of its inputs",
)
EXP_ULPS, LOG_ULPS, SIGMOID_ULPS = 2.5, 3.5, 4.0  # measured: 2.33, 3.28, 3.21 ulp of float32
ACCUMULATOR = 2.0**-24  # the coarse formats are summed up in float32, and rounded once at the end
SLACK = 2.0  # for the one or two roundings more that another way to write a formula has


@dataclass(frozen=True)
class Format:
    """A floating-point format: unit roundoff u, smallest subnormal and normal, largest number.

    ``u_of`` is the unit roundoff by kind of error, so that kinds can be looked at one by one.
    ``own`` is the relative error of what a formula is given: 0, or u where a side keeps more digits
    than it shows.
    """

    name: str
    dtype: np.dtype[Any]
    u: float
    eta: float
    tiny: float
    largest: float
    u_of: Mapping[str, float]
    own: float = 0.0

    @property
    def slack(self) -> float:
        """A limit per error: twice as much in float64, where the recomputation rounds as well."""
        return SLACK * (2 if self.name == "float64" else 1)

    def only(self, kind: str) -> Format:
        """The same format as if every other kind of error were absent."""
        u_of = {k: u if k == kind else 0.0 for k, u in self.u_of.items()}
        quiet = kind != UNDERFLOW
        return replace(
            self,
            u_of=u_of,
            eta=0.0 if quiet else self.eta,
            tiny=0.0 if quiet else self.tiny,
            own=self.own if kind == PARENTS else 0.0,
        )

    def inexact(self) -> Format:
        """The same format where every input was rounded once more than it shows."""
        return replace(self, own=self.u)


def _format(dtype: Any) -> Format:
    info = ml_dtypes.finfo(dtype)
    u = float(info.eps) / 2
    return Format(
        np.dtype(dtype).name,
        np.dtype(dtype),
        u,
        float(info.smallest_subnormal),
        float(info.tiny),
        float(info.max),
        {kind: min(u, ACCUMULATOR) if kind == SUMMATION else u for kind in KINDS},
    )


FORMATS = {
    f.name: f for f in map(_format, (np.float64, np.float32, np.float16, ml_dtypes.bfloat16))
}
FORMAT_OF = {f.dtype: f for f in FORMATS.values()}  # NumPy makes up a dtype's name at each call


class Bounded:
    """An array of float64 values with the bound of the error that computing them may have.

    value, error: same shape, and never changed in place. Operators and methods follow NumPy's;
    ``a @ b`` and ``sum`` bound any order of summation. Source: Higham (2002), section 3.3.
    """

    __slots__ = ("_made", "error", "format", "value")
    __array_ufunc__ = None  # so that array * Bounded comes here

    def __init__(self, value: Any, error: Any, format: Format) -> None:
        self.value, self.error, self.format = value, error, format
        self._made: dict[Any, Bounded] | None = None

    @classmethod
    def given(cls, array: np.ndarray, format: Format) -> Bounded:
        """What a side computed, or was handed in: exact, unless it shows or uses fewer digits."""
        value = array.astype(np.float64, copy=False)
        error = np.abs(value) * format.own + format.eta if format.own else np.zeros(value.shape)
        if array.dtype.kind == "f" and array.dtype.itemsize > format.dtype.itemsize:
            error = error + np.abs(value - value.astype(format.dtype).astype(np.float64))
        return cls(value, error, format)

    def once(self, f: Callable[[Bounded], Bounded]) -> Bounded:
        """f of it, made the first time only: several formulas of a step need the same."""
        self._made = {} if self._made is None else self._made
        if f not in self._made:
            self._made[f] = f(self)
        return self._made[f]

    def _u(self, kind: str) -> float:
        return self.format.u_of[kind]

    def _other(self, other: Any) -> Bounded:
        if isinstance(other, Bounded):
            return other
        if isinstance(other, np.ndarray):
            return Bounded.given(other, self.format)
        return self.constant(other)

    def constant(self, c: float, error: float = 0.0) -> Bounded:
        """A number of the formula, which a side may have rounded to its own format, or not."""
        stored = float(np.asarray(c).astype(self.format.dtype))
        off = abs(c - stored) if self._u(CONSTANTS) else 0.0
        return Bounded(np.float64(c), np.float64(off + error), self.format)

    def _bounded(self, value: Any, error: Any) -> Bounded:
        """Where a step on the way may exceed the largest number, nothing can be said."""
        reach = np.abs(value) + error
        if reach.size and not reach.max() <= self.format.largest:
            error = np.where(reach <= self.format.largest, error, np.inf)
        return Bounded(value, error, self.format)

    def _summed(self, value: Any, error: Any) -> Bounded:
        """A sum, which a coarse format accumulates in a finer one and rounds once at the end."""
        if self.format.name in COARSE:
            error = error + self._u(ROUNDING) * np.abs(value)
        return self._bounded(value, error)

    def __add__(self, other: Any) -> Bounded:
        b = self._other(other)
        value = self.value + b.value
        error = self.error + b.error + self._u(ROUNDING) * np.abs(value)
        return Bounded(value, error, self.format)

    def __sub__(self, other: Any) -> Bounded:
        b = self._other(other)
        value = self.value - b.value
        error = self.error + b.error + self._u(ROUNDING) * np.abs(value)
        return Bounded(value, error, self.format)

    def __rsub__(self, other: Any) -> Bounded:
        return self._other(other) - self

    def __neg__(self) -> Bounded:
        return Bounded(-self.value, self.error, self.format)

    def __mul__(self, other: Any) -> Bounded:
        if isinstance(other, float) and abs(other) >= 1 and math.frexp(other)[0] in (0.5, -0.5):
            # a power of two moves the point, and nothing else
            return self._bounded(self.value * other, self.error * abs(other))
        b = self._other(other)
        value = self.value * b.value
        error = (
            self.error * np.abs(b.value)
            + (np.abs(self.value) + self.error) * b.error
            + self._u(ROUNDING) * np.abs(value)
            + self.format.eta
        )
        return self._bounded(value, error)

    def __truediv__(self, other: Any) -> Bounded:
        b = self._other(other)
        value = self.value / b.value
        room = np.abs(b.value) - b.error
        error = (self.error + np.abs(value) * b.error) / np.where(room > 0, room, 0.0)
        error = error + self._u(ROUNDING) * np.abs(value) + self.format.eta
        return self._bounded(value, error)

    def __rtruediv__(self, other: Any) -> Bounded:
        return self._other(other) / self

    def __matmul__(self, other: Any) -> Bounded:
        b = self._other(other)
        n = self.value.shape[-1]
        value = self.value @ b.value
        magnitude, others = np.abs(self.value), np.abs(b.value)
        error = n * self._u(SUMMATION) * (magnitude @ others) + n * self.format.eta
        if self.error.any():
            error = error + self.error @ (others + b.error)
        if b.error.any():
            error = error + magnitude @ b.error
        return self._summed(value, error)

    def affine(self, W: Bounded, b: Bounded) -> Bounded:
        """a W + b, where b may be added at the end or be what the sum starts from."""
        n = self.value.shape[-1]
        return (self @ W + b).widened(n * self._u(SUMMATION) * np.abs(b.value))

    __radd__, __rmul__ = __add__, __mul__

    def __getitem__(self, index: Any) -> Bounded:
        return Bounded(self.value[index], self.error[index], self.format)

    @property
    def T(self) -> Bounded:
        """The transpose."""
        return Bounded(self.value.T, self.error.T, self.format)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of both arrays."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    def reshape(self, *shape: int) -> Bounded:
        """The same numbers in another shape."""
        return Bounded(self.value.reshape(*shape), self.error.reshape(*shape), self.format)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Bounded:
        """The sum, in whatever order: (n - 1) u Σ |a| beside the errors of the terms.

        n counts what is not 0: to add 0 is exact, and to add what underflows nearly so.
        """
        value = self.value.sum(axis=axis, keepdims=keepdims)
        magnitude = np.abs(self.value)
        total = magnitude.sum(axis=axis, keepdims=keepdims)
        n = self.value.size / max(value.size, 1)
        reach, little = magnitude + self.error, 4 * self.format.tiny
        large = reach > little
        error = self.error.sum(axis=axis, keepdims=keepdims)
        if large.all():
            return self._summed(value, error + max(n - 1, 0) * self._u(SUMMATION) * total)
        counts = large.sum(axis=axis, keepdims=keepdims)
        error = error + np.maximum(counts - 1, 0) * self._u(SUMMATION) * total
        underflow = ((reach > 0) & ~large).any(axis=axis, keepdims=keepdims)
        return self._summed(value, error + np.where(underflow, 2 * n * n * little, 0.0))

    def max(self, axis: int = -1, keepdims: bool = True) -> Bounded:
        """The largest, which is exact."""
        error = self.error.max(axis=axis, keepdims=keepdims)
        return Bounded(self.value.max(axis=axis, keepdims=keepdims), error, self.format)

    def exp(self) -> Bounded:
        """e^a; a library may flush what is subnormal to 0."""
        value = np.exp(self.value)
        own = 2 * EXP_ULPS * self._u(FUNCTIONS)
        error = value * (np.expm1(np.minimum(self.error, 700.0)) + own) + 2 * self.format.tiny
        exactly_one = (self.value == 0) & (self.error == 0)
        return self._bounded(value, np.where(exactly_one, 0.0, error))

    def log(self) -> Bounded:
        """The natural logarithm."""
        value = np.log(self.value)
        room = self.value - self.error
        inherited = np.where(room > 0, self.error / room, np.inf)
        error = np.where(self.error > 0, inherited, 0.0)
        own = 2 * LOG_ULPS * self._u(FUNCTIONS) * np.where(self.value > 0, np.abs(value), 0.0)
        return Bounded(value, error + own, self.format)

    def sqrt(self) -> Bounded:
        """The square root."""
        value = np.sqrt(self.value)
        span = value + np.sqrt(np.maximum(self.value - self.error, 0.0))
        inherited = np.where(span > 0, self.error / span, np.sqrt(self.error))
        return Bounded(value, inherited + self._u(ROUNDING) * value, self.format)

    def sigmoid(self) -> Bounded:
        """1 / (1 + e^-a), in any of its forms; its slope is at most 1/4."""
        e = np.exp(-np.abs(self.value))
        value = np.where(self.value >= 0, 1.0, e) / (1 + e)
        slope = np.minimum(value * (1 - value) * np.exp(np.minimum(self.error, 700.0)), 0.25)
        own = 2 * SIGMOID_ULPS * self._u(FUNCTIONS) * value + 2 * self.format.tiny
        return Bounded(value, slope * self.error + own, self.format)

    def tanh(self) -> Bounded:
        """The hyperbolic tangent; its slope is at most 1."""
        value = np.tanh(self.value)
        own = 2 * SIGMOID_ULPS * self._u(FUNCTIONS) * np.abs(value) + self.format.eta
        return Bounded(value, self.error + own, self.format)

    def relu(self) -> Bounded:
        """max(0, a), which is exact."""
        reaches = self.value + self.error > 0
        return Bounded(np.maximum(self.value, 0.0), np.where(reaches, self.error, 0.0), self.format)

    def step(self) -> Bounded:
        """1 where a > 0, else 0: exact, or undecided where the error reaches 0."""
        value = (self.value > 0).astype(np.float64)
        unknown = np.isnan(self.value)
        if unknown.any():
            value = np.where(unknown, np.nan, value)
        undecided = (np.abs(self.value) <= self.error) & (self.error > 0)
        return Bounded(value, undecided.astype(np.float64), self.format)

    def log1p(self) -> Bounded:
        """log(1 + a), also where 1 + a is rounded first."""
        inherited = (self.error + self._u(ROUNDING)) / (1 + self.value)
        value = np.log1p(self.value)
        own = 2 * LOG_ULPS * self._u(FUNCTIONS) * np.abs(value)
        return Bounded(value, inherited + own, self.format)

    def where(self, mask: Bounded) -> Bounded:
        """a where the mask is 1, else 0: no rounding, but open where the mask is."""
        closed = mask.value == 0
        error = np.where(closed, 0.0, self.error)
        if mask.error.any():
            error = np.where(mask.error > 0, np.abs(self.value) + self.error, error)
        unknown = np.isnan(mask.value)
        if unknown.any():
            error = np.where(unknown, np.inf, error)
        return Bounded(np.where(closed, 0.0, self.value), error, self.format)

    def exactly(self) -> Bounded:
        """The same values, known to have no error."""
        return Bounded(self.value, np.zeros_like(self.value), self.format)

    def stacked(self, numbers: Sequence[Bounded], shape: tuple[int, ...]) -> Bounded:
        """Scalars as one array."""
        values = np.array([n.value for n in numbers]).reshape(shape)
        return Bounded(values, np.array([n.error for n in numbers]).reshape(shape), self.format)

    def at_least(self, bound: float) -> Bounded:
        """max(bound, a), which is exact."""
        below = ~(self.value + self.error > bound)
        error = np.where(below, 0.0, self.error)
        return Bounded(np.maximum(self.value, bound), error, self.format)

    def abs(self) -> Bounded:
        """The magnitude, which is exact."""
        return Bounded(np.abs(self.value), self.error, self.format)

    def widened(self, error: Any) -> Bounded:
        """The same values with an error that comes on top."""
        return Bounded(self.value, self.error + error, self.format)

    def limit(self) -> np.ndarray:
        """How far a correct result may be from ``value``: the error with the format's slack."""
        limit = self.format.slack * self.error
        unknown = np.isnan(limit)
        return np.where(unknown, np.inf, limit) if unknown.any() else limit
