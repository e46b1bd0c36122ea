"""Every step from torch's state: an error is of the step that makes it, and is not inherited."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import scratch.training
from compare.bench.late_bugs import LATE_BUGS, late
from compare.cases import programs
from compare.core.implementation import numpy_side, torch_side
from compare.core.problem import build
from compare.core.trace import state_of
from compare.engine.selection import select
from compare.engine.side_run import SideRun
from compare.judge.training.teacher_forcing import TeacherForcing

STEPS = 6
IRIS = next(case for case, _ in select() if case.name == "mlp.iris").with_steps(STEPS)
PARAMS = ("W1", "b1", "W2", "b2")


def case_of(rule, **settings):
    """Training on irises whose rate halves at every step."""
    program = programs.training(
        "tanh", "softmax", "softmax_with_loss", rule, 0.1, ("exponential_decay", 0.5), **settings
    )
    return replace(IRIS, program=program)


def forced(case, side=None):
    problem = build(case, "float64", 0)
    return TeacherForcing(side or numpy_side(), case.program.recipe, problem)


@pytest.fixture(scope="module")
def by_torch():
    """The steps of torch's run, by rule."""

    def run(rule):
        case = case_of(rule)
        side = SideRun(case, torch_side(), build(case, "float64", 0))
        return [side.next().values for _ in range(STEPS)]

    return {rule: run(rule) for rule in ("SGD", "Momentum", "Adam")}


def farthest(values, others):
    return max(np.abs(values[f"param/{p}"] - others[f"param/{p}"]).max() for p in PARAMS)


@pytest.mark.parametrize("rule", ["SGD", "Momentum", "Adam"])
def test_each_step_from_torchs_state_is_torchs_next(by_torch, rule):
    teacher, torch_state = forced(case_of(rule)), {}
    for trace in by_torch[rule]:
        shown = teacher.step(torch_state)
        assert farthest(shown, trace) < 1e-14
        torch_state = state_of(trace)
        assert state_of(shown).keys() == torch_state.keys()


def test_a_step_is_made_from_the_state_that_is_given_by_the_rate_of_that_step(by_torch):
    teacher = forced(case_of("SGD"))
    teacher.step({})
    elsewhere = {f"param/{p}": by_torch["SGD"][0][f"param/{p}"] + 0.5 for p in PARAMS}
    shown = teacher.step(elsewhere)
    for p in PARAMS:  # p - lr dE/dp, by hand: the second rate is half the first
        by_hand = elsewhere[f"param/{p}"] - 0.05 * shown[f"grad/{p}"]
        np.testing.assert_array_equal(shown[f"param/{p}"], by_hand)


@pytest.mark.parametrize("rule", ["SGD", "Momentum", "Adam"])
def test_nothing_of_a_step_is_inherited_by_the_next(by_torch, rule):
    teacher = forced(case_of(rule))
    traces = by_torch[rule]
    teacher.step({})
    disturbed = {name: value + 1 for name, value in state_of(traces[0]).items()}
    assert farthest(teacher.step(disturbed), traces[1]) > 0.1
    assert farthest(teacher.step(state_of(traces[1])), traces[2]) < 1e-14


@pytest.mark.parametrize("from_step, wrong", [(3, [3, 4, 5, 6]), (STEPS + 1, [])])
def test_a_bug_of_the_loop_shows_at_its_own_steps_alone(by_torch, from_step, wrong):
    bug = next(bug for bug in LATE_BUGS if bug.what == "weight decay")
    teacher = forced(case_of("SGD"), late(bug, from_step, f"late_{from_step}"))
    traces, torch_state, apart = by_torch["SGD"], {}, []
    for step, trace in enumerate(traces, start=1):
        if farthest(teacher.step(torch_state), trace) > 1e-14:
            apart.append(step)
        torch_state = state_of(trace)
    assert apart == wrong


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_it_goes_on_after_a_step_as_if_it_had_made_all_of_them(by_torch, rule):
    first, traces = forced(case_of(rule)), by_torch[rule]
    torch_state = {}
    for trace in traces[:3]:
        first.step(torch_state)
        torch_state = state_of(trace)
    second = forced(case_of(rule))
    second.restore(3, first.state())
    assert second.state().keys() == first.state().keys() == torch_state.keys()
    one, other = first.step(torch_state), second.step(torch_state)
    assert one.keys() == other.keys()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_what_it_kept_of_a_step_does_not_change_with_the_next(by_torch):
    teacher = forced(case_of("Adam"))
    teacher.step({})
    before = {name: value.copy() for name, value in teacher.state().items()}
    kept = teacher.state()
    teacher.step(state_of(by_torch["Adam"][0]))
    assert all(kept[name].tobytes() == before[name].tobytes() for name in before)


def test_what_it_warns_of_was_said_by_its_own_run(monkeypatch):
    right = scratch.training.train_step

    def noisy(*args):
        warnings.warn("nearly", stacklevel=1)
        return right(*args)

    monkeypatch.setattr(scratch.training, "train_step", noisy)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        forced(case_of("SGD")).step({})
    assert caught == []
