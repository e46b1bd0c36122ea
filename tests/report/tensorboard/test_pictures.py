"""What is drawn of a training case is prepared rightly, and what cannot be drawn says why."""

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from compare.cases import inputs
from compare.cases.programs import training
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.engine.run_case import run_case
from compare.judge.verdict import Comparison, Verdict
from compare.report.tensorboard.case_cards import case_cards, difference_cards
from compare.report.tensorboard.pictures import OF_A_DIFFERENCE, PICTURES, slides
from compare.report.tensorboard.trainings import confusion, gradient_maps, projection
from compare.report.tensorboard.trainings.confusion import class_probabilities
from compare.report.tensorboard.trainings.training_case import NotDrawn, scene


def drawn(shown, name):
    return [step for step, _ in (PICTURES | OF_A_DIFFERENCE)[name](shown)]


@pytest.mark.parametrize("name", ["exercise.1-3.wide", "descent.minibatch"])
def test_a_regression_has_a_fit_and_no_classes(drawn_run, name):
    shown = scene(drawn_run[name])
    assert confusion.confusion(shown) is None
    assert not drawn(shown, "confusion") and not drawn(shown, "decision_regions")
    assert drawn(shown, "fit") == [s.step for s in slides(shown.snapshots)]


def test_a_classifier_has_regions_and_no_fit(iris):
    assert not drawn(iris, "fit")
    assert drawn(iris, "decision_regions") == [s.step for s in slides(iris.snapshots)]


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


def test_code_that_fails_on_the_grid_is_reported_and_not_raised(iris):
    def fails(package_side):
        return dataclasses.replace(package_side, from_numpy=lambda a: 1 / 0)

    side: Implementation = fails(iris.sides["scratch"])
    with pytest.raises(NotDrawn, match="scratch raises on it: ZeroDivisionError"):
        iris.predict(side, iris.start, iris.arrays["x"])


def test_samples_are_small_numbers_that_leave_the_regions_visible(iris):
    _, figure = list(PICTURES["decision_regions"](iris))[-1]
    FigureCanvasAgg(figure).draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    assert 0.002 < (pixels.max(axis=2) < 60).mean() < 0.08


def test_a_picture_stands_beside_what_each_side_takes_it_for(iris):
    # iris has 4 inputs: 2 x 2 pixels
    case = dataclasses.replace(iris.result.case, classes=("setosa", "versicolor", "virginica"))
    named = dataclasses.replace(iris, result=dataclasses.replace(iris.result, case=case))
    last = named.last()
    data = class_probabilities(named, last)
    assert data.name == case.classes[iris.arrays["d_test"][0]]
    np.testing.assert_array_equal(data.picture.ravel(), iris.arrays["x_test"][0])
    # one row alone is not summed as it is among others
    for run, trace in (("scratch", last.mine), ("torch", last.reference)):
        np.testing.assert_allclose(data.y[run], trace["test/y"][0], rtol=1e-9)
    assert drawn(named, "class_probabilities") == [s.step for s in slides(iris.snapshots)]
    assert drawn(iris, "class_probabilities") == []
    _, figure = list(PICTURES["class_probabilities"](named))[-1]
    axes, _ = figure.axes
    by_torch, by_scratch = ([bar.get_width() for bar in bars] for bars in axes.containers)
    assert (by_torch, by_scratch) == (data.y["torch"].tolist(), data.y["scratch"].tolist())
    assert [label.get_text() for label in axes.get_yticklabels()] == list(case.classes)


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


def test_in_float32_the_costly_pictures_say_where_they_are(drawn_run):
    shown = scene(dataclasses.replace(drawn_run["mlp.iris"], dtype="float32"))
    for name in ("decision_regions", "path", "confusion"):
        with pytest.raises(NotDrawn, match="float64 run only"):
            drawn(shown, name)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_failing_case_has_its_curves_and_where_its_gradients_differ(drawn_run, dtype):
    same = dataclasses.replace(drawn_run["mlp.iris"], dtype=dtype)
    failed = dataclasses.replace(same, verdict=Verdict((Comparison("y", Outcome.DIFFERENT),)))
    names = ("loss", "error", "cone", "gradient_error")
    cards = [f"mlp.iris.{dtype}/figures/{name}".encode() for name in names]
    assert all(card in case_cards(failed).records["summary"] for card in cards)
    assert not any(card in case_cards(same).records["summary"] for card in cards)
    assert all(card in difference_cards(same)["summary"] for card in cards)
