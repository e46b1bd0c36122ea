"""A last layer that hands the gradient on is right beside the loss that gives it by the scores."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

LAYERS = """
import numpy as np

class Sigmoid:
    def forward(self, u):
        self.y = 1 / (1 + np.exp(-u))
        return self.y

    def backward(self, dout):
        return dout

class BinaryCrossEntropy:
    def forward(self, y, t):
        self.y, self.t = y, t
        return -np.mean(t * np.log(y) + (1 - t) * np.log(1 - y))

    def backward(self):
        return (self.y - self.t) / self.y.size{over}
"""


@pytest.mark.parametrize(
    ("over", "outcome"),
    [("", Outcome.SAME), (" / (self.y * (1 - self.y))", Outcome.DIFFERENT)],
)
def test_a_layer_is_judged_with_the_gradient_that_its_loss_hands_it(tmp_path, over, outcome):
    file = tmp_path / "layers.py"
    file.write_text(LAYERS.replace("{over}", over))
    found = check_file(file)
    assert found["layer.sigmoid_with_loss"].outcome is Outcome.SAME
    assert found["sigmoid_layer"].outcome is outcome
