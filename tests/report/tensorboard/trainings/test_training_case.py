"""A training case as it is drawn: its parameters and what it predicts."""

import dataclasses

import numpy as np
import pytest

from compare.report.tensorboard.pictures import OF_A_DIFFERENCE, PICTURES
from compare.report.tensorboard.trainings import landscape
from compare.report.tensorboard.trainings.training_case import NotDrawn, params, scene

pytestmark = pytest.mark.slow


def drawn(shown, name):
    return [step for step, _ in (PICTURES | OF_A_DIFFERENCE)[name](shown)]


def test_parameters_come_back_from_a_vector(iris):
    flat = landscape.flattened(iris.start, iris.start)
    back = landscape.unflattened(flat, iris.start)
    assert flat.size == 4 * 8 + 8 + 8 * 3 + 3
    for name, p in iris.start.items():
        np.testing.assert_array_equal(back[name], p)


def test_a_run_that_diverges_is_drawn_up_to_there(drawn_run):
    shown = scene(drawn_run["exercise.1-3.wide"])
    assert drawn_run["exercise.1-3.wide"].diverges_at is not None
    for name in ("fit", "path", "gradient_error"):
        assert drawn(shown, name)


def test_a_run_without_a_finite_step_says_so(drawn_run):
    result = drawn_run["mlp.iris"]
    bad = [
        dataclasses.replace(s, mine={n: np.full_like(v, np.nan) for n, v in s.mine.items()})
        for s in result.snapshots
    ]
    shown = scene(dataclasses.replace(result, snapshots=tuple(bad)))
    for name in ("decision_regions", "path", "confusion"):
        with pytest.raises(NotDrawn, match="finite"):
            drawn(shown, name)
    assert drawn(shown, "gradient_error")


def test_a_prediction_is_that_of_the_run(iris):
    last = iris.last()
    for run, trace in (("torch", last.reference), ("scratch", last.mine)):
        y = iris.predict(iris.sides[run], params(trace), iris.arrays["x_test"])
        np.testing.assert_array_equal(y, trace["test/y"])
