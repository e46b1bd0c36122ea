"""Arrays of JAX, of tinygrad, and of what hands its numbers on as they do, on either side."""

import numpy as np
import pytest
import torch
from torch import nn

import compare

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(71)
X, W = RNG.standard_normal((4, 5)), RNG.standard_normal((5, 3))


class ByMethod:
    """Like tinygrad's: a shape, a dtype, and numpy()."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __len__(self):
        return len(self.array)

    def __getitem__(self, index):
        raise AssertionError("asked for one element after the other")

    def numpy(self):
        return self.array


class ByDlpack:
    """As the standard of array libraries has it."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __dlpack__(self, **settings):
        return self.array.__dlpack__(**settings)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class ByArray:
    """Like JAX's."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


@pytest.mark.parametrize("kind", [ByMethod, ByDlpack, ByArray])
def test_what_speaks_of_itself_as_an_array_is_one_on_either_side(kind):
    def mine(x, W, factor=1.0):
        return {"y": kind(np.tanh(x @ W) * x.dtype.type(factor))}

    def reference(x, W):
        return {"y": torch.tanh(x @ W)}

    given = {"x": kind(X), "W": kind(W)}
    assert compare.equivalent(mine, reference, given, gradient=False).passed
    wrong = compare.equivalent(lambda x, W: mine(x, W, 1.001), reference, given, gradient=False)
    assert {r.verdict.first.name for r in wrong} == {"output/y"}
    swapped = compare.equivalent(
        lambda x, W: {"y": np.tanh(x @ W)}, mine, given, gradient=False, reference_takes="numpy"
    )
    assert swapped.passed, str(swapped)


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="needs jax, which is no dependency")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)  # else it computes in float32 whatever it is given
    yield jax
    jax.config.update("jax_enable_x64", before)


def beside(f, jax, **settings):
    """A function of JAX, its gradient by JAX, beside torch."""

    def gradient(delta, x, W):
        return jax.vjp(f, x, W)[1](delta)

    module = nn.Sequential(nn.Linear(5, 3, bias=False), nn.GELU())
    return compare.equivalent(
        lambda x, params: f(x, params["W"]),
        module,
        [X],
        params={"W": W},
        names={"W": "0.weight"},
        axes={"W": (1, 0)},
        gradient=lambda delta, x, params: dict(
            zip("xW", gradient(delta, x, params["W"]), strict=True)
        ),
        **settings,
    )


def test_a_function_of_jax_with_its_gradient_beside_torch(jax):
    right = beside(lambda x, W: jax.nn.gelu(x @ W, approximate=False), jax)
    assert right.passed, str(right)
    assert "grad/W" in {c.name for c in right[0].verdict.comparisons}
    wrong = beside(lambda x, W: jax.nn.gelu(x @ W), jax)  # by tanh, unless told otherwise
    assert {r.verdict.first.name for r in wrong} == {"output"}
    assert "another approximate: with 'tanh' for 'none' in 1" in wrong[0].cause


def test_a_reference_of_jax(jax):
    def reference(x, W):
        return jax.numpy.tanh(x @ W)

    def of(mine):
        given = [jax.numpy.asarray(X), jax.numpy.asarray(W)]
        return compare.equivalent(mine, reference, given, gradient=False, reference_takes="numpy")

    right = of(lambda x, W: np.tanh(x @ W))
    assert right.passed, str(right)
    wrong = of(lambda x, W: np.tanh(x @ W) * x.dtype.type(1 + 1e-5))
    assert {r.verdict.first.name for r in wrong} == {"output"}


def test_a_function_of_tinygrad_beside_torch():
    tinygrad = pytest.importorskip("tinygrad", reason="needs tinygrad, which is no dependency")

    def mine(x, W, factor=1.0):
        return (tinygrad.Tensor(x) @ tinygrad.Tensor(W)).relu() * factor

    def beside(f):
        reference = nn.Sequential(nn.Linear(5, 3, bias=False), nn.ReLU())
        places = {"names": {"W": "0.weight"}, "axes": {"W": (1, 0)}, "gradient": False}
        return compare.equivalent(f, reference, [X], params={"W": W}, **places)

    with tinygrad.Context(DEV="PYTHON"):  # needs no compiler
        right = beside(lambda x, params: mine(x, params["W"]))
        wrong = beside(lambda x, params: mine(x, params["W"], 1.001))
    assert right.passed, str(right)
    assert {r.verdict.first.name for r in wrong} == {"output"}
