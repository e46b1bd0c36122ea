"""The referee computes with fifty digits: its values are those of mpmath."""

import mpmath
import numpy as np
import pytest

from compare.arithmetic.multiprecision import Exact

FUNCTIONS = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "sqrt": mpmath.sqrt,
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}
X = np.array([1e-3, 0.1, 1.0, 5.0, 30.0])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_those_of_mpmath(name):
    with mpmath.workdps(60):
        found = getattr(Exact.given(X), name)().value
        right = [FUNCTIONS[name](mpmath.mpf(float(x))) for x in X]
        for value, expected in zip(found, right, strict=True):
            assert abs(value - expected) <= abs(expected) * mpmath.mpf(10) ** -45


def test_sums_and_products_lose_nothing_that_float64_loses():
    big, small = Exact.given(np.array([1e16, -1e16])), Exact.given(np.array([1.0, 0.5]))
    assert float((big + small).sum().value) == 1.5
    third = 1.0 / Exact.given(np.array([3.0]))
    assert abs((third * 3.0 - 1.0).value[0]) < 1e-49


def test_a_step_is_0_at_0_and_a_maximum_is_of_its_row():
    u = Exact.given(np.array([[-1.0, 0.0, 2.0], [3.0, -4.0, 1.0]]))
    assert u.step().value.astype(float).tolist() == [[0, 0, 1], [1, 0, 1]]
    assert u.relu().value.astype(float).tolist() == [[0, 0, 2], [3, 0, 1]]
    assert u.max().value.astype(float).tolist() == [[2], [3]]
