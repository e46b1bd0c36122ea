"""What is read off both sides after a step is the same, and a training goes on from it."""

import numpy as np
import pytest

from compare.cases.programs import params_of
from compare.core.implementation import numpy_side, torch_side
from compare.core.recipe import Recipe
from compare.core.training_record import TORCH_NAMES, optimizer_state, resume, step_record

SIDES = [numpy_side(), torch_side()]
RULES = ("SGD", *TORCH_NAMES)


def a_training(side, rule, steps=4):
    rng = np.random.default_rng(0)
    arrays = {"x": rng.standard_normal((8, 3)), "d": rng.standard_normal((8, 2))}
    arrays |= {"W1": rng.standard_normal((3, 4)), "b1": np.zeros(4)}
    arrays |= {"W2": rng.standard_normal((4, 2)), "b2": np.zeros(2)}
    arrays = {name: side.given(a) for name, a in arrays.items()}
    arrays["batches"] = [side.given(np.arange(t, t + 4)) for t in range(steps)]
    recipe = Recipe("tanh", "identity", "identity_with_loss", rule, lr=0.1)
    return recipe, arrays


def in_numpy(side, trace):
    return {name: side.to_numpy(value) for name, value in trace.items()}


@pytest.mark.parametrize("rule", RULES)
def test_both_sides_show_the_same_names_in_the_same_order_and_shapes(rule):
    shown = []
    for side in SIDES:
        recipe, arrays = a_training(side, rule)
        _, _, steps = recipe.loop(side, params_of(arrays), arrays)
        trace = in_numpy(side, next(steps))
        shown.append([(name, value.shape) for name, value in trace.items()])
    assert shown[0] == shown[1]
    assert ("state/W1/" in str(shown[0])) is (rule != "SGD")


@pytest.mark.parametrize("side", SIDES, ids=["scratch", "torch"])
@pytest.mark.parametrize("rule", RULES)
def test_what_goes_on_from_a_record_has_the_bits_of_what_never_stopped(rule, side):
    recipe, arrays = a_training(side, rule)
    whole = [in_numpy(side, trace) for trace in recipe.loop(side, params_of(arrays), arrays)[2]]
    last = {name: side.given(value) for name, value in whole[1].items()}
    *_, steps = recipe.loop(side, params_of(arrays), arrays, 2, last)
    for expected, trace in zip(whole[2:], steps, strict=True):
        for name, value in in_numpy(side, trace).items():
            np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize("side", SIDES, ids=["scratch", "torch"])
def test_a_training_that_forgets_the_state_goes_on_otherwise(side):
    recipe, arrays = a_training(side, "Adam")
    whole = [in_numpy(side, trace) for trace in recipe.loop(side, params_of(arrays), arrays)[2]]
    params = {n: side.given(v) for n, v in whole[1].items() if n.startswith("param/")}
    *_, steps = recipe.loop(side, params_of(arrays), arrays, 2, params)
    assert not np.array_equal(in_numpy(side, next(steps))["param/W1"], whole[2]["param/W1"])


@pytest.mark.parametrize("side", SIDES, ids=["scratch", "torch"])
def test_before_the_first_update_nothing_is_remembered(side):
    recipe, arrays = a_training(side, "Adam")
    network, optimizer = recipe.network(side, params_of(arrays)), recipe.optimizer(side)
    assert optimizer_state(side, optimizer) == {}
    network.forward(arrays["x"])
    loss = network.loss(arrays["d"])
    network.backward()
    record = step_record(side, network, optimizer, loss)
    assert not any(name.startswith("state/") for name in record)
    resume(side, network, optimizer, {}, 0)  # and nothing is taken up


@pytest.mark.parametrize("side", SIDES, ids=["scratch", "torch"])
def test_a_count_is_taken_up_as_it_was_though_it_is_not_that_of_the_steps(side):
    recipe, arrays = a_training(side, "Adam")
    whole = [in_numpy(side, trace) for trace in recipe.loop(side, params_of(arrays), arrays)[2]]
    count = {name: np.int64(7) for name in whole[1] if name.endswith("/step")}
    last = {name: side.given(value) for name, value in {**whole[1], **count}.items()}
    *_, steps = recipe.loop(side, params_of(arrays), arrays, 2, last)
    assert in_numpy(side, next(steps))["state/W1/step"] == 8
