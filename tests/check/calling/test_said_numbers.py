"""Whole numbers are handed to what takes arrays of any kind; of floats alone they are a warning."""

import pytest

from compare.check.check_submission import check_source
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source

SIGMOID = '''
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.generic]

def sigmoid(u: Floats):
    """1 / (1 + e^-u)"""
    out = np.empty_like(u)
    out[...] = 1 / (1 + np.exp(-u))
    return out
'''
SLOPES = '''
import numpy as np

def numerical_gradient(f, x):
    """Central differences; x may be a list or an int array."""
    x = np.array(x)
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + 1e-4
        above = f(x)
        x[i] = kept - 1e-4
        slopes[i] = (above - f(x)) / 2e-4
        x[i] = kept
    return slopes
'''


def judged(tmp_path, source):
    path = tmp_path / "given.py"
    path.write_text(source, encoding="utf-8")
    (found,) = check_source(Source.of(path)).judgements
    return found.outcome, [(d.cause, d.warning) for d in found.diagnoses]


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("", "", True),
        ("u: Floats", 'u: "Floats"', True),
        ("u: Floats", "u: np.ndarray", False),
        ("u: Floats", "u: Numbers", False),
        ('u: Floats):\n    """', 'u):\n    """Of a float array: ', True),
        ("u: Floats", "u", False),
    ],
)
def test_what_takes_floats_is_not_wrong_of_whole_numbers(tmp_path, old, new, warning):
    outcome, causes = judged(tmp_path, SIGMOID.replace(old, new))
    assert causes[0] == ("into_integers", warning)
    assert outcome is (Outcome.SAME if warning else Outcome.DIFFERENT)


def test_what_its_script_hands_floats_alone_is_not_wrong_of_whole_numbers(tmp_path):
    silent = SIGMOID.replace("u: Floats", "u")
    for handed, outcome in (
        ("np.linspace(-1, 1, 5)", Outcome.SAME),
        ("np.arange(-2, 3)", Outcome.DIFFERENT),
    ):
        judged_so = judged(tmp_path, f"{silent}\n\nprint(sigmoid({handed}))\n")
        assert judged_so[0] is outcome
        assert judged_so[1][0] == ("into_integers", outcome is Outcome.SAME)


def test_what_says_that_it_takes_whole_numbers_has_to(tmp_path):
    assert judged(tmp_path, SLOPES) == (Outcome.DIFFERENT, [("integers_truncated", False)])
    silent = SLOPES.replace("a list or an int array", "any array")
    assert judged(tmp_path, silent) == (Outcome.SAME, [("integers_truncated", True)])
    assert judged(tmp_path, SLOPES.replace("np.array(x)", "np.array(x, dtype=float)")) == (
        Outcome.SAME,
        [],
    )
