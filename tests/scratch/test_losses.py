"""§3: the course's values, the reductions that people mix up, and the gradients."""

import numpy as np
import pytest
import torch

from scratch import losses

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng
Y4 = np.array([0.01602796, 0.05707321, 0.20322929, 0.72366954])


def batch(seed=0):
    """Targets as indices, and outputs (5, 3) that are probabilities."""
    rng = RNG(seed)
    return rng.integers(3, size=5), rng.dirichlet(np.ones(3), 5)


def test_the_courses_printed_losses():
    y, d = np.array([1.02, 2.29]), np.array([2.0, 4.0])
    assert losses.mean_squared_error(d, y) == pytest.approx(0.9711249999999999, rel=1e-15)
    assert losses.half_squared_error(d, y) == pytest.approx(2 * 0.9711249999999999, rel=1e-15)
    d = np.array([0.0, 0.0, 0.0, 1.0])
    assert losses.cross_entropy_error(d, Y4) == pytest.approx(0.3234202933601941, rel=1e-7)
    one = losses.binary_cross_entropy_error(np.array([1.0]), np.array([0.87435214]))
    assert one == pytest.approx(0.13427195993720972, rel=1e-7)


def test_one_output_with_target_0_is_not_ignored():
    """The course's own code gives 0.1343 here whatever the target is."""
    found = losses.binary_cross_entropy_error(np.array([0.0]), np.array([0.87435214]))
    assert found == pytest.approx(2.074, abs=5e-4)


@pytest.mark.parametrize("name", ["cross_entropy_error", "softmax_with_loss"])
def test_class_indices_and_one_hot_rows_mean_the_same(name):
    d, y = batch()
    loss, gradient = losses.LOSSES[name]
    assert loss(d, y) == loss(np.eye(3)[d], y)
    np.testing.assert_array_equal(gradient(d, y), gradient(np.eye(3, dtype=int)[d], y))


def test_half_squared_error_is_k_times_mean_squared_error_and_torchs_is_twice_that():
    d, y = RNG(1).standard_normal((2, 5, 3))
    mean = losses.mean_squared_error(d, y)
    assert losses.half_squared_error(d, y) == pytest.approx(3 * mean, rel=1e-14)
    torchs = torch.nn.functional.mse_loss(torch.tensor(y), torch.tensor(d)).item()
    assert torchs == pytest.approx(2 * mean, rel=1e-14)


def test_epsilon_confines_the_cross_entropy():
    d = np.array([0])
    assert losses.cross_entropy_error(d, np.array([[1.0, 0.0]])) == pytest.approx(-1e-7, rel=1e-6)
    assert losses.cross_entropy_error(d, np.array([[0.0, 1.0]])) == pytest.approx(16.118, abs=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_saturated_scores_give_the_exact_loss_and_no_warning(dtype):
    u = np.array([[1000, 0], [-1000, 0], [40, 0]], dtype=dtype)
    found = losses.softmax_with_loss(np.array([1, 0, 0]), u)
    assert found.dtype == dtype
    assert found == pytest.approx(2000 / 3, rel=1e-6)
    d, u = np.array([[0], [1]], dtype=dtype), np.array([[1000], [-1000]], dtype=dtype)
    assert losses.sigmoid_with_loss(d, u) == pytest.approx(1000, rel=1e-6)


def test_certain_and_wrong_costs_100_as_in_torch():
    d, y = np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])
    assert losses.binary_cross_entropy(d, y) == 100


@pytest.mark.parametrize(
    "name",
    ["half_squared_error", "mean_squared_error", "cross_entropy_error",
     "binary_cross_entropy_error", "binary_cross_entropy"],
)  # fmt: skip
def test_gradients_by_the_output_are_those_of_central_differences(name, central_difference):
    d, y = batch(2)
    d, y = np.eye(3)[d], 0.1 + 0.8 * y
    loss, gradient = getattr(losses, name), getattr(losses, f"d_{name}")
    expected = central_difference(lambda v: loss(d, v), y)
    np.testing.assert_allclose(gradient(d, y), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "identity"])
def test_gradients_by_the_scores_are_those_of_central_differences(output, central_difference):
    from scratch.activations import ACTIVATIONS

    d, _ = batch(3)
    d, u = np.eye(3)[d], RNG(3).standard_normal((5, 3))
    loss, gradient = (getattr(losses, f"{p}{output}_with_loss") for p in ("", "delta_"))
    expected = central_difference(lambda v: loss(d, v), u)
    np.testing.assert_allclose(gradient(d, ACTIVATIONS[output](u)), expected, atol=1e-8)


@pytest.mark.parametrize("name", ["cross_entropy_error", "softmax_with_loss"])
def test_one_output_is_referred_to_the_binary_loss(name):
    with pytest.raises(ValueError, match="binary_cross_entropy"):
        getattr(losses, name)(np.array([[1.0]]), np.array([[0.9]]))


@pytest.mark.parametrize("d", [np.zeros(4, int), np.zeros(5), np.zeros((5, 2)), np.zeros((3, 5))])
def test_targets_that_do_not_fit_say_what_would(d):
    with pytest.raises(ValueError, match=r"do not fit outputs of shape \(5, 3\)"):
        losses.cross_entropy_error(d, batch()[1])


def test_accuracy_of_indices_one_hot_rows_and_one_output():
    d, y = np.array([0, 1, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    assert losses.accuracy(d, y) == losses.accuracy(np.eye(2)[d], y) == 0.5
    assert losses.accuracy(np.array([[1.0], [0.0]]), np.array([[0.7], [0.6]])) == 0.5
