"""Networks that take samples, targets and what they are made with in other arrangements."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant, with_changes

_GOALS_TURNED = """
import numpy as np

class Classifier:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in)
        self.b1 = np.zeros((n_hidden, 1))
        self.W2 = np.random.randn(n_out, n_hidden)
        self.b2 = np.zeros((n_out, 1))

    def forward(self, X):
        self.H = np.tanh(self.W1 @ X.T + self.b1)
        self.out = 1 / (1 + np.exp(-(self.W2 @ self.H + self.b2)))

    def back_prop(self, X, Y):
        m = X.shape[0]
        d2 = self.out - Y
        self.dW2 = d2 @ self.H.T / m
        self.db2 = d2.sum(axis=1, keepdims=True) / m
        d1 = (self.W2.T @ d2) * (1 - self.H ** 2)
        self.dW1 = d1 @ X / m
        self.db1 = d1.sum(axis=1, keepdims=True) / m
"""
_ROWS_BACK = """
import numpy as np

def s(z):
    return 1 / (1 + np.exp(-z))

class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = s(w @ a + b)
        return a

    def backprop(self, x, y):
        acts = [x]
        for b, w in zip(self.biases, self.weights):
            acts.append(s(acts[-1] @ w.T + b.T))
        delta = acts[-1] - y
        nabla_w = [None] * len(self.weights)
        nabla_b = [None] * len(self.weights)
        for k in range(len(self.weights) - 1, -1, -1):
            nabla_w[k] = delta.T @ acts[k]
            nabla_b[k] = delta.sum(axis=0).reshape(-1, 1)
            delta = delta @ self.weights[k] * acts[k] * (1 - acts[k])
        return nabla_b, nabla_w
"""
_ONE_OUTPUT = """
import numpy as np

class BinaryNetwork:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros(n_out)

    def forward(self, X):
        self.h = np.maximum(0, X @ self.W1 + self.b1)
        return 1 / (1 + np.exp(-(self.h @ self.W2 + self.b2)))

    def loss(self, X, y):
        p = self.forward(X).reshape(len(y))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(self, X, y):
        d2 = (self.forward(X) - y.reshape(len(X), 1)) / len(y)
        d1 = (d2 @ self.W2.T) * (self.h > 0)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": self.h.T @ d2, "b2": d2.sum(0)}
"""
_FORGETFUL = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hid, n_out, pace=0.3):
        self.W1, self.b1 = np.random.randn(n_in, n_hid), np.zeros(n_hid)
        self.W2, self.b2 = np.random.randn(n_hid, n_out), np.zeros(n_out)
        self.pace = pace
        self.kept = []

    def forward(self, x):
        h = np.tanh(x @ self.W1 + self.b1)
        y = h @ self.W2 + self.b2
        self.kept = [(x, h, y)]
        return y

    def backward(self, t):
        x, h, y = self.kept.pop()
        e = (y - t) / len(x)
        dh = e @ self.W2.T * (1 - h ** 2)
        self.W2 -= self.pace * h.T @ e
        self.b2 -= self.pace * e.sum(0)
        self.W1 -= self.pace * x.T @ dh
        self.b1 -= self.pace * dh.sum(0)
"""

_FED = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros((1, n_hidden))
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros((1, n_out))
        self.slots = {"x": None, "y": None}

    def feed(self, values):
        for key in values:
            self.slots[key] = values[key].copy()

    def forward(self):
        self.h = np.tanh(self.slots["x"] @ self.W1 + self.b1)
        self.out = self.h @ self.W2 + self.b2
        return self.out

    def backward(self):
        d = (self.out - self.slots["y"]) / len(self.slots["y"])
        self.dW2, self.db2 = self.h.T @ d, d.sum(0, keepdims=True)
        d = (d @ self.W2.T) * (1 - self.h ** 2)
        self.dW1, self.db1 = self.slots["x"].T @ d, d.sum(0, keepdims=True)

    def update(self, rate=0.1):
        for name in ("W1", "b1", "W2", "b2"):
            setattr(self, name, getattr(self, name) - rate * getattr(self, "d" + name))

    def computeLoss(self):
        return 0.5 * np.square(self.out - self.slots["y"]).sum() / len(self.out)
"""
_HELD = """
import numpy as np

class NeuralNetwork:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros((1, n_hidden))
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros((1, n_out))
        self.x = None
        self.t = None

    def forward(self):
        self.h = np.tanh(self.x @ self.W1 + self.b1)
        self.out = self.h @ self.W2 + self.b2
        return self.out

    def backward(self):
        d = (self.out - self.t) / len(self.t)
        self.dW2, self.db2 = self.h.T @ d, d.sum(0, keepdims=True)
        d = (d @ self.W2.T) * (1 - self.h ** 2)
        self.dW1, self.db1 = self.x.T @ d, d.sum(0, keepdims=True)
"""

_ROWS_OUT = """
import numpy as np

class Classifier:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_hid, n_in); self.b1 = np.zeros((n_hid, 1))
        self.W2 = np.random.randn(n_out, n_hid); self.b2 = np.zeros((n_out, 1))

    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(self.W1 @ X + self.b1)
        Z = self.W2 @ self.A1 + self.b2
        E = np.exp(Z - Z.max(axis=0))
        self.A2 = E / E.sum(axis=0)
        return self.A2.T

    def backward(self, Y):
        m = Y.shape[0]
        d = (self.A2 - Y.T) / m
        g = {"W2": d @ self.A1.T, "b2": d.sum(axis=1, keepdims=True)}
        d = self.W2.T @ d * (1 - self.A1 ** 2)
        g["W1"] = d @ self.X.T
        g["b1"] = d.sum(axis=1, keepdims=True)
        return g
"""


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"arranged: {name}", "network", (cause,), with_changes(source, *changes))


def _right(name: str, says: str, source: str) -> Variant:
    return Variant(f"arranged: {name}", "network", source, says)


BUGS = (
    _bug("targets as columns, 1 - z", "wrong_slope", _GOALS_TURNED, ("self.H ** 2", "self.H")),
    _bug("a way back of rows, 1 - z", "wrong_slope", _ROWS_BACK,
         (" * acts[k] * (1 - acts[k])", " * (1 - acts[k])")),
    _bug("one output, no derivative", "network_no_derivative", _ONE_OUTPUT, (" * (self.h > 0)", "")),
    _bug("a way back that forgets, 1 - z", "wrong_slope", _FORGETFUL, ("(1 - h ** 2)", "(1 - h)")),
    _bug("columns in and rows out, 1 - z", "wrong_slope", _ROWS_OUT, ("self.A1 ** 2", "self.A1")),
    _bug("passes that are fed, no derivative", "network_no_derivative", _FED,
         (" * (1 - self.h ** 2)", "")),
    _bug("passes that hold their data, 1 - z", "wrong_slope", _HELD, ("self.h ** 2", "self.h")),
)  # fmt: skip
VARIANTS = (
    _right("targets as columns", "targets are columns beside samples in rows", _GOALS_TURNED),
    _right("a way back of rows", "the way back takes rows", _ROWS_BACK),
    _right("one output, a vector of targets", "one output; targets are a vector", _ONE_OUTPUT),
    _right("a way back that forgets", "gradients read off the update", _FORGETFUL),
    _right("columns in and rows out", "samples are columns, outputs and targets rows", _ROWS_OUT),
    _right("passes that are fed", "squared error", _FED),
    _right("passes that hold their data", "squared error", _HELD),
)
