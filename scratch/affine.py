"""§1 From the input layer to the hidden layer: the affine map."""

import numpy as np

from ._types import Array


def affine(x: Array, W: Array, b: Array) -> Array:
    """Affine map u = x W + b.

    x (N, I) or one sample (I,) · W (I, O) · b (O,) → u (N, O) or (O,).
    Raises ValueError where the inner sizes differ.   Source: report §1.
    """
    return x @ W + b


def d_affine(delta: Array, x: Array, W: Array, b: Array) -> tuple[Array, Array, Array]:
    """Carry delta = ∂E/∂u back through u = x W + b to (∂E/∂x, ∂E/∂W, ∂E/∂b).

    delta (N, O) or (O,) → the shapes of x, W and b.   Source: report §5.
    """
    rows_x, rows_delta = np.atleast_2d(x), np.atleast_2d(delta)
    return (
        delta @ W.T,  # ∂E/∂x
        rows_x.T @ rows_delta,  # ∂E/∂W   summed over the batch, not averaged
        rows_delta.sum(axis=0),  # ∂E/∂b   likewise
    )


def affine_column(x: Array, W: Array, b: Array) -> Array:
    """Affine map u = W x + b, the report's other convention: one sample, as a column.

    x (I,) · W (O, I) · b (O,) → u (O,).
    Raises ValueError where the inner sizes differ.   Source: report §1, ``u = np.dot(W, x) + b``.
    """
    return np.dot(W, x) + b


def d_affine_column(delta: Array, x: Array, W: Array, b: Array) -> tuple[Array, Array, Array]:
    """Carry delta = ∂E/∂u back through u = W x + b to (∂E/∂x, ∂E/∂W, ∂E/∂b).

    delta (O,) → the shapes of x, W and b.   Source: report §5, transposed.
    """
    return (
        W.T @ delta,  # ∂E/∂x
        np.outer(delta, x),  # ∂E/∂W
        delta.copy(),  # ∂E/∂b
    )
