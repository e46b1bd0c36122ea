"""Layer normalization in simple operations is torch's own, forward and backward."""

import itertools
from functools import partial

import pytest
import torch
from torch._decomp import decomposition_table

from compare.judge.rounding_noise.draws import BY_VALUE, COHERENT, INDEPENDENT, Draws
from compare.judge.rounding_noise.simpler_operations import CLOSE, OURS, decomposition_of
from compare.judge.rounding_noise.torch_perturbation import perturbed

aten = torch.ops.aten
FORWARD, BACKWARD = aten.native_layer_norm.default, aten.native_layer_norm_backward.default


def normal(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


def unmoved(out, units, terms=1):
    """Rounds nothing; what it would be moved by has its shape."""
    assert units().shape == out.shape and units().dtype == torch.float64 and terms >= 1
    return out


def same(mine, torchs):
    assert [type(a) for a in mine] == [type(b) for b in torchs]
    for a, b in zip(mine, torchs, strict=True):
        if b is not None:
            tolerance = 64 * torch.finfo(b.dtype).eps
            torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance * float(b.abs().max()))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape, inner", [((3, 4, 5), 1), ((3, 4, 5), 2), ((5,), 1)])
@pytest.mark.parametrize("with_weight", [True, False])
def test_a_layer_norm_is_torchs(shape, inner, dtype, with_weight):
    x, delta = 3 + normal(*shape, dtype=dtype), normal(*shape, dtype=dtype).flip(0)
    weight, bias = (normal(*shape[-inner:], dtype=dtype) + k for k in (1, 2))
    weight, bias = (weight, bias) if with_weight else (None, None)
    given = (x, shape[-inner:], weight, bias, 1e-5)
    same(CLOSE[FORWARD](unmoved, *given), FORWARD(*given))
    _, mean, inverse = FORWARD(*given)
    for wanted in itertools.product((True, False), repeat=3):
        if with_weight or not any(wanted[1:]):  # of what is not there autograd wants no gradient
            given = (delta, x, shape[-inner:], mean, inverse, weight, bias, wanted)
            same(CLOSE[BACKWARD](unmoved, *given), BACKWARD(*given))


@pytest.mark.parametrize("kind", [INDEPENDENT, BY_VALUE, COHERENT])
@pytest.mark.parametrize("offset", [0.0, 30.0])
@pytest.mark.parametrize("with_weight", [True, False])
def test_the_noise_of_a_layer_norm_is_that_of_the_simple_operations_of_torch(
    offset, with_weight, kind
):
    x = (offset + normal(6, 16)).requires_grad_()
    weight, bias = (normal(16) + k for k in (1, 2)) if with_weight else (None, None)
    delta = normal(16, 6).T

    def forward(operation):
        yield operation(x.detach(), [16], weight, bias, 1e-5)

    def backward(operation):
        given = FORWARD(x.detach(), [16], weight, bias, 1e-5)[1:]
        wanted = [True, with_weight, with_weight]
        yield operation(delta, x.detach(), [16], *given, weight, bias, wanted)

    for program, operation in ((forward, FORWARD), (backward, BACKWARD)):
        simple = decomposition_table[operation]
        (plain,) = program(operation)
        noises = [
            [perturbed(partial(program, f), Draws(0, run))[0][0] for run in range(kind, 144, 3)]
            for f in (operation, simple)
        ]
        for k, right in enumerate(plain):
            if right is None:
                continue
            ours, torchs = (
                torch.stack([run[k] - right for run in runs]).square().mean().sqrt()
                for runs in noises
            )
            assert 0 < torchs / 2 < ours < 2 * torchs


def test_what_torch_has_the_simple_operations_of_is_had_from_there():
    assert decomposition_of(aten.linalg_matrix_exp.default) in OURS.values()
    assert decomposition_of(aten.native_group_norm.default) is not None
    assert decomposition_of(aten.linalg_qr.default) is None
