"""A layer's gradients may stand in attributes of any name, of any sizes."""

import pytest

from compare.bench.diagnosis import check_of
from compare.core.outcome import Outcome

LAYER = """
import numpy as np

class Dense:
    def __init__(self, n_mae, n_ato):
        self.omo = 0.01 * np.random.randn(n_mae, n_ato)
        self.kata = np.zeros((1, n_ato))

    def forward(self, mae):
        self.mae = mae
        self.ato = mae @ self.omo + self.kata

    def backward(self, ue):
        self.no_omo = self.mae.T @ ue
        self.no_kata = ue.sum(axis=0, keepdims=True)
        self.no_mae = ue @ self.omo.T
"""


@pytest.mark.parametrize("weights", ["omo", "kernel"], ids=["of no usual name", "one usual name"])
@pytest.mark.parametrize(
    ("meant", "causes"), [("ue.sum(axis=0,", []), ("ue.mean(axis=0,", ["averaged"])]
)
def test_they_are_found_where_shapes_differ_and_kept_where_they_do_not(meant, causes, weights):
    judged = check_of(
        LAYER.replace("ue.sum(axis=0,", meant).replace("self.omo", f"self.{weights}")
    )["affine_layer"]
    assert [d.cause for d in judged.diagnoses] == causes
    assert judged.outcome is (Outcome.DIFFERENT if causes else Outcome.SAME)
