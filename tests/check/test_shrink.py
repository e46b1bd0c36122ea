"""A failure without a known cause comes with its smallest problem; one bug is told once."""

import numpy as np

from compare.check.check_submission import checked
from compare.core.outcome import Outcome
from compare.sandbox.in_process import InProcess


def _of(**names):
    return checked("submission", InProcess({**names, "__name__": __name__}), {})


def _odd_softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    y = e / e.sum(axis=-1, keepdims=True)
    y[..., 1:2] = y[..., 1:2] * 1.25  # no mistake that anybody is known to make
    return y


def _right_softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_an_unknown_mistake_comes_with_the_smallest_problem_that_fails():
    judged = _of(softmax=_odd_softmax)["softmax"]
    assert judged.outcome is Outcome.DIFFERENT
    (diagnosis,) = judged.diagnoses
    assert diagnosis.cause == "unknown"
    u = diagnosis.smallest["u"]
    assert u.shape == (1, 2), "one sample and two classes show it"
    assert np.array_equal(u, np.round(u)), "whole numbers show it"
    assert not np.allclose(_odd_softmax(u), _right_softmax(u))


def test_what_is_right_has_no_smallest_problem():
    judged = _of(softmax=_right_softmax)["softmax"]
    assert judged.outcome is Outcome.SAME and not judged.diagnoses
