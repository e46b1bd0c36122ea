"""One bug is told once: what fails only because of another says so, and nothing else does."""

import pytest

from compare.bench.diagnosis import check_of
from compare.check.check_submission import check_file
from compare.check.examples import BUGS
from compare.core.outcome import Outcome

RELU = """
def relu(u):
    return np.maximum(0, u)
"""
SOFTMAX = """
def softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
AXIS = SOFTMAX.replace("e.sum(axis=-1, keepdims=True)", "e.sum()")
RAISES = """
def softmax(u):
    return np.exp(u) / np.sums(np.exp(u))
"""
LOSS = """
def softmax_with_loss(d, u):
    return -np.sum(d * np.log(softmax(u) + 1e-7)) / len(d)
"""
LOSS_WITHOUT = """
def softmax_with_loss(d, u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return -np.sum(d * np.log(e / e.sum() + 1e-7)) / len(d)
"""
NETWORK = """
def init_network():
    W1, W2 = np.random.randn(2, 3), np.random.randn(3, 4)
    return {"W1": W1, "b1": np.ones(3), "W2": W2, "b2": np.ones(4)}

def forward(network, x):
    z1 = relu(x @ network["W1"] + network["b1"])
    y = softmax(z1 @ network["W2"] + network["b2"])
    return z1, y

def backward(network, x, d, z1, y):
    delta2 = (y - d) / len(d)
    delta1 = (delta2 @ network["W2"].T) * d_relu(z1)
    db1, db2 = delta1.sum(axis=0), delta2.sum(axis=0)
    return {"W1": x.T @ delta1, "b1": db1, "W2": z1.T @ delta2, "b2": db2}
"""
D_RELU = "def d_relu(u):\n    return np.where(u > 0, 1, 0)\n"


@pytest.fixture
def check(tmp_path):
    def of(*parts):
        file = tmp_path / "net.py"
        file.write_text("import numpy as np\n\n" + "\n\n".join(parts), encoding="utf-8")
        return check_file(file)

    return of


@pytest.mark.slow
def test_a_function_that_calls_a_wrong_one_follows_from_it(check):
    found = check(AXIS, LOSS)
    assert found["softmax"].outcome is found["softmax_with_loss"].outcome is Outcome.DIFFERENT
    assert found["softmax"].follows_from == ""
    assert found["softmax_with_loss"].follows_from == "softmax"


def test_the_same_of_a_function_that_raises(check):
    found = check(RAISES, LOSS)
    assert found["softmax_with_loss"].outcome is Outcome.ERROR
    assert found["softmax_with_loss"].follows_from == "softmax"


@pytest.mark.slow
def test_one_that_has_the_mistake_itself_follows_from_none(check):
    found = check(AXIS, LOSS_WITHOUT)
    assert found["softmax_with_loss"].outcome is Outcome.DIFFERENT
    assert found["softmax_with_loss"].follows_from == ""


def test_a_network_follows_from_what_its_way_back_calls(check):
    wrong = D_RELU.replace("np.where(u > 0, 1, 0)", "np.where(u > 0, 2, 0)")
    found = check(RELU, SOFTMAX, NETWORK, wrong)
    assert found["network"].outcome is Outcome.DIFFERENT
    assert found["network"].follows_from == "d_relu"


@pytest.mark.slow
def test_what_is_right_follows_from_none(check):
    found = check(RELU, SOFTMAX, NETWORK, D_RELU, LOSS)
    assert found.passed() and not any(j.follows_from for j in found.judgements)


TANH = NETWORK.replace("relu(x @", "np.tanh(x @").replace("d_relu(z1)", "(1 - z1**2)")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ((SOFTMAX, TANH.replace("(1 - z1**2)", "(1 - z1)")), "backward"),  # the way back alone
        ((AXIS, TANH.replace("delta2.sum(axis=0)", "delta2.sum()")), "backward"),  # softmax as well
        ((AXIS, TANH), "softmax"),  # nothing but what it calls
        ((RELU, SOFTMAX, NETWORK, D_RELU.replace("1, 0", "2, 0")), "d_relu"),
        ((SOFTMAX, TANH.replace(' + network["b2"]', "")), "forward"),
    ],
)
def test_what_is_wrong_with_a_network_is_told_of_the_function_in_which_it_is(check, parts, place):
    found = check(*parts)["network"]
    assert found.outcome is Outcome.DIFFERENT
    assert found.found == place and "forward" in (found.found, *found.parts)


BATCHES = """
import numpy as np
def mlp(X, W1, b1, W2, b2):
    return np.maximum(X @ W1 + b1, 0) @ W2 + b2

def grads_of(X, y, W1, b1, W2, b2):
    H = np.maximum(X @ W1 + b1, 0)
    dy = H @ W2 + b2 - y
    dH = dy @ W2.T
    dH[H == 0] = 0
    return X.T @ dH, dH.sum(0), H.T @ dy, dy.sum(0)

def sgd(params, grads, lr, batch_size):
    for p, g in zip(params, grads):
        p -= lr * g / batch_size
"""


def test_a_rule_that_divides_sums_is_wrong_of_gradients_that_are_means(tmp_path):
    path = tmp_path / "sub.py"
    path.write_text(BATCHES, encoding="utf-8")
    assert all(j.outcome is Outcome.SAME for j in check_file(path).judgements)
    means = BATCHES.replace("dy = H @ W2 + b2 - y", "dy = (H @ W2 + b2 - y) / len(X)")
    path.write_text(means, encoding="utf-8")
    (wrong,) = (j for j in check_file(path).judgements if j.outcome is not Outcome.SAME)
    assert wrong.found == "sgd"
    assert [d.cause for d in wrong.diagnoses] == ["divides_means"]


def test_what_trains_by_a_wrong_way_back_is_told_of_that_once():
    name = "network: a rate that training has by default, of one weight"
    source = next(bug.source for bug in BUGS if bug.name == name)
    wrong = [j for j in check_of(source).judgements if j.outcome is Outcome.DIFFERENT]
    assert [j.found for j in wrong] == ["log_loss_grad"]


def test_what_follows_from_nothing_that_is_told_stands_by_itself():
    name = "network: of four classes, a bias over the units"
    source = next(bug.source for bug in BUGS if bug.name == name)
    wrong = [j for j in check_of(source).judgements if j.outcome is not Outcome.SAME]
    assert [(j.found, j.follows_from) for j in wrong] == [("backward_prop", "")]


AVERAGING = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout / len(self.x), dout.mean(axis=0)
        return dout @ self.W.T

class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y, self.t = e / e.sum(axis=-1, keepdims=True), t
        return -np.sum(t * np.log(self.y + 1e-7)) / len(x)

    def backward(self):
        return (self.y - self.t) / len(self.t)
"""


@pytest.mark.parametrize("twice", [True, False])
def test_a_loss_and_layers_that_both_divide_are_told_of_each_other(twice):
    once = AVERAGING.replace("(self.y - self.t) / len(self.t)", "self.y - self.t")
    judgement = check_of(AVERAGING if twice else once)["affine_layer"]
    assert judgement.outcome is Outcome.SAME
    assert ("divided_by_both" in {d.cause for d in judgement.diagnoses}) is twice
