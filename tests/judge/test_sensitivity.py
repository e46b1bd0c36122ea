"""A check is asked what it could not have seen: which planted faults would have passed."""

import json

import numpy as np
import pytest

from compare.judge.sensitivity import Sensitivity, faults

EVERY = ("zeros", "a constant", "a permutation", "another sign", "one wrong element", "a factor")


def unseen(*expected, limit, dtype="float64"):
    sensitivity = Sensitivity()
    for values in expected:
        values = np.array(values)
        sensitivity.attempt("y", values, np.broadcast_to(limit, values.shape), dtype)
    return sensitivity.unseen("y")


ORDINARY = [[1.0, -2.0, 3.0], [0.5, 4.0, -6.0]]


def test_a_fine_limit_sees_every_fault():
    assert unseen(ORDINARY, limit=1e-14) == ()


def test_a_limit_that_allows_everything_sees_none():
    assert unseen(ORDINARY, limit=np.inf) == EVERY


def test_a_fault_that_is_smaller_than_the_limit_passes_and_a_larger_one_does_not():
    # a factor of 1.001 moves 6 by 0.006; each of the others moves some element by more than 2
    assert unseen(ORDINARY, limit=0.0061) == ("a factor",)
    assert unseen(ORDINARY, limit=0.0059) == ()


def test_what_zeros_could_replace_is_said_even_where_all_of_it_is_zero():
    assert unseen([0.0, 0.0, 0.0], limit=0.0) == ("zeros",)
    assert unseen([0.0], limit=0.0) == ("zeros",)


def test_equal_numbers_say_nothing_of_an_order_or_a_mean():
    assert unseen([2.0, 2.0, 2.0], limit=np.inf) == (
        "zeros",
        "another sign",
        "one wrong element",
        "a factor",
    )


@pytest.mark.parametrize("values, tried", [
    ([[1.0, 2.0], [3.0, 4.0]], True),
    ([[1.0, 2.0], [2.0, 4.0]], False),  # is its own transpose
    (ORDINARY, False),
])  # fmt: skip
def test_a_transpose_is_planted_where_it_changes_something(values, tried):
    assert ("a transpose" in unseen(values, limit=np.inf)) is tried


def test_one_step_at_which_a_fault_is_seen_is_enough():
    assert unseen([0.0, 0.0], [1.0, 2.0], [0.0, 0.0], limit=1e-14) == ()


def test_a_fault_that_no_step_sees_is_not_lost_among_many():
    assert unseen(ORDINARY, ORDINARY, ORDINARY, limit=0.0061) == ("a factor",)


def test_quantities_are_kept_apart():
    sensitivity = Sensitivity()
    sensitivity.attempt("y", np.array([1.0, 2.0]), np.full(2, 1e-14), "float64")
    sensitivity.attempt("z", np.array([1.0, 2.0]), np.full(2, np.inf), "float64")
    assert sensitivity.unseen("y") == ()
    assert sensitivity.unseen("z") == EVERY
    assert sensitivity.unseen("never tried") == ()


def test_what_is_not_finite_is_left_out_and_hides_nothing():
    assert unseen([np.inf, 1.0, np.nan, -3.0], limit=1e-14) == ()


def test_a_fault_that_overflows_is_seen_but_by_an_infinite_limit():
    largest = np.finfo(np.float64).max
    with np.errstate(over="ignore"):
        assert "one wrong element" not in unseen([largest, 1.0], limit=1e300)
        assert "one wrong element" in unseen([largest, 1.0], limit=np.inf)


@pytest.mark.parametrize("dtype, factor", [
    ("float64", 1.001), ("float32", 1.001), ("float16", 1.0625), ("bfloat16", 1.5),
])  # fmt: skip
def test_the_factor_is_one_that_the_format_can_resolve(dtype, factor):
    assert faults(dtype)["a factor"](np.array([8.0])).tolist() == [8 * factor]


def test_planting_leaves_what_is_expected_alone():
    values = np.array(ORDINARY)
    unseen(values, limit=1e-14)
    assert values.tolist() == ORDINARY


def test_it_can_be_written_down_and_gone_on_with():
    first = Sensitivity()
    first.attempt("y", np.array(ORDINARY), np.full((2, 3), 0.0061), "float64")
    second = Sensitivity()
    second.restore(json.loads(json.dumps(first.state())))
    assert second.unseen("y") == ("a factor",)
    second.attempt("y", np.array(ORDINARY), np.full((2, 3), 1e-14), "float64")
    assert second.unseen("y") == ()
    assert first.unseen("y") == ("a factor",)
