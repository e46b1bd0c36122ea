"""Who was taken for whom, counted as scikit-learn counts."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as by_sklearn

from compare.report.tensorboard.trainings import confusion

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("k", [2, 3, 10])
def test_the_confusion_matrix_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(k)
    d, y = rng.integers(k, size=(2, 50))
    expected = by_sklearn(d, y, labels=range(k))
    np.testing.assert_array_equal(confusion.confusion_matrix(d, y, k), expected)


def test_the_confusion_of_iris_is_that_of_its_last_outputs(iris):
    found = confusion.confusion(iris)
    last = iris.result.snapshots[-1]
    for run, trace in (("scratch", last.mine), ("torch", last.reference)):
        expected = by_sklearn(iris.arrays["d_test"], trace["test/y"].argmax(axis=1))
        np.testing.assert_array_equal(found.counts[run], expected)
        assert found.accuracy(run) == trace["test/accuracy"]


@pytest.mark.parametrize(
    "d, expected",
    [
        (np.array([2, 0]), [2, 0]),
        (np.array([[1.0], [0.0]]), [1, 0]),
        (np.array([[0, 0, 1], [1, 0, 0]]), [2, 0]),
    ],
)
def test_targets_of_every_form_name_their_class(d, expected):
    assert confusion.labels(d).tolist() == expected
