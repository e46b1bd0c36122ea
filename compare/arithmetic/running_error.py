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
from functools import lru_cache
from typing import Any

import numpy as np

from compare.arithmetic.elementwise_functions import (
    CONSTANTS,
    KINDS,
    PARENTS,
    ROUNDING,
    SUMMATION,
    UNDERFLOW,
    ElementwiseFunctions,
    plus,
)
from compare.arithmetic.formats import COARSE

try:
    import ml_dtypes
except ImportError:  # bfloat16 alone needs it
    ml_dtypes = None  # type: ignore[assignment]

ACCUMULATOR = 2.0**-24  # the coarse formats are summed up in float32, and rounded once at the end
SLACK = 2.0  # for the one or two roundings more that another way to write a formula has
FAR_DOWN = 2.0**-600  # so that what left the range of float64 is in it, with as many digits


@dataclass(frozen=True, eq=False)  # one object a format, by which what is computed is kept
class Format:
    """A floating-point format: unit roundoff u, smallest subnormal and normal, largest number.

    ``u_of`` is the unit roundoff by kind of error, so that kinds can be looked at one by one.
    ``own`` is the relative error of the inputs of a formula: 0, or u where a side computes in more
    digits than it returns.
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
        without_underflow = kind != UNDERFLOW
        return replace(
            self,
            u_of=u_of,
            eta=0.0 if without_underflow else self.eta,
            tiny=0.0 if without_underflow else self.tiny,
            own=self.own if kind == PARENTS else 0.0,
        )

    def inexact(self) -> Format:
        """The same format where every input was rounded once more than it shows."""
        return replace(self, own=self.u)


def _format(dtype: Any) -> Format:
    info = (ml_dtypes or np).finfo(dtype)
    u = float(info.eps) / 2  # eps is the gap above 1; rounding to nearest errs by half of it
    return Format(
        np.dtype(dtype).name,
        np.dtype(dtype),
        u,
        float(info.smallest_subnormal),
        float(info.tiny),
        float(info.max),
        # a float32 accumulator loses less to each addition than the coarse format itself would
        {kind: min(u, ACCUMULATOR) if kind == SUMMATION else u for kind in KINDS},
    )


_NUMPY = (np.float64, np.float32, np.float16)
FORMATS = {f.name: f for f in map(_format, (*_NUMPY, *([ml_dtypes.bfloat16] if ml_dtypes else [])))}
FORMAT_OF = {f.dtype: f for f in FORMATS.values()}  # NumPy makes up a dtype's name at each call


_Change = Callable[["Bounded"], "Bounded"]
Axis = int | tuple[int, ...] | None


def _turned(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2) if matrices.ndim > 2 else matrices.T


def _times(error: Any, factor: Any) -> Any:
    return None if error is None else error * factor


@lru_cache(maxsize=1024)
def _constant(number: float, error: float, format: Format) -> Bounded:
    # a side may hold 0.999 as a float32 or as a Python float; both are right
    if format.u_of[CONSTANTS]:  # see only()
        error += float(abs(number - float(np.asarray(number).astype(format.dtype))))
    return Bounded(np.float64(number), np.float64(error) if error else None, format)


class Bounded(ElementwiseFunctions):
    """An array of float64 values with the bound of the error that computing them may have.

    value, error: same shape, and never changed in place; error None where it is 0 everywhere, so
    that nothing is computed with it. Operators and methods follow NumPy's; ``a @ b`` and ``sum``
    bound any order of summation. Source: Higham (2002), section 3.3.
    """

    __slots__ = ("_computed", "_error", "_magnitude", "format", "value")
    __array_ufunc__ = None  # so that array * Bounded comes here

    def __init__(self, value: Any, error: Any, format: Format, magnitude: Any = None) -> None:
        self.value, self.format = value, format
        self._error, self._magnitude = error, magnitude
        self._computed: dict[Any, Bounded] | None = None

    @classmethod
    def given(cls, array: np.ndarray, format: Format) -> Bounded:
        """What a side computed, or was handed in: exact, unless it shows or uses fewer digits."""
        value = array.astype(np.float64, copy=False)
        error = np.abs(value) * format.own + format.eta if format.own else None
        if array.dtype.kind == "f" and array.dtype.itemsize > format.dtype.itemsize:
            error = plus(error, np.abs(value - value.astype(format.dtype).astype(np.float64)))
        return cls(value, error, format)

    def once(self, formula: Callable[[Bounded], Bounded]) -> Bounded:
        """formula(self), computed the first time only: several formulas of a step need the same."""
        self._computed = {} if self._computed is None else self._computed
        if formula not in self._computed:
            self._computed[formula] = formula(self)
        return self._computed[formula]

    def _u(self, kind: str) -> float:
        return self.format.u_of[kind]

    def _as_bounded(self, other: Any) -> Bounded:
        if isinstance(other, Bounded):
            return other
        if isinstance(other, np.ndarray):
            return Bounded.given(other, self.format)
        return self.constant(other)

    def constant(self, number: Any, error: Any = 0.0) -> Bounded:
        """A number of the formula, which a side may have rounded to its own format, or not.

        Of several numbers, an array of Python's, as many.
        """
        if isinstance(number, np.ndarray):
            each = [self.constant(*n) for n in zip(number.flat, error.flat, strict=True)]
            return self.stacked(each, number.shape)
        return _constant(number, error, self.format)

    def _bounded(
        self,
        value: Any,
        error: Any,
        again: Callable[[_Change], Bounded],
        reach: Any = None,
        magnitude: Any = None,
    ) -> Bounded:
        """Where a step on the way may exceed the largest number, nothing can be said.

        reach: how large a step may be · again: the same operation FAR_DOWN, its operands changed ·
        magnitude: of the value, where it is known.
        """
        reach = plus(error, np.abs(value)) if reach is None else reach
        largest = self.format.largest
        if not reach.size or reach.max() <= largest:
            return Bounded(value, error, self.format, magnitude)
        if largest < np.inf and not np.isfinite(value).all():
            value = self._in_range(value, again(Bounded._itself), again(Bounded.abs))
        error = np.where(reach <= largest, 0.0 if error is None else error, np.inf)
        return Bounded(value, error, self.format)

    def _in_range(self, value: Any, low: Bounded, total: Bounded) -> Any:
        """Where float64 overflowed on the way, or only just: the value, at most the largest number.

        What is not finite afterwards is so for certain, and of that sign: the terms of the other
        one do not reach infinity. low, total: the value and the sum of the magnitudes FAR_DOWN.
        """
        largest = self.format.largest
        magnitude, limit = np.abs(low.value), self.format.largest * FAR_DOWN
        of_the_other_sign = (np.abs(total.value) - magnitude) / 2
        certain = ~((magnitude - low.error <= limit) | (of_the_other_sign > limit))
        shown = np.clip(low.value / FAR_DOWN, -largest, largest)
        return np.where(np.isfinite(value) | certain, value, shown)

    def _itself(self) -> Bounded:
        return self

    def _low(self) -> Bounded:
        """The same number FAR_DOWN, in a format that has no largest number."""
        endless = replace(self.format, largest=np.inf)
        return Bounded(self.value * FAR_DOWN, _times(self._error, FAR_DOWN), endless)

    def _summed(
        self,
        value: Any,
        error: Any,
        total: Any,
        again: Callable[[_Change], Bounded],
        share: float = np.inf,
    ) -> Bounded:
        """A sum, which a coarse format accumulates in a finer one and rounds once at the end.

        total: the sum of the magnitudes, which a sum of some of the terms may reach · share: of
        that, as which the error is known.
        """
        if self.format.name in COARSE:
            return self._bounded(value, error + self._u(ROUNDING) * np.abs(value), again)
        # so that the total with its error is not beyond the largest number
        if share < 0.5 and self._is_far_from_the_largest(total):
            return Bounded(value, error, self.format)
        return self._bounded(value, error, again, reach=total + error)

    def _is_far_from_the_largest(self, magnitude: Any) -> bool:
        """So that only an error as large as that could reach it, of which a limit says nothing."""
        return not magnitude.size or bool(magnitude.max() <= self.format.largest / 2)

    def __add__(self, other: Any) -> Bounded:
        right = self._as_bounded(other)
        value = self.value + right.value
        magnitude = np.abs(value)
        # no term for underflow: a sum that comes out subnormal is exact (IEEE 754)
        error = plus(plus(right._error, self._error), self._u(ROUNDING) * magnitude)
        if self._is_far_from_the_largest(magnitude):
            return Bounded(value, error, self.format, magnitude)
        return self._bounded(value, error, lambda f: self._low() + right._low())

    def __sub__(self, other: Any) -> Bounded:
        right = self._as_bounded(other)
        value = self.value - right.value
        magnitude = np.abs(value)
        error = plus(plus(right._error, self._error), self._u(ROUNDING) * magnitude)
        if self._is_far_from_the_largest(magnitude):
            return Bounded(value, error, self.format, magnitude)
        return self._bounded(value, error, lambda f: self._low() - right._low())

    def __rsub__(self, other: Any) -> Bounded:
        return self._as_bounded(other) - self

    def __neg__(self) -> Bounded:
        return Bounded(-self.value, self._error, self.format, self._magnitude)

    def __mul__(self, other: Any) -> Bounded:
        if isinstance(other, float) and abs(other) >= 1 and math.frexp(other)[0] in (0.5, -0.5):
            # a power of two moves the point, and nothing else
            moved = self.value * other, _times(self._error, abs(other))
            return self._bounded(*moved, lambda f: self._low() * other)
        right = self._as_bounded(other)
        value = self.value * right.value
        magnitude = np.abs(value)
        # (a + da)(b + db) - ab = da b + (a + da) db, then one rounding; eta where it underflows
        error = None if self._error is None else self._error * right.magnitude
        if right._error is not None:
            error = plus(error, plus(self._error, self.magnitude) * right._error)
        error = plus(error, self._u(ROUNDING) * magnitude) + self.format.eta
        again, reach = lambda f: self._low() * right, magnitude + error
        return self._bounded(value, error, again, reach, magnitude)

    def __truediv__(self, other: Any) -> Bounded:
        right = self._as_bounded(other)
        value = self.value / right.value
        magnitude = np.abs(value)
        error = self._error
        if right.has_error:
            error = plus(error, magnitude * right._error)
        if error is not None:
            # |a + da| / |b + db| is largest at the smallest divisor; if that may be 0, unbounded
            least_divisor = right.magnitude - (right._error if right.has_error else 0.0)
            error = error / np.where(least_divisor > 0, least_divisor, 0.0)
        error = plus(error, self._u(ROUNDING) * magnitude) + self.format.eta
        again, reach = lambda f: self._low() / right, magnitude + error
        return self._bounded(value, error, again, reach, magnitude)

    def __rtruediv__(self, other: Any) -> Bounded:
        return self._as_bounded(other) / self

    def __matmul__(self, other: Any) -> Bounded:
        right = self._as_bounded(other)
        n = self.value.shape[-1]
        value = self.value @ right.value
        total = self.magnitude @ right.magnitude
        # n u |x||W| for every order, fused or not (Higham, section 3.1): each product is rounded
        # once and added at most n - 1 times. 1/(1 - n u) is left to the slack.
        share = n * self._u(SUMMATION)
        error = share * total + n * self.format.eta
        if self.has_error and self._error.any():  # two products less where there is none
            error = error + self._error @ plus(right._error, right.magnitude)
            share = np.inf
        if right.has_error and right._error.any():
            error = error + self.magnitude @ right._error
            share = np.inf
        return self._summed(value, error, total, lambda f: f(self)._low() @ f(right), share)

    def affine(self, W: Bounded, b: Bounded) -> Bounded:
        """a W + b, where b may be added at the end or be what the sum starts from."""
        n = self.value.shape[-1]
        # a sum that starts from b carries b through all n additions
        return (self @ W + b).widened(n * self._u(SUMMATION) * b.magnitude)

    __radd__, __rmul__ = __add__, __mul__

    def __getitem__(self, index: Any) -> Bounded:
        return self._moved(lambda a: a[index])

    def _moved(self, f: Callable[[Any], Any]) -> Bounded:
        """The same numbers elsewhere."""
        error = f(self._error) if self.has_error else None
        return Bounded(f(self.value), error, self.format)

    @property
    def T(self) -> Bounded:
        """The transpose, of each matrix where there is a stack of them."""
        error = _turned(self._error) if self.has_error else None
        # made before it is turned: W stands in the product of each way
        return Bounded(_turned(self.value), error, self.format, _turned(self.magnitude))

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
        return self._moved(lambda a: a.reshape(*shape))

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Bounded:
        """The sum, in whatever order: (n - 1) u Σ |a| beside the errors of the terms.

        n counts what is not 0: to add 0 is exact, and to add what underflows nearly so.
        """
        value = self.value.sum(axis=axis, keepdims=keepdims)
        total = self.magnitude.sum(axis=axis, keepdims=keepdims)
        n = self.value.size / max(value.size, 1)  # terms of one sum
        reach, threshold = plus(self._error, self.magnitude), 4 * self.format.tiny
        counted_terms = reach > threshold
        error = self._error.sum(axis=axis, keepdims=keepdims) if self.has_error else None
        share = np.inf if self.has_error else n * self._u(SUMMATION)
        again = lambda f: f(self)._low().sum(axis, keepdims)  # noqa: E731
        if counted_terms.all():
            error = plus(error, max(n - 1, 0) * self._u(SUMMATION) * total)
            return self._summed(value, error, total, again, share)
        n_counted = counted_terms.sum(axis=axis, keepdims=keepdims)
        error = plus(error, np.maximum(n_counted - 1, 0) * self._u(SUMMATION) * total)
        # what was not counted is below 4 tiny each: n such terms, lost in n partial sums, twice
        underflow = ((reach > 0) & ~counted_terms).any(axis=axis, keepdims=keepdims)
        error = error + np.where(underflow, 2 * n * n * threshold, 0.0)
        return self._summed(value, error, total, again)

    def max(self, axis: int = -1, keepdims: bool = True) -> Bounded:
        """The largest, which is exact."""
        error = self._error.max(axis=axis, keepdims=keepdims) if self.has_error else None
        return Bounded(self.value.max(axis=axis, keepdims=keepdims), error, self.format)

    def exactly(self) -> Bounded:
        """The same values, known to have no error."""
        return Bounded(self.value, None, self.format, self._magnitude)

    def stacked(self, numbers: Sequence[Bounded], shape: tuple[int, ...]) -> Bounded:
        """Scalars, or arrays of one shape, as one array."""
        values = np.array([n.value for n in numbers]).reshape(shape)
        return Bounded(values, np.array([n.error for n in numbers]).reshape(shape), self.format)

    def widened(self, error: Any) -> Bounded:
        """The same values with an error that comes on top."""
        return Bounded(self.value, self.error + error, self.format, self._magnitude)

    def limit(self) -> np.ndarray:
        """How far a correct result may be from ``value``: the error with the format's slack."""
        limit = self.format.slack * self.error
        # 0 times an infinite error is NaN, and so is the largest of an array that has one
        if limit.size and math.isnan(limit.max()):
            return np.where(np.isnan(limit), np.inf, limit)
        return limit
