"""A number of the reference that is another in yours is solved, and said where it stands."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare

RNG = np.random.default_rng(8)
X = RNG.standard_normal((5, 6))


def cause(mine, reference, **settings):
    result = compare.equivalent(mine, reference, [X], gradient=False, **settings)
    return str(result[0].cause)


class Normed(nn.Module):
    def __init__(self, *eps):
        super().__init__()
        norms = [nn.LayerNorm(6, e, elementwise_affine=False) for e in eps]
        self.parts = nn.Sequential(norms[0], nn.Tanh(), norms[1])

    def forward(self, x):
        return self.parts(x)


def layer_norm(eps):
    def mine(x):
        c = x - x.mean(-1, keepdims=True)
        return c / np.sqrt((c * c).mean(-1, keepdims=True) + x.dtype.type(eps))

    return mine


@pytest.mark.parametrize("eps", [1e-6, 3e-4, 0.0])
def test_an_eps_is_solved_and_shown_as_it_is_written(eps):
    said = cause(layer_norm(eps), nn.LayerNorm(6, elementwise_affine=False))
    assert (
        said
        == f"another eps: with {eps:g} for 1e-05 in LayerNorm, the reference gives what yours does"
    )


@pytest.mark.parametrize(
    ("eps", "where"),
    [
        ((1e-5, 1e-3), "1e-05 for 0.001 in parts.2"),
        ((1e-5, 1e-5), "1e-05 for 0.001 in parts.0, parts.2"),
    ],
    ids=["one", "all"],
)
def test_the_part_that_has_it_is_named(eps, where):
    reference = Normed(*(1e-3 if e != 1e-5 or eps == (1e-5, 1e-5) else e for e in eps))
    assert where in cause(Normed(1e-5, 1e-5), reference)


def test_a_slope_is_solved_too():
    def mine(x):
        return np.where(x > 0, x, x * x.dtype.type(0.2))

    assert "another negative_slope: with 0.2 for 0.01" in cause(mine, nn.LeakyReLU(0.01))


def test_another_function_is_no_other_number():
    def mine(x):
        return np.where(x > 0, x, np.sin(x))

    assert "threshold" in cause(mine, nn.LeakyReLU(0.01))
    assert cause(lambda x: np.tanh(x) * x.dtype.type(1.5) + x, nn.ELU(0.7)) == ""


def test_a_setting_that_would_be_shown_as_it_is_is_none():
    double = {"mine_takes": "torch", "dtypes": ["float64"]}
    given = [RNG.standard_normal((5, 4)) for _ in range(3)]

    def mine(a, p, n):
        return F.triplet_margin_loss(a, p, n, margin=1.561, eps=1.01e-6)

    reference = nn.TripletMarginLoss(margin=1.561)
    (result,) = compare.equivalent(mine, reference, given, gradient=False, **double)
    assert result.fails and "1.561 for 1.561" not in str(result.cause)


def test_the_reference_is_left_as_it_was():
    reference = nn.LayerNorm(6, elementwise_affine=False)
    cause(layer_norm(1e-3), reference)
    assert reference.eps == 1e-5
    assert torch.equal(reference(torch.ones(1, 6)), torch.zeros(1, 6))
