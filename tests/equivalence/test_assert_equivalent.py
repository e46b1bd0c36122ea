"""What engineers get wrong in a port, each beside a twin that is right, in both dtypes."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import erf
from torch import nn

import compare
from compare import Outcome

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(20)
DTYPES = ["float64", "float32"]


def normal(*shape):
    return RNG.standard_normal(shape)


def layer_norm(x, w, b, inside=True, ddof=0):
    c = x - x.mean(-1, keepdims=True)
    v = (c * c).sum(-1, keepdims=True) / (x.shape[-1] - ddof)
    eps = x.dtype.type(1e-5)
    s = np.sqrt(v + eps) if inside else np.sqrt(v) + eps
    return c / s * w + b


def d_layer_norm(delta, x, w, b):
    c = x - x.mean(-1, keepdims=True)
    s = np.sqrt((c * c).mean(-1, keepdims=True) + x.dtype.type(1e-5))
    h, g = c / s, delta * w
    g_x = (g - g.mean(-1, keepdims=True) - h * (g * h).mean(-1, keepdims=True)) / s
    return g_x, (delta * h).sum(0), delta.sum(0)


def gelu(x):
    return x * (1 + erf(x / x.dtype.type(2**0.5))) / 2


def gelu_tanh(x):
    inner = x + x.dtype.type(0.044715) * x**3
    return x * (1 + np.tanh(x.dtype.type((2 / np.pi) ** 0.5) * inner)) / 2


def d_gelu(delta, x):
    density = np.exp(-x * x / 2) / x.dtype.type((2 * np.pi) ** 0.5)
    return delta * ((1 + erf(x / x.dtype.type(2**0.5))) / 2 + x * density)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def d_softmax(delta, x):
    y = softmax(x)
    return y * (delta - (delta * y).sum(-1, keepdims=True))


def attention(q, k, v, scaled=True):
    scale = q.dtype.type(q.shape[-1] ** 0.5 if scaled else 1)
    return softmax(q @ k.swapaxes(-1, -2) / scale) @ v


def conv(x, w, b, before=1, after=1):
    x = np.pad(x, ((0, 0), (0, 0), (before, after), (before, after)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, w) + b[:, None, None]


def batch_norm(x, mean, var, train=False):
    if train:
        mean, var = x.mean(0), x.var(0)
    return (x - mean) / np.sqrt(var + x.dtype.type(1e-5))


class RunningNorm(nn.Module):
    def forward(self, x, mean, var):
        return F.batch_norm(x, mean, var)


def cross_entropy(u, d, smoothing=0.1):
    top = u.max(-1, keepdims=True)
    log_p = u - top - np.log(np.exp(u - top).sum(-1, keepdims=True))
    right = log_p[np.arange(len(d)), d]
    a = u.dtype.type(smoothing)
    return -((1 - a) * right + a * log_p.mean(-1)).mean()


def d_cross_entropy(delta, u, d, smoothing=0.1):
    a = u.dtype.type(smoothing)
    target = np.full_like(u, a / u.shape[-1])
    target[np.arange(len(d)), d] += 1 - a
    return {"u": delta * (softmax(u) - target) / u.dtype.type(len(u))}


def block(x, W, residual=True):
    z = np.maximum(x @ W, 0)
    return x + z if residual else z


def d_block(delta, x, W, residual=True):
    du = delta * (x @ W > 0)
    return (delta if residual else 0) + du @ W.T, x.T @ du


def with_(f, **settings):
    """The same function with other settings."""
    return lambda *given: f(*given, **settings)


X, W, B = 3 + 2 * normal(9, 6), normal(6), normal(6)
SMALL = 1e-3 * normal(9, 6)  # where an epsilon shows
CLASSES = RNG.integers(0, 6, 9)
IMAGE = [normal(2, 3, 7, 6), normal(4, 3, 3, 3), normal(4)]
STATISTICS = [X, normal(6), normal(6) ** 2 + 0.5]
REFERENCES = {
    "layer norm": lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b),
    "gelu": F.gelu,
    "softmax": nn.Softmax(-1),
    "attention": F.scaled_dot_product_attention,
    "conv": lambda x, w, b: F.conv2d(x, w, b, padding=1),
    "batch norm": RunningNorm(),
    "cross entropy": lambda u, d: F.cross_entropy(u, d, label_smoothing=0.1),
    "embedding": lambda tokens, W: F.embedding(tokens, W),
    "block": lambda x, W: x + torch.relu(x @ W),
}
ARRAYS = {
    "layer norm": [SMALL, W, B],
    "gelu": [3 * normal(7, 9)],
    "softmax": [normal(5, 7)],
    "attention": [normal(2, 5, 4), normal(2, 6, 4), normal(2, 6, 3)],
    "conv": IMAGE,
    "batch norm": STATISTICS,
    "cross entropy": [normal(9, 6), CLASSES],
    "embedding": [RNG.integers(1, 6, (3, 4)), normal(6, 5)],
    "block": [normal(5, 6), normal(6, 6)],
}
RIGHT = {
    "layer norm": (layer_norm, d_layer_norm),
    "gelu": (gelu, d_gelu),
    "softmax": (softmax, d_softmax),
    "attention": (attention, None),
    "conv": (conv, None),
    "batch norm": (batch_norm, None),
    "cross entropy": (cross_entropy, d_cross_entropy),
    "embedding": (lambda tokens, W: W[tokens], None),
    "block": (block, d_block),
}


def scaled(f, k, factor):
    """A gradient of which entry k is off by a factor."""

    def gradient(*given):
        found = list(f(*given))
        found[k] = found[k] * found[k].dtype.type(factor)
        return found

    return gradient


def changes_its_input(x):
    x -= x.max(-1, keepdims=True)
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


WRONG = {
    "epsilon outside of the root": ("layer norm", with_(layer_norm, inside=False), None, "output"),
    "unbiased variance": ("layer norm", with_(layer_norm, ddof=1), None, "output"),
    "tanh for erf": ("gelu", gelu_tanh, None, "output"),
    "softmax over samples": ("softmax", with_(softmax, axis=0), None, "output"),
    "attention without its scale": ("attention", with_(attention, scaled=False), None, "output"),
    "padding off by one": ("conv", with_(conv, before=2, after=0), None, "output"),
    "statistics of the batch": ("batch norm", with_(batch_norm, train=True), None, "output"),
    "no label smoothing": ("cross entropy", with_(cross_entropy, smoothing=0.0), None, "output"),
    "embedding off by one": ("embedding", lambda tokens, W: W[tokens - 1], None, "output"),
    "residual forgotten": ("block", with_(block, residual=False), None, "output"),
    "residual's gradient": ("block", block, with_(d_block, residual=False), "grad/x"),
    "a gradient of zeros": ("softmax", softmax, lambda delta, x: 0 * x, "grad/x"),
    "smoothing's gradient": (
        "cross entropy", cross_entropy, with_(d_cross_entropy, smoothing=0.0), "grad/u",
    ),
    "no gradient for b": (
        "layer norm", layer_norm, lambda *a: (*d_layer_norm(*a)[:2], None), "grad/b",
    ),
    "a gradient off by 2": ("layer norm", layer_norm, scaled(d_layer_norm, 1, 2), "grad/w"),
    "a gradient off by 1%": ("block", block, scaled(d_block, 0, 1.01), "grad/x"),
    "its input changed in place": ("softmax", changes_its_input, None, "input/x/yours"),
}  # fmt: skip


def said(result):
    """A report without its line breaks."""
    return " ".join(str(result).split())


@pytest.mark.parametrize("what", RIGHT)
def test_a_right_port_passes_in_both_dtypes(what):
    mine, gradient = RIGHT[what]
    result = compare.assert_equivalent(mine, REFERENCES[what], ARRAYS[what], gradient=gradient)
    assert [r.outcome for r in result] == [Outcome.SAME, Outcome.SAME]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("what", WRONG)
def test_a_bug_is_named_where_it_is(what, dtype):
    of, mine, gradient, first = WRONG[what]
    asked = {"gradient": gradient, "dtypes": [dtype]}
    with pytest.raises(compare.NotEquivalent) as raised:
        compare.assert_equivalent(mine, REFERENCES[of], ARRAYS[of], **asked)
    (result,) = raised.value.result
    assert result.verdict.first.name == first
    assert result.verdict.first.outcome is Outcome.DIFFERENT
    assert first in str(raised.value) and result.case.again in str(raised.value)


def test_dropout_left_on_is_said_of_the_side_that_has_it():
    for mine, reference, side in (
        (lambda x: x, nn.Dropout(), "torch"),
        (lambda x: x * (np.random.default_rng().random(x.shape) < 0.5), nn.Identity(), "yours"),
    ):
        for result in compare.equivalent(mine, reference, [X]):
            assert result.verdict.first.name == f"repeats/{side}"
            assert "is dropout on" in result.verdict.first.reason
            assert [c.outcome for c in result.verdict.comparisons if c.name == "output"] != [
                Outcome.SAME
            ]
    evaluated = nn.Dropout().eval()
    compare.assert_equivalent(lambda x: x * 1, evaluated, [X], gradient=lambda delta, x: delta * 1)


def test_a_relu_at_0_exactly_takes_torchs_convention():
    x = np.array([[-1.5, 0.0, 2.0, 0.5]])
    f = {"mine": lambda x: np.maximum(x, 0), "reference": torch.relu, "arrays": [x]}
    compare.assert_equivalent(**f, gradient=lambda delta, x: delta * (x > 0))
    for result in compare.equivalent(**f, gradient=lambda delta, x: delta * (x >= 0)):
        first = result.verdict.first
        assert (first.name, first.index) == ("grad/x", (0, 1))
        assert "1 unit at 0 exactly, where a derivative is a convention" in first.reason


def test_nan_on_both_sides_is_not_the_same_by_accident():
    x = np.array([4.0, -1.0, 9.0])
    with np.errstate(invalid="ignore"):
        for result in compare.equivalent(lambda x: np.emath.sqrt(x).real, torch.sqrt, [abs(x)]):
            assert result.outcome is Outcome.SAME
        quiet = np.errstate(invalid="ignore")(np.sqrt)
        for result in compare.equivalent(lambda x: quiet(x), torch.sqrt, [x]):
            assert result.verdict.first.outcome is Outcome.VACUOUS
            assert "1 of 3 elements are NaN on both sides" in result.verdict.first.reason
        for result in compare.equivalent(lambda x: np.sqrt(np.abs(x)), torch.sqrt, [x]):
            assert result.outcome is Outcome.DIFFERENT


def test_empty_arrays_and_constants_are_vacuous():
    empty = compare.equivalent(np.tanh, torch.tanh, [np.empty((0, 3))])
    nothing = compare.equivalent(lambda x: 0 * x, lambda x: 0 * x, [X])
    constant = compare.equivalent(
        lambda x: 0 * x + 1, lambda x: 0 * x + 1, [X], gradient=lambda delta, x: 0 * delta
    )
    for result, name in ((empty, "output"), (nothing, "output"), (constant, "grad/x")):
        assert {r.outcome for r in result} == {Outcome.VACUOUS}
        assert {r.verdict.first.name for r in result} == {name}
    with pytest.raises(compare.NotEquivalent, match="VACUOUS"):
        compare.assert_equivalent(lambda x: 0 * x, lambda x: 0 * x, [X])


def test_an_unstable_float32_is_told_from_another_function_and_who_is_further_off():
    x = np.linspace(-30, 20, 60)
    naive = np.errstate(over="ignore")(lambda x: np.log(1 + np.exp(x)))
    result = compare.equivalent(lambda x: naive(x), lambda x: F.softplus(x, threshold=100), [x])
    assert result[1].error_kind.name == "UNSTABLE"
    assert result[1].ruled.startswith("yours is wrong: your error is")
    assert "of torch in float64, on the same inputs" in said(result[1])


def test_a_wrong_gradient_is_known_from_differences_of_its_own_forward_pass():
    wrong = scaled(d_block, 1, 2)
    result = compare.equivalent(block, REFERENCES["block"], ARRAYS["block"], gradient=wrong)
    assert all("yours is wrong: by differences of your own forward" in said(r) for r in result)
    right = compare.equivalent(
        block, lambda x, W: x + torch.relu(x.detach() @ W), ARRAYS["block"], gradient=d_block
    )
    for r in right:  # by design, or by mistake: that is not to be known from numbers
        assert "torch's gradient leaves something of its own forward pass out" in said(r)
        assert "is wrong" not in said(r)


@pytest.mark.parametrize("factor", [1, 1.1])
def test_a_padding_that_yours_lacks_makes_nobody_wrong_and_no_fault_beside_it_right(factor):
    def gradient(delta, t, params):
        rows = np.zeros_like(params["weight"])
        np.add.at(rows, t, delta * delta.dtype.type(factor))
        return {"weight": rows}

    found = compare.equivalent(
        lambda t, params: params["weight"][t],
        nn.Embedding(5, 3, padding_idx=1),
        [np.array([[1, 0, 2], [4, 1, 1]])],
        params={"weight": np.random.default_rng(3).standard_normal((5, 3))},
        gradient=gradient,
    )
    for r in found:
        assert r.verdict.first.name == "grad/weight" and "torch is wrong" not in said(r)
        assert ("torch's gradient leaves something" in said(r)) is (factor == 1)


@dataclass
class Output:
    hidden: object
    scores: object
    attention: object = None


@pytest.mark.parametrize("as_dict", [True, False])
def test_the_fields_of_a_dataclass_are_its_names(as_dict):
    def mine(x, factor=1.0):
        made = {"hidden": 2 * x, "scores": x.sum(-1) * x.dtype.type(factor)}
        return made if as_dict else Output(**made)

    def reference(x):
        return Output(hidden=2 * x, scores=x.sum(-1))

    def gradient(delta, x):
        return 2 * delta["hidden"] + delta["scores"][:, None]

    found = compare.assert_equivalent(mine, reference, [X], gradient=gradient)
    assert [c.name for c in found[0].verdict.comparisons][:3] == [
        "output/hidden", "output/scores", "grad/x",
    ]  # fmt: skip
    wrong = compare.equivalent(lambda x: mine(x, 1.01), reference, [X])
    assert {r.verdict.first.name for r in wrong} == {"output/scores"}


@pytest.mark.parametrize("factor", [2.0, 2.1])
def test_of_another_dtype_the_values_are_compared_all_the_same(factor):
    (r,) = compare.equivalent(
        lambda x: factor * x.astype(np.float64), lambda x: 2 * x, [X], dtypes=["float32"]
    )
    first = r.verdict.first
    assert r.outcome is Outcome.DIFFERENT and first.name == "output"
    assert first.reason.startswith("dtype float64, expected float32")
    assert ("the values are the same" in first.reason) is (factor == 2)
    assert first.mismatched == (0 if factor == 2 else X.size)


def test_it_is_said_that_no_gradient_was_compared_where_nobody_asked_for_that():
    found = compare.equivalent(np.tanh, torch.tanh, [X])
    assert found.passed and "no gradient was compared: yours has none" in said(found)
    assert "no gradient was compared" in said(found[0])
    asked = compare.equivalent(np.tanh, torch.tanh, [X], gradient=False)
    given = compare.equivalent(
        np.tanh, torch.tanh, [X], gradient=lambda d, x: d * (1 - np.tanh(x) ** 2)
    )
    assert "no gradient was compared" not in said(asked) + said(given)


@pytest.mark.parametrize("factor", [1, 1.01])
def test_what_float32_cannot_tell_from_rounding_float64_can(factor):
    x = [1e4 + np.random.default_rng(9).standard_normal((6, 40))]

    def variance(x):
        c = x - x.mean(-1, keepdims=True)
        return (c * c).mean(-1) * x.dtype.type(factor)

    def reference(x):
        return x.var(-1, correction=0)

    found = compare.equivalent(variance, reference, x, gradient=False)
    assert found.passed is (factor == 1)
    (alone,) = compare.equivalent(variance, reference, x, gradient=False, dtypes=["float32"])
    assert factor != 1 or alone.outcome is Outcome.VACUOUS
    if factor == 1:
        assert found[1].verdict.comparisons[0].reason.startswith("within the noise of float32")
    else:
        assert found[0].verdict.first.name == "output"
