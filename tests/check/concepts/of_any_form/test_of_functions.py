"""Functions that are handed a function: what they compute is told, and nothing else is blamed."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

HEAD = "import numpy as np\n\n"
OF_ANY_KIND = HEAD + (
    "def trapezoid(f, a, b, n=100):\n"
    "    x = np.linspace(a, b, n + 1)\n"
    "    return (b - a) / n * (f(x).sum() - 0.5 * (f(a) + f(b)))\n\n"
    "def twice(f, x):\n    return f(f(x))\n\n"
    "def slope_over(f, x, width=0.5):\n    return (f(x + width) - f(x)) / width\n\n"
    "def search(f, x, d):\n"
    "    return min([1.0, 0.5, 0.25], key=lambda a: f(x + a * d))\n\n"
    "def climb(slope, x, rate=0.1, turns=20):\n"
    "    for _ in range(turns):\n        x = x + rate * slope(x)\n    return x\n"
)
CLOSURES = HEAD + (
    "def slope_of(f, h=1e-5):\n"
    "    return lambda x: (f(x + h) - f(x - h)) / (2 * h)\n\n"
    "def tangent(f, x, h=1e-4):\n"
    "    m = (f(x + h) - f(x - h)) / (2 * h)\n"
    "    return lambda t: f(x) + m * (t - x)\n"
)
DESCENT = HEAD + (
    "def slopes(f, x, h=1e-4):\n"
    "    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)])\n\n"
    "def kouka(f, start, eta, kaisuu):\n"
    "    x = start.copy()\n"
    "    for _ in range(kaisuu):\n        x -= eta * slopes(f, x)\n"
    "    return x\n\n"
    "print(kouka(lambda v: (v ** 2).sum(), np.array([1.0, -2.0]), 0.05, 20))\n"
)


def outcomes(tmp_path, text):
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    found = [j for j in check_file(path).judgements if j.concept == "numerical.other"]
    return {j.found: j.outcome for j in found}


def test_what_is_none_of_them_is_left_alone(tmp_path):
    assert outcomes(tmp_path, OF_ANY_KIND) == {}


def test_functions_that_are_returned(tmp_path):
    same = dict.fromkeys(["slope_of", "tangent"], Outcome.SAME)
    assert outcomes(tmp_path, CLOSURES) == same
    wrong = outcomes(tmp_path, CLOSURES.replace("/ (2 * h)\n\n", "/ h\n\n"))
    assert wrong == {"slope_of": Outcome.DIFFERENT, "tangent": Outcome.SAME}


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("", "", Outcome.SAME),
        ("x -= eta", "x += eta", Outcome.DIFFERENT),
        ("start.copy()", "start", Outcome.DIFFERENT),
    ],
)
def test_a_descent_with_the_settings_of_its_script(tmp_path, old, new, outcome):
    assert outcomes(tmp_path, DESCENT.replace(old, new))["kouka"] is outcome
