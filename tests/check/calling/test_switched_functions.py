"""Functions as their script calls them: in both modes, and with another function."""

import pytest

from compare.check.check_submission import check_source
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source

FLAG = """
import numpy as np

def dropped(x, p, training=True):
    if not training:
        return x
    mask = np.random.default_rng(0).random(x.shape) >= p
    return x * mask / (1 - p)

dropped(np.ones((4, 3)) / 3, 0.3)
"""
SETTINGS = """
import numpy as np

def random_drop(x, settings):
    keep = settings["keep"]
    if settings["mode"] == "train":
        mask = np.random.default_rng(0).random(x.shape) < keep
        return x * mask, mask
    return x * keep, None

random_drop(np.ones((4, 3)) / 3, {"mode": "train", "keep": 0.65})
"""
SKIP = """
import numpy as np

def cubed(x):
    return x ** 3, lambda g: 3 * g * x ** 2

def skipped(x, inner):
    y, back = inner(x)
    return x + y, lambda g: g + back(g)

skipped(np.cos(np.arange(12.0)).reshape(4, 3), cubed)
"""
NOISE = """
import numpy as np

def noisy(x, deviation, training=True):
    if not training:
        return x
    return x + deviation * np.random.default_rng(0).normal(size=x.shape)

noisy(np.ones((4, 3)) / 3, 0.3)
"""


def judged(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return {j.found: j for j in check_source(Source.of(path)).judgements}


@pytest.mark.parametrize(
    ("text", "name", "right", "wrong", "cause"),
    [
        (FLAG, "dropped", "x * mask / (1 - p)", "x * mask", "dropout_not_alike"),
        (SETTINGS, "random_drop", "x * keep, None", "x, None", "dropout_not_alike"),
        (SKIP, "skipped", "g + back(g)", "back(g)", "own_term_missing"),
    ],
    ids=["flag", "settings", "skip"],
)
def test_right_is_the_same_and_wrong_has_its_cause(tmp_path, text, name, right, wrong, cause):
    assert judged(tmp_path, text)[name].outcome is Outcome.SAME
    found = judged(tmp_path, text.replace(right, wrong))[name]
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == [cause]


def test_what_drops_nothing_is_no_dropout(tmp_path):
    assert "noisy" not in judged(tmp_path, NOISE)
