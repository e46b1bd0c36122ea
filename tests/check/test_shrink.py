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


def test_the_smallest_problem_shows_something():
    def relu(u):
        return np.maximum(0, u) + 0.25 * np.sin(u) ** 2  # 0 at 0, as it should be

    (diagnosis,) = _of(relu=relu)["relu"].diagnoses
    assert diagnosis.cause == "unknown" and np.any(diagnosis.smallest["u"])

    def sigmoid(u):
        return 1 / (1 + np.exp(-u)) + 0.125 * np.cos(u)  # wrong at 0, of which one learns little

    (diagnosis,) = _of(sigmoid=sigmoid)["sigmoid"].diagnoses
    assert diagnosis.cause == "unknown" and np.any(diagnosis.smallest["u"])


def test_where_a_mean_is_taken_two_samples_are_left():
    def mean_squared_error(d, y):
        return np.sum(np.abs(y - d) ** 1.5 * np.exp(y)) / len(y)

    (diagnosis,) = _of(mean_squared_error=mean_squared_error)["mean_squared_error"].diagnoses
    assert diagnosis.cause == "unknown"
    assert len(diagnosis.smallest["y"]) == 2


def test_what_no_eye_sees_is_said():
    def softmax(u):
        y = _right_softmax(u)
        y[..., 1:2] = y[..., 1:2] * (1 + 2e-7)
        return y

    (diagnosis,) = _of(softmax=softmax)["softmax"].diagnoses
    assert diagnosis.cause == "unknown"
    assert "6 digits agree: no more than float32 lies between" in diagnosis.seen.en
    (plain,) = _of(softmax=_odd_softmax)["softmax"].diagnoses
    assert "digits agree" not in plain.seen.en
