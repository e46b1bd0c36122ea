"""What both sides made alike is computed once, and each side is judged all the same."""

import numpy as np
import pytest

from compare.arithmetic.running_error import FORMATS, Bounded
from compare.core.case import Case, Program
from compare.core.outcome import Outcome
from compare.core.trace import Trace
from compare.judge.judge import Judge
from compare.oracle import formulas
from compare.oracle.rules import Rule, Specification

pytestmark = pytest.mark.numbers

X = np.random.default_rng(0).standard_normal((4, 3))
RIGHT = {"z": 3 * X, "y": 3 * (3 * X)}


@pytest.fixture
def judged():
    """Judges z = 3 x and y = 3 z of both sides: the comparisons by name, and what was computed."""
    calls = []

    def tripled(name):
        def formula(a):
            calls.append(name)
            return a * 3.0

        return formula

    rules = {"z": Rule(tripled("z"), ("x",)), "y": Rule(tripled("y"), ("z",))}
    case = Case("planted", "§0", "for tests", Program(lambda side, a: iter(())))

    def judge(mine, reference):
        compared = Judge(case, Specification(rules, {"x": X})).pair(Trace(mine), Trace(reference))
        return {c.name: c for c in compared}, calls

    return judge


def test_the_same_bits_from_the_same_arrays_are_computed_once(judged):
    found, calls = judged(RIGHT, {name: value.copy() for name, value in RIGHT.items()})
    assert calls == ["z", "y"]
    assert all(c.outcome is Outcome.SAME for c in found.values())


def test_one_other_bit_is_computed_with_from_there_on(judged):
    z = RIGHT["z"].copy()
    z[1, 2] = np.nextafter(z[1, 2], np.inf)
    found, calls = judged({"z": z, "y": 3 * z}, RIGHT)
    assert calls == ["z", "y", "y"]
    assert found["z"].error > 0 == found["y"].error


@pytest.mark.parametrize("culprit", ["yours", "torch", "both"])
@pytest.mark.parametrize("name", ["z", "y"])
def test_a_wrong_side_is_named_though_both_have_the_same_inputs(judged, name, culprit):
    wrong = RIGHT | {name: RIGHT[name] * 1.001}
    mine = RIGHT if culprit == "torch" else wrong
    reference = RIGHT if culprit == "yours" else wrong
    found, _ = judged(mine, reference)
    assert (found[name].outcome, found[name].culprit) == (Outcome.DIFFERENT, culprit)
    assert found[name].mismatched == X.size


def test_a_formula_that_comes_again_is_made_once_of_the_same_numbers():
    u = Bounded.given(X, FORMATS["float64"])
    once = formulas.activation("softmax", u)
    assert formulas.activation("softmax", u) is once
    assert formulas.activation("softmax", Bounded.given(X, u.format)) is not once
    np.testing.assert_array_equal(once.value, formulas.softmax(u).value)
