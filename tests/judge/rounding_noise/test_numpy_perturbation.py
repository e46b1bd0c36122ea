"""A reference in NumPy: its own noise, measured through the functions of NumPy that it calls."""

import numpy as np
import pytest
import torch
from scipy.special import erf

import compare
from compare import Outcome
from compare.core.implementation import numpy_side
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.numpy_perturbation import Noisy, perturbed

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

RNG = np.random.default_rng(25)
IN_NUMPY = {"reference_takes": "numpy"}


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def in_a_loop(x):
    y = np.empty_like(x)
    for n, row in enumerate(x):
        e = np.exp(row)
        y[n] = e / e[::-1].cumsum()[-1]
    return y


def layer_norm(x, w):
    return (
        (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + x.dtype.type(1e-5)) * w
    )


def by_moments(x, w):
    c = x - np.einsum("nk->n", x)[:, None] / x.dtype.type(x.shape[1])
    return c / np.sqrt((c * c).mean(-1)[:, None] + x.dtype.type(1e-5)) * w


def scattered(g, i):
    out = np.zeros((4, g.shape[1]), g.dtype)
    np.add.at(out, i, g)
    return out


def by_product(g, i):
    return np.eye(4, dtype=g.dtype)[:, i] @ g


def convolved(x, w):
    return np.stack([np.convolve(row, w, "valid") for row in x])


def windowed(x, w):
    return np.lib.stride_tricks.sliding_window_view(x, len(w), axis=1) @ w[::-1]


TWINS = {
    "softmax": (in_a_loop, softmax, [RNG.standard_normal((5, 40))]),
    "layer norm": (
        by_moments, layer_norm, [3 + RNG.standard_normal((7, 50)), RNG.standard_normal(50)],
    ),
    "scatter": (by_product, scattered, [RNG.standard_normal((30, 3)), RNG.integers(0, 4, 30)]),
    "convolution": (windowed, convolved, [RNG.standard_normal((3, 60)), RNG.standard_normal(7)]),
    "products": (
        lambda a, b: np.einsum("ij,jk->ik", a, b), lambda a, b: a.dot(b),
        [RNG.standard_normal((6, 90)), RNG.standard_normal((90, 5))],
    ),
    "scipy": (lambda x: 1 + erf(x), lambda x: x.dtype.type(1) + erf(x), [RNG.standard_normal(30)]),
    "in place": (
        lambda x: np.tanh(x) * x + x,
        lambda x: np.add(np.multiply(np.tanh(x), x, out=np.empty_like(x)), x),
        [RNG.standard_normal(30)],
    ),
}  # fmt: skip


def times(f, factor):
    return lambda *arrays: f(*arrays) * arrays[0].dtype.type(factor)


@pytest.mark.parametrize("what", TWINS)
def test_another_way_is_the_same_and_a_thousandth_off_is_not(what):
    mine, reference, arrays = TWINS[what]
    compare.assert_equivalent(mine, reference, arrays, **IN_NUMPY)
    (wrong,) = compare.equivalent(
        times(mine, 1.001), reference, arrays, dtypes=["float64"], **IN_NUMPY
    )
    assert wrong.verdict.first.name == "output" and wrong.verdict.first.mismatched
    (wrong,) = compare.equivalent(
        times(mine, 1.05), reference, arrays, dtypes=["float32"], **IN_NUMPY
    )
    assert wrong.verdict.first.name == "output" and wrong.verdict.first.mismatched
    assert "of the reference in which every operation" in wrong.verdict.first.reason


def test_a_port_from_numpy_to_torch_with_gradients():
    class Softmax:
        def __init__(self, factor=1):
            self.factor = factor

        def forward(self, x):
            self.y = softmax(x)
            return self.y

        def backward(self, delta):
            y = self.y
            return self.factor * y * (delta - (delta * y).sum(-1, keepdims=True))

    x = [RNG.standard_normal((5, 6))]
    compare.assert_equivalent(torch.nn.Softmax(-1), Softmax(), x, **IN_NUMPY)
    for result in compare.equivalent(torch.nn.Softmax(-1), Softmax(2), x, **IN_NUMPY):
        assert result.verdict.first.name == "grad/input"
        assert result.ruled.startswith("the reference is wrong: by differences of its own forward")
    for result in compare.equivalent(torch.nn.Softmax(0), Softmax(), x, **IN_NUMPY):
        assert result.verdict.first.name == "output"


def test_a_relu_that_rounding_decides_may_take_either_branch_and_one_at_0_may_not():
    def relu(order, at_zero=0):
        def gradient(delta, x):
            z = x[:, ::order].cumsum(1)[:, -1]
            g = np.where(z > 0, 1, np.where(z == 0, at_zero, 0)) * delta
            return np.repeat(g.astype(x.dtype)[:, None], x.shape[1], 1)

        return lambda x: gradient(np.ones(1, x.dtype), x)

    rows = [[0.1 * i, 0.1 * j, -0.1 * (i + j)] for i in range(1, 9) for j in range(1, 9)]
    x = np.array(rows)
    apart = (x.cumsum(1)[:, -1] > 0) != (x[:, ::-1].cumsum(1)[:, -1] > 0)
    assert apart.any()
    some = [np.concatenate([x[apart][:3], [[1.0, 1, 1], [-1, -1, -1]]])]
    asked = {"dtypes": ["float64"], **IN_NUMPY}
    (result,) = compare.equivalent(relu(-1), relu(1), some, **asked)
    assert [c.outcome for c in result.verdict.comparisons if c.name == "output"] == [Outcome.SAME]
    exact = [np.array([[1.0, 1, -2], [3, 1, 1], [-1, 0, 0]])]
    (result,) = compare.equivalent(relu(-1, at_zero=1), relu(1), exact, **asked)
    assert result.verdict.first.index == (0, 0)
    assert "1 unit at 0 exactly" in result.verdict.first.reason


def test_random_numbers_in_the_reference_are_said():
    def drawn(x):
        return x * np.random.default_rng().random(x.shape)

    for result in compare.equivalent(lambda x: x * 1, drawn, TWINS["softmax"][2], **IN_NUMPY):
        assert result.verdict.first.name == "repeats/reference"


@pytest.mark.parametrize("kind", range(3))
def test_every_result_is_moved_and_its_type_is_kept(kind):
    def run(side):
        x = side.from_numpy(np.linspace(0.1, 2, 12, dtype=np.float32).reshape(3, 4))
        parts = (np.exp(x), x @ x.T, x.dot(x.T), x.sum(), x.mean(0), np.where(x > 1, x * x, -x))
        assert all(isinstance(p, Noisy) and p.dtype == np.float32 for p in parts)
        yield [np.array(p) for p in parts]

    (plain,), quiet = perturbed(run, numpy_side())
    (moved,), noise = perturbed(run, numpy_side(), Draws(0, kind))
    assert quiet.results == noise.results > 6 and noise.terms >= 12
    pairs = list(zip(plain, moved, strict=True))
    assert all(np.abs(a - b).max() < 1e-4 for a, b in pairs)
    still = sum(np.array_equal(a, b) for a, b in pairs)
    assert still == 0 if kind == 0 else still < 3  # one small draw may move nothing
