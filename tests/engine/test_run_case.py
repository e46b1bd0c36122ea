"""Running a case: the same arrays for both, proved; and whatever a side does is a finding."""

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from compare.core.arrays import fingerprint
from compare.core.case import Case, Program
from compare.core.implementation import numpy_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.core.trace import Trace
from compare.engine.run_case import run_case
from compare.oracle.rules import Rule, Specification

pytestmark = pytest.mark.numbers


def side(name, f):
    """A side that has one module, ``fake``, with one function."""
    module = sys.modules[f"{name}.fake"] = ModuleType(f"{name}.fake")
    module.f = f
    return numpy_side(name)


def products(side, a):
    for t in range(1, 4):
        yield Trace({"y": side.get("fake.f")(a["x"], t)}, step=t)


def specify(a):
    rules = {"y": Rule(lambda x, t: x * float(t), ("x", "t"))}
    return Specification(rules, a, lambda t: {"t": t})


def given(a):
    return Specification({"y": Rule(lambda x: x, ("x",))}, a)


program = Program(products, specify)


CASE = Case("planted", "§0", "for tests", program, sizes={"N": 4, "I": 3}, arrays={"x": "N I"})


def run(mine, reference=lambda x, t: x * t, case=CASE):
    return run_case(case, "float64", 0, side("mine", mine), side("reference", reference))


def test_two_equal_sides_are_the_same():
    assert run(lambda x, t: t * x).outcome is Outcome.SAME


def test_a_side_that_changes_its_input_is_named():
    def scaled_in_place(x, t):
        x *= 1.0 if t < 3 else 2.0
        return x * t / (1.0 if t < 3 else 2.0)

    first = run(scaled_in_place).verdict.first
    assert first.name == "input/x/mine"
    assert first.reason == "mine changed its input x in place"


def test_a_side_that_changes_its_input_does_not_change_the_other_sides():
    def zeroed(x, t):
        x[:] = 0
        return x

    result = run(lambda x, t: x * t, zeroed)
    assert result.verdict.first.name == "step/1/y"
    assert [c.name for c in result.verdict.failures if "input" in c.name] == ["input/x/reference"]


def test_a_side_that_raises_is_an_error_of_one_line_and_hides_nothing():
    def fails_at_2(x, t):
        if t == 2:
            raise ZeroDivisionError("planted")
        return x * t

    verdict = run(fails_at_2).verdict
    assert verdict.outcome is Outcome.ERROR
    assert verdict.first.name == "error/mine"
    assert "ZeroDivisionError: planted (engine/test_run_case.py:" in verdict.first.reason
    assert [(c.name, c.times) for c in verdict.failures[1:]] == [("step/2/y", 2)]


def test_a_result_that_is_no_array_is_a_finding_and_not_our_fault():
    result = run(lambda x, t: [[1.0], [2.0, 3.0]])
    assert result.outcome is Outcome.ERROR
    assert "ValueError" in result.verdict.first.reason


def test_a_side_that_exits_is_a_finding():
    def leaves(x, t):
        raise SystemExit(0)

    assert run(leaves).verdict.first.name == "error/mine"


def test_a_problem_that_cannot_be_drawn_is_an_error_of_that_case():
    def fails(rng, sizes):
        raise ImportError("planted")

    result = run(None, None, replace(CASE, arrays={"x": fails}))
    assert result.outcome is Outcome.ERROR
    assert "ImportError: planted" in result.verdict.first.reason


def test_a_warning_is_a_difference_and_is_reported_once():
    def overflows(x, t):
        np.exp(np.full(3, 1e4))
        return x * t

    failures = run(overflows).verdict.failures
    assert [c.name for c in failures] == ["warning/mine"]
    assert "overflow" in failures[0].reason


def test_a_side_that_stops_early_is_different():
    def case_of(n):
        def some_steps(side, a):
            for t in range(1, n[side.name] + 1):
                yield Trace({"y": a["x"] * t}, step=t)

        return replace(CASE, program=Program(some_steps, specify))

    result = run(None, None, case_of({"mine": 2, "reference": 3}))
    assert [c.name for c in result.verdict.failures] == ["step/3/y"]


def test_a_program_that_yields_nothing_has_compared_nothing():
    empty = replace(CASE, program=Program(lambda side, a: iter(())), arrays={}, sizes={})
    assert run(None, None, empty).outcome is Outcome.VACUOUS


def test_both_sides_get_the_problems_arrays():
    seen = {}

    def spy(name):
        def f(x, t):
            seen[name] = fingerprint(x)
            return x * t

        return f

    run(spy("mine"), spy("reference"))
    expected = build(CASE, "float64", 0).fingerprints["x"]
    assert seen == {"mine": expected, "reference": expected}


@pytest.mark.parametrize("golden, outcome", [("0.5", "same"), ("0.51", "DIFFERENT")])
def test_a_golden_value_is_held_against_both_sides(golden, outcome):
    case = Case(
        "golden", "§0", "", Program(lambda side, a: iter([Trace({"y": a["x"]})]), given),
        arrays={"x": [0.5]}, golden={"y": golden},
    )  # fmt: skip
    result = run(None, None, case)
    assert result.outcome.value == outcome
    names = [c.name for c in result.verdict.comparisons if c.name.startswith("golden")]
    assert names == ["golden/y/mine", "golden/y/reference"]


def test_golden_values_are_those_of_float64():
    case = Case(
        "golden", "§0", "", Program(lambda side, a: iter([Trace({"y": a["x"]})]), given),
        arrays={"x": [0.5]}, golden={"y": "0.51"},
    )  # fmt: skip
    result = run_case(case, "float32", 0, side("mine", None), side("reference", None))
    assert not [c.name for c in result.verdict.comparisons if c.name.startswith("golden")]


def test_a_golden_value_says_no_more_than_its_digits():
    case = Case(
        "golden", "§0", "", Program(lambda side, a: iter([Trace({"y": a["x"]})]), given),
        arrays={"x": [0.123456]}, golden={"y": "0.123"},
    )  # fmt: skip
    assert run(None, None, case).outcome is Outcome.SAME


@pytest.mark.parametrize(
    "y",
    [[0.5, 0.5], [[0.5]], 1, True, "0.5", None],
    ids=["size", "shape", "int", "bool", "str", "None"],
)
def test_a_golden_value_is_not_met_by_another_kind_of_thing(y):
    case = Case(
        "golden", "§0", "", Program(lambda side, a: iter([Trace({"y": y})])),
        arrays={}, golden={"y": "0.5"},
    )  # fmt: skip
    result = run(None, None, case)
    goldens = [c for c in result.verdict.comparisons if c.name.startswith("golden")]
    met = [c.outcome is Outcome.SAME for c in goldens]
    assert met == [y == [[0.5]]] * 2  # a printed value has no shape of its own
