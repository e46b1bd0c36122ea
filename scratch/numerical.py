"""§5 The gradient by differences, and the work that back-propagation saves."""

from collections.abc import Callable

import numpy as np

from ._types import Array, Scalar
from .network import Network


def numerical_gradient(f: Callable[[Array], Scalar], x: Array, h: float = 1e-4) -> Array:
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


def work(network: Network, x: Array, d: Array) -> dict[str, int]:
    """Floating-point operations in matrix products: forward, back-propagation, central differences.

    A product (N, I) (I, O) takes 2 N I O; backward two such a layer, differences 2 forward passes a
    parameter. x (N, I) · d → forward, backpropagation (with its forward), numerical.
    Source: report §5.
    """
    weights = sum(p.size for p in network.params.values() if p.ndim == 2)
    parameters = sum(p.size for p in network.params.values())
    forward = 2 * len(x) * weights
    return {
        "forward": forward,
        "backpropagation": forward + 2 * forward,
        "numerical": 2 * parameters * forward,
    }
