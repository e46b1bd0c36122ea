"""Networks whose weights stand in objects and lists that only a run of their script fills."""

from types import SimpleNamespace

import numpy as np
import pytest

from compare.check.calling.any_network.network import SAMPLES
from compare.check.calling.any_network.samples import samples
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


@pytest.mark.parametrize("handed", [(200, 2), (2, 200)], ids=["rows", "columns"])
def test_of_what_a_script_hands_over_samples_are_fewer_and_features_are_as_many(handed):
    network = SimpleNamespace(ends=(), picture=(), like=handed)
    first = next(samples(network, {"W1": np.zeros((5, 2)), "b1": np.zeros((5, 1))}))
    assert first.shape == tuple(n if n == 2 else SAMPLES for n in handed)
