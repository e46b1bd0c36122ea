"""§1 From the input layer to the hidden layer: the affine map."""

import numpy as np

from ._types import IO, NI, NO, OI, Bias, Vector


def affine(x: NI, W: IO, b: Bias) -> NO:
    """Affine map u = x W + b.

    x (N, I) or one sample (I,) · W (I, O) · b (O,) → u (N, O) or (O,).
    Raises ValueError where the inner sizes differ.   Source: report §1.
    """
    return x @ W + b


def affine_backward(delta: NO, x: NI, W: IO, b: Bias) -> tuple[NI, IO, Bias]:
    """Carry delta = ∂E/∂u back through u = x W + b to (∂E/∂x, ∂E/∂W, ∂E/∂b).

    delta (N, O) or (O,) → the shapes of x, W and b.   Source: report §5.
    """
    return input_gradient(delta, W), weight_gradient(delta, x), bias_gradient(delta)


def input_gradient(delta: NO, W: IO) -> NI:
    """∂E/∂x = delta W^T of u = x W + b.

    delta (N, O) or (O,) · W (I, O) → (N, I) or (I,).   Source: report §5.
    """
    return delta @ W.T


def weight_gradient(delta: NO, x: NI, out: IO | None = None) -> IO:
    """∂E/∂W = x^T delta of u = x W + b: summed over the batch, not averaged.

    delta (N, O) or (O,) · x (N, I) or (I,) → (I, O), in ``out`` where given.   Source: report §5.
    """
    return np.matmul(np.atleast_2d(x).T, np.atleast_2d(delta), out=out)


def bias_gradient(delta: NO, out: Bias | None = None) -> Bias:
    """∂E/∂b = Σ_n delta_n of u = x W + b: summed over the batch, not averaged.

    delta (N, O) or (O,) → (O,), in ``out`` where given.   Source: report §5.
    """
    return np.atleast_2d(delta).sum(axis=0, out=out)


def affine_column(x: Vector, W: OI, b: Bias) -> Bias:
    """Affine map u = W x + b, the report's other convention: one sample, as a column.

    x (I,) · W (O, I) · b (O,) → u (O,).
    Raises ValueError where the inner sizes differ.   Source: report §1, ``u = np.dot(W, x) + b``.
    """
    return np.dot(W, x) + b


def affine_column_backward(delta: Bias, x: Vector, W: OI, b: Bias) -> tuple[Vector, OI, Bias]:
    """Carry delta = ∂E/∂u back through u = W x + b to (∂E/∂x, ∂E/∂W, ∂E/∂b).

    delta (O,) → the shapes of x, W and b.   Source: report §5, transposed.
    """
    return (
        W.T @ delta,  # ∂E/∂x
        np.outer(delta, x),  # ∂E/∂W
        delta.copy(),  # ∂E/∂b
    )
