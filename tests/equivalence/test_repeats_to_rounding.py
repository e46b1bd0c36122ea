"""A reference that does not repeat to the last bit repeats; one that draws by more does not."""

import numpy as np
import pytest
import torch

import compare

X = np.random.default_rng(3).standard_normal((6, 4))


def reference_that_moves(by):
    """``x^2`` times 1 + n by at the n-th call: as a solver that adds up otherwise each time."""
    calls = iter(range(1000))
    return lambda x: x**2 * (1 + by * next(calls))


@pytest.mark.parametrize(("dtype", "by"), [("float64", 2.0**-52), ("float32", 2.0**-23)])
def test_what_differs_by_roundings_from_run_to_run_is_the_same(dtype, by):
    result = compare.equivalent(lambda x: x**2, reference_that_moves(by), [X], dtypes=[dtype])
    assert not result[0].fails, result


@pytest.mark.parametrize("by", [1e-10, 0.5])
def test_what_differs_by_more_does_not_repeat(by):
    result = compare.equivalent(lambda x: x**2, reference_that_moves(by), [X], dtypes=["float64"])
    assert result[0].verdict.first.name == "repeats/torch"


def test_least_squares_of_torch_repeat():
    a, b = torch.from_numpy(X), X @ np.ones(4)
    for _ in range(8):
        compare.assert_equivalent(
            lambda b: np.linalg.lstsq(X, b, rcond=None)[0],
            lambda b: torch.linalg.lstsq(a.to(b.dtype), b[:, None]).solution[:, 0],
            [b], dtypes=["float64"], gradient=False,
        )  # fmt: skip
