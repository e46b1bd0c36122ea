"""The least that a training step takes in NumPy, however it is written: its calls and nothing else.

One call after the other, each into memory that is there, without a function, a layer or a name
around them; updates a part at a time, in the processor's cache, as ``scratch.optimizers`` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from scratch.optimizers import PART, parts

PRODUCTS, CALLS, EMPTY = "NumPy's products alone", "NumPy's calls alone", "as many empty calls"
Call = Callable[[], Any]
Arrays = Mapping[str, np.ndarray]


def calls_of_step(params: Arrays, x: np.ndarray, d: np.ndarray, lr: float) -> list[Call]:
    """A step of a network with relu and softmax, with its cross-entropy, by gradient descent.

    params W1 b1 W2 ..., which every pass through the calls changes in place.
    """
    weights, biases = list(params.values())[::2], list(params.values())[1::2]
    z = [x, *(np.empty((len(x), len(b)), x.dtype) for b in biases)]
    gradients = [(np.empty_like(W), np.empty_like(b)) for W, b in zip(weights, biases, strict=True)]
    calls: list[Call] = []
    for k, (W, b) in enumerate(zip(weights, biases, strict=True)):
        calls += [
            partial(np.matmul, z[k], W, out=z[k + 1]),
            partial(np.add, z[k + 1], b, out=z[k + 1]),
        ]
        if k < len(weights) - 1:
            calls.append(partial(np.maximum, z[k + 1], 0, out=z[k + 1]))
    calls += _softmax_with_loss(z[-1], d)
    for k in reversed(range(len(weights))):
        d_W, d_b = gradients[k]
        calls += [
            partial(np.matmul, z[k].T, z[k + 1], out=d_W),
            partial(np.add.reduce, z[k + 1], axis=0, out=d_b),
        ]
        if k:
            calls += _hidden_delta(z[k], z[k + 1], weights[k])
    for p, gradient in zip(params.values(), (g for pair in gradients for g in pair), strict=True):
        calls += _update(p, gradient, lr)
    return calls


def empty(calls: list[Call]) -> list[Call]:
    """As many calls of arrays of one element: what NumPy takes before it computes anything."""
    one = np.ones(1, np.float32)
    return [partial(np.multiply, one, one, out=one)] * len(calls)


def _softmax_with_loss(u: np.ndarray, d: np.ndarray) -> Iterator[Call]:
    """Leaves ∂E/∂u = (y - d) / N in u; the sum is -N E."""
    n, outputs = u.shape
    top, total = np.empty((2, n, 1), u.dtype)
    y, chosen, log_y = np.empty_like(u), np.empty_like(u), np.empty_like(u)
    yield partial(np.maximum.reduce, u, axis=-1, out=top, keepdims=True)
    yield partial(np.subtract, u, top, out=u)
    yield partial(np.exp, u, out=y)
    yield partial(np.add.reduce, y, axis=-1, out=total, keepdims=True)
    yield partial(np.divide, y, total, out=y)
    yield partial(np.equal, np.arange(outputs), d[:, np.newaxis], out=chosen)
    yield partial(np.log, total, out=total)
    yield partial(np.subtract, u, total, out=log_y)
    yield partial(np.multiply, log_y, chosen, out=log_y)
    yield partial(np.add.reduce, log_y, axis=None)
    yield partial(np.subtract, y, chosen, out=y)
    yield partial(np.divide, y, n, out=u)


def _hidden_delta(z: np.ndarray, delta: np.ndarray, W: np.ndarray) -> Iterator[Call]:
    """Leaves (delta W^T) * f'(u) in z, whose signs it needs for the last time."""
    positive = np.empty_like(z)
    yield partial(np.greater, z, 0, out=positive)
    yield partial(np.matmul, delta, W.T, out=z)
    yield partial(np.multiply, z, positive, out=z)


def _update(p: np.ndarray, gradient: np.ndarray, lr: float) -> Iterator[Call]:
    for part, g in parts(p, gradient) if p.size > PART else [(p, gradient)]:
        yield partial(np.multiply, g, lr, out=g)
        yield partial(np.subtract, part, g, out=part)
