"""Names of what a side computed: with their step and without, and what a step leaves behind."""

import pytest

from compare.core.trace import Trace, quantity, state_of


@pytest.mark.parametrize("step, name, full", [
    (None, "u1", "u1"),
    (None, "grad/W1", "grad/W1"),
    (3, "u1", "step/3/u1"),
    (12, "state/W1/exp_avg", "step/12/state/W1/exp_avg"),
])  # fmt: skip
def test_a_name_has_its_step_before_it_and_loses_it_again(step, name, full):
    assert Trace({}, step).full_name(name) == full
    assert quantity(full) == name


def test_a_quantity_that_begins_like_a_step_keeps_its_name():
    assert quantity("step_function") == "step_function"


def test_a_step_leaves_parameters_and_the_optimizers_state():
    values = {"u1": 1, "grad/W1": 2, "param/W1": 3, "state/W1/step": 4, "parameter": 5}
    assert state_of(values) == {"param/W1": 3, "state/W1/step": 4}
