"""Another factor for each index of an axis, and what is normalized along another axis."""

import numpy as np
import pytest
import torch

import compare
from compare.equivalence.solved_causes.along_axes import (
    factors_along,
    normalized_otherwise,
    two_factors,
)

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(62)
A = RNG.standard_normal((4, 6))
LENGTHS = np.array([2.0, 1.0, 4.0, 3.0])
TORCH = {"mine_takes": "torch", "dtypes": ["float64"]}


@pytest.mark.parametrize(
    ("mine", "arrays", "says"),
    [
        (A * LENGTHS[:, None], {"lengths": LENGTHS}, "yours is the reference's times lengths"),
        (A / LENGTHS[:, None], {"lengths": LENGTHS}, "times 1 / lengths"),
        (A / np.sqrt(LENGTHS)[:, None] / 2, {"lengths": LENGTHS}, "times 1/2 * 1 / sqrt(lengths)"),
        (A * LENGTHS[:, None], {}, "times 2, 1, 4, 3"),
        (A * [1, 1, 2, 1, 1, 3], {}, "axis 1: yours is the reference's times 1, 1, 2, 1, 1, 3"),
        (A**2, {"lengths": LENGTHS}, ""),
        (A * RNG.standard_normal((4, 6)), {}, ""),
        (2 * A, {"lengths": LENGTHS}, ""),
    ],
)  # fmt: skip
def test_a_factor_of_each_index_is_solved_and_named(mine, arrays, says):
    said = factors_along(mine, A, arrays)
    assert says in said and bool(says) == bool(said)


def softmax(a, axis):
    e = np.exp(a)
    return e / e.sum(axis, keepdims=True)


def test_what_sums_to_one_along_another_axis_is_named():
    said = normalized_otherwise(softmax(A, 0), softmax(A, 1))
    assert "the sum of the reference's is 1 along axis 1, and of yours along axis 0" in said
    said = normalized_otherwise(np.log(softmax(A, 1)), np.log(softmax(A, 0)))
    assert "the sum of the exponentials of the reference's is 1 along axis 0" in said
    unit = A / np.linalg.norm(A, axis=1, keepdims=True)
    whole = A / np.linalg.norm(A)
    columns = A / np.linalg.norm(A, axis=0)
    assert "the sum of the squares of the reference's is 1 along axis 1" in normalized_otherwise(
        columns, unit
    )
    assert "along axis 1, and of yours along the axes 0, 1" in normalized_otherwise(whole, unit)
    assert "along the axes 0, 1, and of yours along axis 1" in normalized_otherwise(unit, whole)
    assert normalized_otherwise(3 * whole, unit) == ""
    assert normalized_otherwise(softmax(A[:1] ** 2, 1), softmax(A[:1], 1)) == ""
    assert normalized_otherwise(softmax(2 * A, 1), softmax(A, 1)) == ""


def test_a_softmax_over_features_for_one_within_a_segment_is_named():
    lengths = np.array([2, 4, 3])

    def mine(x, lengths, axis=-1):
        ends = np.cumsum(lengths)
        return [softmax(x[end - n : end], axis) for end, n in zip(ends, lengths, strict=True)]

    def reference(x, lengths):
        return [part.softmax(0) for part in torch.split(x, lengths.tolist())]

    x = RNG.standard_normal((9, 3))
    settings = {"gradient": False, "dtypes": ["float64"]}
    (wrong,) = compare.equivalent(mine, reference, [x, lengths], **settings)
    assert "the sum of the reference's is 1 along axis 0, and of yours along axis 1" in wrong.cause
    (right,) = compare.equivalent(lambda x, n: mine(x, n, 0), reference, [x, lengths], **settings)
    assert not right.fails


def losses(x, mask):
    return (x * x).sum(-1) * mask


def of_all(x, mask):
    return losses(x, mask).sum() / mask.sum()


def of_means(x, mask):
    return (losses(x, mask).sum(1) / mask.sum(1)).mean()


MASK = (np.arange(5) < np.array([[5], [2], [3]])).astype(float)


def test_a_mean_of_means_is_told_by_what_each_segment_counts():
    x = RNG.standard_normal((3, 5, 4))
    (wrong,) = compare.equivalent(of_means, of_all, {"x": x, "mask": MASK}, **TORCH)
    assert wrong.verdict.first.name == "output"
    assert "as grad/x shows, a factor for each index of axis 0" in wrong.cause
    assert "1 / mask.sum(1)" in wrong.cause and "10/3 * " in wrong.cause
    assert compare.equivalent(of_all, of_all, {"x": x, "mask": MASK}, **TORCH).passed


def test_another_mistake_of_a_mean_is_none_of_means():
    def mine(x, mask):
        return (losses(x, mask) ** 1.01).sum() / mask.sum()

    x = RNG.standard_normal((3, 5, 4))
    (wrong,) = compare.equivalent(mine, of_all, {"x": x, "mask": MASK}, **TORCH)
    assert wrong.fails and "mask.sum(1)" not in str(wrong.cause)


def test_two_factors_are_told_with_the_array_that_says_where():
    bits = (np.arange(24).reshape(4, 6) % 5 < 2).astype(float)
    x = np.random.default_rng(1).standard_normal((4, 6))
    wrong = x * np.where(bits == 1, 3.0, 0.5)
    assert two_factors(wrong, x, {"t": bits}) == (
        "two factors: yours is 3 times the reference's where t = 1, and 0.5 times elsewhere"
    )
    assert two_factors(wrong, x, {}) == ""  # nothing says where
    part = x * np.where(bits == 1, 0.5, 1.0)
    assert two_factors(part, x, {}) == (
        "a factor in part: where they differ, in 10 of 24 elements, yours is 0.5 times the "
        "reference's"
    )


def test_one_factor_or_three_are_not_two():
    x = np.random.default_rng(1).standard_normal((4, 6))
    assert two_factors(2 * x, x, {}) == ""
    assert two_factors(x * np.array([1.0, 2.0, 3.0] * 2), x, {"x": x}) == ""
    few = x.copy()
    few[0, 0] *= 2  # any factor explains a single number
    assert two_factors(few, x, {"x": x}) == ""
