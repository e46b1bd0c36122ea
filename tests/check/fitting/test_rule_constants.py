"""The constants of a rule are solved from few steps, of which two of them change little."""

import numpy as np
import pytest

from compare.check.calling.optimizers.parameters import split
from compare.check.fitting.adam import ADAM
from compare.check.fitting.update_steps import Shown
from compare.check.probes.probe import constant

CONSTANTS = {"lr": 0.02, "beta1": 0.87, "beta2": 0.99, "eps": 3e-8}
SHAPES = ((9,),) * 4


def shown(seed, beta2=CONSTANTS["beta2"]):
    """Three steps of Adam by gradients that change by a third of themselves."""
    rng = np.random.default_rng(seed)
    base = 0.2 * rng.standard_normal(36)
    g = np.stack([base * (1 + 0.3 * rng.standard_normal(36)) for _ in range(3)])
    lr, beta1, eps = CONSTANTS["lr"], CONSTANTS["beta1"], CONSTANTS["eps"]
    m = v = p = np.zeros(36)
    values = {}
    for t, row in enumerate(g, 1):
        m, v = beta1 * m + (1 - beta1) * row, beta2 * v + (1 - beta2) * row**2
        p = p - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - CONSTANTS["beta2"] ** t)) + eps)
        values |= {f"step/{t}/{n}": tensor for n, tensor in split(p, SHAPES).items()}
    numbers = {"p": constant(np.zeros(36)), "g": [constant(row) for row in g],
               "lr": (1.0,) * 3, "shapes": SHAPES}  # fmt: skip
    return Shown(numbers, frozenset(), values)


@pytest.mark.parametrize("seed", [0, 6, 11, 19])
def test_of_two_means_and_an_epsilon_that_hardly_show_each_is_found(seed):
    fit = shown(seed).fit(ADAM[0].rule, [*CONSTANTS])
    assert fit.followed() and fit.written() == CONSTANTS


def test_steps_of_no_such_rule_are_followed_by_no_constants():
    assert not shown(0, beta2=0.9).fit(ADAM[0].rule, [*CONSTANTS]).followed()
