"""Networks and layers that take one sample at a time: a column, or a vector."""

from compare.check.examples.example import Planted, Variant, with_changes

_COLUMN = """
import numpy as np

def sigmoid(u):
    return 1 / (1 + np.exp(-np.abs(u))) * np.where(u < 0, np.exp(-np.abs(u)), 1)

class Network:
    def __init__(self, sizes):
        self.layers = len(sizes)
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(w @ a + b)
        return a

    def train(self, samples, rate, decay, total):
        for x, y in samples:
            nabla_b, nabla_w = self.backprop(x, y)
            self.weights = [(1 - rate * decay / total) * w - rate * g
                            for w, g in zip(self.weights, nabla_w)]
            self.biases = [b - rate * g for b, g in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        zs = [x]
        for w, b in zip(self.weights, self.biases):
            zs.append(sigmoid(w @ zs[-1] + b))
        delta = (zs[-1] - y) * zs[-1] * (1 - zs[-1])
        nabla_b, nabla_w = [delta], [delta @ zs[-2].T]
        for k in range(2, self.layers):
            delta = (self.weights[-k + 1].T @ delta) * zs[-k] * (1 - zs[-k])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ zs[-k - 1].T)
        return nabla_b, nabla_w
"""
_VECTOR = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)

    def forward(self, x):
        self.z = np.tanh(x @ self.W1 + self.b1)
        return self.z @ self.W2 + self.b2

    def backward(self, x, t):
        delta = self.forward(x) - t
        hidden = (self.W2 @ delta) * (1 - self.z**2)
        return {"W1": np.outer(x, hidden), "b1": hidden, "W2": np.outer(self.z, delta), "b2": delta}
"""
_LAYER = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_out, n_in), np.random.randn(n_out, 1)

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, delta, learning_rate):
        down = self.weights.T @ delta
        self.weights -= learning_rate * delta @ self.x.T
        self.bias -= learning_rate * delta
        return down
"""
_OF_CLASS = """
import numpy as np

class Net:
    def __init__(self, sizes):
        (self.W1, self.W2) = (np.random.randn(b, a) for a, b in zip(sizes, sizes[1:]))
        self.b1, self.b2 = (np.random.randn(n, 1) for n in sizes[1:])

    def feed_forward(self, x):
        self.h = 1 / (1 + np.exp(-(self.W1 @ x + self.b1)))
        return 1 / (1 + np.exp(-(self.W2 @ self.h + self.b2)))

    def predict(self, xs):
        return [int(self.feed_forward(x.reshape(-1, 1)).argmax()) for x in xs]

    def backpropagation(self, x, label):
        y = self.feed_forward(x)
        wanted = np.zeros(y.shape)
        wanted[label, 0] = 1
        delta = (y - wanted) * y * (1 - y)
        below = self.W2.T @ delta * self.h * (1 - self.h)
        return below @ x.T, below, delta @ self.h.T, delta

    def train(self, xs, labels, rate):
        for x, label in zip(xs, labels):
            grads = self.backpropagation(x.reshape(-1, 1), label)
            for p, g in zip((self.W1, self.b1, self.W2, self.b2), grads):
                p -= rate * g
"""

BUGS = (
    Planted(
        "a column at a time: W changed too early",
        "affine_layer",
        ("updated_too_soon",),
        with_changes(
            _LAYER, ("        down = self.weights.T @ delta\n", ""),
            ("return down", "return self.weights.T @ delta"),
        ),
    ),
    Planted(
        "a column at a time: no derivative of the hidden layer",
        "network",
        ("network_no_derivative",),
        with_changes(
            _COLUMN, ("(self.weights[-k + 1].T @ delta) * zs[-k] * (1 - zs[-k])",
                      "self.weights[-k + 1].T @ delta")
        ),
    ),
    Planted(
        "a column and its class: no derivative of the hidden layer",
        "network",
        ("network_no_derivative",),
        with_changes(_OF_CLASS, (" * self.h * (1 - self.h)", "")),
    ),
    Planted(
        "a vector at a time: no derivative of the hidden layer",
        "network",
        ("network_no_derivative",),
        with_changes(_VECTOR, (" * (1 - self.z**2)", "")),
    ),
)  # fmt: skip
VARIANTS = (
    Variant("affine layer: a column at a time", "affine_layer", _LAYER, "samples are columns"),
    Variant("network: a column at a time", "network", _COLUMN, "one sample at a time, a column"),
    Variant("network: a column and its class", "network", _OF_CLASS, "targets are class indices"),
    Variant("network: a vector at a time", "network", _VECTOR, "one sample at a time"),
)
