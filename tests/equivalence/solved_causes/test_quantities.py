"""A factor that is made of what was given: counts of masks and classes, sums of weights."""

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare.equivalence.solved_causes.quantities import ratio, vectors

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(61)
LOGITS, TARGET = RNG.standard_normal((6, 5)), np.array([0, 3, 1, 4, 3, 2])
WEIGHT = np.array([0.5, 2.0, 1.0, 3.0, 0.25])
GIVEN = {"weight": WEIGHT, "target": TARGET, "mask": np.array([[1, 1, 0], [1, 0, 0]])}


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (WEIGHT[TARGET].sum() / 6, "weight[target].sum() / 6"),
        (1 / 3, "1 / mask.sum()"),
        (WEIGHT.sum(), "weight.sum()"),
        (1.2345, ""),
    ],
)
def test_a_factor_is_written_by_what_it_is_made_of(factor, text):
    assert ratio(factor, GIVEN, {6, 5}) == text


def test_what_is_along_an_axis():
    assert vectors({"n": np.array([2, 1, 3])}, 6)["n of its segment"].tolist() == [2, 2, 1, 3, 3, 3]
    counts = vectors({"i": np.array([0, 2, 2])}, 3)
    assert counts["the count of its i"].tolist() == [1, 2, 2]
    assert vectors(GIVEN, 2)["mask.sum(1)"].tolist() == [2, 1]
    assert vectors(GIVEN, 6)["weight[target]"].tolist() == WEIGHT[TARGET].tolist()


def cross_entropy(divided):
    def mine(logits, target):
        w = torch.tensor(WEIGHT, dtype=logits.dtype)[target]
        losses = -logits.log_softmax(-1)[torch.arange(len(target)), target]
        return (w * losses).sum() / divided(w)

    return mine


def cause(mine, reference=None, **settings):
    settings = {"mine_takes": "torch", "dtypes": ["float64"], **settings}
    reference = reference or nn.CrossEntropyLoss(weight=torch.tensor(WEIGHT))
    arrays = {"input": LOGITS, "target": TARGET}

    def named(input, target):
        return mine(input, target)

    (result,) = compare.equivalent(named, reference, arrays, **settings)
    return not result.fails, str(result.cause)


def test_a_mean_over_samples_for_one_over_their_weights_is_named():
    assert cause(cross_entropy(lambda w: w.sum())) == (True, "")
    passed, said = cause(cross_entropy(len))
    assert not passed and "(weight[target].sum() / 6)" in said
    # by the sum of all weights, whether they are there or not
    passed, said = cause(cross_entropy(lambda w: float(WEIGHT.sum())))
    assert not passed and "(weight[target].sum() / weight.sum())" in said


def test_another_mistake_is_not_called_so():
    def mine(logits, target):
        return cross_entropy(lambda w: w.sum())(logits * 1.01, target)

    passed, said = cause(mine)
    assert not passed and "sum()" not in said


def test_ignored_classes_count_or_not():
    target = np.array([0, -100, 1, 4, -100, 2])

    def mine(input, target):
        valid = target >= 0
        losses = -input.log_softmax(-1)[torch.arange(len(target)), target.clamp(min=0)]
        return (losses * valid).sum() / len(target)

    (result,) = compare.equivalent(
        mine, nn.CrossEntropyLoss(), {"input": LOGITS, "target": target},
        mine_takes="torch", dtypes=["float64"],
    )  # fmt: skip
    assert "(2/3)" in result.cause or "((target >= 0).sum() / 6)" in result.cause
