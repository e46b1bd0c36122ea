"""A forward pass and its way back that one function makes, of functions that it is handed."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

PAIRS = """
from functools import partial
import numpy as np

def chain(*pairs):
    def forward(x):
        for f, _ in pairs:
            x = f(x)
        return x
    def back(x, g):
        inputs = [x]
        for f, _ in pairs[:-1]:
            inputs.append(f(inputs[-1]))
        for (_, b), v in zip(pairs[::-1], inputs[::-1]):
            g = b(v, g)
        return g
    return forward, back

def each(f, df):
    return f, (lambda x, g: g * df(x))

squares = partial(each, np.square, lambda x: 2 * x)

f, back = chain(each(np.sin, np.cos), squares(), each(np.tanh, lambda x: 1 - np.tanh(x) ** 2))
print(back(np.ones((2, 3)), f(np.ones((2, 3)))))
"""


def judged(tmp_path, old="", new=""):
    assert old in PAIRS
    path = tmp_path / "own.py"
    path.write_text(PAIRS.replace(old, new), encoding="utf-8")
    found = {j.found: j for j in check_file(path).judgements}
    return {name for name, j in found.items() if j.outcome is Outcome.SAME}, {
        name: {d.cause for d in j.diagnoses}
        for name, j in found.items()
        if j.outcome is Outcome.DIFFERENT
    }


def test_all_that_is_right_is_the_same(tmp_path):
    assert judged(tmp_path) == ({"chain", "each", "squares"}, {})


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("pairs[::-1], inputs[::-1]", "pairs, inputs", "chain"),
        ("b(v, g)", "b(x, g)", "chain"),
        ("lambda x: 2 * x)", "lambda x: x)", "squares"),
    ],
)
def test_a_mistake_is_told_where_it_is_alone(tmp_path, old, new, wrong):
    right, found = judged(tmp_path, old, new)
    assert found.keys() == {wrong}
    assert {wrong} | right == {"chain", "each", "squares"}


def test_a_wrong_slope_that_is_handed_over_is_not_told_of_what_takes_it(tmp_path):
    right, found = judged(tmp_path, "1 - np.tanh(x) ** 2", "1 + np.tanh(x)")
    assert not found
    assert {"chain", "each"} <= right
