"""Networks of no course's structure: recurrent, residual, tied, of plain numbers."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant, with_changes

_CONCEPT = "network.other"
_RECURRENT = """
import numpy as np

class CharCell:
    def __init__(self, n_in, n_state, n_out):
        g = np.random.default_rng(1)
        self.Uin = g.normal(size=(n_in, n_state)) * 0.4
        self.Ustate = g.normal(size=(n_state, n_state)) * 0.4
        self.shift = np.zeros(n_state)
        self.Uout = g.normal(size=(n_state, n_out)) * 0.4

    def forward(self, x):
        self.x = x
        self.states = [np.zeros((x.shape[0], self.shift.size))]
        for t in range(x.shape[1]):
            self.states.append(np.tanh(x[:, t] @ self.Uin + self.states[-1] @ self.Ustate + self.shift))
        return self.states[-1] @ self.Uout

    def loss(self, x, target):
        return ((self.forward(x) - target) ** 2).sum() / (2 * len(x))

    def gradients(self, x, target):
        wrong = (self.forward(x) - target) / len(x)
        out = {"Uin": 0, "Ustate": 0, "shift": 0, "Uout": self.states[-1].T @ wrong}
        back = wrong @ self.Uout.T
        for t in reversed(range(x.shape[1])):
            inner = back * (1 - self.states[t + 1] ** 2)
            out["Uin"] = out["Uin"] + x[:, t].T @ inner
            out["Ustate"] = out["Ustate"] + self.states[t].T @ inner
            out["shift"] = out["shift"] + inner.sum(axis=0)
            back = inner @ self.Ustate.T
        return out
"""
_RESIDUAL = """
import numpy as np

def init_params(n_in, n_mid, n_out):
    g = np.random.default_rng(2)
    return {"A": g.normal(size=(n_in, n_mid)), "a": np.zeros(n_mid),
            "B": g.normal(size=(n_mid, n_mid)), "C": g.normal(size=(n_mid, n_out))}

def forward(params, x):
    first = np.tanh(x @ params["A"] + params["a"])
    inner = np.maximum(first @ params["B"], 0)
    return (first + inner) @ params["C"], (x, first, inner)

def mse_loss(out, target):
    return np.mean((out - target) ** 2)

def backward(params, cache, out, target):
    x, first, inner = cache
    top = 2 * (out - target) / out.size
    block = top @ params["C"].T
    lower = (block * (inner > 0)) @ params["B"].T + block
    lower = lower * (1 - first ** 2)
    return {"C": (first + inner).T @ top, "B": first.T @ (block * (inner > 0)),
            "A": x.T @ lower, "a": lower.sum(axis=0)}
"""
_TIED = """
import numpy as np

class Coder:
    def __init__(self, n_in, n_hidden):
        self.M = np.random.RandomState(3).normal(0, 0.3, (n_in, n_hidden))
        self.b = np.zeros(n_hidden)
        self.c = np.zeros(n_in)

    def loss(self, x):
        self.code = np.tanh(x @ self.M + self.b)
        self.rebuilt = self.code @ self.M.T + self.c
        return np.sum((self.rebuilt - x) ** 2) / (2 * len(x))

    def gradients(self, x):
        self.loss(x)
        out = (self.rebuilt - x) / len(x)
        inner = (out @ self.M) * (1 - self.code ** 2)
        return {"M": out.T @ self.code + x.T @ inner, "b": inner.sum(axis=0), "c": out.sum(axis=0)}
"""
_NUMBERS = """
import math

class Brain:
    def __init__(self):
        self.p1, self.p2, self.p3, self.p4 = 0.3, -0.2, 0.5, 0.1
        self.q1, self.q2, self.q3 = 0.7, -0.4, 0.2

    def predict(self, x):
        left = math.tanh(self.p1 * x[0] + self.p2 * x[1])
        right = math.tanh(self.p3 * x[0] + self.p4 * x[1])
        return self.q1 * left + self.q2 * right + self.q3

    def train(self, data, answers, eta=0.05, epochs=100):
        for _ in range(epochs):
            for x, answer in zip(data, answers):
                left = math.tanh(self.p1 * x[0] + self.p2 * x[1])
                right = math.tanh(self.p3 * x[0] + self.p4 * x[1])
                off = self.q1 * left + self.q2 * right + self.q3 - answer
                to_left = off * self.q1 * (1 - left ** 2)
                to_right = off * self.q2 * (1 - right ** 2)
                self.p1 -= eta * to_left * x[0]
                self.p2 -= eta * to_left * x[1]
                self.p3 -= eta * to_right * x[0]
                self.p4 -= eta * to_right * x[1]
                self.q1 -= eta * off * left
                self.q2 -= eta * off * right
                self.q3 -= eta * off
"""
_OF_TUPLES = """
import numpy as np

class Deep:
    def __init__(self, dims, rng):
        self.depth = len(dims) - 1
        self.theta = {}
        for l in range(self.depth):
            self.theta["W", l] = rng.normal(0, 0.4, (dims[l], dims[l + 1]))
            self.theta["b", l] = np.zeros(dims[l + 1])

    def forward(self, x):
        self.kept = [x]
        for l in range(self.depth):
            u = self.kept[-1] @ self.theta["W", l] + self.theta["b", l]
            if l + 1 < self.depth:
                self.kept.append(np.tanh(u))
        e = np.exp(u - u.max(axis=1, keepdims=True))
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out

    def loss(self, y, t):
        return -np.sum(t * np.log(y + 2e-8)) / len(t)

    def backward(self, t):
        grads, delta = {}, (self.out - t) / len(t)
        for l in reversed(range(self.depth)):
            grads["W", l] = self.kept[l].T @ delta
            grads["b", l] = delta.sum(axis=0)
            delta = delta @ self.theta["W", l].T * (1 - self.kept[l] ** 2)
        return grads
"""
_FITTED = """
import numpy as np

class LogisticModel:
    def __init__(self, rate=0.1, rounds=100):
        self.rate, self.rounds, self.weights, self.bias = rate, rounds, None, None

    def feed_forward(self, x):
        return 1 / (1 + np.exp(-(x @ self.weights + self.bias)))

    def loss(self, target, output):
        return -np.mean(target * np.log(output) + (1 - target) * np.log(1 - output))

    def gradients(self, x, target, output):
        off = output - target
        return x.T @ off / len(x), off.mean()

    def fit(self, x, target):
        self.weights, self.bias = np.zeros(x.shape[1]), 0.0
        for _ in range(self.rounds):
            dw, db = self.gradients(x, target, self.feed_forward(x))
            self.weights -= self.rate * dw
            self.bias -= self.rate * db
"""
_DROPPED = """
import numpy as np

class Dropout:
    def __init__(self, keep, rng):
        self.keep, self.rng = keep, rng

    def __call__(self, h, training):
        self.scale = (self.rng.random(h.shape) < self.keep) / self.keep if training else 1.0
        return h * self.scale

class Scorer:
    def __init__(self, n_in, n_hidden, rng):
        self.first, self.shift = rng.normal(0, 0.5, (n_in, n_hidden)), np.zeros(n_hidden)
        self.last, self.end = rng.normal(0, 0.5, n_hidden), 0.0
        self.dropout = Dropout(0.8, rng)

    def scores(self, x, training=False):
        self.x, self.pre = x, x @ self.first + self.shift
        self.h = self.dropout(np.maximum(self.pre, 0), training)
        return self.h @ self.last + self.end

    def loss_and_grads(self, x, t, training=True):
        s = self.scores(x, training)
        ds = (1 / (1 + np.exp(-s)) - t) / len(t)
        back = np.outer(ds, self.last) * self.dropout.scale * (self.pre > 0)
        grads = dict(first=self.x.T @ back, shift=back.sum(axis=0), last=self.h.T @ ds, end=ds.sum())
        return np.mean(np.logaddexp(0, s) - t * s), grads
"""

_MASKED = """
import numpy as np

class Thinned:
    def __init__(self, n_in, n_mid, n_out, share=0.3):
        self.g, self.share = np.random.default_rng(6), share
        self.A, self.a = self.g.normal(size=(n_in, n_mid)), np.zeros(n_mid)
        self.B, self.b = self.g.normal(size=(n_mid, n_out)), np.zeros(n_out)

    def forward(self, x, training=False):
        self.x, self.mid = x, np.tanh(x @ self.A + self.a)
        self.left = (self.g.random(self.mid.shape) >= self.share) / (1 - self.share) if training else 1.0
        return (self.mid * self.left) @ self.B + self.b

    def backward(self, up):
        out = {"B": (self.mid * self.left).T @ up, "b": up.sum(axis=0)}
        down = up @ self.B.T * self.left * (1 - self.mid**2)
        return out | {"A": self.x.T @ down, "a": down.sum(axis=0)}
"""


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"network: {name}", _CONCEPT, (cause,), with_changes(source, *changes))


_STACKED = """
import numpy as np

class Map:
    def __init__(self, rows, columns):
        self.matrix = np.random.default_rng(rows).normal(size=(rows, columns)) * 0.5

    def run(self, x):
        self.seen = x
        return x @ self.matrix

    def back(self, g):
        self.grad_matrix = self.seen.T @ g
        return g @ self.matrix.T

class Bent:
    def run(self, x):
        self.by = 1 / (1 + x ** 2)
        return np.arctan(x)

    def back(self, g):
        return g * self.by

class Tower:
    def __init__(self, n_in, n_mid, n_out):
        self.floors = [Map(n_in, n_mid), Bent(), Map(n_mid, n_mid), Bent(), Map(n_mid, n_out)]

    def forward(self, x):
        for floor in self.floors:
            x = floor.run(x)
        return x

    def backward(self, g):
        for floor in self.floors[::-1]:
            g = floor.back(g)

    def step(self, lr):
        for floor in self.floors[::2]:
            floor.matrix -= lr * floor.grad_matrix
"""


def _right(name: str, source: str, says: str = "its forward pass is taken as it is") -> Variant:
    return Variant(f"network: {name}", _CONCEPT, source, says)


_LABELLED = """
import numpy as np

class Sorter:
    def __init__(self, n_in, n_mid, n_out):
        self.U = 0.3 * np.random.randn(n_in, n_mid)
        self.V = 0.3 * np.random.randn(n_mid, n_out)

    def forward(self, x):
        self.x, self.u = x, x @ self.U
        self.m = np.arctan(self.u)
        e = np.exp(self.m @ self.V)
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def loss(self, labels):
        return -np.log(self.p[np.arange(len(labels)), labels]).mean()

    def backward(self, labels):
        off = self.p.copy()
        off[np.arange(len(labels)), labels] -= 1
        off /= len(labels)
        self.dV = self.m.T @ off
        self.dU = self.x.T @ (off @ self.V.T / (1 + self.u**2))
"""
_LEAKY = with_changes(
    _STACKED, ("self.by = 1 / (1 + x ** 2)", "self.by = np.where(x > 0, 1.0, 0.15)"),
    ("np.arctan(x)", "x * self.by"),
)  # fmt: skip
_WRONG = "not_its_own_gradient"
BUGS = (
    Planted("network: handed a gradient, leaky, a layer hands on its input's", "network.three",
            ("network_no_derivative",), with_changes(_LEAKY, ("return g * self.by", "return g"))),
    _bug("recurrent, the path through the states is lost", _WRONG, _RECURRENT,
         ("back = inner @ self.Ustate.T", "back = 0 * back")),
    _bug("recurrent, only the first moment's counts", _WRONG, _RECURRENT,
         ('out["shift"] = out["shift"] + inner', 'out["shift"] = inner')),
    _bug("residual, nothing goes past the block", _WRONG, _RESIDUAL, (' + block\n', '\n')),
    _bug("residual, a gradient is zero", "gradient_missing", _RESIDUAL,
         ("lower.sum(axis=0)}", "0 * lower.sum(axis=0)}")),
    _bug("tied, the second use replaces the first", _WRONG, _TIED, ("out.T @ self.code + ", "")),
    _bug("tied, another multiple of its loss", "own_loss_scaled", _TIED,
         ("np.sum((self.rebuilt - x) ** 2) / (2 * len(x))", "np.sum((self.rebuilt - x) ** 2) / len(x)")),
    _bug("of tuples, the loss is a mean of all numbers", "own_loss_scaled", _OF_TUPLES,
         ("-np.sum(t * np.log(y + 2e-8)) / len(t)", "np.mean(-t * np.log(y + 2e-8))")),
    _bug("of tuples, the slope of the scores", _WRONG, _OF_TUPLES,
         ("(1 - self.kept[l] ** 2)", "(1 - np.tanh(self.kept[l]) ** 2)")),
    _bug("fitted, of another base", "log_base", _FITTED,
         ("target * np.log(", "target * np.log10("), ("- target) * np.log(", "- target) * np.log10(")),
    _bug("fitted, a bias of half", _WRONG, _FITTED, ("off.mean()", "off.mean() ** 2")),
    _bug("with dropout, a bias of one sample", _WRONG, _DROPPED, ("end=ds.sum()", "end=ds[0]")),
    _bug("handed a gradient, one object in two places", "one_activation_object", _STACKED,
         ("[Map(n_in, n_mid), Bent(), Map(n_mid, n_mid), Bent(),",
          "[Map(n_in, n_mid), bent := Bent(), Map(n_mid, n_mid), bent,")),
    _bug("handed a gradient, a layer hands on its input's", _WRONG, _STACKED,
         ("return g * self.by", "return g")),
    _bug("thinned, no mask on the way back", "dropout_mask_ignored", _MASKED,
         ("self.B.T * self.left *", "self.B.T *")),
    _bug("of numbers, a slope is another's", _WRONG, _NUMBERS,
         ("self.p4 -= eta * to_right * x[1]", "self.p4 -= eta * off * self.q2 * (1 - left ** 2) * x[1]")),
    _bug("of numbers, one is not updated", "never_updated", _NUMBERS,
         ("                self.q3 -= eta * off\n", "")),
    _bug("of class numbers, all of them from each", "right_of_one_sample", _LABELLED,
         ("off[np.arange(len(labels)), labels]", "off[:, labels]")),
)  # fmt: skip
VARIANTS = (
    _right("recurrent", _RECURRENT),
    _right("residual", _RESIDUAL),
    _right("tied", _TIED),
    _right("of tuples", _OF_TUPLES),
    _right("fitted", _FITTED),
    _right("with dropout", _DROPPED),
    _right("handed a gradient", _STACKED, "squared error"),
    _right("of numbers", _NUMBERS, "squared error"),
    _right("of class numbers", _LABELLED),
    Variant("network: thinned", "network", _MASKED, "handed the gradient"),
    Variant(
        "network: handed a gradient, leaky", "network.three", _LEAKY, "hidden leaky relu (0.15)"
    ),
)
