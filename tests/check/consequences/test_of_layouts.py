"""A softmax over everything is right of one sample at a time, where something else says so."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

ONE = "def softmax(u):\n    e = np.exp(u)\n    return e / np.sum(e)\n\n"
STABLE = "def stable_softmax(u):\n    e = np.exp(u - np.max(u))\n    return e / np.sum(e)\n\n"
JACOBIAN = (
    "def d_softmax(u):\n    s = softmax(u).reshape(-1, 1)\n    return np.diagflat(s) - s @ s.T\n\n"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ONE, {Outcome.DIFFERENT}),
        (ONE + STABLE, {Outcome.DIFFERENT}),
        (ONE + STABLE + JACOBIAN, {Outcome.SAME}),
    ],
    ids=["alone", "two", "one of them in a Jacobian of one sample"],
)
def test_what_says_that_it_is_of_one_sample_says_so_of_the_other(tmp_path, text, told):
    path = tmp_path / "own.py"
    path.write_text("import numpy as np\n\n" + text, encoding="utf-8")
    judged = [j for j in check_file(path).judgements if j.concept == "softmax"]
    assert {j.outcome for j in judged} == told
