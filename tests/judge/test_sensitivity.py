"""A check is asked what it could not have seen: which planted faults would have passed."""

import json

import numpy as np
import pytest

from compare.judge import sensitivity as module
from compare.judge.sensitivity import Sensitivity, faults, resolution

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


def arrays_of_every_kind():
    rng = np.random.default_rng(0)
    yield rng.standard_normal((9, 9))
    yield np.zeros((9, 9))
    yield np.where(rng.random((9, 9)) < 0.1, rng.standard_normal((9, 9)), 0)  # mostly zeros
    yield np.eye(9)
    yield np.asfortranarray(rng.standard_normal((9, 7)))
    yield np.concatenate((rng.standard_normal(3), np.full(40, 2.0)))
    yield np.array([np.inf, *rng.standard_normal(40), np.nan])


@pytest.mark.parametrize("size", [0, 1e-3, 0.1, 3, np.inf])
def test_what_a_part_shows_is_what_the_whole_shows(size, monkeypatch):
    """In the middle first, and then all over; the same faults are seen, and the same are not."""
    for k, values in enumerate(arrays_of_every_kind()):
        limit = size * np.random.default_rng(k).random(values.shape)
        limit.flat[values.size // 3 :] *= 100  # so that some are seen in the first third alone
        monkeypatch.setattr(module, "MANY", 2**12)
        whole = unseen(values, limit=limit)
        monkeypatch.setattr(module, "MANY", 5)
        assert unseen(values, limit=limit) == whole


def test_a_large_array_is_not_planted_whole_where_a_part_shows_it(monkeypatch):
    seen = []
    monkeypatch.setattr(module, "gap", lambda *given: pytest.fail("nothing overflows"))
    planted = module._planted
    monkeypatch.setattr(module, "_planted", lambda *given: seen.append(given[3]) or planted(*given))
    assert unseen(np.random.default_rng(0).standard_normal((300, 200)), limit=1e-12) == ()
    assert seen and slice(None) not in seen


def test_the_resolution_of_a_large_array_is_that_of_many_of_its_elements():
    rng = np.random.default_rng(0)
    values, limit = rng.standard_normal((400, 300)), rng.random((400, 300))
    exact = np.median(limit / np.abs(values))
    assert resolution(limit, values) == pytest.approx(exact, rel=0.05)
    assert resolution(limit[:3], values[:3]) == np.median(limit[:3] / np.abs(values[:3]))
    assert resolution(limit, 0 * values) == 0


@pytest.mark.parametrize("seed", range(40))
def test_what_a_few_sums_say_of_a_fault_is_what_planting_it_says(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(tuple(rng.integers(1, 40, 2))) * 10.0 ** rng.integers(-3, 4)
    limit = np.abs(values).max() * 10.0 ** rng.uniform(-5, 1) * rng.uniform(0.1, 1, values.shape)
    by_sums = unseen(values, limit=limit)
    monkeypatch.setattr(module, "CLEAR", np.inf)
    assert unseen(values, limit=limit) == by_sums
