"""What no call has run of something that is right is listed, and is not covered by "same"."""

import json

from compare.check.check_submission import check_source
from compare.check.report.json import checked_json
from compare.check.report.text import checked_text
from compare.sandbox.submission_files import Source

DROPOUT = """import numpy as np

class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        return x * (1.0 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask

    def kept_share(self):
        return self.mask.mean(axis=1)

def softmax(u, temperature=None):
    if temperature is not None:
        u = u * temperature
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""


def _checked(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return check_source(Source.of(path))


def test_a_method_and_a_branch_that_nothing_ran_are_said(tmp_path):
    result = _checked(tmp_path, DROPOUT)
    assert result.passed()
    told = checked_text(result, "en")
    assert "Not run: Dropout.kept_share (line 16), softmax (line 21)" in told
    assert told.endswith("ALL SAME (2); 2 not run")
    assert [each["first"] for each in json.loads(checked_json(result))["not_run"]] == [16, 21]


def test_where_all_of_it_was_run_nothing_is_said(tmp_path):
    text = DROPOUT.replace("    if temperature is not None:\n        u = u * temperature\n", "")
    text = text.replace("    def kept_share(self):\n        return self.mask.mean(axis=1)\n", "")
    result = _checked(tmp_path, text)
    assert result.passed() and not result.not_run
    assert checked_text(result, "en").endswith("ALL SAME (2)")
