"""The judge, against what is wrong in other comparison tools: each mistake is a test here."""

import numpy as np
import pytest

from compare.case import Case, Known, Looser, Outcome
from compare.trace import Trace
from compare.verdict import Comparison, Judge, Verdict, compare_arrays, conclude

SAME, DIFFERENT, VACUOUS = Outcome.SAME, Outcome.DIFFERENT, Outcome.VACUOUS


def outcome(mine, reference):
    return compare_arrays("x", np.asarray(mine), np.asarray(reference)).outcome


def case(**stated):
    return Case("planted", "§0", "for tests", program=lambda side, arrays: iter(()), **stated)


def judged(mine, reference, step=None, **stated):
    """A verdict on two dictionaries of arrays."""
    judge = Judge(case(**stated))
    return conclude(case(**stated), judge.pair(Trace(mine, step), Trace(reference, step)))


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_arrays_are_the_same_and_rounding_is_allowed(dtype):
    a = normal(40, 3, dtype=dtype)
    assert outcome(a, a.copy()) is SAME
    assert outcome(np.nextafter(a, np.inf), a) is SAME


@pytest.mark.parametrize("dtype, factor", [("float32", 1.001), ("float64", 1 + 1e-9)])
def test_a_small_factor_is_a_difference(dtype, factor):
    a = normal(40, 3, dtype=dtype)
    assert outcome((a * factor).astype(dtype), a) is DIFFERENT


def test_a_permuted_array_is_different_though_its_mean_agrees():
    """PaDiff's default mode compares means."""
    a = normal(50)
    assert outcome(a[::-1].copy(), a) is DIFFERENT


def test_a_transposed_square_matrix_is_different():
    a = normal(6, 6)
    assert outcome(a.T.copy(), a) is DIFFERENT


def test_limits_do_not_grow_with_the_size_of_an_array():
    """JAX's check_close multiplies its tolerances by the number of elements."""
    a = normal(1_000_000, dtype=np.float32)
    b = a.copy()
    b[123_456] += np.float32(0.01)
    compared = compare_arrays("x", b, a)
    assert compared.outcome is DIFFERENT
    assert (compared.mismatched, compared.total, compared.index) == (1, 1_000_000, (123_456,))


def test_a_small_element_does_not_pass_because_a_large_one_stands_beside_it():
    """Polygraphy and autograd's scalar_close pass on the absolute OR the relative error."""
    a = np.array([1.0, 1e-6])
    assert outcome(a * [1, 1.5], a) is DIFFERENT
    assert outcome(a * [1 + 1e-3, 1], a) is DIFFERENT


@pytest.mark.parametrize(
    "mine, reference",
    [
        (np.inf, -np.inf),
        (np.inf, np.finfo(np.float64).max),
        (np.finfo(np.float64).max, np.inf),
        (np.nan, 1.0),
        (1.0, np.nan),
        (np.nan, np.inf),
        (np.inf, 1.0),
    ],
)
def test_what_is_not_finite_has_to_agree_in_kind_and_sign(mine, reference):
    """msprobe's masks drop the sign; assert_array_max_ulp has inf one ulp above the largest."""
    assert outcome([1.0, mine], [1.0, reference]) is DIFFERENT
    assert outcome([1.0, mine], [1.0, mine]) is SAME


def test_an_infinite_error_ratio_is_a_failure():
    """msprobe lets an inf or NaN ratio pass."""
    compared = compare_arrays("x", np.array([1.0]), np.array([0.0]))
    assert compared.outcome is DIFFERENT
    assert compared.ratio == np.inf


@pytest.mark.parametrize(
    "mine, reference",
    [
        (normal(4), normal(4, 1)),
        (normal(1), normal(1).reshape(())),
        (normal(4, 1), normal(4, 1).T),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (normal(3), np.broadcast_to(normal(3), (2, 3))),
    ],
)
def test_shapes_that_broadcast_are_still_different(mine, reference):
    compared = compare_arrays("x", mine, reference)
    assert compared.outcome is DIFFERENT
    assert str(mine.shape) in compared.reason and str(reference.shape) in compared.reason


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "complex128", "object", "U8"])
def test_another_dtype_is_different(dtype):
    """assert_array_max_ulp accepts mixed dtypes."""
    a = np.ones(3)
    assert outcome(a.astype(dtype), a) is DIFFERENT


@pytest.mark.parametrize("dtype", ["complex128", "object", "U8"])
def test_what_is_no_number_is_never_the_same(dtype):
    a = np.ones(3).astype(dtype)
    assert outcome(a, a) is DIFFERENT


def test_whole_numbers_and_truth_values_are_compared_exactly():
    a = np.array([1, 2, 2**53])
    assert outcome(a, a) is SAME
    assert outcome(a + [0, 0, 1], a) is DIFFERENT
    assert outcome(np.array([True, False]), np.array([True, True])) is DIFFERENT


def test_empty_arrays_are_vacuous_and_fail():
    verdict = judged({"y": np.empty((0, 3))}, {"y": np.empty((0, 3))})
    assert verdict.outcome is VACUOUS
    assert verdict.first.name == "y"


def test_zeros_on_both_sides_are_vacuous_and_fail():
    """tinygrad's softmax gradient of .sum() is 8e-9: an implementation that returns 0 passes."""
    assert judged({"grad/W1": np.zeros(3)}, {"grad/W1": np.zeros(3)}).outcome is VACUOUS


def test_what_zeros_could_replace_is_vacuous_even_where_it_is_not_zero():
    """numpy-ml's tolerance is as large as its gradients."""
    delta, noise = normal(5, 3), np.full((5, 3), 1e-18)
    values = {"delta2": delta, "grad/x": noise}
    verdict = judged(values, dict(values))
    assert [c.outcome for c in verdict.comparisons] == [SAME, VACUOUS]


def test_zeros_in_place_of_the_reference_are_different():
    """KernelBench had tasks that were solved by returning zeros."""
    assert judged({"y": np.zeros(3)}, {"y": normal(3)}).outcome is DIFFERENT


def test_a_quantity_that_is_zero_at_some_steps_only_is_not_vacuous():
    judge = Judge(case())
    steps = [Trace({"grad/W1": v}, t) for t, v in enumerate([np.zeros(3), normal(3)], start=1)]
    comparisons = [c for trace in steps for c in judge.pair(trace, trace)]
    assert conclude(case(), comparisons).outcome is SAME


def test_names_on_one_side_only_are_all_different():
    """PaDiff's zip of parameters drops them; Polygraphy only warns."""
    a = normal(3)
    verdict = judged({"u1": a, "extra": a, "y": a}, {"u1": a, "y": a, "grad/W1": a, "grad/b1": a})
    assert [c.name for c in verdict.failures] == ["extra", "grad/W1", "grad/b1"]
    assert "missing in the reference" in verdict.failures[0].reason
    assert "missing in yours" in verdict.failures[1].reason


def test_a_missing_value_does_not_end_the_comparison():
    """NNSmith returns at the first None and skips the remaining names."""
    a = normal(3)
    verdict = judged({"u1": np.array(None), "y": a + 1}, {"u1": a, "y": a})
    assert [c.name for c in verdict.failures] == ["u1", "y"]


def test_a_difference_in_a_later_step_is_found():
    """PaDiff returns inside the loop over steps, after the first."""
    a = normal(3)
    judge = Judge(case())
    comparisons = judge.pair(Trace({"y": a}, 1), Trace({"y": a}, 1))
    comparisons += judge.pair(Trace({"y": a + 1}, 2), Trace({"y": a}, 2))
    assert conclude(case(), comparisons).first.name == "step/2/y"


def test_a_step_that_one_side_lacks_is_different():
    verdict = conclude(case(), Judge(case()).pair(None, Trace({"y": normal(3)}, 3)))
    assert [c.name for c in verdict.failures] == ["step/3/y"]


def test_every_failure_is_listed_in_order_of_computation():
    """torch.testing.assert_close reports one, in sorted order."""
    a = normal(3)
    names = ("u2", "y", "delta2", "a_late_one")
    verdict = judged(dict.fromkeys(names, a + 1), dict.fromkeys(names, a))
    assert tuple(c.name for c in verdict.failures) == names
    assert verdict.first.name == "u2"


def test_the_worst_element_is_looked_for_among_those_that_differ():
    a = np.array([1e6, 1.0, 0.0])
    compared = compare_arrays("x", a + [1e-7, 1e-3, 0], a)
    assert (compared.index, compared.mismatched) == ((1,), 1)


def test_nothing_compared_is_vacuous():
    assert Verdict(()).outcome is VACUOUS


def test_a_known_difference_passes_with_its_reason():
    a = normal(3)
    stated = {"grad/W1": Known(DIFFERENT, "the course averages twice")}
    verdict = judged({"grad/W1": 2 * a}, {"grad/W1": a}, known=stated)
    assert verdict.outcome is SAME
    assert verdict.comparisons[0].reason == "the course averages twice"


def test_a_known_difference_that_is_gone_fails():
    a = normal(3)
    verdict = judged({"grad/W1": a}, {"grad/W1": a}, known={"grad/W1": Known(DIFFERENT, "x")})
    assert verdict.outcome is DIFFERENT
    assert verdict.first.name == "known/grad/W1"


def test_what_is_known_to_be_vacuous_may_not_be_different():
    known = {"grad/W1": Known(VACUOUS, "zero weights")}
    assert judged({"grad/W1": np.ones(3)}, {"grad/W1": np.zeros(3)}, known=known).first
    assert judged({"grad/W1": np.zeros(3)}, {"grad/W1": np.zeros(3)}, known=known).first is None


def test_a_wider_limit_carries_its_reason_and_is_still_a_limit():
    a = normal(30)
    looser = {"numerical/*": Looser(1e4, "rounding over 2h")}
    verdict = judged({"numerical/W1": a * (1 + 1e-9)}, {"numerical/W1": a}, looser=looser)
    assert verdict.outcome is SAME
    assert "rounding over 2h" in verdict.comparisons[0].reason
    verdict = judged({"numerical/W1": a * 1.001}, {"numerical/W1": a}, looser=looser)
    assert verdict.outcome is DIFFERENT


def test_the_ledger_adds_up_to_every_name_on_either_side():
    a = normal(3)
    known = {"z1": Known(VACUOUS, "flat")}
    mine = {"u1": a, "z1": np.zeros(3), "y": a}
    verdict = judged(mine, {"u1": a, "z1": np.zeros(3), "other": a}, known=known)
    assert verdict.ledger == {"same": 1, "VACUOUS as stated": 1, "DIFFERENT": 2}


@pytest.mark.parametrize("gap, expected", [(1e-8, SAME), (0.1, DIFFERENT)])
def test_accuracy_may_move_only_by_samples_next_to_a_tie(gap, expected):
    y = np.array([[0.5 + gap, 0.5 - gap], [0.9, 0.1]], dtype=np.float32)
    mine = {"test/y": y, "test/accuracy": np.float32(0.5)}
    reference = {"test/y": y, "test/accuracy": np.float32(1.0)}
    mine, reference = ({k: np.asarray(v) for k, v in d.items()} for d in (mine, reference))
    assert judged(mine, reference).outcome is expected


@pytest.mark.parametrize("dtype", ["float16", "longdouble"])
def test_a_dtype_without_limits_is_not_compared_and_fails(dtype):
    a = np.ones(3, dtype=dtype)
    verdict = judged({"y": a}, {"y": a})
    assert verdict.outcome is Outcome.NOT_COMPARED
    assert "no limits are known" in verdict.first.reason


@pytest.mark.parametrize(
    "mine", [np.array([1.0]), np.array([1.0, 0.0]), np.float32(1), np.int64(1)]
)
def test_an_accuracy_of_another_shape_or_dtype_is_different(mine):
    y = np.array([[0.9, 0.1], [0.2, 0.8]])
    reference = {"test/y": y, "test/accuracy": np.asarray(1.0)}
    verdict = judged({"test/y": y, "test/accuracy": np.asarray(mine)}, reference)
    assert [c.name for c in verdict.failures] == ["test/accuracy"]


@pytest.mark.parametrize("accuracy, expected", [(0.75, SAME), (0.5, DIFFERENT)])
def test_an_accuracy_without_its_outputs_has_to_be_equal(accuracy, expected):
    mine, reference = {"accuracy": np.asarray(accuracy)}, {"accuracy": np.asarray(0.75)}
    assert judged(mine, reference).outcome is expected


def test_ratio_of_an_exact_pair_is_zero():
    assert Comparison("x", SAME).ratio == 0
