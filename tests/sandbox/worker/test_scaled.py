"""Samples to test with that have a scale of their own, and those that only seem to."""

import numpy as np
import pytest

from compare.sandbox.worker.steps.beside_steps.scaled import scaled_by_itself

X = np.random.default_rng(4).normal(3.0, 2.0, (30, 3))
TRAIN, TEST = X[:20], X[20:]
GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 4)), -1).reshape(-1, 2)


def standard(x, by):
    return (x - by.mean(axis=0)) / (by.std(axis=0) + 1e-8)


def ranged(x, by):
    return (x - by.min(axis=0)) / (by.max(axis=0) - by.min(axis=0))


@pytest.mark.parametrize(
    "scaled", [standard, ranged, lambda x, by: x - by.mean(axis=0)], ids=["both", "ends", "mean"]
)
@pytest.mark.parametrize("name", ["x_test", "X_val", "検証用"])
def test_a_scale_of_its_own_is_told_and_the_training_s_is_not(scaled, name):
    train = scaled(TRAIN, TRAIN)
    [found] = scaled_by_itself({"x_train": train, name: scaled(TEST, TEST)})
    assert found.blanks == {"name": name, "train": "x_train"} and found.given != found.expected
    assert not [*scaled_by_itself({"x_train": train, name: scaled(TEST, TRAIN)})]


def test_what_lies_around_0_of_itself_and_what_is_one_table_is_no_mistake():
    signs = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0]])
    assert not [*scaled_by_itself({"x": GRID, "x_test": GRID[::-1]})]
    assert not [*scaled_by_itself({"x": signs, "x_test": np.repeat(signs, 2, axis=0)})]
    assert not [
        *scaled_by_itself({"x_test": standard(TEST, TEST), "t_train": np.eye(3)[[0, 1, 2, 1]]})
    ]
