"""The arrays of a smallest problem are written as somebody would type them."""

import numpy as np

from compare.check.i18n.text import Text
from compare.check.report.text import smallest
from compare.check.result import Diagnosis


def written(value):
    diagnosis = Diagnosis("unknown", Text("", ""), Text("", ""), smallest={"a": value})
    return dict(smallest(diagnosis))["a"]


def test_rows_stand_in_one_line():
    assert written(np.arange(40.0).reshape(2, 20)).count("\n") == 0
    assert written(np.eye(2)) == "[[1., 0.], [0., 1.]]"


def test_arrays_of_several_shapes_stand_in_a_list():
    assert written([np.ones(2), np.ones((1, 1))]) == "[[1., 1.], [[1.]]]"
    assert written([1.0, 2.0]) == "[1., 2.]"
