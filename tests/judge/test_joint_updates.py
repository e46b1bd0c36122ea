"""Updates computed for all parameters and both sides at once: what each has alone, to the bit."""

import numpy as np
import pytest

from compare.core.case import Case, Program
from compare.core.outcome import Outcome
from compare.core.trace import Trace
from compare.judge import joint_updates
from compare.judge.evidence import MINE
from compare.judge.judge import Judge
from compare.oracle.rules import Specification
from compare.oracle.update_rules import optimizer_rules

pytestmark = pytest.mark.numbers

SHAPES = {"W": (4, 3), "b": (3,), "V": (3, 2), "s": ()}
CASE = Case("planted", "§0", "for tests", Program(lambda side, a: iter(())))


def step(rule, dtype):
    """The rules of an update, what they start from, and their own results: a side without faults.

    The rate is an array of one number, as sides show it.
    """
    rng = np.random.default_rng(0)
    rules = {k: v for name in SHAPES for k, v in optimizer_rules(rule, name).items()}

    def drawn(name):
        return np.asarray(np.abs(rng.standard_normal(SHAPES[name.split("/")[1]])), dtype)

    initial = {name: drawn(name) for name in rules} | {"lr": np.array(0.1), "t": 3}
    initial |= {f"grad/{name}": drawn(f"grad/{name}") for name in SHAPES}
    specification = Specification(rules, initial)
    judge = Judge(CASE, specification)
    values = {}
    judge.mine.begin({}, values)
    for name, own in rules.items():
        parents = judge.mine.parents(own)
        result = judge.mine.expected(name, own, parents, initial[name], 1.0)[0]
        values[name] = np.asarray(result, dtype)
        judge.mine.end(values, (name,))
    return specification, values


def judged(specification, mine, reference):
    judge = Judge(CASE, specification)
    with np.errstate(all="ignore"):
        compared = judge.pair(Trace(mine), Trace(reference))
    return compared, judge


def both_ways(monkeypatch, specification, mine, reference):
    """The comparisons, the same whether computed together or one by one."""
    together, judge = judged(specification, mine, reference)
    assert len(judge.mine.ahead) == len(specification.rules)
    with monkeypatch.context() as patched:
        patched.setattr(joint_updates, "SMALL", -1)
        alone, judge = judged(specification, mine, reference)
    assert not judge.mine.ahead
    assert list(map(repr, together)) == list(map(repr, alone))
    return {c.name: c for c in together}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "rule", ["SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam"]
)
def test_same_limits_together_as_alone(monkeypatch, rule, dtype):
    specification, values = step(rule, dtype)
    correct = both_ways(monkeypatch, specification, values, values)
    assert {c.outcome for c in correct.values()} == {Outcome.SAME}
    nudged = {n: np.asarray(np.nextafter(v, np.array(9, dtype))) for n, v in values.items()}
    found = both_ways(monkeypatch, specification, nudged, values)
    assert any(c.error for c in found.values())


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_names_the_one_wrong_parameter(monkeypatch, rule):
    specification, values = step(rule, "float64")
    wrong = values | {"param/V": values["param/V"] * 1.001}
    found = both_ways(monkeypatch, specification, wrong, values)
    assert [n for n, c in found.items() if c.outcome is Outcome.DIFFERENT] == ["param/V"]
    assert found["param/V"].culprit == MINE


def test_what_overflows_in_one_parameter_is_of_that_alone(monkeypatch):
    specification, values = step("Momentum", "float32")
    start = dict(specification.initial)
    start["grad/b"] = np.array([3e38, 3e38, -3e38], np.float32)
    start["state/b/momentum_buffer"] = start["grad/b"]
    overflowing = Specification(specification.rules, start)
    infinite = np.array([np.inf, np.inf, -np.inf], np.float32)
    changed = values | {"state/b/momentum_buffer": infinite, "param/b": -infinite}
    found = both_ways(monkeypatch, overflowing, changed, changed)
    assert {c.outcome for c in found.values()} == {Outcome.SAME}


def test_a_side_with_a_rate_of_its_own_is_computed_by_that():
    specification, values = step("SGD", "float64")
    judge = Judge(CASE, specification)
    judge.mine.now["lr"] = np.array(0.2)
    compared = judge.pair(Trace(values), Trace(values))
    assert {c.culprit for c in compared} == {MINE}


def test_a_missing_or_misshapen_parameter_is_left_to_itself():
    specification, values = step("Adam", "float64")
    without = {n: v for n, v in values.items() if n != "state/W/exp_avg"}
    without["param/b"] = values["param/b"][:2]
    found = {c.name: c for c in judged(specification, without, values)[0]}
    different = {n for n, c in found.items() if c.outcome is Outcome.DIFFERENT}
    assert {"state/W/exp_avg", "param/b"} <= different
    assert found["param/V"].outcome is Outcome.SAME
