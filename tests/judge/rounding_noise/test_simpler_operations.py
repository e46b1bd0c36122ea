"""Layer normalization in simple operations is torch's own, forward and backward."""

import itertools

import pytest
import torch

from compare.judge.rounding_noise.simpler_operations import OURS, decomposition_of

aten = torch.ops.aten
FORWARD, BACKWARD = aten.native_layer_norm.default, aten.native_layer_norm_backward.default


def normal(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


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
    same(OURS[FORWARD](*given), FORWARD(*given))
    _, mean, inverse = FORWARD(*given)
    for wanted in itertools.product((True, False), repeat=3):
        if with_weight or not any(wanted[1:]):  # of what is not there autograd wants no gradient
            given = (delta, x, shape[-inner:], mean, inverse, weight, bias, wanted)
            same(OURS[BACKWARD](*given), BACKWARD(*given))


def test_what_torch_has_the_simple_operations_of_is_had_from_there():
    assert decomposition_of(FORWARD) is OURS[FORWARD]
    assert decomposition_of(aten.native_group_norm.default) is not None
    assert decomposition_of(aten.linalg_qr.default) is None
