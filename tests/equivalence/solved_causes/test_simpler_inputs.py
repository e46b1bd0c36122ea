"""With a simpler array in place of one that was given both agree: it is what needs a look."""

import numpy as np
import pytest

import compare
from compare.equivalence.solved_causes.simpler_inputs import agreement

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(65)
X, MASK = RNG.standard_normal((3, 5)), np.arange(5) < np.array([[2], [5], [3]])


def attended(x, mask, hidden):
    scores = np.where(mask, x, x.dtype.type(hidden))
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True) * x).sum(-1)


def reference(x, mask):
    return (x.masked_fill(~mask, float("-inf")).softmax(-1) * x).sum(-1)


def result(mine):
    arrays = {"x": X, "mask": MASK}
    (one,) = compare.equivalent(mine, reference, arrays, gradient=False, dtypes=["float64"])
    return one


def test_a_mask_that_is_used_otherwise_is_pointed_at():
    assert not result(lambda x, mask: attended(x, mask, -np.inf)).fails
    wrong = result(lambda x, mask: attended(x, mask, 0))
    assert wrong.cause == ("it is in what is made of mask: both agree where all of it are alike")


def test_what_differs_whatever_the_mask_is_not_laid_to_it():
    wrong = result(lambda x, mask: attended(1.01 * x, mask, -np.inf))
    assert wrong.fails and "mask" not in str(wrong.cause)


def test_each_array_is_tried_by_itself():
    tried = []
    assert agreement({"a": np.arange(3.0), "n": np.arange(3), "c": np.ones(2)}, tried.append) == ""
    assert [next(iter(changed)) for changed in tried] == ["n", "a"]
