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


def steps(*factors, y=(0.2, 0.6), wrong=()):
    """What explains steps of two probes, each of its own length."""
    tiny = np.full(LOSS.shape, 1e-13)
    values = [LOSS, LOSS[::-1].copy()]
    found = [Derivative(np.zeros((7, 0)), np.zeros((7, 0)), v, tiny, np.array(y), None)
             for v in values]  # fmt: skip
    given = [f * v for f, v in zip(factors, values, strict=True)]
    for at in wrong:
        given[1][at] *= 2
    return fitted(given, [np.zeros(7)] * 2, found, WEIGHTS * 2, rates=True)


def test_steps_may_have_a_length_of_their_own_at_each_probe():
    assert steps(0.1, 0.03).right.all()


def test_beside_one_output_a_length_of_its_own_explains_nothing():
    fit = steps(0.1, 0.03, y=(0.2,))
    assert fit is None or not fit.right.all()


def test_what_is_wrong_is_no_matter_of_the_length():
    fit = steps(0.1, 0.03, wrong=(3, 4))
    assert fit is None or not fit.right.all()
