"""Of a network too the edit that makes its gradients right is told."""

import pytest

from compare.check.check_submission import check_source
from compare.check.repairs import search
from compare.sandbox.interface import Limits
from compare.sandbox.submission_files import Source

LIMITS = Limits(seconds_a_call=20.0, seconds=300.0)  # on a machine that is busy, too

TIED = """
import numpy as np

class Tied:
    def __init__(self, n, k, slope=0.1):
        g = np.random.default_rng(2)
        self.M, self.p, self.q = g.normal(0, 0.4, (n, k)), np.zeros(k), np.zeros(n)
        self.slope = slope
    def forward(self, x):
        self.u = x @ self.M + self.p
        self.code = np.where(self.u > 0, self.u, self.slope * self.u)
        return self.code @ self.M.T + self.q
    def loss(self, x):
        return ((self.forward(x) - x) ** 2).sum() / (2 * len(x))
    def backward(self, x):
        err = (self.forward(x) - x) / len(x)
        du = err @ self.M
        du[self.u <= 0] *= self.slope
        dM = err.T @ self.code + x.T @ du
        return {"M": dM, "p": du.sum(axis=0), "q": err.sum(axis=0)}
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(" + x.T @ du", ""), ("du[self.u <= 0] *=", "du[self.u <= 0] =")],
    ids=["a weight that is used twice", "a slope that is set"],
)
def test_what_is_added_or_multiplied_is_told_of_a_network(tmp_path, monkeypatch, right, wrong):
    monkeypatch.setattr(search, "SECONDS", 60.0)
    path = tmp_path / "mine.py"
    path.write_text(TIED.replace(right, wrong), encoding="utf-8")
    [told] = check_source(Source.of(path), limits=LIMITS)["network.other"].diagnoses
    assert told.cause == "right_with_one_edit" and right.strip() in told.title.en
