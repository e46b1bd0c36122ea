"""Settings of the reference and arguments of yours that would make both agree, found by trying."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare

pytestmark = pytest.mark.numbers

GIVES = ", the reference gives what yours does"
RNG = np.random.default_rng(8)
IMAGES, KERNEL = RNG.standard_normal((2, 3, 7, 6)), RNG.standard_normal((4, 3, 3, 2))
CUBE = RNG.standard_normal((4, 3, 3, 3))
X = RNG.standard_normal((5, 4))
TORCH = {"mine_takes": "torch"}


def cause(mine, reference, arrays=(X,), **settings):
    result = compare.equivalent(mine, reference, arrays, gradient=False, **settings)
    (said,) = {str(r.cause) for r in result}
    return said


@pytest.mark.parametrize(
    ("mine", "reference", "says"),
    [
        (
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            nn.AvgPool2d(3, 1, 1),
            f"another count_include_pad: with False for True in AvgPool2d{GIVES}",
        ),
        (
            nn.GELU(approximate="tanh"),
            nn.Sequential(nn.Identity(), nn.GELU()),
            f"another approximate: with 'tanh' for 'none' in 1{GIVES}",
        ),
        (
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            f"another align_corners: with True for None in Upsample{GIVES}",
        ),
        (
            nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"),
            nn.Conv2d(3, 4, 3, padding=1),
            "",
        ),
        (nn.Tanh(), nn.GELU(), ""),
    ],
    ids=["a truth value", "a word", "none of both", "weights that were not given", "another"],
)
def test_a_choice_of_the_reference_is_named_with_its_place(mine, reference, says):
    assert cause(mine, reference, [IMAGES]) == says


def test_a_choice_of_every_part_is_one():
    reference = nn.Sequential(nn.GELU(), nn.Tanh(), nn.GELU())
    mine = nn.Sequential(nn.GELU("tanh"), nn.Tanh(), nn.GELU("tanh"))
    assert "with 'tanh' for 'none' in 0, 2" in cause(mine, reference)


def test_a_momentum_of_the_statistics_is_solved():
    params = {"weight": RNG.standard_normal(4), "bias": RNG.standard_normal(4)}
    said = cause(nn.BatchNorm1d(4, momentum=0.05), nn.BatchNorm1d(4), params=params)
    assert "a factor: yours is everywhere 0.5 times" in said  # of the mean, which starts from 0
    given = {**params, "running_mean": RNG.standard_normal(4), "running_var": RNG.random(4) + 1}
    said = cause(nn.BatchNorm1d(4, momentum=0.05), nn.BatchNorm1d(4), params=given)
    assert said == f"another momentum: with 0.05 for 0.1 in BatchNorm1d{GIVES}"


def test_a_small_eps_is_no_precision_of_float32():
    reference = nn.TripletMarginLoss(eps=1e-6)
    anchors = [RNG.standard_normal((5, 4)) for _ in range(3)]

    def mine(a, p, n):
        return F.triplet_margin_loss(a, p, n, eps=0.0)

    double = compare.equivalent(mine, reference, anchors, gradient=False, **TORCH)[0]
    assert double.cause == (f"another eps: with 0 for 1e-06 in TripletMarginLoss{GIVES}")
    assert double.error_kind.name == "ANOTHER"


def test_one_number_is_explained_by_one_that_people_write_alone():
    given = [RNG.standard_normal((6, 5)), np.array([0, 3, 1, 4, 2, 2])]
    reference = nn.CrossEntropyLoss(label_smoothing=0.1)

    def with_smoothing(s):
        return lambda x, t: F.cross_entropy(x, t, label_smoothing=s)

    said = cause(with_smoothing(0.2), reference, given, **TORCH)
    assert said == (f"another label_smoothing: with 0.2 for 0.1 in CrossEntropyLoss{GIVES}")
    assert cause(with_smoothing(0.2147281), reference, given, **TORCH) == ""


def convolution(x, w):
    return F.conv2d(x, w, padding=1)


def flattened(*axes):
    """A convolution whose weight is read with its axes in another order."""

    def mine(x, w):
        return convolution(x, w.permute(axes).reshape(w.shape))

    return mine


@pytest.mark.parametrize(
    ("mine", "weight", "says"),
    [
        (
            lambda x, w: convolution(x, w.flip(2, 3)),
            KERNEL,
            "flipped: with w reversed along axis 2, axis 3, yours is right",
        ),
        (
            lambda x, w: convolution(x, w.flip(3)),
            KERNEL,
            "flipped: with w reversed along axis 3, yours is right",
        ),
        (
            flattened(0, 3, 1, 2),
            CUBE,
            "another order of axes: with w.transpose(0, 2, 3, 1) for w, yours is right",
        ),
        (
            # (kh, kw, C) read as (C, kh, kw): what yours wants is the other way round
            lambda x, w: convolution(x, w.reshape(4, 3, 2, 3).permute(0, 3, 1, 2)),
            KERNEL,
            "flattened in another order: with w.transpose(0, 2, 3, 1), reshaped, for w, yours is "
            "right",
        ),
        (lambda x, w: convolution(x, w * w), KERNEL, ""),
    ],
    ids=["both axes", "one axis", "axes", "flattened", "another"],
)
def test_how_a_kernel_is_read_is_found(mine, weight, says):
    assert cause(mine, convolution, {"x": IMAGES, "w": weight}, **TORCH) == says


class Gates(nn.Module):
    """An LSTM whose rows are in another order of the gates."""

    def __init__(self, order):
        super().__init__()
        self.lstm, self.order = nn.LSTM(4, 3), order

    def forward(self, x):
        def moved(w):
            blocks = w.chunk(4)
            return torch.cat([blocks[k] for k in self.order])

        weights = {name: moved(w) for name, w in self.lstm.named_parameters()}
        return torch.func.functional_call(self.lstm, weights, (x,))


@pytest.mark.parametrize("order", [(0, 1, 3, 2), (1, 0, 3, 2)])
def test_gates_in_another_order_are_found_in_all_arrays_together(order):
    module = nn.LSTM(4, 3)
    params = {
        f"lstm.{n}": RNG.standard_normal(tuple(p.shape)) for n, p in module.named_parameters()
    }
    said = cause(Gates(order), Gates((0, 1, 2, 3)), [RNG.standard_normal((6, 2, 4))], params=params)
    inverse = str(tuple(int(k) for k in np.argsort(order)))
    assert "exchanged: with the 4 blocks of rows of" in said and inverse in said
    assert "lstm.weight_hh_l0" in said and "lstm.bias_ih_l0" in said


def test_a_second_fault_behind_the_first_keeps_a_try_from_being_named():
    def mine(x, w):
        return convolution(x, w.flip(2, 3)), (w * w).sum()

    def reference(x, w):
        return convolution(x, w), w.sum()

    assert cause(mine, reference, {"x": IMAGES, "w": KERNEL}, **TORCH) == ""


def test_what_yours_does_not_use_is_named():
    def layer(x, w, b, c):
        return np.tanh(x @ w + b) + c

    def torchs(x, w, b, c):
        return torch.tanh(x @ w + b) + c

    rng = np.random.default_rng(0)
    arrays = {"x": rng.standard_normal((6, 4)), "w": rng.standard_normal((4, 3))}
    arrays |= {"b": rng.standard_normal(3), "c": rng.standard_normal(3)}
    settings = {"gradient": False, "dtypes": ["float64"]}
    assert compare.equivalent(layer, torchs, arrays, **settings).passed
    without = lambda x, w, b, c: layer(x, w, 0 * b, c)  # noqa: E731
    said = compare.equivalent(without, torchs, arrays, **settings)[0].cause
    assert said == "not used: the reference is another with other numbers in b, and yours is not"
    # used otherwise, and by both
    twice = lambda x, w, b, c: layer(x, w, b * b, c)  # noqa: E731
    assert "not used" not in compare.equivalent(twice, torchs, arrays, **settings)[0].cause
