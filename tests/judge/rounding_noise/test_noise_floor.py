"""The root mean square of several runs, and the noise that is assumed at the least."""

import numpy as np
import pytest

from compare.judge.rounding_noise.noise_floor import Spread, floor

INF, NAN = np.inf, np.nan


def spread(of, *runs):
    made = Spread(np.array(of))
    for run in runs:
        made.add(np.array(run))
    return made


def test_a_deviation_is_the_root_of_the_mean_square_element_by_element():
    made = spread([1.0, 10.0], [4.0, 10.0], [-3.0, 10.0])  # 3 and -4 away, 0 and 0
    np.testing.assert_allclose(made.sigma, [5 / 2**0.5, 0.0], rtol=1e-15)


def test_without_a_run_there_is_no_deviation():
    assert spread([1.0, 2.0]).sigma.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("scale", [2.0**900, 2.0**-900])
def test_squares_neither_overflow_nor_vanish(scale):
    made = spread([0.0], [3 * scale], [4 * scale])
    np.testing.assert_allclose(made.sigma, [5 / 2**0.5 * scale], rtol=1e-15)


def test_the_same_infinity_and_nan_are_no_deviation_and_any_other_is_infinite():
    assert spread([INF, -INF, NAN], [INF, -INF, NAN]).sigma.tolist() == [0.0, 0.0, 0.0]
    assert spread([INF, 1.0, NAN, 1.0], [-INF, NAN, 1.0, INF]).sigma.tolist() == [INF] * 4


def test_one_run_that_deviates_without_end_is_not_forgotten():
    assert spread([1.0], [INF], [1.0], [1.0]).sigma.tolist() == [INF]


def test_a_deviation_of_float32_is_taken_in_float64():
    """In float32 one more than 2^24 is no other number; the deviation of 1 has to be seen."""
    of, run = np.array([2.0**24], np.float32), np.array([2.0**24 + 1])
    made = Spread(of)
    made.add(run)
    assert made.sigma.tolist() == [1.0]


def test_another_shape_is_refused_with_both():
    with pytest.raises(ValueError, match=r"over its shape: \(3,\) or \(2,\)"):
        spread([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("dtype, u, eta", [
    ("float64", 2.0**-53, 2.0**-1074),
    ("float32", 2.0**-24, 2.0**-149),
])  # fmt: skip
def test_the_floor_is_half_an_ulp_the_smallest_number_or_the_deviation(dtype, u, eta):
    quiet = spread([4.0, 0.0], [4.0, 0.0])
    assert floor(quiet, dtype).tolist() == [4 * u, eta]
    assert floor(quiet, dtype, terms=5).tolist() == [4 * u, 5 * eta]
    assert floor(spread([4.0, 0.0], [5.0, 1.0]), dtype).tolist() == [1.0, 1.0]


def test_the_floor_is_neither_0_nor_nan_where_a_value_is_not_finite():
    assert floor(spread([INF, NAN], [INF, NAN]), "float64").tolist() == [2.0**-1074] * 2
    assert floor(spread([NAN], [1.0]), "float64").tolist() == [INF]
