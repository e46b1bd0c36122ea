"""Functions, layers and rules as few write them: each right, and its twin with a fault."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.check.naming.grammar import Meaning, meaning
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

LOSS_LAYER = """
import numpy as np

class SoftmaxCrossEntropy:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y, self.t = e / e.sum(axis=-1, keepdims=True), t
        return -np.sum(t * np.log(self.y + 4e-8)) / x.shape[0]

    def backward(self):
        return (self.y - self.t) / self.t.shape[0]
"""
OUTPUT_BACK = """
import numpy as np

class Activation_Softmax_Loss_CategoricalCrossentropy:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - inputs.max(axis=-1, keepdims=True))
        self.output = e / e.sum(axis=-1, keepdims=True)
        return -np.sum(y_true * np.log(self.output + 1e-7)) / inputs.shape[0]

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / dvalues.shape[0]
"""
ROW_LAYER = """
import numpy as np

class Dense:
    def __init__(self, n, m):
        self.weights, self.bias = np.random.rand(n, m), np.random.rand(1, m)

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, error, rate):
        before = error @ self.weights.T
        self.weights -= rate * self.x.T @ error
        self.bias -= rate * error
        return before
"""
COLUMN_LAYER = """
import numpy as np

class Dense:
    def __init__(self, n, m):
        self.weights, self.bias = np.random.rand(m, n), np.random.rand(m, 1)

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, error, rate):
        before = self.weights.T @ error
        self.weights = self.weights - rate * error @ self.x.T
        self.bias = self.bias - rate * error
        return before
"""
COOLING = """
class SGD:
    def __init__(self, lr=0.1, cooling=0.97):
        self.lr, self.cooling = lr, cooling

    def update(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]
        self.lr *= self.cooling
"""
BITS = """
import numpy as np

def binary_cross_entropy_gradient(t, p):
    p = np.clip(p, 3e-7, 1 - 3e-7)
    return (p - t) / (p * (1 - p)) / t.size
"""
HITS = """
import numpy as np

def accuracy(y, t):
    return np.mean(np.argmax(y, axis=1) == np.argmax(t, axis=1))
"""
CASES = [
    (LOSS_LAYER, "layer.softmax_with_loss", "self.y - self.t", "self.t - self.y", "gradient_sign"),
    (LOSS_LAYER, "layer.softmax_with_loss", "/ self.t.shape[0]", "", "not_the_loss_differentiated"),
    (OUTPUT_BACK, "layer.softmax_with_loss", "(dvalues - y", "(-dvalues + y", "gradient_sign"),
    (ROW_LAYER, "affine_layer", "self.weights -= rate", "self.weights += rate", "layer_ascends"),
    (COLUMN_LAYER, "affine_layer", "self.weights.T @ error", "self.weights @ error", None),
    (COOLING, "optimizer.sgd", "-= self.lr * g", "+= self.lr * g", "climbs"),
    (BITS, "d_binary_cross_entropy_error", "(p * (1 - p))", "p", "binary_gradient_terms"),
    (HITS, "accuracy", "np.argmax(t, axis=1)", "np.argmax(t, axis=0)", "accuracy_axis"),
]


@pytest.mark.parametrize("source, concept", {(c[0], c[1]): None for c in CASES})
def test_what_is_right_is_the_same(source, concept):
    assert judgement_of(source, concept, 0).outcome is Outcome.SAME


@pytest.mark.parametrize("source, concept, right, wrong, cause", CASES)
def test_its_twin_is_not(source, concept, right, wrong, cause):
    assert right in source
    found = judgement_of(source.replace(right, wrong), concept, 0)
    assert found.outcome in (Outcome.DIFFERENT, Outcome.ERROR)
    assert cause is None or [d.cause for d in found.diagnoses][:1] == [cause], str(found)


def test_a_layer_that_takes_one_sample_says_so():
    for source in (ROW_LAYER, COLUMN_LAYER):
        found = judgement_of(source, "affine_layer", 0)
        assert [d.cause for d in found.diagnoses] == ["one_sample_only"]


def test_a_rate_that_falls_by_itself_is_said_to():
    assert "lowers its learning rate" in str(judgement_of(COOLING, "optimizer.sgd", 0))


@pytest.mark.parametrize(
    "name, base, derivative",
    [
        ("softmax_cross_entropy", "softmax_with_loss", False),
        ("Activation_Softmax_Loss_CategoricalCrossentropy", "softmax_with_loss", False),
        ("dsoftmax_ce", "softmax_with_loss", True),
        ("sigmoid_and_bce_loss", "sigmoid_with_loss", False),
        ("sigmoid_cross_entropy_error", "binary_cross_entropy_error", False),
    ],
)
def test_an_output_and_its_loss_are_one_thing(name, base, derivative):
    assert meaning(name, of_class=True) == Meaning(base, derivative)


def test_an_output_and_another_loss_are_none():
    assert meaning("softmax_mse") is None and meaning("softmax_hinge_loss") is None
