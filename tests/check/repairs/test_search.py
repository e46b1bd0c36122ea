"""What no known mistake explains is told of the one edit that makes it right, and of no other."""

import pytest

from compare.check.check_submission import check_source
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source

SWISH = """
import numpy as np

BETA = 1.3

def swish(x):
    return x / (1 + np.exp(-BETA * x))

def d_swish(x):
    s = 1 / (1 + np.exp(-BETA * x))
    return s + BETA * x * s * (1 - s)
"""
LAYER = """
import numpy as np

class Softsign:
    def forward(self, inp):
        self.inp, self.out = inp, inp / (1 + np.abs(inp))
        return self.out

    def backward(self, g):
        return g / (1 + np.abs(self.inp)) ** 2
"""
WINDOWS = """
import numpy as np

def cut(rows, size):
    return np.stack([rows[:, i : i + size] for i in range(rows.shape[1] - size + 1)], axis=1)

def spread(pieces, shape):
    rows = np.zeros(shape)
    for i in range(pieces.shape[1]):
        rows[:, i : i + pieces.shape[2]] += pieces[:, i]
    return rows

class Filter:
    def __init__(self, w):
        self.w = w

    def forward(self, x):
        self.shape, self.pieces = x.shape, cut(x, len(self.w))
        return self.pieces @ self.w

    def backward(self, dout):
        self.dw = np.einsum("nis,ni->s", self.pieces, dout)
        return spread(dout[:, :, None] * self.w, self.shape)

row = Filter(np.array([0.4, -1.2, 0.7]))
y = row.forward(np.random.default_rng(0).normal(size=(5, 6)))
print(row.backward(np.ones_like(y)).shape)
"""
NETWORK = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out, rng=np.random.default_rng(0)):
        self.A = rng.normal(size=(n_in, n_hidden))
        self.B = rng.normal(size=(n_hidden, n_out))

    def forward(self, x):
        self.x, self.u = x, x @ self.A
        self.z = self.u / (1 + np.abs(self.u))
        return self.z @ self.B

    def loss(self, x, t):
        return 0.5 * np.mean(np.sum((self.forward(x) - t) ** 2, axis=1))

    def gradients(self, x, t):
        d = (self.forward(x) - t) / len(x)
        e = (d @ self.B.T) / (1 + np.abs(self.u)) ** 2
        return {"A": self.x.T @ e, "B": self.z.T @ d}
"""


def told(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    result = check_source(Source.of(path))
    return [
        (d.cause, d.title.en) for j in result.judgements if j.outcome is Outcome.DIFFERENT
        for d in j.diagnoses
    ], result  # fmt: skip


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (SWISH, "s + BETA * x * s * (1 - s)", "s + x * s * (1 - s)"),
        (LAYER, "(1 + np.abs(self.inp)) ** 2", "(1 - np.abs(self.inp)) ** 2"),
        (WINDOWS, "+= pieces[:, i]", "= pieces[:, i]"),
        (NETWORK, "(1 + np.abs(self.u)) ** 2", "(1 + np.abs(self.z)) ** 2"),
    ],
    ids=["function", "layer", "function of a layer", "network"],
)
def test_the_line_and_what_it_should_have(tmp_path, text, right, wrong):
    causes, result = told(tmp_path, text)
    assert not causes and result.judgements
    planted = text.replace(right, wrong)
    line = planted[: planted.index(wrong)].count("\n") + 1
    causes, _ = told(tmp_path, planted)
    assert [cause for cause, _ in causes] == ["right_with_one_edit"]
    assert f"line {line} of " in causes[0][1] and wrong in causes[0][1]


def test_what_two_edits_make_right_is_told_as_before(tmp_path):
    planted = SWISH.replace("s + BETA * x * s * (1 - s)", "1.7 * s * s + 0.3 * x * x * s")
    causes, _ = told(tmp_path, planted)
    assert [cause for cause, _ in causes] == ["not_its_own_derivative"]


def test_the_functions_are_their_own_again(tmp_path):
    planted = SWISH.replace("s + BETA * x * s * (1 - s)", "s + x * s * (1 - s)")
    twice = [told(tmp_path, planted)[0] for _ in range(2)]
    assert twice[0] == twice[1]
