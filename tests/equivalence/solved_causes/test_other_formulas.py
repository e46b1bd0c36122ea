"""Other formulas of a normalization or an attention are named, and torch's own is the same."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare
from compare.equivalence.solved_causes.other_formulas import FORMULAS

RNG = np.random.default_rng(4)
X, W, B = RNG.standard_normal((4, 6, 5)), RNG.standard_normal(6), RNG.standard_normal(6)
ROWS, WIDE, SHIFT = RNG.standard_normal((7, 9)), RNG.standard_normal(9), RNG.standard_normal(9)
HEADS = [RNG.standard_normal((2, 5, 4)) for _ in range(3)]
EPS = 1e-5


def cause(mine, reference, arrays, **settings):
    settings = {"gradient": False, "dtypes": ["float64"], **settings}
    found = compare.equivalent(mine, reference, arrays, **settings)
    return "same" if found.passed else found[0].cause


def normal(x, axes, outside=False, ddof=0, centered=True):
    d = x - x.mean(axes, keepdims=True) if centered else x
    variance = (d * d).sum(axes, keepdims=True) / (np.prod([x.shape[a] for a in axes]) - ddof)
    return d / (np.sqrt(variance) + EPS if outside else np.sqrt(variance + EPS))


def layer_norm(**how):
    return lambda x, params: normal(x, (1,), **how) * params["weight"] + params["bias"]


def rms_norm(**how):
    how = {"centered": False, **how}
    return lambda x, params: normal(x, (1,), **how) * params["weight"]


def of_channels(y, params):
    return y * params["weight"][:, None] + params["bias"][:, None]


def batch_norm(**how):
    return lambda x, params: of_channels(normal(x, (0, 2), **how), params)


def instance_norm(**how):
    return lambda x, params: of_channels(normal(x, (2,), **how), params)


def group_norm(apart=False, **how):
    def by_hand(x, params):
        groups = x.reshape(4, 3, 2, 5) if apart else x.reshape(4, 2, 3, 5)
        axes = (1, 3) if apart else (2, 3)
        return of_channels(normal(groups, axes, **how).reshape(x.shape), params)

    return by_hand


def attention(later=0, axis=-1, causal=True):
    def by_hand(q, k, v):
        s = q @ k.swapaxes(-1, -2) / 2
        s = np.where(np.tril(np.ones((5, 5), bool), later), s, -np.inf) if causal else s
        e = np.exp(s - s.max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True) @ v

    return by_hand


def causal(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


RUNNING = (torch.zeros(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64))
AFFINE = {"params": {"weight": W, "bias": B}}
ROW = {"params": {"weight": WIDE, "bias": SHIFT}}
SCALE = {"params": {"weight": WIDE}}
OUTSIDE, UNBIASED = {"outside": True}, {"ddof": 1}
NORMS = [
    ("layer_norm", layer_norm, nn.LayerNorm(9), [ROWS], ROW),
    ("rms_norm", rms_norm, nn.RMSNorm(9, eps=EPS), [ROWS], SCALE),
    ("batch_norm", batch_norm, nn.BatchNorm1d(6, track_running_stats=False), [X], AFFINE),
    ("group_norm", group_norm, nn.GroupNorm(2, 6), [X], AFFINE),
    ("instance_norm", instance_norm, nn.InstanceNorm1d(6, affine=True), [X], AFFINE),
]


@pytest.mark.parametrize("how", [OUTSIDE, UNBIASED, {**OUTSIDE, **UNBIASED}, {"centered": None}])
@pytest.mark.parametrize("norm", NORMS, ids=[norm[0] for norm in NORMS])
def test_a_normalization_by_another_formula_is_named_and_its_right_twin_is_the_same(norm, how):
    name, by_hand, module, arrays, settings = norm
    if "centered" in how:
        how = {"centered": name == "rms_norm"}
    said = cause(by_hand(**how), module, arrays, **settings)
    assert said.startswith("another formula: with ") and f"in torch's {name}" in said
    assert ("outside of the square root" in said) == ("outside" in how)
    assert ("divided by n - 1" in said) == ("ddof" in how)
    assert ("mean subtracted" in said) == ("centered" in how)
    assert cause(by_hand(), module, arrays, **settings) == "same"


def test_channels_that_lie_apart_in_one_group():
    said = cause(group_norm(apart=True), nn.GroupNorm(2, 6), [X + 3 * W[:, None]], **AFFINE)
    assert "channels that lie apart in one group in torch's group_norm" in said


def running_variance(ddof):
    def by_hand(x):
        return 0.9 * np.ones(6, x.dtype) + 0.1 * x.var((0, 2), ddof=ddof)

    return by_hand


class Variance(nn.BatchNorm1d):
    def forward(self, x):
        super().forward(x)
        return self.running_var.clone()


def test_a_running_variance_divided_by_n():
    assert "a running variance divided by n" in cause(running_variance(0), Variance(6), [X])
    assert cause(running_variance(1), Variance(6), [X]) == "same"


@pytest.mark.parametrize(
    ("mine", "reference", "says"),
    [
        (attention(later=1), causal, "one later position seen by each as well"),
        (attention(axis=-2, causal=False), F.scaled_dot_product_attention, "over the queries"),
    ],
    ids=["later", "queries"],
)
def test_an_attention_of_another_mask_or_axis(mine, reference, says):
    assert says in cause(mine, reference, HEADS)
    right = attention(causal=reference is causal)
    assert cause(right, reference, HEADS) == "same"


def test_a_gelu_by_a_sigmoid():
    assert "x sigmoid(1.702 x)" in cause(lambda x: x / (1 + np.exp(-1.702 * x)), F.gelu, [ROWS])


def test_another_mistake_is_none_of_these():
    for name, by_hand, module, arrays, settings in NORMS:
        right = by_hand()
        bent = lambda x, params, f=right: np.tanh(f(x, params))  # noqa: E731
        assert "formula" not in cause(bent, module, arrays, **settings), name


def test_every_formula_has_the_shape_of_torchs_own():
    x = torch.tensor(X)
    given = {
        "layer_norm": (F.layer_norm, (x, (5,))),
        "rms_norm": (F.rms_norm, (x, (5,))),
        "group_norm": (F.group_norm, (x, 2)),
        "instance_norm": (F.instance_norm, (x,)),
        "batch_norm": (F.batch_norm, (x, *RUNNING, None, None, True)),
        "scaled_dot_product_attention": (causal, (x, x, x)),
        "gelu": (F.gelu, (x,)),
    }
    for name, formulas in FORMULAS.items():
        function, arguments = given[name]
        for formula in formulas.values():
            assert formula(*arguments).shape == function(*arguments).shape
