"""Numbers with fifty digits: the referee for formulas whose limits come from ``Bounded``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

DIGITS = 50
_CONTEXT = mpmath.MPContext()
_CONTEXT.dps = DIGITS


def _each(f: Callable[..., Any], n: int = 1) -> Callable[..., np.ndarray]:
    ufunc = np.frompyfunc(f, n, 1)
    return lambda *arrays: np.asarray(ufunc(*arrays), dtype=object)


_of = _each(lambda v: _CONTEXT.mpf(v if isinstance(v, _CONTEXT.mpf) else float(v)))
_exp, _log, _tanh = _each(_CONTEXT.exp), _each(_CONTEXT.log), _each(_CONTEXT.tanh)
_sqrt = _each(_CONTEXT.sqrt)
_larger = _each(max, 2)
_positive = _each(lambda a: _CONTEXT.mpf(a > 0))


class Exact:
    """An array of fifty-digit numbers with the operators and methods of ``Bounded``; no error."""

    __slots__ = ("value",)
    __array_ufunc__ = None
    error = 0.0

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value, dtype=object)

    @classmethod
    def given(cls, array: np.ndarray) -> Exact:
        """The numbers of an array as they are."""
        return cls(_of(array.astype(np.float64)))

    def _value(self, other: Any) -> np.ndarray:
        return other.value if isinstance(other, Exact) else _of(np.asarray(other, np.float64))

    def once(self, f: Callable[[Exact], Exact]) -> Exact:
        """f of it."""
        return f(self)

    def constant(self, c: float, error: float = 0.0) -> Exact:
        """A number of the formula."""
        return Exact(_of(c))

    def __add__(self, other: Any) -> Exact:
        return Exact(self.value + self._value(other))

    def __sub__(self, other: Any) -> Exact:
        return Exact(self.value - self._value(other))

    def __rsub__(self, other: Any) -> Exact:
        return Exact(self._value(other) - self.value)

    def __neg__(self) -> Exact:
        return Exact(-self.value)

    def __mul__(self, other: Any) -> Exact:
        return Exact(self.value * self._value(other))

    def __truediv__(self, other: Any) -> Exact:
        return Exact(self.value / self._value(other))

    def __rtruediv__(self, other: Any) -> Exact:
        return Exact(self._value(other) / self.value)

    def __matmul__(self, other: Any) -> Exact:
        return Exact(self.value @ self._value(other))

    def affine(self, W: Exact, b: Exact) -> Exact:
        """a W + b."""
        return self @ W + b

    __radd__, __rmul__ = __add__, __mul__

    def __getitem__(self, index: Any) -> Exact:
        return Exact(self.value[index])

    @property
    def T(self) -> Exact:
        """The transpose."""
        return Exact(self.value.T)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    def reshape(self, *shape: int) -> Exact:
        """The same numbers in another shape."""
        return Exact(self.value.reshape(*shape))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Exact:
        """The sum."""
        return Exact(self.value.sum(axis=axis, keepdims=keepdims))

    def max(self, axis: int = -1, keepdims: bool = True) -> Exact:
        """The largest."""
        return Exact(self.value.max(axis=axis, keepdims=keepdims))

    def exp(self) -> Exact:
        """e^a."""
        return Exact(_exp(self.value))

    def log(self) -> Exact:
        """The natural logarithm."""
        return Exact(_log(self.value))

    def log1p(self) -> Exact:
        """log(1 + a)."""
        return Exact(_log(1 + self.value))

    def sqrt(self) -> Exact:
        """The square root."""
        return Exact(_sqrt(self.value))

    def sigmoid(self) -> Exact:
        """1 / (1 + e^-a)."""
        return Exact(1 / (1 + _exp(-self.value)))

    def tanh(self) -> Exact:
        """The hyperbolic tangent."""
        return Exact(_tanh(self.value))

    def relu(self) -> Exact:
        """max(0, a)."""
        return self.at_least(0.0)

    def step(self) -> Exact:
        """1 where a > 0, else 0."""
        return Exact(_positive(self.value))

    def where(self, mask: Exact) -> Exact:
        """a where the mask is 1, else 0."""
        return self * mask

    def at_least(self, bound: float) -> Exact:
        """max(bound, a)."""
        return Exact(_larger(self.value, _CONTEXT.mpf(bound)))

    def abs(self) -> Exact:
        """The magnitude."""
        return Exact(np.abs(self.value))

    def exactly(self) -> Exact:
        """Itself."""
        return self

    def widened(self, error: Any) -> Exact:
        """Itself."""
        return self

    def stacked(self, numbers: Sequence[Exact], shape: tuple[int, ...]) -> Exact:
        """Scalars as one array."""
        values = np.empty(len(numbers), dtype=object)
        values[:] = [n.value.item() for n in numbers]
        return Exact(values.reshape(shape))
