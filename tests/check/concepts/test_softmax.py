"""The Jacobian of a softmax is told from those of other functions."""

from compare.check.naming.bind import BY_NAME, BY_VALUES
from compare.core.outcome import Outcome

JACOBIANS = """
import numpy as np

def softmax(a):
    e = np.exp(a - a.max())
    return e / e.sum()

def softmax_jacobian(a):
    p = softmax(a)
    return np.diag(p) - np.outer(p, p)

def affine_jacobian(W):
    return W.T

def scale_jacobian(a):
    return np.diag(a)
"""


def test_a_jacobian_of_something_else_is_not_taken_for_that_of_a_softmax(judged):
    found, _ = judged(JACOBIANS, (BY_NAME, BY_VALUES))
    assert "affine_jacobian" not in found and "scale_jacobian" not in found
    assert found["softmax_jacobian"].outcome is Outcome.SAME
