"""A value that separates where both agree from where they do not: solved by trying others."""

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare import watch

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(64)
X = 12 * RNG.standard_normal((6, 8))


def softplus(x):
    return np.logaddexp(0, x)


def cause(mine, reference, x=X, **settings):
    settings = {"gradient": False, "dtypes": ["float64"], **settings}
    (result,) = compare.equivalent(mine, reference, [x], **settings)
    assert result.fails
    return str(result.cause)


@pytest.mark.parametrize(
    ("mine", "reference", "says"),
    [
        (softplus, nn.Softplus(), "both agree where x is at most 20, and differ above 20"),
        (lambda x: np.maximum(x, 0), nn.ReLU6(), "both agree where x is at most 6, and differ"),
        (
            lambda x: np.clip(x, -5, 5),
            lambda x: x.clamp(-7.5, 7.5),
            "both agree where |x| is at most 5, and differ above 5",
        ),
        (np.tanh, nn.Hardtanh(), ""),
        (
            lambda x: np.where(x > 1.25, x, np.sin(x)),
            lambda x: torch.where(x > 1.25, x, x.cos()),
            "both agree where x is at least 1.25, and differ below 1.25",
        ),
    ],
    ids=["softplus", "relu6", "clamp", "another", "below"],
)
def test_the_value_is_solved(mine, reference, says):
    x = np.concatenate([X.ravel(), np.linspace(18, 34, 16)])
    said = cause(mine, reference, x)
    assert says in said and bool(says) == ("threshold" in said)


def test_of_an_intermediate_it_is_known_between_two_elements():
    def mine(x):
        return watch("h", np.maximum(watch("z", 2 * x), 0))

    def reference(x):
        return watch("h", watch("z", 2 * x).clamp(0, 9))

    said = cause(mine, lambda x: reference(x) * 1, X / 2)
    assert "threshold" in said and "z is at most" in said or "x is at most 4.5" in said


def test_a_derivative_at_zero_is_told_by_where_it_is():
    x = np.where(RNG.random((4, 6)) < 0.2, 0, RNG.standard_normal((4, 6)))

    def gradient(delta, x):
        return delta * (x >= 0)

    said = cause(lambda x: np.maximum(x, 0), nn.ReLU(), x, gradient=gradient)
    assert said == "they differ only where x is 0"


def test_what_is_no_function_of_each_element_has_none():
    W = RNG.standard_normal((8, 8))

    def mine(x):
        return np.where(x @ W > 3, 0, x @ W)

    assert "x is at" not in cause(mine, lambda x: x @ torch.tensor(W))
