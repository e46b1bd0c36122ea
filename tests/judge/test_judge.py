"""The judge, against what is wrong in other comparison tools: each mistake is a test here."""

import numpy as np
import pytest

from compare.arithmetic.running_error import FORMATS
from compare.core.case import Case, Program
from compare.core.outcome import ExpectedOutcome, Outcome, WiderLimit
from compare.core.trace import Trace
from compare.judge.judge import Judge
from compare.judge.verdict import Comparison, Verdict, conclude
from compare.oracle import formulas
from compare.oracle.rules import Rule, Specification

pytestmark = pytest.mark.numbers

SAME, DIFFERENT, VACUOUS = Outcome.SAME, Outcome.DIFFERENT, Outcome.VACUOUS


def case(**stated):
    program = Program(lambda side, arrays: iter(()))
    return Case("planted", "§0", "for tests", program=program, **stated)


def one_addition(reference):
    """As if every array of the reference were one addition to an exact one: an error of u |v|."""
    known = {k: v for k, v in reference.items() if v.dtype.name in FORMATS}
    rules = {name: Rule(lambda v: v + 0.0, (f"given/{name}",)) for name in known}
    return Specification(rules, {f"given/{name}": v for name, v in known.items()})


def judge_of(reference, **stated):
    return Judge(case(**stated), one_addition(reference))


def compared(mine, reference):
    """The comparison of two arrays."""
    a, b = {"x": np.asanyarray(mine)}, {"x": np.asanyarray(reference)}
    return judge_of(b).pair(Trace(a), Trace(b))[0]


def outcome(mine, reference):
    return compared(mine, reference).outcome


def concluded(judge, comparisons, **stated):
    return conclude(case(**stated).known, comparisons, judge.unseen)


def judged(mine, reference, step=None, specification=None, **stated):
    """A verdict on two dictionaries of arrays."""
    judge = Judge(case(**stated), specification or one_addition(reference))
    pairs = judge.pair(Trace(mine, step), Trace(reference, step))
    return concluded(judge, pairs, **stated)


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
    found = compared(b, a)
    assert found.outcome is DIFFERENT
    assert (found.mismatched, found.total, found.index) == (1, 1_000_000, (123_456,))


def test_a_small_element_does_not_pass_because_a_large_one_stands_beside_it():
    """Polygraphy and autograd's scalar_close pass on the absolute OR the relative error."""
    a = np.array([1.0, 1e-6])
    assert outcome(a * [1, 1.5], a) is DIFFERENT
    assert outcome(a * [1 + 1e-3, 1], a) is DIFFERENT


@pytest.mark.parametrize(
    "mine, reference",
    [
        (np.inf, -np.inf),
        (np.inf, 0.99 * np.finfo(np.float64).max),
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
    found = compared(np.array([1.0]), np.array([0.0]))
    assert found.outcome is DIFFERENT
    assert found.ratio == np.inf


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
    found = compared(mine, reference)
    assert found.outcome is DIFFERENT
    assert str(mine.shape) in found.reason and str(reference.shape) in found.reason


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
    rules = {"grad/x": Rule(lambda v: (v + 1.0) - 1.0, ("given/grad/x",))}
    exact = one_addition(values)
    cancelling = Specification({**exact.rules, **rules}, exact.initial)
    verdict = judged(values, dict(values), specification=cancelling)
    assert [c.outcome for c in verdict.comparisons] == [SAME, VACUOUS]


def test_zeros_in_place_of_the_reference_are_different():
    """KernelBench had tasks that were solved by returning zeros."""
    assert judged({"y": np.zeros(3)}, {"y": normal(3)}).outcome is DIFFERENT


def test_a_quantity_that_is_zero_at_some_steps_only_is_not_vacuous():
    gradients = [np.zeros(3), normal(3)]
    rules = {"grad/W1": Rule(lambda v: v + 0.0, ("g",))}
    judge = Judge(case(), Specification(rules, {}, lambda t: {"g": gradients[t - 1]}))
    steps = [Trace({"grad/W1": v}, t) for t, v in enumerate(gradients, start=1)]
    comparisons = [c for trace in steps for c in judge.pair(trace, trace)]
    assert concluded(judge, comparisons).outcome is SAME


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
    judge = judge_of({"y": a})
    comparisons = judge.pair(Trace({"y": a}, 1), Trace({"y": a}, 1))
    comparisons += judge.pair(Trace({"y": a + 1}, 2), Trace({"y": a}, 2))
    assert concluded(judge, comparisons).first.name == "step/2/y"


def test_a_step_that_one_side_lacks_is_different():
    judge = judge_of({"y": normal(3)})
    verdict = concluded(judge, judge.pair(None, Trace({"y": normal(3)}, 3)))
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
    found = compared(a + [1e-10, 1e-3, 0], a)
    assert (found.index, found.mismatched) == ((1,), 1)


def test_nothing_compared_is_vacuous():
    assert Verdict(()).outcome is VACUOUS


def test_a_known_difference_passes_with_its_reason():
    a = normal(3)
    stated = {"grad/W1": ExpectedOutcome(DIFFERENT, "the course averages twice", size=1)}
    verdict = judged({"grad/W1": 2 * a}, {"grad/W1": a}, known=stated)
    assert verdict.outcome is SAME
    assert verdict.comparisons[0].reason == "the course averages twice"


def test_a_known_difference_that_is_gone_fails():
    a, stated = normal(3), {"grad/W1": ExpectedOutcome(DIFFERENT, "x", size=1)}
    verdict = judged({"grad/W1": a}, {"grad/W1": a}, known=stated)
    assert verdict.outcome is DIFFERENT
    assert verdict.first.name == "known/grad/W1"


@pytest.mark.parametrize("factor", [0.1, 0.45, 0.55, 1.0, 1.9, 2.1, 1e3])
def test_a_difference_of_another_size_than_the_known_one_fails(factor):
    """From half to double of what is stated passes; what fails says both sizes."""
    a, size = normal(3), 4e-9
    stated = {"grad/W1": ExpectedOutcome(DIFFERENT, "torch's bound is a float32", size=size)}
    verdict = judged({"grad/W1": a * (1 + factor * size)}, {"grad/W1": a}, known=stated)
    assert (verdict.outcome is SAME) == (0.5 < factor < 2)
    (c,) = verdict.comparisons  # it came, if in another size: none is missing
    assert (f"of size {factor * size:.2g}; stated is one of size 4e-09" in c.reason) == c.fails


def test_a_known_difference_of_torch_hides_none_of_ours_however_small():
    """Torch is 4e-9 off in the large elements, ours in the small one alone."""
    right = np.array([1.0, 2.0, 1e-3])
    rules = one_addition({"grad/W1": right})
    torch = right * (1 + np.array([4e-9, 4e-9, 0.0]))
    stated = {"grad/W1": ExpectedOutcome(DIFFERENT, "torch's bound is a float32", size=4e-9)}
    for off, expected in ((0.0, SAME), (1e-9, DIFFERENT), (1e-3, DIFFERENT)):
        mine = {"grad/W1": right * (1 + np.array([0.0, 0.0, off]))}
        verdict = judged(mine, {"grad/W1": torch}, specification=rules, known=stated)
        assert verdict.outcome is expected


def test_a_known_difference_without_a_number_is_stated_in_words():
    a = normal(3)
    lacks = {"z1": ExpectedOutcome(DIFFERENT, "not written yet", size="is missing in yours")}
    assert judged({}, {"z1": a}, known=lacks).outcome is SAME
    for other in (a[:2], 2 * a, a.astype(np.float32)):
        verdict = judged({"z1": other}, {"z1": a}, known=lacks)
        assert verdict.outcome is DIFFERENT
        assert "stated is one of size is missing in yours" in verdict.first.reason
    infinite = {"z1": ExpectedOutcome(DIFFERENT, "it overflows", size=np.inf)}
    assert judged({"z1": a + [0, np.inf, 0]}, {"z1": a}, known=infinite).outcome is SAME
    assert judged({"z1": a + 1}, {"z1": a}, known=infinite).outcome is DIFFERENT


@pytest.mark.parametrize("size", [None, 0, -1.0, np.nan, ""])
def test_a_known_difference_has_to_say_its_size(size):
    with pytest.raises(ValueError, match="size="):
        ExpectedOutcome(DIFFERENT, "the course averages twice", size=size)
    with pytest.raises(ValueError, match="nothing else has a size"):
        ExpectedOutcome(VACUOUS, "flat", size=1.0)


def test_the_worst_of_whole_numbers_is_the_one_that_is_farthest_off():
    found = compared(np.array([5, 1, 10, 3]), np.array([1, 1, 0, 3]))
    assert (found.index, found.error) == ((2,), 10.0)


def test_what_is_known_to_be_vacuous_may_not_be_different():
    known = {"grad/W1": ExpectedOutcome(VACUOUS, "zero weights")}
    assert judged({"grad/W1": np.ones(3)}, {"grad/W1": np.zeros(3)}, known=known).first
    assert judged({"grad/W1": np.zeros(3)}, {"grad/W1": np.zeros(3)}, known=known).first is None


def test_a_wider_limit_carries_its_reason_and_is_still_a_limit():
    a = normal(30)
    looser = {"numerical/*": WiderLimit(1e7, "rounding over 2h")}
    verdict = judged({"numerical/W1": a * (1 + 1e-9)}, {"numerical/W1": a}, looser=looser)
    assert verdict.outcome is SAME
    assert "rounding over 2h" in verdict.comparisons[0].reason
    verdict = judged({"numerical/W1": a * 1.001}, {"numerical/W1": a}, looser=looser)
    assert verdict.outcome is DIFFERENT


def test_the_ledger_adds_up_to_every_name_on_either_side():
    a = normal(3)
    known = {"z1": ExpectedOutcome(VACUOUS, "flat")}
    mine = {"u1": a, "z1": np.zeros(3), "y": a}
    verdict = judged(mine, {"u1": a, "z1": np.zeros(3), "other": a}, known=known)
    assert verdict.ledger == {"same": 1, "VACUOUS as stated": 1, "DIFFERENT": 2}


def accuracies(mine, reference, y_mine=None):
    y = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    rules = {
        "y": Rule(lambda v: v + 0.0, ("given/y",)),
        "accuracy": Rule(formulas.accuracy, ("d", "y")),
    }
    specification = Specification(rules, {"given/y": y, "d": np.array([0, 1, 0, 0])})
    a = {"y": y if y_mine is None else y_mine, "accuracy": np.asarray(mine)}
    b = {"y": y, "accuracy": np.asarray(reference)}
    return judged(a, b, specification=specification)


def test_an_accuracy_has_to_be_that_of_its_outputs():
    assert accuracies(0.75, 0.75).outcome is SAME
    assert [c.name for c in accuracies(0.5, 0.75).failures] == ["accuracy"]


def test_an_accuracy_that_follows_from_another_output_is_a_consequence():
    y = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    first, second = accuracies(0.5, 0.75, y_mine=y).failures
    assert (first.name, first.culprit, first.consequence_of) == ("y", "yours", "")
    assert (second.name, second.consequence_of) == ("accuracy", "y")


@pytest.mark.parametrize("mine", [np.array([0.75]), np.eye(2)[0], np.float32(0.75), np.int64(1)])
def test_an_accuracy_of_another_shape_or_dtype_is_different(mine):
    assert [c.name for c in accuracies(mine, 0.75).failures] == ["accuracy"]


def test_a_dtype_of_unknown_rounding_is_not_compared_and_fails():
    a = np.ones(3, dtype=np.longdouble)
    if a.dtype == np.float64:
        pytest.skip("long double is double here")
    assert judged({"y": a}, {"y": a}).outcome is Outcome.NOT_COMPARED


def test_a_name_without_a_rule_or_a_measured_floor_is_not_compared_and_fails():
    a = normal(3)
    unruled = Specification()
    assert judged({"y": a}, {"y": a}, specification=unruled).outcome is Outcome.NOT_COMPARED


def test_the_side_that_errs_is_named_and_so_is_what_follows():
    x = normal(4)
    rules = {
        "u": Rule(lambda x: x * 3.0, ("x",)),
        "z": Rule(lambda u: u.relu(), ("u",)),
        "y": Rule(lambda z: z + 1.0, ("z",)),
    }
    right = {"u": x * 3, "z": np.maximum(x * 3, 0), "y": np.maximum(x * 3, 0) + 1}
    leaky = np.where(right["u"] > 0, right["u"], 0.1 * right["u"])
    wrong = {**right, "z": leaky, "y": leaky + 1}
    for a, b, culprit in ((wrong, right, "yours"), (right, wrong, "torch")):
        verdict = judged(a, b, specification=Specification(rules, {"x": x}))
        assert [c.outcome for c in verdict.comparisons] == [SAME, DIFFERENT, DIFFERENT]
        assert verdict.first.culprit == culprit
        assert [c.name for c in verdict.causes] == ["z"]
        assert verdict.comparisons[2].consequence_of == "z"


def test_ratio_of_an_exact_pair_is_zero():
    assert Comparison("x", SAME).ratio == 0
