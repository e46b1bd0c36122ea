"""First weights that are drawn without a seed of their own are judged alike at every draw."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

NETWORK = """
import numpy as np

np.random.seed({seed})

def init_network(i, h, o):
    network = {{}}
    network["W1"] = np.random.randn(i, h) * {by[0]}
    network["b1"] = np.zeros(h)
    network["W2"] = np.random.randn(h, o) * {by[1]}
    network["b2"] = np.zeros(o)
    return network
"""
RIGHT = {  # 0.1 is near to what several sizes give; 0.1017 is near to 0.1
    "0.1": ("0.1", "0.1"),
    "no round number": ("0.1017", "0.1017"),
    "by the inputs": ("np.sqrt(2.0 / i)", "np.sqrt(1.0 / h)"),
}


@pytest.mark.parametrize("by", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_so_at_every_draw(by):
    sources = [NETWORK.format(seed=seed, by=by) for seed in range(10)]
    assert {judgement_of(s, "weights_of_layers").outcome for s in sources} == {Outcome.SAME}


def test_a_root_of_a_product_is_told_at_every_draw():
    by = ("np.sqrt(2.0 * i)", "np.sqrt(2.0 * h)")
    for seed in range(4):
        found = judgement_of(NETWORK.format(seed=seed, by=by), "weights_of_layers")
        assert found.outcome is Outcome.DIFFERENT
        assert found.diagnoses[0].cause == "init_variance_of"
