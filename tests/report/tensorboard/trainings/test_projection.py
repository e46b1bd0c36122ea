"""The plane of a training path is that of its principal components."""

import numpy as np
import pytest

from compare.report.tensorboard.trainings import projection
from compare.report.tensorboard.trainings.training_case import NotDrawn


def test_the_principal_plane_is_that_of_points_on_an_ellipse():
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    e1, e2 = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, 1.0])
    points = 5 + np.outer(3 * np.cos(t), e1) + np.outer(np.sin(t), e2)
    found = projection.principal_plane(points, np.full(3, 5.0))
    np.testing.assert_allclose(found.axes, [e1, e2], atol=1e-12)
    np.testing.assert_allclose(found.shares, [0.9, 0.1], atol=1e-12)
    np.testing.assert_allclose(found.coordinates(points)[:, 0], 3 * np.cos(t), atol=1e-12)
    np.testing.assert_allclose(found.points(found.coordinates(points)), points, atol=1e-12)


@pytest.mark.parametrize("m, n", [(4, 9), (9, 4)])
def test_the_axes_are_those_of_a_singular_value_decomposition(m, n):
    points = np.random.default_rng(m).standard_normal((m, n))
    found = projection.principal_plane(points, np.zeros(n))
    _, values, axes = np.linalg.svd(points)
    np.testing.assert_allclose(np.abs(found.axes @ axes[:2].T), np.eye(2), atol=1e-12)
    np.testing.assert_allclose(found.shares, (values**2 / (values**2).sum())[:2])


@pytest.mark.parametrize("points", [np.zeros((3, 3)), np.ones((1, 4)), np.ones((4, 1))])
def test_points_that_span_no_plane_are_refused(points):
    with pytest.raises(NotDrawn, match="span no plane"):
        projection.principal_plane(points, np.zeros(points.shape[1]))


def test_a_grid_is_laid_out_row_by_row_and_is_not_flat():
    grid = projection.grid_around(np.array([[0.0, 1.0], [10.0, 1.0]]), 3, margin=0.0)
    assert grid.a.tolist() == [0, 5, 10]
    assert grid.b.tolist() == [0, 1, 2]  # a fifth of the other side, around 1
    assert grid.coordinates[:4].tolist() == [[0, 0], [5, 0], [10, 0], [0, 1]]
    assert grid.field(np.arange(9.0)).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
