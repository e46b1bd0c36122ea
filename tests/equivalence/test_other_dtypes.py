"""Results of another dtype: different in any case, and whether their numbers are is said."""

import numpy as np
import pytest
import torch

import compare
from compare.engine.result_rows import first_figures

X = np.arange(12.0).reshape(3, 4) - 5.0
CLASSES = np.array([3, 3, 1])
OF_TORCH = {
    "int64": lambda x: torch.tensor([3, 3, 1]),
    "bool": lambda x: x[:, 0] > -3,
}


def first_of(mine, reference):
    (result,) = compare.equivalent(mine, reference, [X], dtypes=["float64"], gradient=False)
    return result


@pytest.mark.parametrize(
    ("right", "wrong", "reference"),
    [
        (np.int32([3, 3, 1]), np.int32([2, 3, 1]), OF_TORCH["int64"]),
        (np.float64([3, 3, 1]), np.float64([2, 3, 1]), OF_TORCH["int64"]),
        (np.uint8([0, 1, 1]), np.uint8([1, 1, 1]), OF_TORCH["bool"]),
    ],
    ids=["int32", "floats for classes", "uint8 for bool"],
)
def test_whole_numbers_of_another_dtype_are_held_against_each_other(right, wrong, reference):
    same = first_of(lambda x: right, reference)
    assert same.fails and same.verdict.first.mismatched == 0
    assert "; the values are the same: convert what is returned" in first_figures(same)
    other = first_of(lambda x: wrong, reference)
    assert other.verdict.first.mismatched == 1
    assert first_figures(other).startswith("1 of 3 elements")


def test_right_numbers_of_another_dtype_hide_no_wrong_ones_after_them():
    def mine(x):
        return {"a": np.float32(2) * x.astype(np.float32), "b": (3 * x + factor).astype(np.float32)}

    def reference(x):
        return {"a": 2 * x, "b": 3 * x}

    factor = 0.0
    assert "output/b" not in first_figures(first_of(mine, reference))
    factor = 1.0
    said = first_figures(first_of(mine, reference))
    assert said.startswith("dtype float32, expected float64; rounded to that, the values")
    assert ". output/b: 12 of 12 elements differ" in said
