"""Names and axes that are proposed are those that were meant, and lead to a comparison."""

import ast
import re

import numpy as np
import pytest
from torch import nn

import compare
from compare.equivalence.proposed_places import axes_for, proposed

RNG = np.random.default_rng(5)
X = RNG.standard_normal((5, 4))
PARAMS = {
    "W1": RNG.standard_normal((4, 6)), "b1": RNG.standard_normal(6),
    "W2": RNG.standard_normal((6, 6)), "b2": RNG.standard_normal(6),
}  # fmt: skip


def network():
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 6))


def mlp(x, params):
    return np.tanh(x @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]


def test_what_is_proposed_leads_to_a_comparison_that_passes():
    with pytest.raises(compare.UsageError, match="did you mean") as refused:
        compare.equivalent(mlp, network(), [X], params=PARAMS, gradient=False)
    text = re.search(r"did you mean names=(.*), axes=(.*), by shape", str(refused.value))
    names, axes = map(ast.literal_eval, text.groups())
    # the square one is turned as the other is, though its shape fits as it stands
    assert axes == {"W1": (1, 0), "W2": (1, 0)}
    compare.assert_equivalent(
        mlp, network(), [X], params=PARAMS, names=names, axes=axes, gradient=False
    )


def test_those_that_have_a_place_keep_it():
    state = network().state_dict()
    # both biases are of one shape: the second is taken already
    hint = proposed({"b": np.ones(6), "W1": np.ones((6, 4))}, {"b": "0.bias"}, state)
    assert hint == "names={'W1': '0.weight'}"
    hint = proposed({"b": np.ones(6), "c": np.ones(6)}, {"b": "0.bias"}, state)
    assert hint == "names={'c': '2.bias'}"


def test_nothing_is_proposed_where_a_shape_has_no_place():
    assert proposed({"W": np.ones((4, 7))}, {}, network().state_dict()) == ""
    with pytest.raises(compare.UsageError) as refused:
        compare.equivalent(mlp, network(), [X], params={"W": np.ones((4, 7))})
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize(
    ("shape", "target", "axes"),
    [
        ((2, 3), (2, 3), ()),
        ((2, 3), (3, 2), (1, 0)),
        ((3, 3, 2, 5), (5, 2, 3, 3), (3, 2, 0, 1)),  # HWIO to OIHW
        ((2, 3, 4), (3, 2, 4), (1, 0, 2)),
        ((2, 3), (2, 4), None),
    ],
)
def test_axes_are_those_that_make_the_shape(shape, target, axes):
    assert axes_for(shape, target) == axes


def test_the_axes_of_a_convolution_are_named_where_its_shape_is_another():
    params = {"weight": np.ones((3, 3, 2, 5)), "bias": np.ones(5)}
    with pytest.raises(compare.UsageError, match=r"give axes=.'weight': \(3, 2, 0, 1\)"):
        compare.equivalent(lambda x, params: x, nn.Conv2d(2, 5, 3), [X], params=params)
