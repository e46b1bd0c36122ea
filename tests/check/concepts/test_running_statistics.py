"""Batch normalization in testing: by what it kept in training, and not by the batch it is given."""

import pytest

from compare.check.naming.bind import BY_NAME, BY_VALUES

LAYER = """
import numpy as np

class Normalised:
    def __init__(self):
        self.mean = self.var = None
        self.training = True

    def forward(self, x):
        mean, var = x.mean(axis=0), x.var(axis=0)
        if self.training:
            begun = self.mean is not None
            self.mean = 0.9 * self.mean + 0.1 * mean if begun else mean
            self.var = 0.9 * self.var + 0.1 * var if begun else var
        else:
            mean, var = self.mean, self.var
        self.std = np.sqrt(var + 1e-6)
        self.h = (x - mean) / self.std
        return self.h

    def backward(self, dout):
        h = self.h
        return (dout - dout.mean(axis=0) - h * (dout * h).mean(axis=0)) / self.std
"""


@pytest.mark.parametrize(
    ("right", "wrong", "causes"),
    [
        ("mean, var = self.mean, self.var", "mean, var = self.mean, self.var", []),
        ("mean, var = self.mean, self.var", "pass", ["running_unused"]),
    ],
)
def test_what_was_kept_is_used(judged, right, wrong, causes):
    _, result = judged(LAYER.replace(right, wrong), (BY_NAME, BY_VALUES))
    of = [j for j in result.judgements if j.concept == "running_statistics"]
    assert [d.cause for j in of for d in j.diagnoses] == causes
