"""The noise of float64 is that of float32, 2^29 times smaller, wherever it is used for it."""

import numpy as np
import pytest
import torch

import compare
from compare.core.problem import build
from compare.judge.rounding_noise import measured_limits
from compare.judge.rounding_noise.measured_limits import floors_for, until_it_raises
from compare.judge.rounding_noise.other_format import limits_from

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((7, 5)), RNG.standard_normal((5, 6))


def reference(x, w):
    return torch.nn.functional.layer_norm(torch.tanh(x @ w), (6,))


def by_hand(x, w, factor=1.0):
    z = np.tanh(x @ w)
    c = z - z.mean(-1, keepdims=True)
    return c / np.sqrt((c * c).mean(-1, keepdims=True) + 1e-5) * x.dtype.type(factor)


def measured(case, dtype, wide=None):
    return floors_for(case, build(case, dtype, 0), *case.sides, ["output"], wide=wide)


def case_of(mine=by_hand, theirs=reference, arrays=(X, W)):
    return compare.pair_case(mine, theirs, list(arrays), gradient=False)


def test_they_are_those_that_float32_has_itself():
    case = case_of()
    shared = measured(case, "float32", measured(case, "float64"))["output"].limit
    own = measured(case, "float32")["output"].limit
    # each is the root mean square of three draws
    assert np.median(shared / own) == pytest.approx(1, abs=0.3)
    assert (shared > own / 8).all() and (shared < 8 * own).all()


@pytest.fixture
def noisy_runs(monkeypatch):
    """The formats in which noise was measured."""
    formats, noise = [], measured_limits.Noise

    def counting(case, problem, *given):
        formats.append(problem.dtype)
        return noise(case, problem, *given)

    monkeypatch.setattr(measured_limits, "Noise", counting)
    return formats


def test_a_right_pair_is_measured_once(noisy_runs):
    assert compare.equivalent(by_hand, reference, [X, W], gradient=False).passed
    assert noisy_runs == ["float64"]


def test_what_differs_in_float32_alone_is_measured_there_and_found(noisy_runs):
    def mine(x, w):
        return by_hand(x, w, 1 + 1e-4 * (x.dtype == np.float32))

    double, single = compare.equivalent(mine, reference, [X, W], gradient=False)
    assert not double.fails
    assert single.verdict.first.name == "output"
    assert noisy_runs == ["float64", "float32"]
    assert "float64" not in single.verdict.first.reason


def test_numbers_that_float64_has_exactly_are_right_in_float32_all_the_same():
    # products of float32 numbers round nowhere in float64
    x, w = X.astype(np.float32), W.astype(np.float32)

    def mine(x, w):
        return (x[:, :, None] * w[None]).sum(1)

    assert compare.equivalent(mine, torch.matmul, [x, w], gradient=False, mine_takes="numpy").passed


def test_a_reference_that_is_float32_inside_is_measured_in_float32(noisy_runs):
    def rounding(x, w):
        return reference(x.float(), w.float()).to(x.dtype)

    compare.equivalent(rounding, rounding, [X, W], gradient=False, mine_takes="torch")
    assert noisy_runs == ["float64", "float32"]


def test_limits_that_are_no_small_part_of_the_values_are_not_enough():
    case = case_of(lambda x, w: x.sum(), lambda x, w: x.sum(), ([1e8 * X[0], -1e8 * X[0]], W))
    wide = measured(case, "float64")
    traces = [until_it_raises(case, build(case, "float32", 0), side) for side in case.sides]
    assert limits_from(wide, *traces, ["output"]) is None


def test_a_name_that_float64_lacks_has_no_limit():
    case = case_of()
    traces = [until_it_raises(case, build(case, "float32", 0), side) for side in case.sides]
    assert limits_from({}, *traces, ["output"]) is None


def test_a_difference_that_is_certain_in_float64_takes_no_more_runs_in_float32(monkeypatch):
    w = W.copy()
    # a unit of which float32's rounding, and not that of float64, may decide the branch
    w[0, 0] += (3e-5 - X[0] @ w[:, 0]) / X[0, 0]
    given = [X, w]

    def relu(x, w):
        return torch.relu(x @ w)

    def mine(x, w):
        return np.maximum(x @ w, 0) * x.dtype.type(1.0001)

    def runs(dtype):
        (result,) = compare.equivalent(mine, relu, given, gradient=False, dtypes=[dtype])
        return result.verdict.first.reason

    double, single = compare.equivalent(mine, relu, given, gradient=False)
    assert "3 runs" in double.verdict.first.reason
    assert "3 runs" in single.verdict.first.reason
    assert "16 runs" in runs("float32")  # which knows nothing of float64


def test_a_fault_that_float64_shows_is_judged_in_float32_without_noise_of_its_own(noisy_runs):
    def mine(x, w):
        return by_hand(x, w, 1 + 1e-4)

    results = compare.equivalent(mine, reference, [X, W], gradient=False)
    assert [r.verdict.first.name for r in results] == ["output", "output"]
    assert noisy_runs == ["float64"]
    alone = compare.equivalent(mine, reference, [X, W], gradient=False, dtypes=["float32"])
    shared, own = (str(r[-1].verdict.first.reason) for r in (results, alone))
    assert "float64" in shared and "float64" not in own
    sizes = [r[-1].verdict.first.size for r in (results, alone)]
    assert sizes[0] == sizes[1] == pytest.approx(1e-4, rel=0.01)


def test_another_difference_than_that_of_float64_is_measured_in_float32(noisy_runs):
    def mine(x, w):  # the same fault in float64, and one more in float32
        return by_hand(x, w, 1 + 1e-4 * (1 + (x.dtype == np.float32)))

    results = compare.equivalent(mine, reference, [X, W], gradient=False)
    assert [r.verdict.first.name for r in results] == ["output", "output"]
    assert noisy_runs == ["float64", "float32"]


def test_a_name_that_is_right_stays_right_beside_one_that_is_wrong(noisy_runs):
    def mine(x, w):
        compare.watch("z", np.tanh(x @ w))
        return by_hand(x, w, 1 + 1e-4)

    def watched(x, w):
        compare.watch("z", torch.tanh(x @ w))
        return reference(x, w)

    for result in compare.equivalent(mine, watched, [X, W], gradient=False):
        outcomes = {c.name: c.outcome.name for c in result.verdict.comparisons}
        assert (outcomes["z"], outcomes["output"]) == ("SAME", "DIFFERENT")
    assert noisy_runs == ["float64"]
