"""Functions of one element at a time, with the bound of what computing them may add."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# What an error consists of; ``show --verdict`` takes them apart.
ROUNDING, SUMMATION, FUNCTIONS, CONSTANTS, UNDERFLOW, PARENTS = KINDS = (
    "rounding of +, -, * and /",
    "order of summation",
    "exp, log, tanh",
    "constants",
    "underflow",
    "rounding of its inputs",
)
# IEEE 754 does not require these to be rounded correctly; measured: 2.33, 3.28, 3.21 ulp of float32
EXP_ULPS, LOG_ULPS, SIGMOID_ULPS = 2.5, 3.5, 4.0


def plus(error: Any, more: Any) -> Any:
    """The sum of two errors, of which the first may be None and the second, if that is, too."""
    return more if error is None else error if more is None else error + more


class ElementwiseFunctions:
    """What ``compare.arithmetic.running_error.Bounded`` computes of each element alone."""

    __slots__ = ()
    value: Any
    format: Any
    _error: Any
    _magnitude: Any
    _u: Callable[[str], float]
    _bounded: Callable[..., Any]
    widened: Callable[[Any], Any]

    @property
    def has_error(self) -> bool:
        """Whether it may have one; a side's own numbers have none, as a rule."""
        return self._error is not None

    @property
    def error(self) -> Any:
        """The bound of the error, in the shape of the value."""
        return np.zeros(np.shape(self.value)) if self._error is None else self._error

    @property
    def magnitude(self) -> Any:
        """|value|, computed once: every product with it needs that."""
        if self._magnitude is None:
            self._magnitude = np.abs(self.value)
        return self._magnitude

    def _of(self, value: Any, error: Any, magnitude: Any = None) -> Any:
        return type(self)(value, error, self.format, magnitude)  # type: ignore[call-arg]

    def exp(self) -> Any:
        """e^a; a library may flush what is subnormal to 0."""
        value = np.exp(self.value)
        # an ulp is at most 2u of the number
        relative_error = 2 * EXP_ULPS * self._u(FUNCTIONS)
        # e^(a + da) - e^a = e^a (e^da - 1); at 700 it is nearly float64's largest number
        exactly_one = self.value == 0
        if self.has_error:
            relative_error = np.expm1(np.minimum(self._error, 700.0)) + relative_error
            exactly_one = exactly_one & (self._error == 0)
        # e^0 is 1 in every library (IEEE 754, 9.2.1), as the largest score of a softmax has it
        error = np.where(exactly_one, 0.0, value * relative_error + 2 * self.format.tiny)
        return self._bounded(value, error, lambda f: self._of(value, 0.0))

    def log(self) -> Any:
        """The natural logarithm."""
        value = np.log(self.value)
        # |log(a + da) - log a| <= da / (a - da); unbounded where a - da reaches 0
        error = None
        if self.has_error:
            least_argument = self.value - self._error
            propagated = np.where(least_argument > 0, self._error / least_argument, np.inf)
            error = np.where(self._error > 0, propagated, 0.0)
        magnitude = np.where(self.value > 0, np.abs(value), 0.0)
        function_error = 2 * LOG_ULPS * self._u(FUNCTIONS) * magnitude
        return self._of(value, plus(error, function_error))

    def sqrt(self) -> Any:
        """The square root."""
        value = np.sqrt(self.value)
        if not self.has_error:
            return self._of(value, self._u(ROUNDING) * value)
        # sqrt a - sqrt(a - da) = da / (sqrt a + sqrt(a - da)), which stays finite at a = da
        sum_of_roots = value + np.sqrt(np.maximum(self.value - self.error, 0.0))
        propagated = np.where(sum_of_roots > 0, self.error / sum_of_roots, np.sqrt(self.error))
        return self._of(value, propagated + self._u(ROUNDING) * value)

    def sigmoid(self) -> Any:
        """1 / (1 + e^-a), in any of its forms; its slope is at most 1/4."""
        exponential = np.exp(-np.abs(self.value))  # of -|a|: it cannot overflow
        value = np.where(self.value >= 0, 1.0, exponential) / (1 + exponential)
        error = 2 * SIGMOID_ULPS * self._u(FUNCTIONS) * value + 2 * self.format.tiny
        if self.has_error:
            # within da the slope s(1 - s) grows by e^da at most, as |d log s'/da| = |1 - 2s| <= 1
            slope = np.minimum(value * (1 - value) * np.exp(np.minimum(self._error, 700.0)), 0.25)
            error = slope * self._error + error
        return self._of(value, error)

    def tanh(self) -> Any:
        """The hyperbolic tangent; its slope is at most 1."""
        value = np.tanh(self.value)
        function_error = 2 * SIGMOID_ULPS * self._u(FUNCTIONS) * np.abs(value) + self.format.eta
        return self._of(value, plus(self._error, function_error))

    def relu(self) -> Any:
        """max(0, a), which is exact."""
        error = self._error
        if self.has_error:
            may_be_positive = self.value + error > 0  # else every number in reach becomes 0
            error = np.where(may_be_positive, error, 0.0)
        return self._of(np.maximum(self.value, 0.0), error)

    def step(self) -> Any:
        """1 where a > 0, else 0: exact, or undecided where the error reaches 0."""
        value = (self.value > 0).astype(np.float64)
        unknown = np.isnan(self.value)
        if unknown.any():
            value = np.where(unknown, np.nan, value)
        if not self.has_error:  # an a that is certainly 0 is decided
            return self._of(value, None)
        # an error of 1 admits both values
        undecided = (np.abs(self.value) <= self._error) & (self._error > 0)
        return self._of(value, undecided.astype(np.float64))

    def log1p(self) -> Any:
        """log(1 + a), also where 1 + a is rounded first."""
        # naive log(1 + a) first rounds 1 + a, by u (1 + a), and divides that by 1 + a
        propagated = plus(self._error, self._u(ROUNDING)) / (1 + self.value)
        value = np.log1p(self.value)
        function_error = 2 * LOG_ULPS * self._u(FUNCTIONS) * np.abs(value)
        return self._of(value, propagated + function_error)

    def where(self, mask: Any) -> Any:
        """a where the mask is 1, else 0: no rounding, but open where the mask is.

        Also where a may be infinite: a side that multiplies by the mask gets NaN of it.
        """
        masked_out = mask.value == 0
        error = self._error
        if self.has_error:
            error = np.where(masked_out & (error < np.inf), 0.0, error)
        if mask.has_error and mask._error.any():
            within = 0.0 if error is None else error
            error = np.where(mask._error > 0, plus(self._error, self.magnitude), within)
        unknown = np.isnan(mask.value)
        if unknown.any():
            error = np.where(unknown, np.inf, 0.0 if error is None else error)
        return self._of(np.where(masked_out, 0.0, self.value), error)

    def at_least(self, bound: float) -> Any:
        """max(bound, a), which is exact."""
        error = self._error
        if self.has_error:
            surely_below = ~(self.value + error > bound)
            error = np.where(surely_below, 0.0, error)
        return self._of(np.maximum(self.value, bound), error)

    def abs(self) -> Any:
        """The magnitude, which is exact."""
        return self._of(self.magnitude, self._error, self._magnitude)
