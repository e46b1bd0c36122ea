"""Networks that are made of what only a run of their script shows: sizes of data, generators."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

OBJECTS = """
import numpy as np

class Value:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)

class Full:
    def __init__(self, rows, columns, rng):
        self.M = Value(rng.normal(size=(rows, columns)))
        self.c = Value(np.zeros(columns))

    def run(self, x):
        self.x = x
        return x @ self.M.data + self.c.data

    def back(self, e):
        self.M.grad += self.x.T @ e
        self.c.grad += e.sum(axis=0)
        return e @ self.M.data.T

class Bend:
    def run(self, x):
        self.x = x
        return np.logaddexp(0, x)

    def back(self, e):
        return e / (1 + np.exp(-self.x))

class Chain:
    def __init__(self, *links):
        self.links = links

    def forward(self, x):
        for link in self.links:
            x = link.run(x)
        return x

    def backward(self, e):
        for link in reversed(self.links):
            e = link.back(e)

    def values(self):
        return [v for link in self.links if isinstance(link, Full) for v in (link.M, link.c)]

def main():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(20, 2))
    chain = Chain(Full(x.shape[1], 7, rng), Bend(), Full(7, 3, rng))
    print(chain.forward(x).sum())

if __name__ == "__main__":
    main()
"""
HANDED = """
import numpy as np

def made(sizes, rng):
    pairs = list(zip(sizes, sizes[1:]))
    return [rng.normal(size=(o, i)) for i, o in pairs], [np.zeros(o) for _, o in pairs]

def forward(Ws, bs, x):
    zs = [x]
    for k, (W, b) in enumerate(zip(Ws, bs)):
        u = np.einsum("ni,oi->no", zs[-1], W) + b
        zs.append(u if k == len(Ws) - 1 else np.tanh(u))
    return zs

def backward(Ws, zs, t):
    delta = 2.0 * (zs[-1] - t) / t.size
    gW, gb = [], []
    for k in range(len(Ws) - 1, -1, -1):
        gW.insert(0, np.einsum("no,ni->oi", delta, zs[k]))
        gb.insert(0, np.einsum("no->o", delta))
        delta = np.einsum("no,oi->ni", delta, Ws[k]) * (1 - zs[k] ** 2)
    return gW, gb

if __name__ == "__main__":
    rng = np.random.default_rng(0)
    Ws, bs = made((3, 8, 2), rng)
    x = rng.normal(size=(10, 3))
    zs = forward(Ws, bs, x)
    print(backward(Ws, zs, np.zeros((10, 2)))[1])
"""


def judged(tmp_path, text, *changes):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "run.py"
    path.write_text(text)
    return {j.concept: j for j in check_file(path).judgements}["network.other"]


@pytest.mark.parametrize(
    ("text", "found", "change"),
    [
        (OBJECTS, "Chain", ("np.exp(-self.x)", "np.exp(self.x)")),
        (HANDED, "forward", ("(1 - zs[k] ** 2)", "(1 - zs[k])")),
    ],
    ids=["objects of its classes", "arrays that are handed on"],
)
def test_it_is_judged_with_what_its_script_makes(tmp_path, text, found, change):
    right = judged(tmp_path, text)
    assert right.found == found and right.outcome is Outcome.SAME
    wrong = judged(tmp_path, text, change)
    assert [d.cause for d in wrong.diagnoses] == ["right_with_one_edit"]


def test_what_was_kept_before_is_no_gradient_that_a_method_gives(tmp_path):
    """``values()`` returns objects with gradients, and makes none."""
    text = OBJECTS.replace("def backward(self, e):\n        for", "def undo(self, e):\n        for")
    path = tmp_path / "run.py"
    path.write_text(text)
    assert "network.other" not in {j.concept for j in check_file(path).judgements if j.fails()}


ZEROING = """
    def zero(self):
        for v in self.values():
            v.grad[...] = 0.0
"""
OF_MATRICES = ("for v in self.values():", "for v in self.values()[::2]:")


def test_what_sets_gradients_to_zero_is_held_against_a_second_way_back(tmp_path):
    text = OBJECTS.replace("\ndef main", f"{ZEROING}\ndef main")
    assert judged(tmp_path, text).outcome is Outcome.SAME
    (told,) = judged(tmp_path, text, OF_MATRICES).diagnoses
    assert told.cause == "zeroing_leaves" and "links[0].c.grad" in told.title.en


# c, of which neither name nor shape says that it is a weight
OFFSET = """
import numpy as np

def output(v, p, c, x):
    return p @ np.tanh(v * x) + c

def slopes(v, p, c, x, t):
    h = np.tanh(v * x)
    e = 2 * (output(v, p, c, x) - t)
    return e * p * (1 - h ** 2) * x, e * h, e

if __name__ == "__main__":
    rng = np.random.default_rng(2)
    v, p, c = rng.normal(size=9), rng.normal(size=9), 0.25
    for x in rng.normal(size=5):
        dv, dp, dc = slopes(v, p, c, x, x ** 2)
        v, p, c = v - 0.05 * dv, p - 0.05 * dp, c - 0.05 * dc
    print(output(v, p, c, 1.0))
"""


def test_a_number_that_all_are_handed_is_the_same_for_all(tmp_path):
    assert judged(tmp_path, OFFSET).outcome is Outcome.SAME
    wrong = judged(tmp_path, OFFSET, ("(1 - h ** 2)", "(1 - h)"))
    assert wrong.outcome is Outcome.DIFFERENT
    assert [d.cause for d in wrong.diagnoses] == ["right_with_one_edit"]
