"""Causes are named beside a reference that rounds to float32 inside, up to the digits it has."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 5, 16))


class Norm(nn.Module):
    """As most language models have it."""

    def __init__(self):
        super().__init__()
        self.weight, self.variance_epsilon = nn.Parameter(torch.ones(16)), 1e-6

    def forward(self, x):
        h = x.to(torch.float32)
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        return self.weight * h.to(x.dtype)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = Norm()
        self.gate, self.up = (nn.Linear(16, 24, bias=False) for _ in range(2))
        self.down = nn.Linear(24, 16, bias=False)

    def forward(self, x):
        h = self.norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


MODULE = Gated()
WEIGHTS = {n: 0.4 * RNG.standard_normal(p.shape) for n, p in MODULE.named_parameters()}
WEIGHTS["norm.weight"] += 1


def by_hand(eps=1e-6, exchanged=False, residual=1.0, act="silu"):
    def mine(x, params):
        h = x.astype(np.float32)
        h = h / np.sqrt((h * h).mean(-1, keepdims=True) + np.float32(eps))
        h = params["norm.weight"] * h.astype(x.dtype)
        gate, up = h @ params["gate.weight"].T, h @ params["up.weight"].T
        if exchanged:
            gate, up = up, gate
        gate = gate / (1 + np.exp(-gate)) if act == "silu" else gate * np.tanh(gate)
        return x.dtype.type(residual) * x + (gate * up) @ params["down.weight"].T

    return mine


def found(**how):
    settings = {"params": WEIGHTS, "gradient": False, "dtypes": ["float64"]}
    return compare.equivalent(by_hand(**how), MODULE, [X], **settings)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"eps": 1e-3}, "another variance_epsilon: with 0.001 for 1e-06 in norm"),
        ({"exchanged": True}, "with gate.weight and up.weight in each other's place"),
        ({"residual": 0.0}, "yours is the reference's without x"),
        ({"residual": 0.5}, "yours is the reference's and -0.5 times x"),
    ],
)
def test_a_cause_is_named(how, says):
    assert says in found(**how)[0].cause


def test_the_right_one_is_the_same_and_what_is_below_its_rounding_is_said():
    assert found().passed
    below = found(eps=2e-6)
    assert below.passed and any("could not have been seen" in note for note in below[0].unseen)


def test_another_function_has_no_cause():
    result = found(act="gelu")
    assert not result.passed and result[0].cause == ""
