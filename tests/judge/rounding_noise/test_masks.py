"""Masks by a large negative number: what they leave 0 has no noise, and hides none behind it."""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import compare
from compare import Outcome

pytestmark = pytest.mark.numbers

FILLS = {"finfo.min": lambda t: torch.finfo(t).min, "-1e9": lambda t: -1e9, "-1e4": lambda t: -1e4}
LATER = np.triu(np.ones((6, 6), bool), 1)
# the last row is masked as a whole, as that of a padded sequence
PADDED = np.arange(6) >= np.array([[6], [4], [0]])


def normal(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def filled(fill, mask, dtype):
    of_format = fill(getattr(torch, str(dtype).removeprefix("torch.")))
    return np.where(mask, dtype.type(of_format), dtype.type(0))


def added(fill, scores, mask):
    return scores + torch.zeros_like(scores).masked_fill(torch.tensor(mask), fill(scores.dtype))


def added_to_products(fill, q, k):
    mask = torch.zeros(3, 6, 6, dtype=q.dtype)
    mask = mask.masked_fill(torch.tensor(PADDED)[:, None], fill(q.dtype))
    return torch.softmax(torch.baddbmm(mask, q, k.mT, alpha=0.5), -1)


def exponentials(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def logarithms(s):
    c = s - s.max(-1, keepdims=True)
    return c - np.log(np.exp(c).sum(-1, keepdims=True))


def outcomes(mine, reference, arrays, **settings):
    return {r.outcome for r in compare.equivalent(mine, reference, arrays, **settings)}


@pytest.mark.parametrize("scale", [2.0, 2.00001])
@pytest.mark.parametrize("fill", FILLS)
def test_attention_with_another_mask_is_the_same_and_with_another_scale_is_not(fill, scale):
    def mine(q, k, v):
        scores = q @ k.swapaxes(-1, -2) / q.dtype.type(scale)
        return exponentials(np.where(LATER, q.dtype.type(-math.inf), scores)) @ v

    def reference(q, k, v):
        return torch.softmax(added(FILLS[fill], q @ k.mT / 2, LATER), -1) @ v

    arrays = [normal(2, 6, 4) for _ in range(3)]
    found = compare.equivalent(mine, reference, arrays)
    assert found.passed is (scale == 2.0)
    if scale != 2.0:
        assert found[0].verdict.first.name == "output"


@pytest.mark.parametrize("factor", [1, 1 + 1e-5])
@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize(
    "mine, reference", [(exponentials, F.softmax), (logarithms, F.log_softmax)]
)
def test_a_row_that_is_masked_as_a_whole_is_compared_too(mine, reference, fill, factor):
    def by_hand(x):
        return mine(x + filled(FILLS[fill], PADDED, x.dtype)) * x.dtype.type(factor)

    def torchs(x):
        return reference(added(FILLS[fill], x, PADDED), -1)

    expected = Outcome.SAME if factor == 1 else Outcome.DIFFERENT
    assert outcomes(by_hand, torchs, [normal(3, 6)], dtypes=["float64"]) == {expected}
    # a factor that float32 resolves; masked by -1e4, it has rounded to 1e-3 there
    factor = 1 if factor == 1 else 1.001
    assert outcomes(by_hand, torchs, [normal(3, 6)], dtypes=["float32"]) == {expected}


@pytest.mark.parametrize("factor", [1, 1 + 1e-5])
@pytest.mark.parametrize("fill", FILLS)
def test_scores_may_be_added_to_their_mask_in_one_operation(fill, factor):
    def mine(q, k):
        scores = q @ k.swapaxes(-1, -2) / q.dtype.type(2)
        masked = scores + filled(FILLS[fill], PADDED, q.dtype)[:, None]
        return exponentials(masked) * q.dtype.type(factor)

    arrays, reference = [normal(3, 6, 4), normal(3, 6, 4)], partial(added_to_products, FILLS[fill])
    expected = Outcome.SAME if factor == 1 else Outcome.DIFFERENT
    assert outcomes(mine, reference, arrays, dtypes=["float64"]) == {expected}


@pytest.mark.parametrize("fill", FILLS)
def test_a_reference_in_numpy_is_masked_alike(fill):
    def mine(x):
        return exponentials(x + filled(FILLS[fill], LATER, x.dtype))

    def reference(x):
        return exponentials(np.where(LATER, x.dtype.type(-np.inf), x))

    settings = {"reference_takes": "numpy", "gradient": False}
    assert outcomes(reference, mine, [normal(6, 6)], **settings) == {Outcome.SAME}
    wrong = outcomes(lambda x: reference(1.0001 * x), mine, [normal(6, 6)], **settings)
    assert wrong == {Outcome.DIFFERENT}


def test_the_logarithm_of_one_and_less_than_its_rounding_may_be_0_or_that():
    x = np.array([-50.0, -40.0, -36.5, 1.0, 2.0])
    log1p = lambda x: np.log1p(np.exp(x))  # noqa: E731
    found = outcomes(log1p, lambda x: torch.log(1 + torch.exp(x)), [x], gradient=False)
    assert found == {Outcome.SAME}


def test_the_shift_of_a_logarithm_of_a_sum_may_be_taken_first_or_last():
    x = 1000 + normal(5, 7)

    def last(x):
        largest = x.max(-1, keepdims=True)
        return x - (largest + np.log(np.exp(x - largest).sum(-1, keepdims=True)))

    assert outcomes(last, lambda x: F.log_softmax(x, -1), [x]) == {Outcome.SAME}
    assert outcomes(lambda x: np.exp(last(x)), lambda x: F.softmax(x, -1), [x]) == {Outcome.SAME}
