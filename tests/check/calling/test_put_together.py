"""Networks that only their script puts together, whose way back is handed a gradient."""

import pytest

import compare
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
