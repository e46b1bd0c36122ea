"""Numbers with fifty digits: exact values for formulas whose limits come from ``Bounded``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

DIGITS = 50


@cache
def _context() -> Any:
    import mpmath  # a tenth of the time of a list of cases, which computes nothing

    # one of its own: mpmath.mp is global, and whoever else sets its digits would change ours
    context = mpmath.MPContext()
    context.dps = DIGITS
    return context


def _mpf(number: Any) -> Any:
    return _context().mpf(number)


def _elementwise(function: Callable[..., Any], n_args: int = 1) -> Callable[..., np.ndarray]:
    # mpmath knows no arrays: frompyfunc broadcasts a function of numbers over arrays of objects
    ufunc = np.frompyfunc(function, n_args, 1)

    def computed(*arrays: Any) -> np.ndarray:
        _context()  # before: what its import leaves in the processor's flags would be our warning
        return np.asarray(ufunc(*arrays), dtype=object)

    return computed


# every float is a binary number, so that mpf(float) is exact
_to_mpf = _elementwise(lambda v: _mpf(v if isinstance(v, _context().mpf) else float(v)))
_exp = _elementwise(lambda a: _context().exp(a))
_log = _elementwise(lambda a: _context().log(a))
_tanh = _elementwise(lambda a: _context().tanh(a))
_sqrt = _elementwise(lambda a: _context().sqrt(a))
_larger = _elementwise(max, 2)
_one_where_positive = _elementwise(lambda a: _mpf(a > 0))


class Exact:
    """An array of fifty-digit numbers with the operators and methods of ``Bounded``; no error."""

    __slots__ = ("value",)
    __array_ufunc__ = None  # so that array * Exact comes to __rmul__, and not to each element
    error, has_error = 0.0, False  # a formula may widen by the error of another number

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value, dtype=object)

    @classmethod
    def given(cls, array: np.ndarray) -> Exact:
        """The numbers of an array as they are."""
        return cls(_to_mpf(array.astype(np.float64)))

    def _value(self, other: Any) -> np.ndarray:
        return other.value if isinstance(other, Exact) else _to_mpf(np.asarray(other, np.float64))

    def once(self, f: Callable[[Exact], Exact]) -> Exact:
        """f(self): the same method as of ``Bounded``, which remembers what it was asked."""
        return f(self)

    def constant(self, number: float, error: float = 0.0) -> Exact:
        """A number of the formula."""
        return Exact(_to_mpf(number))

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
        return Exact(_log(1 + self.value))  # fifty digits lose none that count in 1 + a

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
        return Exact(_one_where_positive(self.value))

    def where(self, mask: Exact) -> Exact:
        """a where the mask is 1, else 0."""
        return self * mask

    def at_least(self, bound: float) -> Exact:
        """max(bound, a)."""
        return Exact(_larger(self.value, _mpf(bound)))

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
        """Scalars, or arrays of one shape, as one array."""
        # np.array would look into each mpf
        return Exact(np.concatenate([n.value.reshape(-1) for n in numbers]).reshape(shape))
