"""Networks that only their script puts together, whose way back is handed a gradient."""

import pytest

import compare
from compare.bench.diagnosis import check_of
from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

CHAIN = """
import numpy as np

class Full:
    def __init__(self, rows, columns):
        self.M = np.random.default_rng(rows).normal(size=(rows, columns)) * 0.4
        self.c = np.zeros(columns)

    def run(self, x):
        self.x = x
        return x @ self.M + self.c

    def back(self, e):
        self.gM, self.gc = self.x.T @ e, e.sum(axis=0)
        return e @ self.M.T

class Squash:
    def run(self, x):
        self.y = np.tanh(x)
        return self.y

    def back(self, e):
        return e * (1 - self.y ** 2)

class Chain:
    def __init__(self, *links):
        self.links = links

    def forward(self, x):
        for link in self.links:
            x = link.run(x)
        return x

    def backward(self, e):
        for link in reversed(self.links):
            e = link.back(e)

chain = Chain(Full(2, 9), Squash(), Full(9, 3))
"""
SLOPE = ("self.y ** 2)", "self.y) * (1 + self.y) ** 2")
OF_U = (
    "        self.y = np.tanh(x)\n        return self.y",
    "        self.y = x\n        return np.tanh(x)",
)
WHOLE = ("e.sum(axis=0)", "e.sum()")


def written(tmp_path, *changes):
    """The file, changed."""
    text = CHAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "chain.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("change", "cause"),
    [(OF_U, "network_derivative_of_u"), (WHOLE, "bias_gradient_scalar")],
    ids=["the derivative of u", "one number for all biases"],
)
def test_it_is_a_network_of_the_course_with_its_mistakes(tmp_path, change, cause):
    right = check_file(written(tmp_path))["network"]
    assert right.found == "Chain" and right.outcome is Outcome.SAME
    assert "handed the gradient of the outputs" in right.conventions[0].en
    wrong = check_file(written(tmp_path, change))["network"]
    assert [d.cause for d in wrong.diagnoses] == [cause]


def test_what_no_known_mistake_explains_is_not_blamed_on_what_it_was_handed(tmp_path):
    """Its own derivative may still say what is wrong."""
    result = check_file(written(tmp_path, SLOPE))
    told = {j.concept: [d.cause for d in j.diagnoses] for j in result.judgements}
    assert told.get("network", ["not_called"]) == ["not_called"]
    assert told["network.other"] == ["right_with_one_edit"]


@pytest.mark.slow
def test_it_runs_in_the_cases_of_the_course(tmp_path):
    case = "mlp.identity.half_squared_error"
    assert compare.run(case, impl=written(tmp_path)).passed
    assert not compare.run(case, impl=written(tmp_path, OF_U)).passed


BY_LAYER = """
import numpy as np

class Net:
    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.layers = [{"kernel": rng.standard_normal((i, o)), "bias": np.zeros(o)}
                       for i, o in zip(sizes, sizes[1:])]

    def forward(self, x):
        self.inputs, self.outputs = [], []
        for k, layer in enumerate(self.layers):
            self.inputs.append(x)
            x = x @ layer["kernel"] + layer["bias"]
            x = np.tanh(x) if k < len(self.layers) - 1 else x
            self.outputs.append(x)
        return x

    def loss(self, x, y):
        return np.mean((self.forward(x) - y) ** 2)

    def backward(self, y):
        d = 2 * (self.outputs[-1] - y) / y.size
        grads = []
        for k in range(len(self.layers))[::-1]:
            d = d if k == len(self.layers) - 1 else d * (1 - self.outputs[k] ** 2)
            grads.append({"kernel": self.inputs[k].T @ d, "bias": d.sum(axis=0)})
            d = d @ self.layers[k]["kernel"].T
        return grads[::-1]
"""


@pytest.mark.parametrize(
    ("change", "right"), [(("", ""), True), (("].T @ d,", "].T @ -d,"), False)]
)
def test_of_two_keys_the_one_that_says_no_bias_is_of_the_weights(change, right):
    found = [j for j in check_of(BY_LAYER.replace(*change)).judgements if j.found == "Net"]
    assert found and all((j.outcome is Outcome.SAME) is right for j in found)
    assert all(d.cause != "gradient_not_returned" for j in found for d in j.diagnoses)
