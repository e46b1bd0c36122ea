"""Sums that no order rounds are known as such, and those that some order rounds are not."""

import itertools
import math

import numpy as np
import pytest
import torch

from compare.judge.rounding_noise.exact_operations import grain, product, unrounded

SMALLEST = 2.0**-1074


@pytest.mark.parametrize("values, wanted", [
    ([6.0, 4.0], 2.0),
    ([-6.0, 3.0], 1.0),
    ([0.75, 8.0], 0.25),
    ([0.0, 12.0], 4.0),
    ([2.0**60 + 2.0**8], 2.0**8),
    ([1 + 2.0**-52], 2.0**-52),
    ([SMALLEST, 1.0], SMALLEST),
    ([0.0, -0.0], math.inf),
    ([], math.inf),
])  # fmt: skip
def test_a_grain_is_the_largest_power_of_two_that_divides_all(values, wanted):
    assert grain(torch.tensor(values, dtype=torch.float64)) == wanted


@pytest.mark.parametrize("number, wanted", [
    (6, 2.0), (-0.375, 0.125), (True, 1.0), (SMALLEST, SMALLEST), (0, math.inf),
])  # fmt: skip
def test_a_plain_number_has_a_grain_too(number, wanted):
    assert grain(number) == wanted


def test_the_grain_of_a_product_divides_every_product():
    x, y = torch.tensor([0.75, 3.0]), torch.tensor([10.0, 0.5])
    assert product(grain(x), grain(y)) == 0.25 * 0.5
    assert grain(torch.outer(x, y)) >= 0.25 * 0.5


def sums(terms, dtype):
    """Every sum of the terms, one after the other in every order, in that dtype."""
    orders = itertools.permutations(np.array(terms, dtype))
    return {float(np.add.accumulate(np.array(order))[-1]) for order in orders}


def is_exact(terms, dtype=torch.float32):
    terms = torch.tensor(terms, dtype=dtype)
    largest = terms.abs().sum()  # rounded, as the noise takes it
    return bool(unrounded(largest, [terms], product, terms.sum()))


@pytest.mark.parametrize("terms", [
    [2.0**24 - 3, 1.0, 1.0],
    [2.0**22, -(2.0**22) + 1, 1.0, 0.0],
    [0.5, 0.25, 2.0**21],
    [0.0, 0.0],
])  # fmt: skip
def test_a_sum_as_long_as_the_format_is_exact_and_the_same_in_every_order(terms):
    assert is_exact(terms)
    assert sums(terms, np.float32) == {math.fsum(terms)}


@pytest.mark.parametrize("terms", [
    [2.0**24, 1.0, 1.0],
    [2.0**24, 1.0, -(2.0**24)],
    [2.0**22, 0.25, 0.25],
])  # fmt: skip
def test_a_sum_that_is_longer_is_not_and_has_another_value_in_another_order(terms):
    assert not is_exact(terms)
    assert len(sums(terms, np.float32)) > 1


def test_float64_takes_what_float32_rounds():
    assert is_exact([2.0**24, 1.0, 1.0], torch.float64)


def test_what_is_added_counts_with_its_own_grain():
    x, largest = torch.tensor([2.0**20, 2.0**19]), torch.tensor(2.0**20 + 2.0**19)
    assert unrounded(largest, [x], product, x)
    assert unrounded(largest, [x], product, x, added=[0.5])
    assert not unrounded(largest, [x], product, x, added=[2.0**-4])


def test_factors_are_joined_to_the_grain_of_their_products():
    x, w, largest = torch.tensor([0.5]), torch.tensor([0.25]), torch.tensor(2.0**21 - 0.125)
    assert unrounded(largest, [x, w], product, x)
    assert not unrounded(largest + 0.125, [x, w], product, x)


def test_the_fine_grain_of_a_late_element_is_seen():
    """The quick look takes the first four elements alone."""
    terms = torch.tensor([2.0**22, 0.0, 0.0, 0.0, 0.25, 0.25])
    assert not unrounded(terms.sum(), [terms], product, terms)


def test_each_sum_is_judged_by_itself():
    of = torch.tensor([2.0**24 - 1, 2.0**24, 0.0])
    assert unrounded(of, [torch.tensor([1.0])], product, of).tolist() == [True, False, True]


def test_products_below_the_smallest_number_are_rounded_unless_all_are_zero():
    tiny, of = torch.tensor([2.0**-80]), torch.tensor([2.0**-149, 0.0])
    assert unrounded(of, [tiny, tiny], product, of).tolist() == [False, True]
