"""A wrong line is found: in a derivative, in what it is derived of, or where one has both."""

import pytest

from compare.check.naming.bind import BY_NAME, BY_VALUES
from compare.core.outcome import Outcome

HOW = (BY_NAME, BY_VALUES)
BOTH = """
def margin_loss(scores, labels):
    rows = np.arange(len(labels))
    over = np.maximum(0, scores - scores[rows, labels][:, None] + 1.0)
    over[rows, labels] = 0
    slope = np.zeros_like(scores)
    slope[over > 0] = 1
    slope[rows, labels] -= (over > 0).sum(axis=1)
    return over.sum() / len(labels), slope / len(labels)
"""
ROWS = """
def squash_rows(x):
    return x / np.sqrt((x ** 2).sum(axis=-1, keepdims=True) + 1.0)


def squash_rows_backward(dout, x):
    r = np.sqrt((x ** 2).sum(axis=-1, keepdims=True) + 1.0)
    return dout / r - x * np.sum(dout * x, axis=-1, keepdims=True) / r ** 3
"""
CONFIGURED = """
def centre_forward(x, scale, config):
    if config['mode'] == 'train':
        m = x.mean(axis=0)
        return scale * (x - m), scale
    return scale * x, None


def centre_backward_alt(dout, cache):
    dx = dout * cache
    return dx - dx.mean(axis=0)
"""


@pytest.mark.parametrize(
    ("text", "name", "right", "wrong", "meant"),
    [
        (BOTH, "margin_loss", "-= (over > 0).sum(axis=1)", "-= 1", "np.sum(over > 0, axis=-1)"),
        (ROWS, "squash_rows_backward", "np.sum(dout * x, axis=-1, keepdims=True)", "dout * x",
         "np.sum("),
        (ROWS, "squash_rows_backward", "return x / np.sqrt((x ** 2).sum(axis=-1",
         "return x / np.sqrt((x ** 2).sum(axis=0", "axis=1"),
    ],
    ids=["a number for the count of others", "a sum", "in what is derived"],
)  # fmt: skip
def test_the_line_is_told(judged, text, name, right, wrong, meant):
    text = "import numpy as np\n" + text
    assert judged(text, HOW)[0][name].outcome is Outcome.SAME
    found = judged(text.replace(right, wrong), HOW)[0][name]
    assert [d.cause for d in found.diagnoses] == ["right_with_one_edit"]
    line = next(i for i, row in enumerate(text.splitlines(), 1) if right in row)
    told = found.diagnoses[0].title.en
    assert f"line {line} of" in told and meant in told.partition(" with ")[2]


def test_a_derivative_whose_name_says_which_of_several_it_is(judged):
    text = "import numpy as np\n" + CONFIGURED
    assert judged(text, HOW)[0]["centre_backward_alt"].outcome is Outcome.SAME
    found = judged(text.replace("return dx - dx.mean(axis=0)", "return dx"), HOW)[0]
    assert found["centre_backward_alt"].outcome is Outcome.DIFFERENT
