"""Weights of 0 are shown as such."""

from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

WEIGHTS = """
import numpy as np

def init_weights(n_in, n_hidden, n_out):
    return {
        "W1": np.zeros((n_in, n_hidden)), "b1": np.zeros(n_hidden),
        "W2": np.zeros((n_hidden, n_out)), "b2": np.zeros(n_out),
    }
"""


def test_a_deviation_of_0_is_shown_and_units_that_are_alike_are_told():
    found = judgement_of(WEIGHTS, "weights_of_layers")
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == ["init_equal"]
    assert "deviation/W1 is 0, should be" in found.diagnoses[0].seen.en
