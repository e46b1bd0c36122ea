"""§5 The gradient by differences."""

from collections.abc import Callable

import numpy as np

from ._types import Array, Elements, Scalar


def numerical_gradient(f: Callable[[Array], Scalar], x: Elements, h: float = 1e-4) -> Elements:
    """Central difference ∂f/∂x_i ≈ (f(x + h e_i) - f(x - h e_i)) / (2h), for every element of x.

    f: array → scalar · x floats of any shape, left as it was → the same shape. Its error is about
    h²/6 f''' from the formula and u |f| / h from rounding, u the unit roundoff.
    Source: course §5.
    """
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += h
        below[i] -= h
        gradient[i] = (f(above) - f(below)) / (2 * h)
    return gradient
