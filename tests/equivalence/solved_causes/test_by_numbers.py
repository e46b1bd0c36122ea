"""Causes by the numbers: each is named where it is so, and none where it is not."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare.equivalence.solved_causes.by_numbers import cause_of, part_of, same_numbers

RNG = np.random.default_rng(50)
A, SQUARE = RNG.standard_normal((4, 6)), RNG.standard_normal((5, 5))
GATES, LAYERS = RNG.standard_normal((12, 2)), RNG.standard_normal((2, 3, 4))
CAUSES = {
    "another sign": (-A, A),
    "0.5 times the reference's (1/2)": (A / 2, A),
    "1.3 times the reference's": (1.3 * A, A),
    "(sqrt(3))": (np.array(math.sqrt(3)), np.array(1.0)),
    "a constant: yours is everywhere 0.25 more": (A + 0.25, A),
    "transposed: yours is the reference's with its axes in the order (1, 0)": (SQUARE.T, SQUARE),
    "another order: along axis 1 yours has the same values, reversed": (A[:, ::-1], A),
    "another order: along axis 1 yours has the same values, shifted by 1": (
        np.roll(A, -1, 1),
        A,
    ),
    "shifted by -1": (np.roll(A, 1, 0), A),
    "another order: along axis 0 yours has the same values, those at 0, 2, 1, 3": (
        A[[0, 2, 1, 3]],
        A,
    ),
    "everywhere 1 + 2e-10 times the reference's, and no more than that apart": (
        (1 + 2e-10) * A,
        A,
    ),
    "everywhere 1 - 3.1e-09 times": ((1 - 3.1e-9) * A, A),
    "flipped: yours is the reference's, reversed along the axes (0, 1)": (A[::-1, ::-1], A),
    "flattened in another order: yours is the reference.transpose(0, 2, 1), reshaped": (
        LAYERS.transpose(0, 2, 1).reshape(LAYERS.shape),
        LAYERS,
    ),
    "along axis 0 yours has the same values, blocks of 3 of them, in the order 0, 1, 3, 2": (
        GATES[[*range(6), *range(9, 12), *range(6, 9)]],
        GATES,
    ),
    "along axis 0 yours has the same values, those of 3 rows of 4, column by column": (
        GATES.reshape(3, 4, 2).swapaxes(0, 1).reshape(12, 2),
        GATES,
    ),
    "another order: yours has the same values in other places": (
        A.ravel()[RNG.permutation(24)].reshape(4, 6),
        A,
    ),
    "half of an axis: only index 3 to 5 of axis 1 differ, the second half": (
        np.concatenate([A[:, :3], A[:, 3:] ** 2], 1),
        A,
    ),
    "a part: only index 2 of axis 0 differ": (np.where(np.arange(4)[:, None] == 2, A**2, A), A),
}


@pytest.mark.parametrize("says", CAUSES)
def test_each_cause_is_named_up_to_rounding(says):
    mine, reference = CAUSES[says]
    both = np.asarray(mine) * (1 + 1e-14), np.asarray(reference)
    assert says in (cause_of(*both) or part_of(*both))


def test_a_root_of_a_fraction_is_reduced():
    assert "(sqrt(1/30))" in cause_of(A * math.sqrt(2 / 60), A, sizes=(60,))


@pytest.mark.parametrize(
    "mine, reference",
    [
        (A**2, A),
        (np.tanh(A), A),
        (A + 1e-6 * SQUARE[:4, :4].sum(), A * (1 + 1e-3)),
        (np.array(1.2345), np.array(1.0)),
        (np.array([0.0, 1.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0, 1.0])),
        (np.full((2, 2), np.nan), np.ones((2, 2))),
        (np.zeros((2, 3)), np.ones((2, 3))),
    ],
)
def test_where_nothing_fits_none_is(mine, reference):
    assert cause_of(mine, reference) == part_of(mine, reference) == ""


def test_a_single_number_has_the_factor_of_a_mean_over_what_was_given():
    x, t = RNG.standard_normal((7, 3)), RNG.standard_normal((7, 3))
    for r in compare.equivalent(
        lambda x, t: ((x - t) ** 2).sum() / x.dtype.type(7), nn.MSELoss(), [x, t], gradient=False
    ):
        assert "a factor: yours is everywhere 3 times the reference's (3)" in r.cause
        assert "Cause: a factor" in str(r)
    for r in compare.equivalent(
        lambda x, t: ((x - t) ** 2).mean() * x.dtype.type(1.234), nn.MSELoss(), [x, t],
        gradient=False,
    ):  # fmt: skip
        assert r.cause == ""


def linear(x, W):
    return x @ W


def test_arguments_that_are_transposed_or_exchanged_are_found_by_trying():
    x, other = RNG.standard_normal((5, 5)), RNG.standard_normal((5, 5))
    found = compare.equivalent(linear, lambda x, W: x @ W.T, [x, other], gradient=False)
    assert {r.cause for r in found} == {"transposed: with W.T for W, yours is right"}
    found = compare.equivalent(linear, lambda x, W: W @ x, [x, other], gradient=False)
    assert {r.cause for r in found} == {
        "exchanged: with x and W in each other's place, yours is right"
    }
    found = compare.equivalent(
        linear, lambda x, W: x @ torch.tanh(W + x), [x, other], gradient=False
    )
    assert {r.cause for r in found} == {""}


class Norm(nn.Module):
    """RMSNorm, as language models have it: in float32 inside, or not."""

    def __init__(self, upcast, eps=1e-5, factor=1.0):
        super().__init__()
        self.weight, self.upcast, self.eps = nn.Parameter(torch.ones(16)), upcast, eps
        self.factor = factor

    def forward(self, x):
        h = x.float() if self.upcast else x
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * h.to(x.dtype) * self.factor


def norms(mine, reference):
    arrays = [RNG.standard_normal((5, 16))]
    params = {"weight": 1 + 0.3 * RNG.standard_normal(16)}
    return compare.equivalent(mine, reference, arrays, params=params)


def test_float32_inside_is_named_and_whose_and_another_eps_is_not_taken_for_it():
    (double, single) = norms(Norm(True), Norm(False))
    assert double.error_kind.name == "FLOAT32_INSIDE" and single.outcome.value == "same"
    assert double.ruled.startswith("yours is float32 inside: it does not see what float32 rounds")
    assert norms(Norm(True, 1e-4), Norm(False))[0].error_kind.name == "ANOTHER"
    constant = compare.equivalent(lambda x: x / 3, lambda x: x * float(np.float32(1 / 3)), [A])[0]
    assert constant.error_kind.name == "FLOAT32_INSIDE" and constant.ruled == ""


def test_what_a_reference_in_float32_inside_cannot_show_is_said():
    sound = norms(Norm(False), Norm(False))
    assert sound.passed and "less precise inside" not in str(sound)
    blind = norms(Norm(False, factor=1 + 1e-7), Norm(True))
    assert blind.passed and "less precise inside: even in float64, a fault of less than" in str(
        blind
    )
    assert "output" in blind[0].unseen[0] and blind[1].unseen == ()
    assert not norms(Norm(False, factor=1 + 1e-4), Norm(True)).passed


def test_nothing_is_the_same_as_an_infinity_but_itself():
    infinite = np.where(A > 0, np.inf, A)
    assert same_numbers(infinite, infinite.copy())
    assert not same_numbers(A, infinite) and not same_numbers(A, np.full_like(A, np.inf))


def test_both_ends_of_an_axis_are_told():
    x = RNG.standard_normal((3, 10))
    wrong = x.copy()
    wrong[:, [0, 1, 8, 9]] += 1.0 + RNG.random((3, 4))
    assert part_of(wrong, x) == "both ends: only index 0 to 1 and 8 to 9 of axis 1 differ"
    wrong[:, 4] += 1
    assert part_of(wrong, x) == ""
