"""The figures that the code of a page has drawn, beside those that the page shows."""

import re

import pytest
from matplotlib import image
from matplotlib.testing.compare import compare_images


def software(path):
    """Which matplotlib drew it: another one places texts elsewhere."""
    return re.search(rb"Matplotlib version[\d.]+", path.read_bytes())[0]


def wrongly_drawn(shown, drawn):
    """How a figure differs from what the code of its page has drawn, or None."""
    if image.imread(shown).shape != image.imread(drawn).shape:
        return f"{shown} has another size than {drawn}"
    if software(shown) != software(drawn):
        return None
    return compare_images(str(shown), str(drawn), tol=1)


@pytest.fixture
def other_figures():
    """``other_figures(page, folder)``: what is drawn there otherwise than the page shows it."""

    def found(page, folder):
        drawn = sorted(folder.glob("*.png"))
        shown = [page.parent / path.name for path in drawn]
        lacking = [f"{path} is drawn, and not there" for path in shown if not path.is_file()]
        pairs = zip(shown, drawn, strict=True)
        return lacking or [said for pair in pairs if (said := wrongly_drawn(*pair))]

    return found
