"""Which rule steps follow, at a rate that is solved, and which mistake of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from compare.check.calling.trainings import Training, Updates
from compare.check.consequences.rules_of_steps import with_its_rule
from compare.check.fitting.update_steps import Right, Rules, Wrong
from compare.sandbox.interface import Definition, Inventory

G = np.array([[0.3, -0.2, 0.7], [0.1, 0.5, -0.4], [-0.6, 0.2, 0.1]])
LOOP = Definition("plain_steps", "function", source="def plain_steps(w, g): ...")
NAMES = ("w[0]", "w[1]", "w[2]")


def told(steps, called="plain", *others):
    """The rule of these steps, of one that is to take gradients off."""
    wrong = [
        Wrong("step_scaled", lambda s: s.p - s.g * (s.lr * 0.5)),
        Wrong("squared", lambda s: s.p - s.g * s.g * s.lr),
    ]
    rules = Rules(("lr",), [Right(lambda s: s.p - s.g * s.lr)], wrong)
    updates = Updates(G, np.cumsum(steps, axis=0), NAMES, (3,))
    training = Training(LOOP, LOOP, (), (), updates)
    concept = SimpleNamespace(name="optimizer.plain", names=(called,), rules=rules)
    return with_its_rule(training, Inventory((LOOP,)), [*others, concept]).rule


@pytest.mark.parametrize(
    ("steps", "cause"), [(-0.5 * G, ""), (-0.5 * G * G, "squared"), (-0.5 * G**3, None)]
)
def test_a_mistake_is_told_that_no_other_rate_makes(steps, cause):
    rule = told(steps)
    assert (rule.cause if rule else None) == cause
    if rule:
        assert np.allclose(rule.expected, np.cumsum(-0.5 * G, axis=0), rtol=0, atol=1e-9)


def test_a_mistake_of_a_rule_that_nothing_is_called_after_is_none():
    assert told(-G * G, "another") is None
    assert told(-G, "another").cause == ""


def test_a_rule_of_another_name_is_not_the_one_that_is_meant():
    squares = SimpleNamespace(
        name="optimizer.squares", names=("squares",),
        rules=Rules(("lr",), [Right(lambda s: s.p - s.g * s.g * s.lr)], []),
    )  # fmt: skip
    assert told(-G * G, "plain", squares).name == "optimizer.plain"
    assert told(-G * G, "another", squares).name == "optimizer.squares"
