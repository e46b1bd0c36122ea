"""Training runs: rounding stays inside the cone, a bug leaves it, and its step is named."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

import compare
from compare.bench.late_bugs import LATE_BUGS, LateBug, late
from compare.bench.mutants import Mutation, mutated
from compare.cases import programs
from compare.core.case import Case
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.engine.run_case import run_case
from compare.engine.selection import select
from compare.judge.training import curves, ensemble
from compare.judge.training.trajectory import FORCED, FREE

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

BY_NAME = {case.name: case for case, _ in select()}


def different(result, kind):
    return [c for c in result.verdict.failures if f"/{kind}/" in c.name]


def first_step(comparisons):
    return min(int(c.name.split("/")[1]) for c in comparisons)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["mlp.iris", "mlp.digits.adam", "descent.minibatch"])
def test_scratch_stays_inside_the_cone_and_every_forced_step_is_right(name, dtype):
    result = run_case(BY_NAME[name].with_steps(25), dtype, force_every=1)
    kept = {c.name.split("/")[2] for c in result.verdict.comparisons if c.name.startswith("step/")}
    assert {FREE, FORCED} <= kept
    assert not result.fails


def test_a_wrong_weight_is_seen_without_any_intermediate_and_inherited_from_then_on():
    """From the step after it, forced steps are right again: what is left is inherited."""
    once = LateBug("one weight, once", _once)
    result = run_case(
        BY_NAME["mlp.iris"].with_steps(20), "float64", mine=late(once, 11), force_every=1
    )
    assert first_step(different(result, FORCED)) == first_step(different(result, FREE)) == 11
    wrong = [c for c in result.verdict.comparisons if c.name.endswith(f"{FORCED}/param/W1")]
    assert [(c.outcome, c.times) for c in wrong] == [(Outcome.SAME, 19), (Outcome.DIFFERENT, 1)]


def _once(update, params, grads):
    update(params, grads)
    if not getattr(update.__self__, "done", False):
        params["W1"] *= 1.001
        update.__self__.done = True


def test_a_bug_that_is_hidden_from_the_weights_shows_in_the_state():
    """AdaGrad divides a constant factor of the gradient away: its state does not."""
    doubled = LateBug("doubled", lambda update, p, g: update(p, {k: 2 * v for k, v in g.items()}))
    case = BY_NAME["mlp.digits.adagrad"].with_steps(10)
    result = run_case(case, "float64", mine=late(doubled, 1), force_every=1)
    assert different(result, f"{FREE}/state/W1")
    assert not different(result, f"{FREE}/param/W2")


def test_what_a_long_run_keeps_does_not_grow_with_its_steps(monkeypatch):
    monkeypatch.setattr(curves, "MAX_POINTS", 20)
    kept = {}
    for steps in (10, 60):
        result = run_case(BY_NAME["descent.gradient"].with_steps(steps), "float32")
        assert sum(c.times for c in result.verdict.comparisons if c.name.endswith("/loss")) >= steps
        kept[steps] = len(result.verdict.comparisons), len(result.snapshots)
        assert all(len(curve) <= curves.MAX_POINTS for curve in result.curves.values())
    assert kept[60][0] <= kept[10][0] + 5 and kept[60][1] <= 10


def test_a_chosen_number_of_steps_is_part_of_the_id_and_the_id_asks_for_it_again():
    (result,) = compare.run("mlp.iris", dtype="float64", steps=7)
    assert result.id.endswith("T=7]")
    ((case, dtype),) = select([result.id])
    assert case.id(dtype) == result.id
    (again,) = compare.run(result.id)
    assert again.digests == result.digests


@pytest.mark.parametrize(
    "names, steps, words", [(["affine"], 5, "training"), (["mlp.iris"], 0, "1")]
)
def test_steps_where_there_are_none_are_refused(names, steps, words):
    with pytest.raises(compare.UsageError, match=words):
        compare.run(*names, steps=steps)


def test_a_side_that_cannot_be_forced_is_a_finding_of_one_line():
    side = late(LATE_BUGS[0], 10**6)
    training_module = importlib.import_module(f"{side.package}.training")
    train, calls = training_module.train, []

    def only_the_second_time(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("no run from another state")
        return train(*arguments)

    training_module.train = only_the_second_time
    result = run_case(BY_NAME["mlp.iris"].with_steps(5), "float64", mine=side)
    (error,) = [c for c in result.verdict.failures if c.outcome is Outcome.ERROR]
    assert error.name == f"{FORCED}/error" and "no run from another state" in error.reason


def test_the_correct_twin_of_a_late_bug_passes():
    twin = LateBug("nothing", lambda update, params, grads: update(params, grads))
    case = BY_NAME["mlp.iris"].with_steps(30)
    assert not run_case(case, "float64", mine=late(twin, 3), force_every=1).fails
    assert numpy_side().name == "scratch"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_saturated_tanh_whose_slope_has_few_digits_left_stays_inside_the_cone(dtype):
    """A rate too large drives z to 1, and 1 - z^2 of a rounded z is off by tens of per cent."""
    rng = np.random.default_rng(0)
    case = replace(
        BY_NAME["descent.gradient"],
        program=programs.training("tanh", "identity", "identity_with_loss", lr=2.6),
        arrays={**BY_NAME["descent.gradient"].arrays, "d": 3 * rng.standard_normal((103, 2))},
    )
    for seed in range(4):
        result = run_case(case, dtype, seed)
        assert not result.fails, str(result)


def near_a_kink(**changed):
    """One step whose first u is 0 but for rounding: which branch a unit takes is its order's."""
    arrays = {
        "x": np.ones((5, 3)), "d": np.arange(10.0).reshape(5, 2) - 4,
        "W1": np.array([[0.1, 0.3], [0.4, 0.1], [-0.5, 0.2]]), "b1": np.zeros(2),
        "W2": np.array([[1.0, -2.0], [0.5, 0.25]]), "b2": np.array([0.1, 0.2]),
        "batches": (np.arange(5),) * 6,
    }  # fmt: skip
    program = programs.training("relu", "identity", "identity_with_loss", lr=0.1)
    return Case("planted", "§0", "for tests", program, arrays=arrays | changed, training=True)


FROM_THE_END = "return sum(x[:, i : i + 1] * W[i] for i in reversed(range(len(W)))) + b"


BACKWARDS = Mutation(
    "sums from the end", "affine.py", (("return x @ W + b", FROM_THE_END),), "affine"
)


def test_a_unit_whose_branch_rounding_decides_does_not_leave_the_cone(monkeypatch):
    """With one sample, in some seeds the noise leaves every copy on torch's side of 0."""
    one = {"x": np.ones((1, 3)), "d": np.array([[-4.0, 3.0]]), "batches": (np.zeros(1, int),) * 3}
    case, sides = near_a_kink(**one), (mutated("backwards", BACKWARDS), torch_side())
    arrays = build(case, "float64", 0).arrays
    first = [
        next(case.program.run(side, {k: side.given(v) for k, v in arrays.items()}))
        for side in sides
    ]
    u = [side.to_numpy(t.values["u1"]) for side, t in zip(sides, first, strict=True)]
    assert ((u[0] > 0) != (u[1] > 0)).any()

    def leaves(seed):
        return different(run_case(case, "float64", seed, mine=sides[0]), FREE)

    assert [seed for seed in range(16) if leaves(seed)] == []
    monkeypatch.setattr(ensemble, "on_its_branches", lambda z, u, run, mine: z)
    assert any(leaves(seed) for seed in range(16))


def test_a_branch_that_rounding_does_not_decide_is_no_excuse():
    """The mask of another unit: u is far from 0, and the cone keeps to torch's branches."""
    wrong = Mutation(
        "relu of -u", "activations.py", (("np.maximum(u, 0)", "np.maximum(-u, 0)"),), ""
    )
    far = near_a_kink(W1=np.array([[0.1, 0.3], [0.2, 0.1], [0.3, 0.2]]))
    result = run_case(far, "float64", mine=mutated("negative", wrong))
    assert different(result, FREE)
