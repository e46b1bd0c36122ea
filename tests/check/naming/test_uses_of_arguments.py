"""What code asks of an argument that no array of ours has is no error of its author."""

import pytest

from compare.bench.diagnosis import check_of, judgement_of
from compare.check.naming.uses_of_arguments import is_no_array
from compare.core.outcome import Outcome

OF_TENSORS = """
import numpy as np

def mse_loss(pred, target):
    return 0.5 * np.mean((pred.array - target) ** 2)
"""
BY_NAME = """
import numpy as np

class ReLU:
    def forward(self, inputs):
        outputs = {}
        for key in inputs:
            if key != "data":
                outputs[key] = inputs[key]
            else:
                self.data = inputs["data"]
                outputs["data"] = np.maximum(inputs["data"], 0)
        return outputs

    def backward(self, grads):
        return {"grad": grads["grad"] * (self.data > 0)}
"""
IN_A_DICTIONARY = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.weights = {{{made}}}
        self.weights["W"] = np.random.randn(n_out, n_in)
        self.weights["b"] = np.zeros((n_out, 1))

    def forward(self, x):
        return self.weights["W"] @ x + self.weights["b"]

    def backward(self, x, delta):
        return {{"W": delta @ x.T, "b": delta, "x": self.weights["W"].T @ delta}}
"""
OF_CLASSES = """
import numpy as np

def onehot(labels):
    y = np.zeros([labels.size, np.max(labels) + 1])
    y[range(labels.size), labels] = 1.0
    return y

def dsquared_loss(y_pred, y_train):
    return (y_pred - onehot(y_train)) / len(y_pred)
"""
LAYER = """
import numpy as np

class SGD:
    def __init__(self, lr):
        self.lr = lr

    def update(self, layer):
        layer.H = layer.H + np.mean(layer.dW ** 2)
        layer.W = layer.W - self.lr * layer.dW / np.sqrt(layer.H)
        layer.b = layer.b - self.lr * layer.db
        return layer
"""
CACHES = """
import numpy as np

def adagrad_update(cache, params, grads, lr=0.01):
    for i in range(len(grads)):
        cache[i + 0] += grads[i] ** 2
        params[i] += -lr * grads[i] / (np.sqrt(cache[i]) + 1e-8)
"""
# each is right, or cannot be known: the kind of argument it asks for is not the one it was given
OF_ANOTHER_KIND = {
    "an object with an array": OF_TENSORS,
    "a dictionary gone through": BY_NAME,
    "weights in a dictionary": IN_A_DICTIONARY.format(made=""),
    "class numbers": OF_CLASSES,
    "a layer that keeps more": LAYER,
}
# beside each the same error, which no argument causes
OF_ITS_OWN = {
    "an array with an attribute of its own": (
        "mean_squared_error",
        OF_TENSORS.replace("(pred.array - target) ** 2", "((pred - target) ** 2).array"),
    ),
    "an array of its own by a key": (
        "relu_layer",
        """
import numpy as np

class ReLU:
    def forward(self, x):
        self.out = np.maximum(x, 0)
        return self.out["data"]

    def backward(self, grads):
        return grads * (self.out > 0)
""",
    ),
    "a quotient for a whole number": (
        "relu_layer",
        """
import numpy as np

class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask + np.zeros((len(x) / 1, 1))

    def backward(self, dout):
        return dout * self.mask
""",
    ),
    "a name that nothing sets": (
        "optimizer.sgd",
        LAYER.replace("layer.H = layer.H + np", "H = self.H + np").replace("layer.H", "H"),
    ),
}


@pytest.mark.parametrize("source", OF_ANOTHER_KIND.values(), ids=OF_ANOTHER_KIND)
def test_what_it_asks_of_an_argument_of_ours_is_not_its_error(source):
    outcomes = {j.outcome for j in check_of(source).judgements}
    assert outcomes <= {Outcome.NOT_COMPARED, Outcome.SAME}


@pytest.mark.parametrize(("concept", "source"), OF_ITS_OWN.values(), ids=OF_ITS_OWN)
def test_the_same_of_what_it_made_itself_is(concept, source):
    assert judgement_of(source, concept).outcome is Outcome.ERROR


def test_what_it_asks_for_is_told():
    (told,) = judgement_of(OF_TENSORS, "mean_squared_error").diagnoses
    assert "asks for pred.array" in told.title.en


NO_ATTRIBUTE = "AttributeError: 'numpy.ndarray' object has no attribute"


@pytest.mark.parametrize(
    ("line", "raised", "told"),
    [
        ("    return a.W", f"{NO_ATTRIBUTE} 'W'", True),
        ("    return a.exp()", f"{NO_ATTRIBUTE} 'exp'", False),
        ("    return a.forward(1)", f"{NO_ATTRIBUTE} 'forward'", True),
        ("    return k.W", f"{NO_ATTRIBUTE} 'W'", False),
        ("    return a[0]", "KeyError: 0 (x.py:2, in f)", True),
        ("    return a['W']", "KeyError: 'W' (x.py:2, in f)", False),
        ("    return a['W']", "IndexError: only integers, slices", True),
        ("    return a[b]", "IndexError: only integers, slices", False),
        ("    return a[0]", "TypeError: 'float' object is not subscriptable", True),
        ("    return a(b)", "TypeError: 'numpy.ndarray' object is not callable", True),
        ("    return k(b)", "TypeError: 'numpy.ndarray' object is not callable", False),
        ("    return k[:, b]", "IndexError: arrays used as indices must be of integer", True),
    ],
)  # fmt: skip
def test_an_argument_is_told_from_what_is_its_own(line, raised, told):
    assert bool(is_no_array(f"def f(a, b):\n{line}\n", 2, raised)) is told


ENTROPY = """
import numpy as np

class CrossEntropyCost:
    def forward(self, label, out):
        {first}
        return np.mean(-label * np.log(out + 1e-8) - (1 - label) * np.log(1 - out + 1e-8))

    def backward(self, label, out):
        return (out - label) / out.size
"""


@pytest.mark.parametrize(
    ("first", "told"),
    [("pass", Outcome.SAME), ("out = out / out.sum()", Outcome.DIFFERENT)],
)
def test_a_loss_of_shares_is_not_blamed_for_scores(first, told):
    (found,) = check_of(ENTROPY.format(first=first)).judgements
    assert found.outcome is told
