"""A derivative by differences knows its error; and one factor explains all, a part, or nothing."""

import numpy as np
import pytest

from compare.check.fitting.networks.own_gradient import Derivative, derivative, fitted


@pytest.mark.parametrize(
    ("f", "slope"), [(np.sin, 1.0), (np.exp, 1.0), (lambda s: (s + 2) ** 7, 448.0), (np.tanh, 1.0)]
)
def test_the_error_of_a_smooth_derivative_is_within_its_bound(f, slope):
    value, error = derivative(lambda s: np.array([f(s)]), 0.5)
    assert np.abs(value[0] - slope) <= error[0] < 1e-7 * slope


@pytest.mark.parametrize("at", [0.0005, 0.003, 0.006])
def test_the_error_says_where_a_kink_lies_within_the_steps(at):
    value, error = derivative(lambda s: np.array([abs(s - at) + np.sin(s)]), 0.5)
    assert 1e-3 < np.abs(value[0] - 0.0) <= 2 * error[0]  # -1 of the one, 1 of the other


WEIGHTS = ["A", "A", "A", "B", "B", "b", "b"]
LOSS = np.array([0.3, -0.7, 1.1, 0.2, -0.9, 0.5, 0.8])


def of(given):
    """What explains this of a network whose own loss has that derivative."""
    tiny = np.full(LOSS.shape, 1e-13)
    found = Derivative(np.zeros((7, 0)), np.zeros((7, 0)), LOSS, tiny, np.zeros(0), None)
    return fitted([np.asarray(given)], [np.zeros(7)], [found], WEIGHTS)


def test_a_multiple_of_it_is_explained_by_its_factor():
    fit = of(-0.25 * LOSS)
    assert fit.factor == -0.25 and fit.right.all() and fit.loss == ""


def test_of_what_one_weight_has_otherwise_the_others_are_right():
    given = LOSS.copy()
    given[3:5] *= 2
    fit = of(given)
    assert fit.factor == 1.0 and list(fit.right) == [True] * 3 + [False] * 2 + [True] * 2


def test_numbers_that_follow_nothing_are_explained_by_nothing():
    assert of(np.random.default_rng(0).standard_normal(7)) is None
    assert of(np.zeros(7)) is None


def test_of_each_weight_a_part_is_no_explanation():
    given = LOSS.copy()
    given[[0, 3, 5]] += 1.0
    assert of(given) is None


def test_derivatives_without_digits_speak_for_nothing():
    found = Derivative(
        np.zeros((7, 0)), np.zeros((7, 0)), LOSS, np.full(7, 0.1), np.zeros(0), None
    )  # as of a network that draws random numbers
    assert fitted([LOSS], [np.zeros(7)], [found], WEIGHTS) is None
