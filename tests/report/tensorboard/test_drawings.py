"""What is drawn of a training case is prepared rightly, and what cannot be drawn says why."""

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from sklearn.metrics import confusion_matrix as by_sklearn

import compare
from compare.cases import inputs
from compare.cases.programs import training
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.engine.run_case import run_case
from compare.judge.training.curves import Snapshot
from compare.report.tensorboard import confusion, gradient_maps, hparams, landscape, projection
from compare.report.tensorboard.figures import panel
from compare.report.tensorboard.pictures import PICTURES, slides
from compare.report.tensorboard.training_case import NotDrawn, params, scene, sides


@pytest.fixture(scope="module")
def run():
    return compare.run("mlp.iris", "exercise.1-3.wide", "descent.minibatch",
                       dtype="float64")  # fmt: skip


@pytest.fixture(scope="module")
def iris(run):
    return scene(run["mlp.iris"])


def drawn(shown, name):
    return [step for step, _ in PICTURES[name](shown)]


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


def test_parameters_come_back_from_a_vector(iris):
    flat = landscape.flattened(iris.start, iris.start)
    back = landscape.unflattened(flat, iris.start)
    assert flat.size == 4 * 8 + 8 + 8 * 3 + 3
    for name, p in iris.start.items():
        np.testing.assert_array_equal(back[name], p)


def test_the_landscape_has_torchs_loss_and_both_paths_end_at_its_origin(iris):
    found = landscape.landscape(iris)
    torch = sides()["torch"]
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
    for side in sides().values():
        (loss,) = iris.losses(side, [iris.start], x, d)
        np.testing.assert_allclose(loss, iris.result.curves["loss"][0][1], rtol=1e-12)


@pytest.mark.parametrize("k", [2, 3, 10])
def test_the_confusion_matrix_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(k)
    d, y = rng.integers(k, size=(2, 50))
    expected = by_sklearn(d, y, labels=range(k))
    np.testing.assert_array_equal(confusion.confusion_matrix(d, y, k), expected)


def test_the_confusion_of_iris_is_that_of_its_last_outputs(iris):
    found = confusion.confusion(iris)
    last = iris.result.snapshots[-1]
    for run, trace in (("scratch", last.mine), ("torch", last.reference)):
        expected = by_sklearn(iris.arrays["d_test"], trace["test/y"].argmax(axis=1))
        np.testing.assert_array_equal(found.counts[run], expected)
        assert found.accuracy(run) == trace["test/accuracy"]


@pytest.mark.parametrize("name", ["exercise.1-3.wide", "descent.minibatch"])
def test_a_regression_has_a_fit_and_no_classes(run, name):
    shown = scene(run[name])
    assert confusion.confusion(shown) is None
    assert not drawn(shown, "confusion") and not drawn(shown, "decision_regions")
    assert drawn(shown, "fit") == [s.step for s in slides(shown.snapshots)]


def test_a_classifier_has_regions_and_no_fit(iris):
    assert not drawn(iris, "fit")
    assert drawn(iris, "decision_regions") == [s.step for s in slides(iris.snapshots)]


@pytest.mark.parametrize(
    "d, expected",
    [
        (np.array([2, 0]), [2, 0]),
        (np.array([[1.0], [0.0]]), [1, 0]),
        (np.array([[0, 0, 1], [1, 0, 0]]), [2, 0]),
    ],
)
def test_targets_of_every_form_name_their_class(d, expected):
    assert confusion.labels(d).tolist() == expected


def test_a_boundary_is_where_two_outputs_are_equal_and_is_drawn_once():
    grid = projection.Grid(np.linspace(0, 3, 31), np.array([0.0, 1.0]))
    y = np.stack([-np.abs(grid.a - c) for c in (0.5, 1.5, 2.5)], axis=-1)
    lines = confusion.lines(grid, np.stack([y, y]))
    assert sorted({round(float(x), 6) for line in lines for x in line[:, 0]}) == [1.0, 2.0]
    assert len(lines) == 2


def test_a_single_output_has_its_boundary_at_one_half():
    grid = projection.Grid(np.linspace(0, 1, 5), np.array([0.0, 1.0]))
    y = np.broadcast_to(grid.a[:, np.newaxis] * 0.8, (2, 5, 1))
    (line,) = confusion.lines(grid, y)
    np.testing.assert_allclose(line[:, 0], 0.625)


def test_a_wrong_gradient_stands_out_in_the_map_and_its_twin_does_not(run):
    last = run["mlp.iris"].snapshots[-1]
    bad = last.mine["grad/W1"].copy()
    bad[2, 5] *= 1.01
    wrong = dataclasses.replace(last, mine={**last.mine, "grad/W1": bad})
    good_map, _ = gradient_maps.error_maps(last, "float64")
    bad_map, _ = gradient_maps.error_maps(wrong, "float64")
    assert bad_map.name == "grad/W1" and bad_map.values.shape == (4, 8)
    assert np.unravel_index(bad_map.values.argmax(), (4, 8)) == (2, 5)
    assert bad_map.values[2, 5] > 9 > 4 > good_map.values.max()


def test_the_unit_of_the_map_is_the_rounding_of_the_largest_gradient():
    reference = np.array([[4.0, 1.0], [0.0, 2.0]])
    mine = reference + np.array([[0.0, 4e-3], [4e-1, 0.0]])
    found = gradient_maps.error_map("grad/W1", mine, reference, u=1e-3)
    equal = gradient_maps.EQUAL
    np.testing.assert_allclose(found.values, [[equal, 0.0], [2.0, equal]], atol=1e-12)


def test_what_is_not_finite_on_one_side_is_an_infinite_error():
    mine = np.array([[np.nan, np.inf, np.nan]])
    found = gradient_maps.error_map("grad/W1", mine, np.array([[np.nan, 1.0, 1.0]]), 1e-16)
    assert found.values.tolist() == [[gradient_maps.EQUAL, np.inf, np.inf]]


def test_a_large_matrix_is_drawn_by_the_largest_element_of_each_block():
    values = np.zeros((784, 40))
    values[783, 39] = 7.0
    found = gradient_maps.in_blocks(values, 48)
    assert found.shape == (47, 40)
    assert found[-1, -1] == 7.0 and found.sum() == 7.0


def test_the_map_is_that_of_the_snapshot_nearest_to_the_first_failure():
    snapshots = [Snapshot(step, {}, {}) for step in (1, 10, 100)]
    assert gradient_maps.snapshot_nearest(snapshots, 7).step == 10
    assert gradient_maps.snapshot_nearest(snapshots, None).step == 100


def test_a_run_that_diverges_is_drawn_up_to_there(run):
    shown = scene(run["exercise.1-3.wide"])
    assert run["exercise.1-3.wide"].diverges_at is not None
    for name in ("fit", "path", "gradient_error"):
        assert drawn(shown, name)


def test_a_run_without_a_finite_step_says_so(run):
    result = run["mlp.iris"]
    bad = [
        dataclasses.replace(s, mine={n: np.full_like(v, np.nan) for n, v in s.mine.items()})
        for s in result.snapshots
    ]
    shown = scene(dataclasses.replace(result, snapshots=tuple(bad)))
    for name in ("decision_regions", "path", "confusion"):
        with pytest.raises(NotDrawn, match="finite"):
            drawn(shown, name)
    assert drawn(shown, "gradient_error")


def test_code_that_fails_on_the_grid_is_reported_and_not_raised(iris):
    def fails(package_side):
        return dataclasses.replace(package_side, from_numpy=lambda a: 1 / 0)

    side: Implementation = fails(sides()["scratch"])
    with pytest.raises(NotDrawn, match="scratch raises on it: ZeroDivisionError"):
        iris.predict(side, iris.start, iris.arrays["x"])


def test_a_prediction_is_that_of_the_run(iris):
    last = iris.last()
    for run, trace in (("torch", last.reference), ("scratch", last.mine)):
        y = iris.predict(sides()[run], params(trace), iris.arrays["x_test"])
        np.testing.assert_array_equal(y, trace["test/y"])


def test_the_settings_of_a_row_are_those_of_the_run(iris):
    found = hparams.settings(iris)
    assert found["descent rule"] == "SGD" and found["learning rate"] == 0.1
    assert found["nodes"] == "4-8-3" and found["batch size"] == 16 and found["hidden"] == "tanh"


def test_the_metrics_of_a_row_tell_the_outcome_and_leave_out_what_is_not_finite(run):
    result = run["mlp.iris"]
    found = hparams.metrics([result])
    assert found["hparams/same float64"] == 1
    assert found["hparams/loss float64"] == result.curves["loss"][-1][1]
    lost = dataclasses.replace(result, curves={"loss": ((1, np.inf, np.inf),)})
    assert "hparams/loss float64" not in hparams.metrics([lost])


def test_samples_are_small_numbers_that_leave_the_regions_visible(iris):
    _, figure = list(PICTURES["decision_regions"](iris))[-1]
    FigureCanvasAgg(figure).draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    assert 0.002 < (pixels.max(axis=2) < 60).mean() < 0.08


def test_inputs_as_wide_as_those_of_mnist_are_drawn_in_small_cards():
    nodes, n = (784, 12, 10), 60
    rng = np.random.default_rng(7)
    images = {"x": rng.random((n, 784)), "d": np.arange(n) % 10}
    tests = {"x_test": images["x"][:20], "d_test": images["d"][:20]}
    case = Case(
        "wide", "test", "60 images",
        training("relu", "softmax", "softmax_with_loss", lr=0.1),
        sizes={"N": 10}, training=True,
        arrays={**inputs.weights(nodes, "he"), "batches": inputs.batches(n, 10, 6, "all_data")},
        load=lambda rng, sizes: {**images, **tests},
    )  # fmt: skip
    shown = scene(run_case(case, "float64"))
    for name in ("decision_regions", "path", "gradient_error", "confusion"):
        assert drawn(shown, name)
    _, maps = gradient_maps.gradient_errors(shown)
    assert max(maps[0].values.shape) <= gradient_maps.CELLS and maps[0].shape == (784, 12)


def test_in_float32_the_costly_pictures_say_where_they_are(run):
    shown = scene(dataclasses.replace(run["mlp.iris"], dtype="float32"))
    for name in ("decision_regions", "path", "confusion"):
        with pytest.raises(NotDrawn, match="float64 run only"):
            drawn(shown, name)
    assert drawn(shown, "gradient_error")


def test_a_card_has_one_panel_of_its_size():
    figure, axes = panel("title")
    assert figure.axes == [axes] and (figure.get_size_inches() * figure.dpi).tolist() == [400, 300]
