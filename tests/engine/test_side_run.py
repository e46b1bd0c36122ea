"""One side at work: whatever it does is an event of its own, and it goes on from where it stood."""

import sys
import warnings
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

import scratch.training
from compare.cases import programs
from compare.core.case import Case, Program
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.core.trace import Trace
from compare.engine.selection import select
from compare.engine.side_run import Diverted, Replayed, SideRun, differing_again


def passes(side, a):
    """Three passes of what the side has for f."""
    for step in range(3):
        yield Trace({"y": side.get("fake.f")(a, step)})


@pytest.fixture
def running(monkeypatch):
    """``running(f)``: a side whose three passes show f(arrays, step)."""

    def begun(f, keep=False, **arrays):
        module = ModuleType("mine.fake")
        module.f = f
        monkeypatch.setitem(sys.modules, "mine.fake", module)
        case = Case("planted", "§0", "for tests", Program(passes), arrays=arrays)
        return SideRun(case, numpy_side("mine"), build(case, "float64", 0), keep)

    return begun


X = np.array([1.0, 2.0])


def test_traces_come_one_after_the_other_and_then_none(running):
    side = running(lambda a, step: a["x"] + step, x=X)
    shown = [side.next().values["y"].tolist() for _ in range(3)]
    assert shown == [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]
    assert side.next() is None
    assert side.take_events() == []


def test_what_is_counted_later_has_the_bits_of_what_was_counted_at_once():
    (later, _), (at_once, _) = training(numpy_side(), 0), training(numpy_side(), 0)
    made = [later.make() for _ in range(3)]
    assert [trace.step for trace in made] == [1, 2, 3]
    assert later.digest.state() == {} and later.state() is None
    for trace in made:
        later.count(trace)
        assert at_once.next().step == trace.step
        assert later.digest.state() == at_once.digest.state()
    assert repr(later.state()) == repr(at_once.state())


def test_what_was_shown_does_not_change_afterwards(running):
    kept = np.zeros(2)

    def f(a, step):
        kept[:] += 1
        return kept

    side = running(f, x=X)
    first, second = side.next(), side.next()
    assert (first.values["y"].tolist(), second.values["y"].tolist()) == ([1, 1], [2, 2])


def test_an_exception_ends_it_and_is_one_event_with_its_place(running):
    def f(a, step):
        if step == 1:
            raise ValueError("too small")
        return a["x"]

    side = running(f, x=X)
    assert side.next() is not None
    assert side.next() is None
    (event,) = side.take_events()
    assert (event.name, event.outcome) == ("error/mine", Outcome.ERROR)
    assert event.reason.startswith("ValueError: too small (engine/test_side_run.py:")
    assert event.reason.endswith(", in f)")
    assert side.take_events() == []


def test_an_exit_is_an_event_and_ctrl_c_is_none(running):
    def leaving(error):
        def f(a, step):
            raise error

        return running(f, x=X)

    exited = leaving(SystemExit(3))
    assert exited.next() is None
    assert exited.take_events()[0].reason.startswith("SystemExit: 3 (")
    with pytest.raises(KeyboardInterrupt):
        leaving(KeyboardInterrupt()).next()


def test_a_warning_is_a_difference_and_is_told_once(running):
    def f(a, step):
        warnings.warn("nearly", stacklevel=1)
        return a["x"]

    side = running(f, x=X)
    assert side.next() is not None
    (event,) = side.take_events()
    assert (event.name, event.outcome) == ("warning/mine", Outcome.DIFFERENT)
    assert event.reason.startswith("nearly (test_side_run.py:")
    assert side.next() is not None
    assert side.take_events() == []


def test_an_input_that_is_changed_is_named_and_the_problem_keeps_its_own(running):
    def f(a, step):
        a["w"][0] = 9.0
        a["parts"][1][0] = 9.0
        return a["x"]

    side = running(f, x=X, w=X, parts=(X, X))
    assert all(c.outcome is Outcome.SAME for c in side.untouched())
    side.next()
    outcomes = {c.name: c for c in side.untouched()}
    assert outcomes["input/x/mine"].outcome is Outcome.SAME
    assert outcomes["input/w/mine"].outcome is Outcome.DIFFERENT
    assert outcomes["input/w/mine"].reason == "mine changed its input w in place"
    assert outcomes["input/parts/mine"].outcome is Outcome.DIFFERENT
    assert side.problem.arrays["w"].tolist() == X.tolist()
    assert side.problem.arrays["parts"][1].tolist() == X.tolist()


def test_a_negative_zero_in_place_of_zero_is_a_change_of_an_input(running):
    side = running(lambda a, step: a["x"].__imul__(-1.0), x=np.array([0.0]))
    side.next()
    assert [c.outcome for c in side.untouched()] == [Outcome.DIFFERENT]


IRIS = next(case for case, _ in select() if case.name == "mlp.iris").with_steps(6)
ADAM = replace(
    IRIS, program=programs.training("tanh", "softmax", "softmax_with_loss", "Adam", lr=0.01)
)


def training(side, steps):
    run = SideRun(ADAM, side, build(ADAM, "float64", 0))
    return run, [run.next() for _ in range(steps)]


def same_bits(one, other):
    assert one.step == other.step and list(one.values) == list(other.values)
    return all(one.values[n].tobytes() == other.values[n].tobytes() for n in one.values)


@pytest.mark.parametrize("side", [numpy_side(), torch_side()], ids=["scratch", "torch"])
@pytest.mark.parametrize("done", [1, 4])
def test_a_training_goes_on_with_the_bits_of_one_that_never_stopped(side, done):
    whole, traces = training(side, 6)
    stopped, _ = training(side, done)
    again, _ = training(side, 0)
    assert same_bits(again.restore(stopped.state()), traces[done - 1])
    assert all(same_bits(again.next(), trace) for trace in traces[done:])
    assert again.next() is None
    assert again.digest.state() == whole.digest.state()


def test_other_bits_than_before_are_no_way_to_go_on():
    stopped, _ = training(numpy_side(), 4)
    state = stopped.state()
    state["left"]["param/W1"][0, 0] = np.nextafter(state["left"]["param/W1"][0, 0], 9)
    with pytest.raises(Diverted, match="does not come back to the bits of step 4"):
        training(numpy_side(), 0)[0].restore(state)


@pytest.mark.parametrize("counted", [4, 0])
def test_a_side_that_counts_for_itself_is_not_gone_on_with(monkeypatch, counted):
    monkeypatch.setattr(scratch.training, "calls", counted, raising=False)
    state = training(numpy_side(), 4)[0].state()
    monkeypatch.setattr(scratch.training, "calls", 0)
    again, _ = training(numpy_side(), 0)
    if counted:
        with pytest.raises(Diverted, match="counts for itself, in scratch.training.calls"):
            again.restore(state)
    else:
        again.restore(state)


def test_there_is_nothing_to_go_on_from_before_the_first_step_and_after_the_last():
    run, _ = training(numpy_side(), 0)
    assert run.state() is None
    for _ in range(6):
        assert run.next() is not None and run.state() is not None
    assert run.next() is None
    assert run.state() is None


def test_a_side_that_changed_its_inputs_is_not_gone_on_with():
    run, _ = training(numpy_side(), 2)
    assert run.state() is not None
    run.given["W1"][0, 0] += 1
    assert run.state() is None


def test_what_was_kept_comes_again_with_its_warnings_and_its_exception_and_nothing_is_run(running):
    calls = []

    def f(a, step):
        calls.append(step)
        if step == 1:
            warnings.warn("odd", stacklevel=1)
        return a["x"] / step if step < 2 else a["z"]

    side = running(f, keep=True, x=X)
    with np.errstate(divide="ignore"):
        traces = [side.next() for _ in range(4)]
    events = [e.name for e in side.take_events()]
    assert events == ["warning/mine", "error/mine"]
    for _ in "ab":  # as often as it is asked for
        replayed = Replayed(side)
        again = [(replayed.next(), replayed.take_events()) for _ in range(4)]
        assert [trace for trace, _ in again] == traces
        assert [[e.name for e in of_step] for _, of_step in again] == [
            [],
            events[:1],
            events[1:],
            [],
        ]
    assert len(calls) == 3 and replayed.digest is side.digest


@pytest.mark.parametrize("drawn, differing", [(0.0, ""), (1.0, "y")])
def test_what_has_other_bits_when_it_is_run_again_is_named(running, drawn, differing):
    calls = []

    def f(a, step):
        calls.append(step)
        return a["x"] + (drawn if len(calls) == 5 else 0.0)

    side = running(f, keep=True, x=X)
    while side.next():
        pass
    assert differing_again(side) == differing
