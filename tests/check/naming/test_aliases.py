"""What a file gives several names is judged once: under its own, or the one that says what it is.

A function that makes several of one text makes no aliases.
"""

import pytest

from compare.bench.diagnosis import check_of
from compare.core.outcome import Outcome

LOSS = """
import numpy as np

class MeanSquaredError:
    def forward(self, outputs, targets):
        return 0.5 * np.mean(np.sum((outputs - targets) ** 2, axis=1))

    def backward(self, outputs, targets):
        return {gradient}

MSE = MeanSquaredError
"""
MADE = """
import numpy as np

def made(bound):
    def function(x):
        return np.maximum(x, bound)
    return function

relu = made(0.0)
ReLU = made(0.5)
"""


@pytest.mark.parametrize(
    ("gradient", "outcome"),
    [
        ("(outputs - targets) / len(outputs)", Outcome.SAME),
        ("outputs - targets", Outcome.DIFFERENT),
    ],
)
def test_a_class_of_two_names_is_judged_once(gradient, outcome):
    judged = check_of(LOSS.format(gradient=gradient)).judgements
    assert [(j.found, j.outcome) for j in judged] == [("MeanSquaredError", outcome)]


def test_the_name_that_says_what_it_is_stays():
    text = "import numpy as np\n\ndef nonlin(x):\n    return np.maximum(x, 0)\n\nrelu = nonlin\n"
    assert [j.found for j in check_of(text).judgements] == ["relu"]


def test_functions_of_one_text_are_no_aliases():
    outcomes = {j.found: j.outcome for j in check_of(MADE).judgements}
    assert outcomes == {"relu": Outcome.SAME, "ReLU": Outcome.DIFFERENT}
