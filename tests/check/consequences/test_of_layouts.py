"""A softmax over everything is right of one sample at a time, where something else says so."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

ONE = "def softmax(u):\n    e = np.exp(u)\n    return e / np.sum(e)\n\n"
STABLE = "def stable_softmax(u):\n    e = np.exp(u - np.max(u))\n    return e / np.sum(e)\n\n"
JACOBIAN = (
    "def d_softmax(u):\n    s = softmax(u).reshape(-1, 1)\n    return np.diagflat(s) - s @ s.T\n\n"
)
COLUMN = "def softmax_jacobian(u):\n    a = softmax(u)\n    return np.diagflat(a) - a @ a.T\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ONE, {Outcome.DIFFERENT}),
        (ONE + STABLE, {Outcome.DIFFERENT}),
        (ONE + STABLE + JACOBIAN, {Outcome.SAME}),
        (ONE + COLUMN, {Outcome.SAME}),
    ],
    ids=["alone", "two", "one of them in a Jacobian of one sample", "of one column"],
)
def test_what_says_that_it_is_of_one_sample_says_so_of_the_other(tmp_path, text, told):
    path = tmp_path / "own.py"
    path.write_text("import numpy as np\n\n" + text, encoding="utf-8")
    judged = [j for j in check_file(path).judgements if j.concept == "softmax"]
    assert {j.outcome for j in judged} == told


@pytest.mark.parametrize("sign, told", [("-", Outcome.SAME), ("+", Outcome.DIFFERENT)])
def test_a_jacobian_of_one_column_is_compared_as_one(tmp_path, sign, told):
    path = tmp_path / "own.py"
    path.write_text(f"import numpy as np\n\n{ONE}{COLUMN.replace('- a @', f'{sign} a @')}")
    [found] = [j for j in check_file(path).judgements if j.concept == "d_softmax"]
    assert found.outcome is told
    assert told is Outcome.SAME or found.diagnoses
