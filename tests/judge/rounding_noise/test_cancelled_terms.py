"""Zeros of the reference that are rounding in yours: the same, and a real small number is none."""

import math

import numpy as np
import pytest
import torch

import compare
from compare.core.outcome import Outcome

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(0)
KEEP = np.array([[1, 1, 1, 0, 0, 1]] * 4)
MASKED = {"x": RNG.standard_normal((4, 6)), "keep": KEEP}
SHIFTED = {"x": RNG.standard_normal((4, 5)), "b": RNG.standard_normal((4, 1))}
TORCH = {"mine_takes": "torch"}


def renormalized(x, keep):
    p = x.softmax(-1) * keep
    return p / p.sum(-1, keepdim=True)


def masked(x, keep):
    return x.masked_fill(keep == 0, -math.inf).softmax(-1)


class Renormalized:
    """The same by hand, with a part of its own gradient where that has to be 0."""

    def __init__(self, leak=0.0):
        self.leak = leak

    def forward(self, x, keep):
        e = np.exp(x - x.max(-1, keepdims=True))
        self.p, self.keep = e / e.sum(-1, keepdims=True), keep.astype(x.dtype)
        self.kept = self.p * self.keep
        self.total = self.kept.sum(-1, keepdims=True)
        return self.kept / self.total

    def backward(self, d):
        d_kept = d / self.total - (d * self.kept).sum(-1, keepdims=True) / self.total**2
        dp = d_kept * self.keep
        right = self.p * (dp - (dp * self.p).sum(-1, keepdims=True))
        return {"x": right + self.p.dtype.type(self.leak) * d}


def shifted(x, b):
    e = (x + b).exp()
    return e / e.sum(-1, keepdim=True)


def unshifted(x, b):
    return x.softmax(-1) + 0 * b


PAIRS = {
    "some elements": (renormalized, masked, MASKED, TORCH),
    "some elements, in NumPy": (Renormalized(), masked, MASKED, {}),
    "all of a gradient": (shifted, unshifted, SHIFTED, TORCH),
}


@pytest.mark.parametrize("mine, reference, arrays, takes", PAIRS.values(), ids=PAIRS)
def test_terms_that_cancel_are_the_same_as_a_zero(mine, reference, arrays, takes):
    result = compare.assert_equivalent(mine, reference, arrays, **takes)
    assert not any("exploded" in str(c.reason) for r in result for c in r.verdict.comparisons)


def test_they_are_on_the_side_of_the_reference_as_well():
    compare.assert_equivalent(masked, renormalized, MASKED, **TORCH)
    compare.assert_equivalent(unshifted, shifted, SHIFTED, **TORCH)


@pytest.mark.parametrize("leak", [1e-12, 1e-5, 1.0])
def test_a_small_gradient_in_their_place_is_a_difference(leak):
    double = compare.equivalent(Renormalized(leak), masked, MASKED)[0]
    assert double.verdict.first.name == "grad/x"


def test_a_small_gradient_where_all_of_it_is_0_is_a_difference():
    def leaking(x, b):
        return shifted(x, b) * (1 + 1e-12 * (b - b.detach()))

    double = compare.equivalent(leaking, unshifted, SHIFTED, **TORCH)[0]
    assert double.verdict.first.name == "grad/b"


def test_what_is_as_large_in_float64_is_no_rounding():
    def single(x, b):  # whose gradient for b float32 rounds, whatever the format
        return shifted(x.float(), b.float()).to(x.dtype) + (x.softmax(-1) - x.softmax(-1).detach())

    def reference(x, b):
        return x.float().softmax(-1).to(x.dtype) + (x.softmax(-1) - x.softmax(-1).detach()) + 0 * b

    double = compare.equivalent(single, reference, SHIFTED, **TORCH)[0]
    outcomes = {c.name: c.outcome for c in double.verdict.comparisons}
    assert outcomes["grad/b"] is not compare.Outcome.SAME


@pytest.mark.parametrize("leak, outcome", [(0.0, Outcome.SAME), (1e-9, Outcome.DIFFERENT)])
def test_beside_the_same_bits_they_are_asked_for_their_own_noise_as_well(leak, outcome):
    def mine(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        left = (e / e.sum(-1, keepdims=True)).sum(
            -1, keepdims=True
        ) - 1  # of shares, whose sum is 1
        return 2 * x, (left + leak) * np.ones_like(x)

    x = np.random.default_rng(0).standard_normal((20, 9))
    zeros = lambda x: (2 * x, torch.zeros_like(x))  # noqa: E731
    found = compare.equivalent(mine, zeros, [x], gradient=False, dtypes=["float64"])
    assert found[0].outcome is outcome
