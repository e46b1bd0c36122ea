"""A loss beside its gradient: whichever epsilon it has, and whichever of the two is wrong."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

PAIR, LAYER = "pair.cross_entropy_error", "layer.softmax_with_loss"
FUNCTIONS = """import numpy as np
def cross_entropy_error(y, t):
    return -np.sum(t * np.log(y + 3e-7)) / len(y)
def d_cross_entropy_error(y, t):
    return -t / (y + 3e-7) / len(y)
"""
OF_SCORES = """import numpy as np
class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y, self.t = e / e.sum(axis=-1, keepdims=True), t
        return -np.sum(t * np.log(self.y + 2e-7)) / len(t)
    def backward(self, dout=1):
        return (self.y - self.t) / len(self.t)
"""
OF_OUTPUTS = """import numpy as np
class CrossEntropy:
    def forward(self, y, t):
        self.y, self.t = np.maximum(y, 3e-20), t
        return -np.sum(t * np.log(self.y)) / len(t)
    def backward(self, dout=1):
        return -self.t / self.y / len(self.t)
"""
OF_BITS = """import numpy as np
class SigmoidWithLoss:
    def forward(self, x, t):
        self.y, self.t = 1 / (1 + np.exp(-x)), t
        return -np.mean(t * np.log(self.y + 1e-7) + (1 - t) * np.log(1 - self.y + 1e-7))
    def backward(self, dout=1):
        return (self.y - self.t) / self.t.size
"""
RETURNED = """import numpy as np
def softmax_loss(x, t):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    y = e / e.sum(axis=-1, keepdims=True)
    return -np.sum(t * np.log(y + 2e-7)) / len(t), (y - t) / len(t)
"""
CASES = (
    (PAIR, FUNCTIONS),
    (LAYER, OF_SCORES),
    (LAYER, OF_OUTPUTS),
    ("layer.sigmoid_with_loss", OF_BITS),
    ("softmax_with_loss", RETURNED),
)


def test_a_gradient_of_the_loss_beside_it_is_right_with_any_epsilon():
    for concept, source in CASES:
        found = judgement_of(source, concept)
        assert found.outcome is Outcome.SAME, source


@pytest.mark.parametrize(
    ("concept", "source", "old", "new", "cause"),
    [
        (PAIR, FUNCTIONS, "3e-7) / len(y)\n", "3e-7)\n", "not_the_loss_differentiated"),
        (LAYER, OF_SCORES, "(self.y - self.t) / len(self.t)", "self.t - self.y", "unknown"),
        (LAYER, OF_SCORES, "(self.y - self.t)", "(self.t - self.y)", "gradient_sign"),
        (LAYER, OF_SCORES, "-np.sum", "np.sum", "loss_sign"),
        (LAYER, OF_SCORES, "2e-7", "0.02", "epsilon_too_large"),
        (LAYER, OF_OUTPUTS, "/ self.y / len", "/ self.y * len", "not_the_loss_differentiated"),
        (CASES[3][0], OF_BITS, "+ (1 - t)", "- (1 - t)", "binary_term_sign"),
        ("softmax_with_loss", RETURNED, "(y - t)", "2 * (y - t)", "not_the_loss_differentiated"),
    ],
)
def test_what_is_wrong_beside_an_epsilon_gets_its_cause(concept, source, old, new, cause):
    assert old in source
    found = judgement_of(source.replace(old, new), concept)
    assert found.outcome is Outcome.DIFFERENT
    assert found.diagnoses[0].cause == cause
