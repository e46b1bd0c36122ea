"""Yours as the reference's and a multiple of what both have: solved, and named where it is so."""

import numpy as np
import pytest
import torch

import compare
from compare.equivalence.solved_causes.terms import other_terms

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(63)
X, Y, R = (RNG.standard_normal((4, 5)) for _ in range(3))
B = RNG.standard_normal(5)
KNOWN = {"x": X, "y": Y, "b": B}


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (R - X, "a term left out: yours is the reference's without x"),
        (R - B, "a term left out: yours is the reference's without b"),
        (R + Y, "a term too much: yours is the reference's and y"),
        (R - 0.01 * X, "another term: yours is the reference's and -0.01 times x"),
        (X + 1.9 * (R - X), "another step: from x, yours goes 1.9 times as far"),
        (0.1 * R + 1.71 * X - 0.81 * Y, "0.1 times the reference's and"),
        (R * X, ""),
        (R + X * Y, ""),
        (np.tanh(R), ""),
    ],
)
def test_terms_are_solved(mine, says):
    said = other_terms(mine, R, KNOWN)
    assert says in said and bool(says) == bool(said)


def test_a_bias_of_channels_is_found_along_their_axis():
    bias, images = RNG.standard_normal(3), RNG.standard_normal((2, 3, 4, 4))
    mine = images - bias[:, None, None]
    assert "without bias" in other_terms(mine, images, {"bias": bias})
    assert other_terms(images - bias.sum(), images, {"bias": bias}) == ""


def test_a_few_numbers_fit_everything_and_are_not_explained():
    assert other_terms(R[0], R[1], {"x": X[2], "y": Y[0]}) == ""


def layer(x, W, b):
    return x @ W + b


def cause(mine, reference):
    arrays = {"x": X, "W": RNG.standard_normal((5, 5)), "b": B}
    settings = {"mine_takes": "torch", "dtypes": ["float64"]}
    (result,) = compare.equivalent(mine, reference, arrays, **settings)
    return str(result.cause)


def test_a_bias_a_residual_and_another_mistake():
    assert cause(lambda x, W, b: x @ W + 0 * b, layer) == (
        "a term left out: yours is the reference's without b"
    )
    assert cause(lambda x, W, b: layer(x, W, b) + 0.5 * x, layer) == (
        "another term: yours is the reference's and 0.5 times x"
    )
    assert "term" not in cause(lambda x, W, b: torch.tanh(layer(x, W, b)), layer)


def test_a_row_of_an_array_is_a_term():
    steps = RNG.standard_normal((5, 8))

    def averaged(start):
        def mine(steps):
            average = steps[0] if start else 0 * steps[0]
            for step in steps[1:]:
                average = 0.9 * average + 0.1 * step
            return average

        return mine

    def reference(steps):
        average = steps[0]
        for step in steps[1:]:
            average = torch.lerp(average, step, 0.1)
        return average

    settings = {"gradient": False, "dtypes": ["float64"]}
    said = compare.equivalent(averaged(False), reference, [steps], **settings)[0].cause
    assert said == "another term: yours is the reference's and -0.6561 times steps[0]"
    assert compare.equivalent(averaged(True), reference, [steps], **settings).passed
