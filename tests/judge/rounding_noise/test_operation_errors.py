"""Operations that torch fuses have the noise of what they are made of: another way is the same."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare
from compare import Outcome
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.operation_errors import amplitude
from compare.judge.rounding_noise.torch_perturbation import perturbed

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

SEEDS = range(3)


def layer_norm(x, w, b):
    c = x - x.mean(-1, keepdim=True)
    return c / torch.sqrt((c * c).mean(-1, keepdim=True) + 1e-5) * w + b


def group_norm(x, w, b):
    y = x.reshape(len(x), 2, -1)
    c = y - y.mean(-1, keepdim=True)
    h = c / torch.sqrt((c * c).mean(-1, keepdim=True) + 1e-5)
    return h.reshape(x.shape) * w[:, None] + b[:, None]


def batch_norm(x, w, b):
    c = x - x.mean(0)
    return c / torch.sqrt((c * c).mean(0) + 1e-5) * w + b


def convolution(x, w, b):
    columns = F.unfold(x, 3, padding=1)
    return (w.reshape(len(w), -1) @ columns).reshape(len(x), len(w), *x.shape[2:]) + b[
        :, None, None
    ]


def attention(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, -1) @ v


def recurrent(x, w, u, b):
    h = c = x.new_zeros(x.shape[1], u.shape[1])
    shown = []
    for x_t in x:
        i, f, g, o = (x_t @ w.T + h @ u.T + b).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        shown.append(h)
    return torch.stack(shown)


def lstm(x, w, u, b):
    start = (x.new_zeros(1, x.shape[1], u.shape[1]),) * 2
    weights = [w, u, b, torch.zeros_like(b)]
    return torch._VF.lstm(x, start, weights, True, 1, 0.0, False, False, False)[0]


def silu(x):
    return 1 / (1 + torch.exp(-x)) * x


TWINS = {
    "layer norm": (
        layer_norm, lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b), [(9, 30), 30, 30],
    ),
    "group norm": (group_norm, lambda x, w, b: F.group_norm(x, 2, w, b), [(3, 6, 8), 6, 6]),
    "batch norm": (
        batch_norm, lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [(30, 7), 7, 7],
    ),
    "convolution": (
        convolution, lambda x, w, b: F.conv2d(x, w, b, padding=1), [(2, 5, 7, 6), (4, 5, 3, 3), 4],
    ),
    "transposed convolution": (
        lambda x, w: torch.einsum("nct,cok->notk", x, w).sum(-1),
        lambda x, w: F.conv_transpose1d(x, w),
        [(2, 6, 9), (6, 4, 1)],
    ),
    "attention": (attention, F.scaled_dot_product_attention, [(2, 9, 8), (2, 7, 8), (2, 7, 3)]),
    "LSTM": (recurrent, lstm, [(5, 3, 4), (20, 4), (20, 5), 20]),
    "gelu": (lambda input: input * torch.special.ndtr(input), F.gelu, [(20, 20)]),
    "silu": (silu, F.silu, [(20, 20)]),
    "softplus": (lambda input: torch.logaddexp(input, 0 * input.detach()), F.softplus, [(20, 20)]),
    "logsumexp": (
        lambda x: torch.log(torch.exp(x).sum(-1)), lambda x: torch.logsumexp(x, -1), [(20, 30)],
    ),
    "variance": (
        lambda x: ((x - x.mean(-1, keepdim=True)) ** 2).mean(-1) + x.mean(-1),
        lambda x: sum(torch.var_mean(x, -1, correction=0)),
        [(9, 30)],
    ),
    "average pooling": (
        lambda x: x.reshape(2, 1, 4, 2, 4, 2).mean((3, 5)),
        lambda x: F.avg_pool2d(x, 2),
        [(2, 1, 8, 8)],
    ),
}  # fmt: skip


def drawn(shapes, seed, off):
    rng = np.random.default_rng([24, seed])
    return [rng.standard_normal(s) + (off if k == 0 else 0) for k, s in enumerate(shapes)]


@pytest.mark.parametrize("off", [0, 10])
@pytest.mark.parametrize("what", TWINS)
def test_another_way_to_compute_it_is_the_same_forward_and_backward(what, off):
    twin, reference, shapes = TWINS[what]
    for seed in SEEDS:
        arrays = drawn(shapes, seed, off)
        for r in compare.equivalent(twin, reference, arrays, mine_takes="torch", seed=seed):
            assert [c for c in r.verdict.failures if c.outcome is not Outcome.VACUOUS] == []


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("what", TWINS)
def test_one_percent_off_is_not(what, dtype):
    twin, reference, shapes = TWINS[what]
    arrays, asked = drawn(shapes, 0, 0), {"mine_takes": "torch", "dtypes": [dtype]}
    (r,) = compare.equivalent(lambda *a: 1.01 * twin(*a), reference, arrays, **asked)
    assert r.verdict.first.name == "output"


def norms(x):
    y = nn.LayerNorm(6, dtype=x.dtype)(F.gelu(x))
    (g,) = torch.autograd.grad(y.square().sum(), x)
    yield y.detach(), g


@pytest.mark.parametrize("kind", range(3))
def test_each_part_of_a_composite_operation_is_moved_and_none_without_noise(kind):
    x = torch.linspace(-3, 3, 30, dtype=torch.float64).reshape(5, 6).requires_grad_()
    (plain,), _ = perturbed(lambda: norms(x))
    (again,) = list(norms(x))
    (moved,), mode = perturbed(lambda: norms(x), Draws(0, kind))
    assert all(torch.equal(a, b) for a, b in zip(plain, again, strict=True))
    for a, b in zip(plain, moved, strict=True):
        assert 0 < float((a - b).abs().max()) < 1e-12
    assert not mode.within


def test_the_rounding_of_a_convolution_is_that_of_its_sums_not_of_its_result():
    x, w = torch.ones(1, 1, 4, 4), torch.tensor([[[[1.0, -1.0], [1.0, -1.0]]]])
    given = (x, w, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)
    aten = torch.ops.aten.convolution.default
    out = aten(*given)
    found = amplitude("convolution", aten, given, {}, out)
    assert float(out.abs().max()) == 0
    assert found.terms == 5 and float(found.size.min()) == pytest.approx(4 * 5**0.5)
