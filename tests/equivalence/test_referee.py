"""Float64 as a referee: an error that is as large on both sides is rounding, and a fault none."""

import numpy as np
import pytest
import torch

import compare
from compare import Outcome

X = np.random.default_rng(7).random(60_000)


def backwards(x):
    return x[::-1].cumsum(dtype=x.dtype)[-1:]


def forwards(x):
    """A sum whose rounding no noise of torch's operations shows."""
    return torch.from_numpy(x.numpy().cumsum(dtype=x.numpy().dtype)[-1:]) * 1


@pytest.mark.parametrize("factor", [1.0, 1 + 2e-5, 0.5])
def test_a_difference_that_both_sides_share_is_rounding_and_a_factor_is_none(factor):
    (r,) = compare.equivalent(
        lambda x: backwards(x) * x.dtype.type(factor),
        forwards,
        [X],
        dtypes=["float32"],
        gradient=False,
    )
    compared = r.verdict.comparisons[0]
    if factor == 1:
        assert r.outcome is Outcome.SAME and compared.error > compared.limit
        assert "rounding: in float64, on the same inputs, both agree" in compared.reason
    else:
        assert r.outcome is Outcome.DIFFERENT and compared.mismatched == 1


def test_a_side_that_is_much_further_off_is_not_excused_by_the_other():
    (r,) = compare.equivalent(
        lambda x: (backwards(x) + 1000 * x[:1]) - 1000 * x[:1],
        lambda x: x.double().sum()[None].to(x.dtype),
        [X],
        dtypes=["float32"],
        gradient=False,
    )
    assert r.outcome is Outcome.DIFFERENT and r.error_kind.name == "UNSTABLE"
