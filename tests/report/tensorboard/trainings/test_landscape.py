"""The loss around a training path is torch's own."""

import numpy as np

from compare.report.tensorboard.trainings import landscape


def test_the_landscape_has_torchs_loss_and_both_paths_end_at_its_origin(iris):
    found = landscape.landscape(iris)
    torch = iris.sides["torch"]
    at = found.plane.points(found.grid.coordinates[37][np.newaxis])[0]
    chosen = np.arange(len(iris.arrays["x"]))
    (expected,) = iris.losses(
        torch, [landscape.unflattened(at, iris.start)],
        iris.arrays["x"][chosen], iris.arrays["d"][chosen],
    )  # fmt: skip
    assert found.samples == len(chosen)
    assert found.loss.ravel()[37] == expected
    for path in found.paths.values():
        assert len(path) == 1 + len(iris.snapshots)
        np.testing.assert_allclose(path[-1], [0, 0], atol=1e-9)


def test_the_loss_of_a_set_of_parameters_is_what_the_run_had(iris):
    batch = iris.arrays["batches"][0]
    x, d = iris.arrays["x"][batch], iris.arrays["d"][batch]
    for side in iris.sides.values():
        (loss,) = iris.losses(side, [iris.start], x, d)
        np.testing.assert_allclose(loss, iris.result.curves["loss"][0][1], rtol=1e-12)
