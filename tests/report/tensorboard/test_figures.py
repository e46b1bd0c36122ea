"""A card of TensorBoard has one panel, and draws numbers of any size."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from compare.report.tensorboard import drawings, figures
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


def drawn_cards():
    """A card of each kind that has one panel."""
    curve = tuple((t, 10.0**-t, 0.5) for t in range(1, 9))
    d = np.linspace(-3, 3, 7)
    points = SimpleNamespace(d=d, y={"torch": d**2, "scratch": d**2}, outputs=1)
    counts = {"torch": np.array([[5, 1], [0, 9]]), "scratch": np.array([[6, 0], [0, 9]])}
    yield figures.overlay("loss", curve)
    yield figures.cone("cone", curve)
    yield figures.error("error", {"loss": curve, "grad": curve[::-1]})
    yield drawings.scatter(3, points)
    yield figures.cone("another", [(t, 1e9 * e, limit) for t, e, limit in curve])
    yield drawings.confusion(SimpleNamespace(counts=counts, accuracy=lambda run: 0.5))


def pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.buffer_rgba().tobytes()


def test_a_card_that_was_drawn_on_is_as_new(monkeypatch):
    monkeypatch.setattr(figures, "_blank", [])
    new = [pixels(figure) for figure in drawn_cards()]
    assert len(set(new)) == len(new)
    used = []
    for _ in range(2):  # each kind after another, and after all
        for figure in drawn_cards():
            used.append((id(figure), pixels(figure)))
            figures.give_back(figure)
    assert len({where for where, _ in used}) == 1
    assert [shown for _, shown in used] == new * 2


def test_a_card_whose_axes_were_moved_is_not_drawn_on_again(monkeypatch):
    monkeypatch.setattr(figures, "_blank", [])
    figure, axes = panel("with a bar", bar=True)
    figure.colorbar(axes.imshow([[0, 1]]), ax=axes)
    figures.give_back(figure)
    assert figures._blank == []


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
