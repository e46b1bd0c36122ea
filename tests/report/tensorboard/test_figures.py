"""A card of TensorBoard has one panel, and draws numbers of any size."""

import math
from types import SimpleNamespace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from compare.report.tensorboard import figures
from compare.report.tensorboard.figures import panel


def test_a_card_has_one_panel_of_its_size():
    figure, axes = panel("title")
    assert figure.axes == [axes] and (figure.get_size_inches() * figure.dpi).tolist() == [400, 300]


def test_an_error_over_its_limit_is_the_largest_of_all_kinds_and_never_a_gap():
    errors = {
        "loss": ((1, 0.5, 1.0), (2, 0.0, 0.0), (3, math.nan, 1.0)),
        "grad": ((1, 0.75, 1.0), (2, 1.0, 0.0)),
    }
    line = figures.over_limit(errors)
    assert line == [(1, 0.75), (2, figures.LARGEST_RATIO), (3, figures.LARGEST_RATIO)]
    assert figures.over_limit({}) == []


@pytest.mark.slow
@pytest.mark.parametrize("top", [0.0, 0.5, 1e300, math.inf, math.nan])
def test_errors_of_any_size_can_be_drawn(top):
    errors = {"loss": tuple((t, top, 1.0) for t in range(1, 100))}
    for figure in (figures.error("error", errors), figures.cone("cone", errors["loss"])):
        FigureCanvasAgg(figure).draw()


def test_each_training_is_one_line_that_rises_to_its_largest_error_over_its_limit():
    def result(name, *ratios):
        curve = tuple((t, ratio, 1.0) for t, ratio in enumerate(ratios, start=1))
        return SimpleNamespace(
            case=SimpleNamespace(name=name), dtype="float64", errors={"loss": curve}
        )

    results = [result("near", 0.1, 0.5, 0.2), result("far", 0.05, 0.02, 0.01), result("none")]
    figure = figures.errors_over_limits(results)
    far, near, limit = figure.axes[0].lines
    assert list(far.get_ydata()) == [0.05, 0.05, 0.05]
    assert list(near.get_ydata()) == [0.1, 0.5, 0.5]
    assert near.get_linewidth() > far.get_linewidth()
    assert set(limit.get_ydata()) == {1}
    assert [text.get_text() for text in figure.texts] == [
        "dark: near float64,",
        "at most 0.5 of its limit",
    ]
    assert figures.errors_over_limits(results[2:]) is None
