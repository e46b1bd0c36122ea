"""§1 and §2: ranges, limits, derivatives and linearity of the affine map and the activations."""

import numpy as np
import pytest
import torch

import scratch.activations as by_hand
import torch_ref.activations as by_torch
from scratch.affine import affine, affine_backward, affine_column, affine_column_backward
from scratch.layers import activation_backward

pytestmark = pytest.mark.numbers

ELEMENTWISE = ("identity", "relu", "sigmoid", "tanh", "step_function")
RANGES = {
    "relu": (0, np.inf),
    "sigmoid": (0, 1),
    "step_function": (0, 1),
    "softmax": (0, 1),
    "identity": (-np.inf, np.inf),
    "tanh": (-1, 1),
}


def numpy_of(f):
    return lambda *arrays: f(*(torch.from_numpy(a) for a in arrays)).numpy()


SIDES = {
    "scratch": lambda name: getattr(by_hand, name),
    "torch": lambda name: numpy_of(getattr(by_torch, name)),
}
both_sides = pytest.mark.parametrize("side", SIDES)
both_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@both_sides
@both_dtypes
@pytest.mark.parametrize("name", RANGES)
def test_values_lie_in_the_range_of_the_reports_table(side, dtype, name):
    u = np.linspace(-1000, 1000, 4004).reshape(1001, 4).astype(dtype)
    z = SIDES[side](name)(u)
    low, high = RANGES[name]
    assert z.dtype == dtype
    assert z.shape == u.shape
    assert np.isfinite(z).all() and (z >= low).all() and (z <= high).all()


@both_sides
@both_dtypes
def test_sigmoid_and_softmax_are_exact_at_1000_and_do_not_warn(side, dtype):
    u = np.array([1000, -1000, 0], dtype=dtype)
    np.testing.assert_array_equal(SIDES[side]("sigmoid")(u), np.array([1, 0, 0.5], dtype=dtype))
    np.testing.assert_array_equal(SIDES[side]("softmax")(u), np.array([1, 0, 0], dtype=dtype))


@both_sides
def test_softmax_is_taken_per_row_and_over_all_of_one_sample(side):
    u = np.random.default_rng(0).standard_normal((5, 4))
    z = SIDES[side]("softmax")(u)
    np.testing.assert_allclose(z.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(z[2], SIDES[side]("softmax")(u[2]), rtol=1e-15)


@pytest.mark.parametrize("name", RANGES)
def test_the_input_is_left_alone_and_not_handed_back(name):
    u = np.random.default_rng(0).standard_normal((5, 4))
    before = u.copy()
    z = getattr(by_hand, name)(u)
    np.testing.assert_array_equal(u, before)
    assert not np.shares_memory(z, u)


@both_sides
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivatives_are_those_of_central_differences(side, name):
    u = np.random.default_rng(1).standard_normal(200)
    u = u[np.abs(u) > 1e-3]
    f, h = getattr(by_hand, name), 1e-6
    expected = (f(u + h) - f(u - h)) / (2 * h)
    np.testing.assert_allclose(SIDES[side](f"d_{name}")(u), expected, atol=1e-9)


@both_sides
@pytest.mark.parametrize("name", ["relu", "step_function"])
def test_at_exactly_0_value_and_derivative_are_0(side, name):
    zeros = np.array([0.0, -0.0])
    assert not SIDES[side](name)(zeros).any()
    assert not SIDES[side](f"d_{name}")(zeros).any()


def test_softmax_backward_uses_the_whole_jacobian():
    rng = np.random.default_rng(2)
    u, delta, h = rng.standard_normal(4), rng.standard_normal(4), 1e-6
    f = by_hand.softmax
    jacobian = np.array([(f(u + h * e) - f(u - h * e)) / (2 * h) for e in np.eye(4)])
    np.testing.assert_allclose(
        activation_backward("softmax", delta, u), jacobian @ delta, atol=1e-9
    )


@both_sides
@pytest.mark.parametrize("name", RANGES)
def test_the_identity_alone_is_linear(side, name):
    f = SIDES[side](name)
    a, b = np.random.default_rng(3).integers(-4, 5, (2, 30, 3)).astype(float)
    additive = np.array_equal(f(a + b), f(a) + f(b))
    homogeneous = np.array_equal(f(-2 * a), -2 * f(a))
    assert (additive and homogeneous) == (name == "identity")
    assert not (additive or homogeneous) or name == "identity"


def test_affine_has_the_courses_values_in_both_conventions():
    x, b = np.array([1, 5, 2, -1]), np.array([0.1, 0.2, 0.3])
    W = np.array([[0.1, 0.2, 0.3], [0.2, 0.3, 0.4], [0.3, 0.4, 0.5], [0.4, 0.5, 0.6]])
    np.testing.assert_allclose(affine(x, W, b), [1.4, 2.2, 3.0], rtol=1e-15)
    W = np.array([[0.1, 0.2, 0.3, 0], [0.2, 0.3, 0.4, 0.5], [0.3, 0.4, 0.5, 1]])
    np.testing.assert_allclose(affine_column(x, W, b), [1.8, 2.2, 2.6], rtol=1e-15)


def test_sizes_that_do_not_fit_raise():
    with pytest.raises(ValueError, match="mismatch"):
        affine(np.ones((4, 3)), np.ones((2, 5)), np.ones(5))


@pytest.mark.parametrize(
    "f, d_f, shapes",
    [
        (affine, affine_backward, [(4, 3), (3, 2), (2,)]),
        (affine, affine_backward, [(3,), (3, 2), (2,)]),
        (affine_column, affine_column_backward, [(3,), (2, 3), (2,)]),
    ],
)
def test_affine_gradients_are_those_of_central_differences(f, d_f, shapes, central_difference):
    rng = np.random.default_rng(4)
    inputs = [rng.standard_normal(shape) for shape in shapes]
    delta = rng.standard_normal(f(*inputs).shape)
    for k, found in enumerate(d_f(delta, *inputs)):

        def error(v, k=k):
            return np.sum(delta * f(*(v if i == k else x for i, x in enumerate(inputs))))

        np.testing.assert_allclose(found, central_difference(error, inputs[k]), atol=1e-8)
