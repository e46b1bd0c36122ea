"""Functions of networks whose sizes stand in the code: ten digits, samples as columns."""

from compare.check.examples.example import Planted, Variant, with_changes

_TWO = """
import numpy as np

def init_params():
    return (np.random.rand(20, 784) - 0.5, np.random.rand(20, 1) - 0.5,
            np.random.rand(10, 20) - 0.5, np.random.rand(10, 1) - 0.5)

def relu(Z):
    return np.maximum(Z, 0)

def softmax(Z):
    e = np.exp(Z - Z.max(axis=0))
    return e / e.sum(axis=0)

def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = relu(Z1)
    Z2 = W2.dot(A1) + b2
    A2 = softmax(Z2)
    return Z1, A1, Z2, A2

def one_hot(Y):
    rows = np.zeros((Y.size, 10))
    rows[np.arange(Y.size), Y] = 1
    return rows.T

def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    m = Y.size
    dZ2 = A2 - one_hot(Y)
    dW2 = dZ2.dot(A1.T) / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    dW1 = dZ1.dot(X.T) / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2
"""
_THREE = """
import numpy as np

def init_params():
    sizes = (784, 30, 20, 10)
    W1, W2, W3 = (0.1 * np.random.randn(n, m) for m, n in zip(sizes, sizes[1:]))
    b1, b2, b3 = (np.zeros((n, 1)) for n in sizes[1:])
    return W1, b1, W2, b2, W3, b3

def forward_prop(W1, b1, W2, b2, W3, b3, X):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + b2
    A2 = np.maximum(Z2, 0)
    Z3 = W3 @ A2 + b3
    e = np.exp(Z3 - Z3.max(axis=0))
    A3 = e / e.sum(axis=0)
    return Z1, A1, Z2, A2, Z3, A3

def back_prop(Z1, A1, Z2, A2, Z3, A3, W2, W3, X, Y):
    m = Y.size
    dZ3 = A3 - np.eye(10)[Y].T
    dZ2 = (W3.T @ dZ3) * (Z2 > 0)
    dZ1 = (W2.T @ dZ2) * (Z1 > 0)
    pairs = ((dZ1, X), (dZ2, A1), (dZ3, A2))
    (dW1, db1), (dW2, db2), (dW3, db3) = ((d @ a.T / m, d.sum(1, keepdims=True) / m)
                                          for d, a in pairs)
    return dW1, db1, dW2, db2, dW3, db3
"""

BUGS = (
    Planted(
        "ten digits: one number for all biases",
        "network",
        ("bias_gradient_scalar",),
        with_changes(
            _TWO,
            ("dZ2.sum(axis=1, keepdims=True) / m", "1 / m * np.sum(dZ2)"),
            ("dZ1.sum(axis=1, keepdims=True) / m", "1 / m * np.sum(dZ1)"),
        ),
    ),
)
VARIANTS = (
    Variant("network: ten digits", "network", _TWO, "targets are class indices"),
    Variant("network: ten digits, three layers", "network.three", _THREE, "samples are columns"),
)
