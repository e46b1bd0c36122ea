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
        "gru": (torch.gru, (x, x[:1], [torch.rand(15, 5)] * 2, False, 1, 0.0, False, False, False)),
        "gru_cell": (torch.gru_cell, (x[0], x[0], torch.rand(15, 5), torch.rand(15, 5))),
    }
    given = {k: (f, [as_double(a) for a in arguments]) for k, (f, arguments) in given.items()}
    for name, formulas in FORMULAS.items():
        function, arguments = given[name]
        for formula in formulas.values():
            assert shapes(formula(*arguments)) == shapes(function(*arguments))


def as_double(a):
    if isinstance(a, list):
        return list(map(as_double, a))
    return a.double() if isinstance(a, torch.Tensor) else a


def shapes(out):
    return [t.shape for t in out] if isinstance(out, tuple) else out.shape


def gru_by_hand(before=False, kept=True, directions=1):
    """One layer, forward and backward; r before the product or behind it, z of what is kept."""

    def along(x, params, suffix):
        names = [f"{k}_l0{suffix}" for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        of_x, of_h, bias_x, bias_h = (params[name] for name in names)
        n, states = of_h.shape[1], []
        h = np.zeros((x.shape[1], n), x.dtype)
        for step in x[::-1] if suffix else x:
            r, z, new = np.split(step @ of_x.T + bias_x, 3, -1)
            of_r, of_z, _ = np.split(h @ of_h.T + bias_h, 3, -1)
            r, z = 1 / (1 + np.exp(-r - of_r)), 1 / (1 + np.exp(-z - of_z))
            last, bias = of_h[2 * n :].T, bias_h[2 * n :]
            new = np.tanh(new + ((r * h) @ last + bias if before else r * (h @ last + bias)))
            h = z * h + (1 - z) * new if kept else (1 - z) * h + z * new
            states.append(h)
        return np.stack(states[::-1] if suffix else states)

    def gru(x, params):
        return np.concatenate([along(x, params, s) for s in ("", "_reverse")[:directions]], -1)

    return gru


class Outputs(nn.Module):
    """What a recurrent layer has at every step."""

    def __init__(self, directions):
        super().__init__()
        self.layer = nn.GRU(5, 4, bidirectional=directions == 2)

    def forward(self, x):
        return self.layer(x)[0]


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({}, "same"),
        ({"before": True}, "the reset gate applied before the matrix product in torch's gru"),
        ({"kept": False}, "the update gate the other way round in torch's gru"),
        ({"before": True, "kept": False}, ""),
    ],
)
def test_gates_of_a_gru_are_named(how, says, directions):
    module = Outputs(directions)
    rng = np.random.default_rng(3)
    weights = {n: 0.5 * rng.standard_normal(p.shape) for n, p in module.layer.named_parameters()}
    names = {name: f"layer.{name}" for name in weights}
    mine = gru_by_hand(directions=directions, **how)
    said = cause(mine, module, [rng.standard_normal((6, 3, 5))], params=weights, names=names)
    assert (said == says) if says in ("same", "") else (says in said)


def test_gates_of_a_gru_cell_are_named():
    cell, rng = nn.GRUCell(5, 4), np.random.default_rng(4)
    weights = {n: 0.5 * rng.standard_normal(p.shape) for n, p in cell.named_parameters()}
    arrays = [rng.standard_normal((3, 5)), np.zeros((3, 4))]
    arrays[1] += rng.standard_normal((3, 4))

    def mine(before):
        def by_hand(x, h, params):
            r, z, new = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, -1)
            last, bias = params["weight_hh"][8:].T, params["bias_hh"][8:]
            of_r, of_z = np.split(h @ params["weight_hh"][:8].T + params["bias_hh"][:8], 2, -1)
            r, z = 1 / (1 + np.exp(-r - of_r)), 1 / (1 + np.exp(-z - of_z))
            new = np.tanh(new + ((r * h) @ last + bias if before else r * (h @ last + bias)))
            return z * h + (1 - z) * new

        return by_hand

    assert cause(mine(False), cell, arrays, params=weights) == "same"
    assert "before the matrix product in torch's gru_cell" in cause(
        mine(True), cell, arrays, params=weights
    )
