"""Another schedule of the learning rate is named; the same one is the same."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler

import compare

RNG = np.random.default_rng(2)
X, W, T = (RNG.standard_normal(shape) for shape in ((9, 4), (4, 2), (9, 2)))
STEPS = 8


def by_hand(rates, decay=0.0):
    def train(x, w, t):
        c = x.dtype.type
        for k in range(STEPS):
            w = w - c(rates(k)) * (c(2) * x.T @ (x @ w - t) / c(t.size) + c(decay) * w)
            compare.watch(f"w{k}", w)
        return w

    return train


def reference(schedule):
    def train(x, w, t):
        p = nn.Parameter(w.detach().clone())
        optimizer = torch.optim.SGD([p], 0.1)
        scheduler = schedule(optimizer)
        for k in range(STEPS):
            optimizer.zero_grad()
            F.mse_loss(x @ p, t).backward()
            optimizer.step()
            scheduler.step()
            compare.watch(f"w{k}", p.detach().clone())
        return p.detach()

    return train


def warmup(k):
    return min(1.0, (k + 1) / 4)


def cosine(k):
    return 0.05 * (1 + math.cos(math.pi * k / STEPS))


def trapezoid(k):
    return min(1.0, (k + 1) / 3, (STEPS - k) / 3)


WARM = reference(lambda o: lr_scheduler.LambdaLR(o, warmup))
COSINE = reference(lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS))
TRAPEZOID = reference(lambda o: lr_scheduler.LambdaLR(o, trapezoid))
HALVED = reference(lambda o: lr_scheduler.StepLR(o, 3, 0.5))


def cause(mine, theirs):
    found = compare.equivalent(mine, theirs, [X, W, T], gradient=False, dtypes=["float64"])
    return "same" if found.passed else found[0].cause


@pytest.mark.parametrize(
    ("rates", "theirs", "says"),
    [
        (lambda k: 0.1, WARM, "with 0.1 in every step"),
        (lambda k: 0.1 * min(1.0, k / 4), WARM, "one step late"),
        (lambda k: cosine(k + 1), COSINE, "one step early"),
        (lambda k: 0.1 * min(1.0, (STEPS - k) / 3), TRAPEZOID, "with no warmup"),
        (lambda k: 0.1 * min(1.0, (k + 1) / 3), TRAPEZOID, "with no decay"),
        (lambda k: 0.1 * 0.5 ** (max(k - 1, 0) // 3), HALVED, "one step late"),
    ],
    ids=["none", "late", "early", "no warmup", "no decay", "halved late"],
)
def test_another_schedule_is_named(rates, theirs, says):
    said = cause(by_hand(rates), theirs)
    assert said.startswith("another schedule of lr: ") and says in said


@pytest.mark.parametrize(
    ("rates", "theirs"),
    [
        (lambda k: 0.1 * warmup(k), WARM),
        (cosine, COSINE),
        (lambda k: 0.1 * trapezoid(k), TRAPEZOID),
        (lambda k: 0.1 * 0.5 ** (k // 3), HALVED),
    ],
    ids=["warmup", "cosine", "trapezoid", "halved"],
)
def test_the_same_schedule_is_the_same(rates, theirs):
    assert cause(by_hand(rates), theirs) == "same"


def test_another_mistake_is_no_schedule():
    assert "schedule" not in cause(by_hand(lambda k: 0.1 * warmup(k), decay=0.1), WARM)
