"""bfloat16 and float16: rounding that a program asks for, and a whole pair in such a format."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare
from compare import Outcome

pytestmark = pytest.mark.numbers

FORMATS = ["bfloat16", "float16"]


def normal(k, *shape):
    return np.random.default_rng([60, k]).standard_normal(shape)


class Norm(nn.Module):
    """RMSNorm with its weight in a coarse format, as language models have it."""

    def __init__(self, dtype, eps=1e-5, factor=1.0, last=False, other_order=False):
        super().__init__()
        self.weight, self.dtype = nn.Parameter(torch.ones(64)), getattr(torch, dtype)
        self.eps, self.factor, self.last, self.other_order = eps, factor, last, other_order

    def forward(self, x):
        h, w = x.to(self.dtype).float(), self.weight.to(self.dtype)
        if self.other_order:
            squares = torch.einsum("ni,ni->n", h, h)[:, None] / h.shape[-1]
            h = h / torch.sqrt(squares + self.eps)
        else:
            h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.eps)
        h = h * self.factor
        scaled = (h * w.float()).to(self.dtype) if self.last else w * h.to(self.dtype)
        return scaled.to(x.dtype)


def norms(mine, dtype, seed=0):
    params = {"weight": 1 + 0.1 * normal(1, 64)}
    return compare.equivalent(mine, Norm(dtype), [normal(2 + seed, 16, 64)], params=params)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", FORMATS)
def test_the_same_casts_around_another_order_of_summation_are_the_same(dtype, seed):
    assert norms(Norm(dtype, other_order=True), dtype, seed).passed


FAULTS = {"a cast behind the weight": {"last": True}, "eps": {"eps": 1e-2}, "2%": {"factor": 1.02}}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("dtype", FORMATS)
def test_a_cast_elsewhere_and_a_fault_below_one_rounding_are_found(dtype, fault):
    for result in norms(Norm(dtype, **FAULTS[fault]), dtype):
        assert result.outcome is Outcome.DIFFERENT and result.verdict.first.name == "output"
        assert "rounds to the coarse format as it is written" in result.verdict.first.reason


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attention(q, k, v):
    return softmax(q @ k.swapaxes(-1, -2) / math.sqrt(8)) @ v


PAIRS = {
    "attention in NumPy": (
        attention,
        F.scaled_dot_product_attention,
        [normal(k, 2, 6, 8) for k in range(3)],
        {},
    ),
    "attention in torch": (
        lambda q, k, v: torch.softmax(q @ k.mT / math.sqrt(8), -1) @ v,
        F.scaled_dot_product_attention,
        [normal(k, 2, 6, 8) for k in range(3)],
        {"mine_takes": "torch"},
    ),
    "products, then their sum": (
        lambda x, W: torch.relu((x[:, :, None] * W).sum(1)),
        lambda x, W: F.relu(x @ W),
        [normal(3, 6, 12), normal(4, 12, 9)],
        {"mine_takes": "torch"},
    ),
}


@pytest.mark.parametrize("what", PAIRS)
@pytest.mark.parametrize("dtype", FORMATS)
def test_a_pair_in_a_coarse_format_is_judged_by_that_formats_spread(dtype, what):
    mine, reference, arrays, settings = PAIRS[what]
    found = compare.equivalent(mine, reference, arrays, dtypes=[dtype], **settings)
    assert found.passed and f"in {dtype} a fault of less than" in found[0].unseen[0]
    (wrong,) = compare.equivalent(
        lambda *a: mine(*a) * 1.08, reference, arrays, dtypes=[dtype], **settings
    )
    assert wrong.outcome is Outcome.DIFFERENT and wrong.verdict.first.name == "output"


@pytest.mark.parametrize("dtype", FORMATS)
def test_so_is_a_module_beside_both_usual_formats(dtype):
    params = {"weight": normal(5, 3, 4), "bias": normal(6, 3)}
    found = compare.equivalent(
        lambda x, params: x @ params["weight"].T + params["bias"],
        nn.Linear(4, 3),
        [normal(7, 5, 4)],
        params=params,
        dtypes=["float64", "float32", dtype],
        gradient=False,
    )
    assert found.passed and len(found) == 3
    assert dtype in str(found).splitlines()[1]
