"""Gradients that are clipped otherwise than torch's, on whichever side, are named so."""

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare.equivalence.solved_causes.clipping import BY_NORM, BY_VALUE, FORMULAS

RNG = np.random.default_rng(12)
X, W, B = RNG.standard_normal((9, 4)), RNG.standard_normal((4, 3)), RNG.standard_normal(3)
LIMIT, STEPS, RATE = 0.5, 3, 0.1


def clip_by_norm(gradients, most=1.0):
    total = np.sqrt(sum((g * g).sum() for g in gradients))
    return [g * min(g.dtype.type(most), LIMIT / (total + g.dtype.type(1e-6))) for g in gradients]


MINE = {
    "by norm": clip_by_norm,
    "by value": lambda gradients: [np.clip(g, -LIMIT, LIMIT) for g in gradients],
    "each": lambda gradients: [clip_by_norm([g])[0] for g in gradients],
    "scaled": lambda gradients: clip_by_norm(gradients, np.inf),
    "none": lambda gradients: gradients,
}
REFERENCE = {
    BY_NORM: lambda params: nn.utils.clip_grad_norm_(params, LIMIT),
    BY_VALUE: lambda params: nn.utils.clip_grad_value_(params, LIMIT),
}


def mine(how, scale):
    def train(x, w, b):
        for _ in range(STEPS):
            y = np.tanh(x @ w + b)
            delta = 2 * x.dtype.type(scale) * y * (1 - y * y)
            steps = MINE[how]([x.T @ delta, delta.sum(0)])
            w, b = w - x.dtype.type(RATE) * steps[0], b - x.dtype.type(RATE) * steps[1]
        return w, b

    return train


def reference(how, scale):
    def train(x, w, b):
        params = [nn.Parameter(p.detach().clone()) for p in (w, b)]
        optimizer = torch.optim.SGD(params, RATE)
        for _ in range(STEPS):
            optimizer.zero_grad()
            (torch.tanh(x @ params[0] + params[1]).square().sum() * scale).backward()
            REFERENCE[how](params)
            optimizer.step()
        return tuple(p.detach() for p in params)

    return train


def found(ours, theirs, scale=1.0):
    given = {"gradient": False, "dtypes": ["float64"]}
    return compare.equivalent(mine(ours, scale), reference(theirs, scale), [X, W, B], **given)[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "scale", "says"),
    [
        ("by value", BY_NORM, 1.0, "gradients clipped by value for torch's clip_grad_norm_"),
        ("each", BY_NORM, 1.0, "each gradient clipped by its own norm"),
        ("scaled", BY_NORM, 1e-3, "gradients scaled up to the norm as well"),
        ("none", BY_NORM, 1.0, "no clipping"),
        ("by norm", BY_VALUE, 1.0, "gradients clipped by the norm of all"),
        ("each", BY_VALUE, 1.0, "each gradient clipped by its own norm"),
        ("none", BY_VALUE, 1.0, "no clipping for torch's clip_grad_value_"),
    ],
)
def test_another_clipping_is_named(ours, theirs, scale, says):
    said = found(ours, theirs, scale).cause
    assert said.startswith("another clipping: with ") and says in said


@pytest.mark.parametrize(("ours", "theirs"), [("by norm", BY_NORM), ("by value", BY_VALUE)])
def test_torchs_own_is_the_same(ours, theirs):
    assert found(ours, theirs).verdict.first is None
    clips = {name: getattr(nn.utils, name) for name in FORMULAS}
    assert all(f.__module__ == "torch.nn.utils.clip_grad" for f in clips.values())


def test_another_mistake_is_no_clipping():
    def slower(x, w, b):
        return tuple(p + 0.1 * (q - p) for p, q in zip((w, b), right(x, w, b), strict=True))

    right = mine("by norm", 1.0)
    given = {"gradient": False, "dtypes": ["float64"]}
    result = compare.equivalent(slower, reference(BY_NORM, 1.0), [X, W, B], **given)[0]
    assert result.verdict.first and "clipping" not in result.cause
