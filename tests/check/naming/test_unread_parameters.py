"""A first parameter that no function of its name reads is handed nothing; one that is read is."""

import pytest

from compare.bench.diagnosis import check_of
from compare.core.outcome import Outcome

METHODS = """
import numpy as np

def sigmoid(owner, x):
    return 1 / (1 + np.exp(-x))

def sigmoid_derivative(owner, x):
    return sigmoid(owner, x) * (1 - sigmoid(owner, x))
"""
IGNORED = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_derivative({above}, x):
    return sigmoid(x) * (1 - sigmoid(x))
"""


def outcomes(text):
    return {j.concept: j.outcome for j in check_of(text).judgements}


def test_it_is_left_out_where_it_is_handed_on_as_well():
    assert outcomes(METHODS) == {"sigmoid": Outcome.SAME, "d_sigmoid": Outcome.SAME}


def test_a_mistake_beside_it_is_found():
    wrong = METHODS.replace("(1 - sigmoid", "(1 + sigmoid")
    assert outcomes(wrong) == {"sigmoid": Outcome.SAME, "d_sigmoid": Outcome.DIFFERENT}


def test_one_that_is_read_is_no_such_parameter():
    read = METHODS.replace("return 1 /", "return owner.gain /")
    assert outcomes(read)["sigmoid"] is Outcome.NOT_COMPARED


@pytest.mark.parametrize("above", ["dout", "upward"])
def test_a_gradient_from_above_that_is_forgotten_stays_a_mistake(above):
    assert outcomes(IGNORED.format(above=above))["d_sigmoid"] is Outcome.DIFFERENT
