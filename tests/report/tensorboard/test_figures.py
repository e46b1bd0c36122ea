"""A card of TensorBoard has one panel."""

from compare.report.tensorboard.figures import panel


def test_a_card_has_one_panel_of_its_size():
    figure, axes = panel("title")
    assert figure.axes == [axes] and (figure.get_size_inches() * figure.dpi).tolist() == [400, 300]
