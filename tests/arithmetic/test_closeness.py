"""What is equal: numbers within their limit, and what is not finite only where it agrees."""

import numpy as np
import pytest

from compare.arithmetic.closeness import gap, is_float, length, unlike
from compare.arithmetic.formats import COARSE
from compare.arithmetic.running_error import FORMATS

INF, NAN = np.inf, np.nan


def wrong(value, expected, limit):
    return gap(np.array(value), np.array(expected), np.array(limit)).wrong.tolist()


def test_an_error_as_large_as_its_limit_is_allowed_and_the_next_number_is_not():
    limit = 0.25
    assert wrong([1.25], [1.0], [limit]) == [False]
    assert wrong([1.25], [1.0], [np.nextafter(limit, 0)]) == [True]


def test_one_limit_holds_for_every_element():
    found = gap(np.array([1.0, 2.0, 3.5]), np.array([1.0, 2.5, 3.0]), 0.25)
    assert found.wrong.tolist() == [False, True, True]
    assert found.count == 2
    assert found.limit.tolist() == [0.25, 0.25, 0.25]


@pytest.mark.parametrize("limit", [0.0, 1.0, INF])
def test_what_is_not_finite_is_met_by_the_same_alone_whatever_the_limit(limit):
    assert wrong([INF, -INF, NAN], [INF, -INF, NAN], [limit] * 3) == [False] * 3
    assert wrong([-INF, INF, INF], [INF, -INF, NAN], [limit] * 3) == [True] * 3
    assert wrong([1.0, 1.0, NAN], [INF, NAN, INF], [limit] * 3) == [True] * 3


def test_where_a_number_is_expected_only_an_infinite_limit_allows_an_infinity_or_nan():
    assert wrong([INF, NAN], [1.0, 1.0], [1e300, 1e300]) == [True, True]
    assert wrong([INF, NAN], [1.0, 1.0], [INF, INF]) == [False, False]


def test_an_error_is_never_nan():
    found = gap(np.array([INF, NAN, INF, 1.0]), np.array([INF, NAN, -INF, NAN]), 1.0)
    assert found.error.tolist() == [0.0, 0.0, INF, INF]


def test_whole_numbers_that_float64_merges_are_still_different():
    big = 2**53
    assert float(big) == float(big + 1)
    assert wrong([big + 1], [big], [0.0]) == [True]
    assert wrong([big + 1], [big + 1], [0.0]) == [False]


def test_the_worst_is_the_largest_error_per_limit_among_the_wrong():
    # errors 4, 3 and 5; 4 and 1.5 times the limit, and below it
    found = gap(np.array([[4.0, 3.0], [5.0, 0.0]]), np.zeros((2, 2)), np.array([[1, 2], [8, 1]]))
    assert found.worst == (0, 0)
    allowed = gap(np.array([1.0, 3.0, 5.0]), np.zeros(3), np.array([4.0, 4.0, 8.0]))
    assert (allowed.count, allowed.worst) == (0, (1,))


def test_an_infinite_error_that_is_allowed_is_not_the_worst():
    found = gap(np.array([INF, 3.0]), np.zeros(2), np.array([INF, 1.0]))
    assert found.worst == (1,)
    allowed = gap(np.array([INF, 0.5]), np.zeros(2), np.array([INF, 1.0]))
    assert (allowed.count, allowed.worst) == (0, (1,))


def test_nothing_beside_nothing_has_no_wrong_element():
    assert gap(np.zeros((0, 3)), np.zeros((0, 3)), 0.0).count == 0


def test_the_formats_are_those_whose_rounding_is_known():
    assert all(is_float(FORMATS[name].dtype) for name in ("float64", "float32", *COARSE))
    assert not any(is_float(np.dtype(name)) for name in ("int64", "bool", "complex128"))


X = np.ones((2, 3))
UNLIKE = {
    "another shape": (X, X.T, "shape (2, 3), expected (3, 2)"),
    "another dtype": (X.astype(np.float32), X, "dtype float32, expected float64"),
    "a mask on your side": (np.ma.masked_array(X), X, "yours is a masked array"),
    "a mask on the other": (X, np.ma.masked_array(X), "the reference is a masked array"),
    "objects": (X.astype(object), X.astype(object), "neither real numbers nor truth values"),
    "complex numbers": (X + 0j, X + 0j, "neither real numbers nor truth values"),
    "text": (X.astype("U3"), X.astype("U3"), "neither real numbers nor truth values"),
}


@pytest.mark.parametrize("what", UNLIKE)
def test_what_cannot_be_compared_says_why(what):
    mine, reference, reason = UNLIKE[what]
    assert reason in unlike(mine, reference)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "uint8", "bool"])
def test_two_arrays_of_numbers_of_one_form_can_be_compared(dtype):
    assert unlike(X.astype(dtype), X.astype(dtype)) == ""


@pytest.mark.parametrize("scale", [1.0, 2.0**900, 2.0**-900])
def test_a_length_neither_overflows_nor_vanishes(scale):
    with np.errstate(over="ignore"):  # the plain sum of squares is tried first
        assert length(np.array([[3.0, 0.0], [0.0, 4.0]]) * scale) == 5.0 * scale


def test_the_length_of_nothing_of_zeros_and_of_what_is_not_finite():
    assert length(np.empty(0)) == 0.0
    assert length(np.zeros(3)) == 0.0
    assert length(np.array([1.0, -INF])) == INF
