"""Numbers with the operations of those that carry their error, and without it: many times faster.

What is not near by its value alone needs no bound to be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded


class Plain(np.ndarray):
    """An array of float64 with the methods of ``Bounded``."""

    has_error = False

    @classmethod
    def of(cls, number: Any) -> Any:
        """A number without its error; what is none stays as it is."""
        return np.asarray(number.value).view(cls) if isinstance(number, Bounded) else number

    @property
    def value(self) -> np.ndarray:
        """The same as an ordinary array."""
        return self.view(np.ndarray)

    def once(self, formula: Callable[[Any], Any]) -> Any:
        """formula(self)."""
        return formula(self)

    def constant(self, number: float) -> float:
        """A number of the formula."""
        return number

    def exactly(self) -> Plain:
        """The same values."""
        return self

    def widened(self, error: Any) -> Plain:
        """The same values, whatever the error."""
        return self

    def affine(self, W: Any, b: Any) -> Any:
        """a W + b."""
        return self @ W + b

    def max(self, axis: int = -1, keepdims: bool = True) -> Any:  # type: ignore[override]
        """The largest."""
        return super().max(axis=axis, keepdims=keepdims)

    def exp(self) -> Any:
        """e^a."""
        return np.exp(self)

    def log(self) -> Any:
        """The natural logarithm."""
        return np.log(self)

    def log1p(self) -> Any:
        """log(1 + a)."""
        return np.log1p(self)

    def sqrt(self) -> Any:
        """The square root."""
        return np.sqrt(self)

    def sigmoid(self) -> Any:
        """1 / (1 + e^-a)."""
        exponential = np.exp(-np.abs(self))
        return np.where(self >= 0, 1.0, exponential).view(Plain) / (1 + exponential)

    def tanh(self) -> Any:
        """The hyperbolic tangent."""
        return np.tanh(self)

    def relu(self) -> Any:
        """max(0, a)."""
        return np.maximum(self, 0.0)

    def step(self) -> Any:
        """1 where a > 0, else 0."""
        return np.where(np.isnan(self), np.nan, self > 0).view(Plain)

    def where(self, mask: Any) -> Any:
        """a where the mask is 1, else 0."""
        return np.where(mask == 0, 0.0, self).view(Plain)

    def abs(self) -> Any:
        """The magnitude."""
        return np.abs(self)

    def at_least(self, bound: float) -> Any:
        """max(bound, a)."""
        return np.maximum(self, bound)

    def stacked(self, numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """Scalars, or arrays of one shape, as one array."""
        return np.array(numbers).reshape(shape).view(Plain)
