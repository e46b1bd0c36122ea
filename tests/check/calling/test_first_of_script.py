"""Weights with which a script begins to train: hidden units that are alike stay so."""

import pytest

from compare.check.check_submission import check_file
from compare.check.examples.example import with_changes
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

TEXT = """
import numpy as np

generator = np.random.default_rng(50)

class Layer:
    def __init__(self, n_in, n_out, last):
        self.W = generator.normal(size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.last = last

    def __call__(self, x):
        self.x = x
        u = x @ self.W + self.b
        self.z = u if self.last else 1 / (1 + np.exp(-u))
        return self.z

    def back(self, grad):
        grad = grad if self.last else grad * self.z * (1 - self.z)
        self.gW = self.x.T @ grad
        self.gb = grad.sum(axis=0)
        return grad @ self.W.T

class RegressionNet:
    def __init__(self, *sizes):
        pairs = list(zip(sizes[:-1], sizes[1:]))
        self.layers = [Layer(*pair, pair == pairs[-1]) for pair in pairs]

    def predict(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def loss(self, x, t):
        return np.mean((self.predict(x) - t) ** 2)

    def gradients(self, x, t):
        g = 2 * (self.predict(x) - t) / t.size
        for layer in self.layers[::-1]:
            g = layer.back(g)

    def apply(self, lr):
        for layer in self.layers:
            layer.W -= lr * layer.gW
            layer.b -= lr * layer.gb

if __name__ == "__main__":
    x = generator.uniform(-1, 1, (12, 1))
    net = RegressionNet(1, 6, 4, 1)
    net.gradients(x, np.cos(3 * x))
    net.apply(0.2)
"""
DRAWN = "generator.normal(size=(n_in, n_out))"
ZEROS = "np.zeros((n_in, n_out))"
LATER = """
    for each in net.layers:
        each.W[...] = generator.normal(size=each.W.shape)
"""


def judged(tmp_path, *changes):
    file = tmp_path / "net.py"
    file.write_text(with_changes(TEXT, *changes))
    (found,) = [j for j in check_file(file).judgements if j.found == "RegressionNet"]
    return found


@pytest.mark.parametrize("weights", [ZEROS, "np.full((n_in, n_out), 0.5)"])
def test_units_that_start_alike_are_told(tmp_path, weights):
    found = judged(tmp_path, (DRAWN, weights))
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == ["init_equal"]


def test_units_are_right_that_are_drawn_or_of_which_one_layer_is_zero(tmp_path):
    for weights in (DRAWN, f"{DRAWN} if not last else {ZEROS}"):
        assert judged(tmp_path, (DRAWN, weights)).outcome is Outcome.SAME


def test_zeros_are_right_that_the_script_replaces_before_it_trains(tmp_path):
    made = "net = RegressionNet(1, 6, 4, 1)\n"
    assert judged(tmp_path, (DRAWN, ZEROS), (made, made + LATER[1:])).outcome is Outcome.SAME


INTEGERS = """
import numpy as np

rng = np.random.default_rng(27)

def squash(u):
    return 0.5 * u * (1 + np.tanh(u))

def squash_grad(u):
    th = np.tanh(u)
    return 0.5 * (1 + th) + 0.5 * u * (1 - th ** 2)

def softmax_rows(u):
    e = np.exp(u - u.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def init_net(d, h, k):
    return [rng.normal(0, 0.5, (d, h)), np.zeros(h), rng.normal(0, 0.5, (h, k)), np.zeros(k)]

def forward(net, X):
    W1, b1, W2, b2 = net
    u = X @ W1 + b1
    z = squash(u)
    return u, z, softmax_rows(z @ W2 + b2)

def ce_loss(P, onehot):
    return -np.sum(onehot * np.log(P)) / len(onehot)

def output_delta(P, onehot):
    delta = np.zeros_like(onehot)
    delta[...] = P - onehot
    return delta / len(onehot)

def backward(net, X, u, z, delta):
    d1 = (delta @ net[2].T) * squash_grad(u)
    return [X.T @ d1, d1.sum(axis=0), z.T @ delta, delta.sum(axis=0)]

def train(net, X, onehot, lr=0.3, epochs=3):
    for _ in range(epochs):
        u, z, P = forward(net, X)
        for p, g in zip(net, backward(net, X, u, z, output_delta(P, onehot))):
            p -= lr * g
    return ce_loss(forward(net, X)[2], onehot)

if __name__ == "__main__":
    X = rng.normal(size=(12, 2))
    train(init_net(2, 7, 3), X, np.eye(3, dtype=int)[np.arange(12) % 3])
"""


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        ((), ["into_integers"]),
        ((("np.zeros_like(onehot)", "np.zeros(onehot.shape)"),), []),
        ((("np.eye(3, dtype=int)", "np.eye(3)"),), []),
    ],
)
def test_what_targets_of_whole_numbers_cut_off_is_told_where_the_script_hands_them(
    tmp_path, change, causes
):
    file = tmp_path / "net.py"
    file.write_text(with_changes(INTEGERS, *change))
    (found,) = [j for j in check_file(file).judgements if j.concept == "network.other"]
    assert [d.cause for d in found.diagnoses if not d.warning] == causes
