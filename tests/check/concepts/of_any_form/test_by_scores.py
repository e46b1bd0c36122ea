"""A delta that is handed scores is the derivative by these, where its text says what they are."""

import pytest

import compare

COST = '''
import numpy as np

class Squares:
    @staticmethod
    def fn(out, goal):
        return np.sum((out - goal) ** 2) / 2

    @staticmethod
    def delta(score, out, goal):
        """{says}"""
        return (out - goal){slope}
'''
SIGMOID = "By the score, of which out = sigmoid(score)."


@pytest.mark.parametrize(
    ("says", "slope", "causes"),
    [
        (SIGMOID, " * out * (1 - out)", []),
        (SIGMOID, "", ["own_factor_missing"]),
        ("By the output, which is linear.", "", []),
    ],
)
def test_what_is_a_sigmoid_of_its_scores_needs_the_slope_of_that(tmp_path, says, slope, causes):
    file = tmp_path / "costs.py"
    file.write_text(COST.format(says=says, slope=slope), encoding="utf-8")
    found = {j.found: j for j in compare.check(file).judgements}
    assert [d.cause for d in found["Squares.delta"].diagnoses] == causes
