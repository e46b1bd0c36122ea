"""The course's experiments: every setting judged, the course's numbers met."""

from dataclasses import replace

import numpy as np
import pytest

from compare.sweeps import running
from compare.sweeps.drawing import figure
from compare.sweeps.numerical_gradient import NUMERICAL_GRADIENT
from compare.sweeps.registry import SWEEPS, find

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_every_setting_is_the_same_on_both_sides(swept, name):
    result = swept[name]
    assert len(result.points) == result.total > 3
    assert [(p.setting.name, p.result.verdict.first) for p in result.failures] == []


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_names_of_settings_are_unique_and_fit_the_table(swept, name):
    names = [p.setting.name for p in swept[name].points]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 16


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_settings_of_a_sweep_have_the_same_hyperparameters(swept, name):
    assert len({tuple(p.setting.values) for p in swept[name].points}) == 1


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_every_sweep_is_drawn_and_both_sides_are_in_every_panel(swept, name):
    drawn = figure(swept[name].sweep, swept[name].points)
    assert len(drawn.axes) == len(find(name).panels)
    for axes in drawn.axes:
        thick = [line for line in axes.lines if line.get_linewidth() >= 4]
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert len(thick) == len(dashed) > 0


GOLDEN = {
    "1-2.lr0.0001": 0.09105074589590591,
    "1-2.lr0.001": 0.0906861813303538,
    "1-2.lr0.01": 0.08710960847142761,
    "1-2.lr0.1": 0.05759133192915599,
    "1-2.lr1": 0.00035840211750155017,
    "1-2.lr10": -9.999999505838704e-08,
}


def test_the_courses_losses_after_one_step_stand_beside_both_sides(swept):
    points = {p.setting.name: p for p in swept["learning-rate"].points}
    column = next(c for c in find("learning-rate").columns if c.heading == "the course")
    for name, printed in GOLDEN.items():
        np.testing.assert_allclose(points[name].end("loss"), printed, rtol=0, atol=1e-15)
        assert column.text(points[name]) == f"{printed:.6g}"


def test_too_large_a_rate_is_shown_as_divergence_on_both_sides_and_not_as_a_difference(short_sweep):
    sweep = replace(
        short_sweep("learning-rate", lambda s: s.name in ("1-3.lr5", "1-3.lr0.07")), steps=40
    )
    good, lost = running.run(sweep).points
    assert good.diverges_at is None and good.curves["loss"][-1][0] == 40
    assert 1 < lost.diverges_at < 40
    assert lost.curves["loss"][-1][0] == lost.diverges_at
    assert not good.result.fails and not lost.result.fails


def test_the_gap_of_the_numerical_gradient_is_smallest_at_a_middle_step(swept):
    points = [p for p in swept["numerical-gradient"].points if p.setting.part == "h"]
    for side in (0, 1):
        gap = np.array([p.end("gap")[side] for p in points])
        least = int(gap.argmin())
        assert points[least].setting.values["h"] in (1e-4, 1e-5, 1e-6)
        assert gap[0] > 1e4 * gap[least] and gap[-1] > 1e4 * gap[least]
        # the error of a central difference falls with h²: a hundredth at a tenth
        np.testing.assert_allclose(gap[1:4] / gap[:3], 0.01, rtol=0.05)


def test_signed_errors_cancel_where_squares_do_not_and_a_half_takes_the_two_away(swept):
    for point in swept["squared-error"].points:
        error = point.setting.values["error"]
        for side in (0, 1):
            signed, loss, *slopes = (
                point.end(name)[side] for name in ("signed", "loss", "slope/squared", "slope/loss")
            )
            if point.setting.part == "cancel":
                assert signed == 0 and loss == error**2
            else:
                assert signed == error
                np.testing.assert_allclose(slopes, [2 * error, error], rtol=1e-9)


def test_both_gradients_are_timed_on_both_sides(swept):
    sized = [p for p in swept["numerical-gradient"].points if p.setting.part == "parameters"]
    for point in sized:
        for name in ("back", "numerical", "ratio"):
            assert min(point.end(name)) > 0
        assert point.end("ratio")[0] == point.end("numerical")[0] / point.end("back")[0]


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_a_lesson_is_drawn_from_the_numbers(swept, name):
    lesson = find(name).lesson(swept[name].points)
    assert lesson.endswith(".") and "nan" not in lesson
    assert find(name).lesson(()) == ""


def test_ctrl_c_keeps_the_points_so_far(short_sweep):
    def interrupt(point):
        raise KeyboardInterrupt

    result = running.run(short_sweep("optimizers"), on_point=interrupt)
    assert result.interrupted and len(result.points) == 1


def test_numerical_gradients_are_of_float64_alone():
    assert NUMERICAL_GRADIENT.dtypes == ("float64",)
