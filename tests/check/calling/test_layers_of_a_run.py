"""Networks whose weights stand in objects and lists that only a run of their script fills."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

FITTED = """
import numpy as np

class Classifier:
    def __init__(self, hidden=(5, 4), eta=0.1, alpha=0.002, epochs=3):
        self.hidden, self.eta, self.alpha, self.epochs = hidden, eta, alpha, epochs

    def _forward(self, X):
        layers = [X]
        for coef, icpt in zip(self.coefs_[:-1], self.intercepts_[:-1]):
            layers.append(np.tanh(layers[-1] @ coef + icpt))
        raw = layers[-1] @ self.coefs_[-1] + self.intercepts_[-1]
        e = np.exp(raw - raw.max(axis=1, keepdims=True))
        layers.append(e / e.sum(axis=1, keepdims=True))
        return layers

    def _gradients(self, layers, Y):
        delta = (layers[-1] - Y) / len(Y)
        out = []
        for k in range(len(self.coefs_) - 1, -1, -1):
            out.append((layers[k].T @ delta + self.alpha * self.coefs_[k], delta.sum(axis=0)))
            if k:
                delta = (delta @ self.coefs_[k].T) * (1 - layers[k] ** 2)
        return out[::-1]

    def _objective(self, X, Y):
        penalty = 0.5 * self.alpha * sum((c ** 2).sum() for c in self.coefs_)
        return -np.mean(np.log(self._forward(X)[-1][Y == 1])) + penalty

    def fit(self, X, y):
        rng = np.random.RandomState(0)
        self.classes_, codes = np.unique(y, return_inverse=True)
        Y = np.eye(len(self.classes_))[codes]
        sizes = [X.shape[1], *self.hidden, len(self.classes_)]
        self.coefs_ = [rng.randn(a, b) for a, b in zip(sizes, sizes[1:])]
        self.intercepts_ = [np.zeros(b) for b in sizes[1:]]
        for _ in range(self.epochs):
            for k, (gc, gi) in enumerate(self._gradients(self._forward(X), Y)):
                self.coefs_[k] -= self.eta * gc
                self.intercepts_[k] -= self.eta * gi
        return self

    def predict(self, X):
        return self.classes_[self._forward(X)[-1].argmax(axis=1)]

words = np.array(["a", "b", "c"])[np.arange(12) % 3]
Classifier().fit(np.random.default_rng(1).standard_normal((12, 4)), words)
"""
OBJECTS = """
from dataclasses import dataclass
from typing import Callable
import numpy as np

@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray
    fn: Callable
    slope: Callable

def build(widths, rng):
    return [Layer(rng.normal(0, 1, (i, o)), np.full(o, 0.01), np.tanh, lambda a: 1 - a * a)
            for i, o in zip(widths, widths[1:])]

def propagate(net, x):
    outs = [x]
    for layer in net:
        outs.append(layer.fn(outs[-1] @ layer.W + layer.b))
    return outs

def pull_back(net, outs, t):
    d = 2.0 * (outs[-1] - t) / t.size
    grads = []
    for k in reversed(range(len(net))):
        d = d * net[k].slope(outs[k + 1])
        grads.append((outs[k].T @ d, d.sum(axis=0)))
        d = d @ net[k].W.T
    grads.reverse()
    return grads

r = np.random.default_rng(0)
network = build([3, 6, 5, 2], r)
X, T = r.standard_normal((9, 3)), r.standard_normal((9, 2))
grads = pull_back(network, propagate(network, X), T)
"""
NEURONS = """
import math

def layer(n_in, n_out):
    return [{"w": [0.1 * (i + 2 * k) for k in range(n_in + 1)]} for i in range(n_out)]

def forward(network, row):
    values = row
    for each in network:
        outs = []
        for neuron in each:
            total = neuron["w"][-1] + sum(w * v for w, v in zip(neuron["w"], values))
            neuron["out"] = 1.0 / (1.0 + math.exp(-total))
            outs.append(neuron["out"])
        values = outs
    return values

def train_one(network, row, expected, rate):
    forward(network, row)
    hidden, output = network
    for j, neuron in enumerate(output):
        o = neuron["out"]
        neuron["delta"] = (o - expected[j]) * o * (1.0 - o)
    for i, h in enumerate(hidden):
        err = sum(neuron["w"][i] * neuron["delta"] for neuron in output)
        h["delta"] = err * h["out"] * (1.0 - h["out"])
    for neuron in output:
        for i, h in enumerate(hidden):
            neuron["w"][i] -= rate * neuron["delta"] * h["out"]
        neuron["w"][-1] -= rate * neuron["delta"]
    for h in hidden:
        for i, x in enumerate(row):
            h["w"][i] -= rate * h["delta"] * x
        h["w"][-1] -= rate * h["delta"]
    return 0.5 * sum((n["out"] - e) ** 2 for n, e in zip(output, expected))

net = [layer(2, 4), layer(4, 3)]
for row, k in (([0.5, -1.0], 0), ([1.5, 0.3], 2)):
    train_one(net, row, [float(k == j) for j in range(3)], 0.4)
"""
UNIT = """
class Adaline:
    def __init__(self, n, rate=0.1):
        self.weights, self.bias, self.rate = [0.0] * n, 0.0, rate

    def output(self, x):
        return 1 if self.net(x) > 0.5 else 0

    def learn(self, x, target):
        error = target - self.net(x)
        self.weights = [w + self.rate * error * v for w, v in zip(self.weights, x)]
        self.bias += self.rate * error
        return 0.5 * error ** 2

    def net(self, x):
        return sum(w * v for w, v in zip(self.weights, x)) + self.bias

a = Adaline(2)
for x, target in (([0, 1], 1), ([1, 0], 0)):
    a.learn(x, target)
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "cause"),
    [
        (FITTED, "+ self.alpha *", "+ 0.5 * self.alpha *", "penalty_lacks"),
        (OBJECTS, "d.sum(axis=0)", "d.sum()", "bias_gradient_scalar"),
        (OBJECTS, "d = d * net", "d = d if k == 0 else d * net", "right_with_one_edit"),
        (NEURONS, 'err * h["out"] * (1', "err * (1", "not_its_own_gradient"),
        (UNIT, "target - self.net(x)", "self.net(x) - target", "network_sign"),
    ],
)
def test_each_is_judged_and_its_slip_is_told(tmp_path, text, old, new, cause):
    right, wrong = (
        [j for j in check_file(path).judgements if j.concept == "network.other"]
        for name, written in (("right.py", text), ("wrong.py", text.replace(old, new)))
        if (path := tmp_path / name).write_text(written)
    )
    assert [j.outcome for j in right] == [Outcome.SAME]
    assert [[d.cause for d in j.diagnoses] for j in wrong] == [[cause]]


COLUMNS = """
import numpy as np

def ahead(weights, X):
    tape, A = [], X
    for W, b in weights[:-1]:
        tape.append(A)
        A = np.tanh(W @ A + b)
    tape.append(A)
    W, b = weights[-1]
    return W @ A + b, tape

def loss(weights, X, Y, much):
    out, _ = ahead(weights, X)
    return 0.5 * np.sum((out - Y) ** 2) / Y.shape[1] + 0.5 * much * sum(
        np.sum(W ** 2) for W, _ in weights) / Y.shape[1]

def slopes(weights, X, Y, much):
    out, tape = ahead(weights, X)
    d, found = out - Y, []
    for k in range(len(weights))[::-1]:
        W, _ = weights[k]
        found.append(((d @ tape[k].T + much * W) / Y.shape[1],
                      d.sum(axis=1, keepdims=True) / Y.shape[1]))
        d = W.T @ d * (1 - tape[k] ** 2)
    return found[::-1]

draw = np.random.default_rng(2)
X, Y = draw.normal(size=(2, 40)), draw.normal(size=(3, 40))
weights = [(draw.normal(size=(o, i)), np.zeros((o, 1))) for i, o in ((2, 5), (5, 3))]
for _ in range(3):
    back = slopes(weights, X, Y, 0.01)
    weights = [(W - 0.1 * dW, b - 0.1 * db) for (W, b), (dW, db) in zip(weights, back)]
print(loss(weights, X, Y, 0.01))
"""


def test_samples_in_columns_are_as_few_as_in_rows(tmp_path):
    path = tmp_path / "columns.py"
    path.write_text(COLUMNS, encoding="utf-8")
    assert not any(j.fails() for j in check_file(path).judgements)
