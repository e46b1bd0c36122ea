"""A run that leaves the numbers on both sides has diverged; on one side only it is different."""

import warnings

import numpy as np
import pytest

import compare
from compare.core.case import Case, Program
from compare.core.implementation import numpy_side
from compare.core.outcome import Outcome
from compare.core.trace import Trace
from compare.engine.run_case import run_case
from compare.oracle.rules import Rule, Specification

pytestmark = pytest.mark.numbers

SQUARED = {"loss": Rule(lambda before: before * before, ("before/loss",), "loss = loss^2")}


def diverging(side, a):
    """The loss is squared at every step: from 10 it overflows float64 at step 9."""
    loss = a["loss"]
    for t in range(1, 12):
        loss = loss * loss
        yield Trace({"loss": loss, "param/W": loss * 0.5}, step=t)


def case(run):
    rules = SQUARED | {"param/W": Rule(lambda loss: loss * 0.5, ("loss",), "W = loss / 2")}
    program = Program(run, lambda a: Specification(rules, a))
    return Case("planted", "§0", "for tests", program, arrays={"loss": np.array([10.0])})


def run(mine, reference=diverging):
    def program(side, a):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from (mine if side.name == "mine" else reference)(side, a)

    return run_case(case(program), "float64", 0, numpy_side("mine"), numpy_side("reference"))


def named(result, name):
    return [c for c in result.verdict.comparisons if c.name.endswith(name)]


def changed(how):
    """The same run, with its traces' values changed: how(step, value)."""

    def program(side, a):
        for trace in diverging(side, a):
            yield Trace({k: how(trace.step, v) for k, v in trace.values.items()}, trace.step)

    return program


def test_a_divergence_on_both_sides_is_the_same_and_names_its_step():
    result = run(diverging)
    (found,) = named(result, "/divergence")
    assert found.name == "step/9/divergence"
    assert "loss is not finite at step 9" in found.reason


def test_infinity_beside_nan_is_no_mismatch_once_both_have_diverged():
    result = run(changed(lambda step, v: v * np.nan if step >= 9 else v))
    assert named(result, "/divergence")
    assert not [c for c in result.verdict.failures if c.name.startswith("step/9")]


def test_what_follows_a_divergence_is_counted_as_not_compared():
    (rest,) = named(run(diverging), "/after divergence")
    assert rest.outcome is Outcome.NOT_COMPARED and rest.known and rest.times == 2


def test_one_side_that_alone_is_not_finite_is_different():
    result = run(diverging, changed(lambda step, v: np.nan_to_num(v, posinf=1e300)))
    assert result.outcome is Outcome.DIFFERENT
    assert not named(result, "/divergence")
    assert {c.name for c in result.verdict.failures} >= {"step/9/loss"}


def test_a_side_that_follows_one_step_later_has_diverged_too():
    largest = np.finfo("float64").max
    result = run(changed(lambda step, v: np.minimum(v, largest) if step == 9 else v))
    assert [c.name for c in named(result, "/divergence")] == ["step/9/divergence"]


def test_a_bug_before_the_divergence_is_still_found():
    result = run(changed(lambda step, v: v * 1.01 if step == 5 else v))
    assert result.verdict.first.name == "step/5/loss"


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(3))
def test_exercise_1_3_with_wide_inputs_diverges_on_both_sides(dtype, seed):
    (result,) = compare.run("exercise.1-3.wide", dtype=dtype, seed=seed)
    assert result.outcome is Outcome.SAME
    assert named(result, "/divergence")
    assert 0 < result.diverges_at <= 20


@pytest.mark.slow
@pytest.mark.one_kernel
def test_a_run_that_converges_does_not_diverge():
    (result,) = compare.run("exercise.1-3", dtype="float64", steps=250)
    assert result.diverges_at is None
