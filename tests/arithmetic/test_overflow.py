"""What rounding may push over the largest number, and what is beyond it for certain."""

from itertools import permutations

import numpy as np
import pytest

from compare.arithmetic.closeness import gap, measured_gap
from compare.arithmetic.running_error import FORMATS, Bounded

pytestmark = pytest.mark.numbers

DTYPES = ["float64", "float32"]


def number(values, dtype):
    return Bounded.given(np.array(values, FORMATS[dtype].dtype), FORMATS[dtype])


def wrong(value, expected):
    """Whether a result fails that is held against a computed number."""
    with np.errstate(all="ignore"):
        return gap(np.asarray(value, expected.format.dtype), expected.value, expected.limit()).count


def products(terms, ones):
    return terms @ ones


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", [lambda a, ones: a.sum(), products])
def test_a_sum_of_which_a_part_exceeds_the_largest_number_may_be_anything(operation, dtype):
    largest = FORMATS[dtype].dtype.type(FORMATS[dtype].largest)
    terms = largest * np.array([0.75, 0.75, -0.75, -0.5, -0.25], FORMATS[dtype].dtype)
    with np.errstate(all="ignore"):
        summed = operation(number(terms, dtype), number(np.ones(5), dtype))
        found = {float(np.cumsum(order)[-1]) for order in permutations(terms)}
    assert {np.inf, -np.inf} & found and {v for v in found if np.isfinite(v)}
    assert np.isfinite(summed.value)
    assert not any(wrong(value, summed) for value in (*found, np.nan))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", [lambda a, ones: a.sum(), products])
def test_a_sum_that_stays_far_below_the_largest_number_may_not_be_infinite(operation, dtype):
    largest = FORMATS[dtype].largest
    summed = operation(number([largest / 4, largest / 4], dtype), number(np.ones(2), dtype))
    assert not wrong(largest / 2, summed)
    assert all(wrong(value, summed) for value in (np.inf, -np.inf, np.nan, largest / 2.001))


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinity_stands_for_what_its_bound_takes_over_the_largest_number(dtype):
    format = FORMATS[dtype]
    near = format.largest * (1 - 2 * format.u)
    made = number([near, -near], dtype).widened(1.5 * format.u * format.largest)
    assert not wrong([np.inf, -np.inf], made)
    assert wrong([-np.inf, np.inf], made) == wrong([np.nan, 1.0], made) == 2
    sharper = number([near, -near], dtype).widened(0.25 * format.u * format.largest)
    assert wrong([np.inf, -np.inf], sharper) == 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", [lambda a: a + 0.0, lambda a: a - 0.0, lambda a: a / 0.75])
def test_what_one_operation_may_push_over_the_largest_number_may_be_infinite(way, dtype):
    largest = FORMATS[dtype].largest * (0.75 if way(1.0) > 1 else 1)
    with np.errstate(all="ignore"):
        assert not wrong(np.inf, way(number(largest, dtype)))
        assert wrong(np.inf, way(number(largest * (1 - 64 * FORMATS[dtype].u), dtype)))


def test_what_float64_cannot_hold_in_any_order_has_to_be_infinite():
    largest = FORMATS["float64"].largest
    with np.errstate(all="ignore"):
        beyond = (
            number([0.75 * largest] * 2, "float64").sum(),
            number([0.75 * largest] * 2, "float64") @ number([1.0, 1.0], "float64"),
            number(largest, "float64") * number(1.5, "float64"),
            number(largest, "float64") / number(0.5, "float64"),
            number(largest, "float64") + number(largest / 2, "float64"),
        )
    for made in beyond:
        assert not wrong(np.inf, made)
        assert all(wrong(value, made) for value in (largest, 0.0, -np.inf, np.nan))


@pytest.mark.parametrize("terms", [[0.9] * 5 + [-0.9] * 2, [-0.9] * 5 + [0.9] * 2])
def test_the_sign_of_infinity_is_undecided_where_either_sign_may_come_first(terms):
    largest = FORMATS["float64"].largest
    terms = np.array(terms) * largest
    with np.errstate(all="ignore"):
        found = {float(np.cumsum(order)[-1]) for order in (terms, terms[::-1])}
        summed = number(terms, "float64").sum()
        one_sided = number([*terms[:5], terms[5] / 2], "float64").sum()
    assert found == {-np.inf, np.inf}
    assert not any(wrong(value, summed) for value in found)
    right = np.copysign(np.inf, terms[0])
    assert not wrong(right, one_sided) and wrong(-right, one_sided) and wrong(0.0, one_sided)


def test_what_is_made_of_infinity_is_met_by_the_same_alone():
    given = number([np.inf, np.nan], "float64")
    with np.errstate(all="ignore"):
        made = given + given
    assert not wrong([np.inf, np.nan], made)
    assert wrong([np.nan, np.inf], made) == 2


def test_an_error_that_may_be_anything_is_no_nan_beside_its_limit():
    found = gap(np.array([np.nan, 1.5]), np.array([1.0, 1.0]), np.array([np.inf, 0.25]))
    assert np.isfinite(found.error / found.limit).all()
    assert found.worst == (1,) and found.count == 1


def test_a_reference_that_its_own_noise_makes_infinite_decides_nothing():
    reference, limit = np.array([np.inf, np.inf, 1.0]), np.array([np.inf, 0.0, 0.5])
    value = np.array([1e300, 1e300, np.inf])
    assert measured_gap(value, reference, limit).wrong.tolist() == [False, True, True]
    assert gap(value, reference, limit).wrong.tolist() == [True, True, True]
