"""Which lines may be wrong: those on which something wrong depends, and nothing right."""

import numpy as np
import pytest

from compare.check.repairs.search import first_repair
from compare.check.repairs.suspects import suspects
from compare.check.subject import Subject
from compare.sandbox.interface import Limits
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source

TEXT = """import numpy as np

def back(x, w):
    d = 2 * x
    upper = d.sum()
    lower = d * w
    bent = lower + 1.0
    return np.array([upper, bent.sum(), (3 * bent).sum()])
"""
X, W = np.array([0.3, -0.7]), np.array([1.1, 0.4])


@pytest.fixture
def back(tmp_path):
    path = tmp_path / "back.py"
    path.write_text(TEXT, encoding="utf-8")
    with Sandbox(Source.of(path), Limits(seconds_a_call=20.0, seconds=300.0)) as box:
        yield Subject(box, box.inventory["back"], box.inventory)


@pytest.mark.parametrize(
    ("right", "lines"),
    [
        ([True, False, False], {4, 5}),
        ([True, True, False], set()),
        ([True, True, True], set()),
        ([False, False, False], set()),
    ],
    ids=["below the upper one", "with what is right as well", "nothing wrong", "nothing right"],
)
def test_a_line_on_which_something_right_depends_is_none_of_them(back, right, lines):
    found = suspects(back, ["back"], lambda: back.call(X, W), np.array(right))
    assert {line for _, line in found} == lines
    # and the text is its own again
    assert back.call(X, W)[0] == 2 * X.sum()


def test_the_edits_of_these_lines_are_tried_before_others(back):
    tried = []

    def is_right():
        tried.append(back.call(X, W))
        return False

    first_repair(back, ["back"], is_right, most=4, first=frozenset({("back", 5)}))
    assert tried and all(each[0] == 2 * X.sum() for each in tried)


def test_nothing_is_known_of_what_gives_no_results(back):
    def nothing():
        raise KeyError("w")

    assert suspects(back, ["back"], nothing, np.array([True, False, False])) == frozenset()
