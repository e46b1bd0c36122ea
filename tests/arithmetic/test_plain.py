"""Numbers without their error have the values of those with it."""

import numpy as np
import pytest

from compare.arithmetic.plain import Plain
from compare.arithmetic.running_error import FORMATS, Bounded

A = np.array([[-1.5, 0.25, 3.0], [0.0, -0.125, 0.75]])
POSITIVE = np.abs(A) + 0.5
OPERATIONS = {
    "add": lambda a, p: a + p + 1.0,
    "subtract": lambda a, p: 1.0 - (a - p),
    "multiply": lambda a, p: 2.0 * a * p,
    "divide": lambda a, p: 1.0 / p + a / p,
    "matmul": lambda a, p: a @ p.T,
    "affine": lambda a, p: a.affine(p.T @ p, p[0]),
    "sum": lambda a, p: a.sum() * p.sum(axis=0, keepdims=True),
    "max": lambda a, p: a - a.max(),
    "exp": lambda a, p: a.exp(),
    "log": lambda a, p: p.log() + p.log1p(),
    "sqrt": lambda a, p: p.sqrt(),
    "sigmoid": lambda a, p: a.sigmoid(),
    "tanh": lambda a, p: a.tanh(),
    "relu": lambda a, p: a.relu() + a.abs() + a.at_least(0.5),
    "step": lambda a, p: p.where(a.step()) + a.step(),
    "once": lambda a, p: a.once(lambda u: u.exp()) * a.constant(0.5),
    "exactly": lambda a, p: a.exactly().reshape(3, 2)[1:],
    "stacked": lambda a, p: a.stacked([p.sum(), a.sum()], (2, 1)),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_values_are_those_of_the_numbers_with_errors(operation):
    bounded = [Bounded.given(x, FORMATS["float64"]) for x in (A, POSITIVE)]
    wanted = operation(*bounded)
    got = operation(*map(Plain.of, bounded))
    assert got.shape == wanted.shape and type(got.value) is np.ndarray
    np.testing.assert_allclose(got.value, wanted.value, rtol=1e-14)


def test_what_is_no_number_with_an_error_stays_as_it_is():
    assert Plain.of(A) is A and Plain.of("softmax") == "softmax"


def test_nan_is_no_side_of_a_step():
    bounded = Bounded.given(np.array([np.nan, 1.0]), FORMATS["float64"])
    assert np.isnan(Plain.of(bounded).step()[0]) and np.isnan(bounded.step().value[0])
