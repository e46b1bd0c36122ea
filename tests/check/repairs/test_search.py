"""What no known mistake explains is told of the one edit that makes it right, and of no other."""

import pytest

from compare.check.check_submission import check_source, checked
from compare.check.repairs import search
from compare.core.outcome import Outcome
from compare.sandbox.interface import Limits
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source

LIMITS = Limits(seconds_a_call=20.0, seconds=300.0)  # on a machine that is busy, too

SWISH = """
import numpy as np

BETA = 1.3

def swish(x):
    return x / (1 + np.exp(-BETA * x))

def d_swish(x):
    s = 1 / (1 + np.exp(-BETA * x))
    return s + BETA * x * s * (1 - s)
"""
JUDGE = """
import numpy as np

def squash(v):
    return 1.0 / (1.0 + np.exp(-v))


class Judge:
    def __init__(self, n_in=4, n_hidden=5):
        rng = np.random.default_rng(4)
        self.A, self.a = rng.normal(size=(n_in, n_hidden)), np.zeros(n_hidden)
        self.B, self.c = rng.normal(size=(n_hidden, 1)), np.zeros(1)

    def scores(self, X):
        return np.tanh(X @ self.A + self.a) @ self.B + self.c

    def cost(self, X, t):
        s = self.scores(X)
        return np.mean(np.logaddexp(0, s) - t * s)

    def by_differences(self, X, t, h=2e-4):
        found = {}
        for name in ("A", "a", "B", "c"):
            array = getattr(self, name)
            found[name] = np.zeros_like(array)
            for at in np.ndindex(array.shape):
                kept, array[at] = array[at], array[at] + h
                above = self.cost(X, t)
                array[at] = kept - h
                found[name][at] = (above - self.cost(X, t)) / (2 * h)
                array[at] = kept
        return found

    def slopes(self, X, t):
        hidden = np.tanh(X @ self.A + self.a)
        e = (squash(hidden @ self.B + self.c) - t) / len(X)
        below = e @ self.B.T * (1 - hidden * hidden)
        return {"A": X.T @ below, "a": below.sum(axis=0), "B": hidden.T @ e, "c": e.sum(axis=0)}
"""
COLUMNS = """
import numpy as np

class Couches:
    def __init__(self, n_in=3, n_hidden=4):
        rng = np.random.RandomState(5)
        self.P1, self.p1 = rng.normal(0, 0.7, (n_hidden, n_in)), np.zeros((n_hidden, 1))
        self.P2, self.p2 = rng.normal(0, 0.7, (1, n_hidden)), np.zeros((1, 1))

    def propager(self, X):
        self.X = X
        self.C = 1 / (1 + np.exp(-(self.P1.dot(X) + self.p1)))
        self.S = 1 / (1 + np.exp(-(self.P2.dot(self.C) + self.p2)))
        return self.S

    def perte(self, S, Y):
        return -np.mean(Y * np.log(S) + (1 - Y) * np.log(1 - S))

    def retropropager(self, Y):
        m = Y.shape[1]
        e2 = self.S - Y
        e1 = self.P2.T.dot(e2) * self.C * (1 - self.C)
        return {"P2": e2.dot(self.C.T) / m, "p2": e2.sum(axis=1, keepdims=True) / m,
                "P1": e1.dot(self.X.T) / m, "p1": e1.sum(axis=1, keepdims=True) / m}
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
LISTS = """
def squared_error(ys, ts):
    return sum((y - t) ** 2 for y, t in zip(ys, ts)) / len(ys)

print(squared_error([0.5, 1.0], [0.0, 2.0]))
"""
RULE = """
import numpy as np

class Kept:
    def __init__(self, lr=0.01, rho=0.9, eps=1e-4):
        self.lr, self.rho, self.eps = lr, rho, eps
        self.sq = {}

    def scaled(self, g, s):
        return g / (np.sqrt(s) + self.eps)

class RMSProp(Kept):
    def update(self, params, grads):
        for name in params:
            s = self.rho * self.sq.get(name, 0.0) + (1 - self.rho) * grads[name] ** 2
            self.sq[name] = s
            params[name] = params[name] - self.lr * self.scaled(grads[name], s)
"""
STEPS = """
p = {"a": np.ones(2)}
rule = RMSProp()
for k in range(2):
    rule.update(p, {"a": p["a"]})
"""
CHAIN = """
import numpy as np

def full(w, b):
    def run(x):
        def back(g):
            return g @ w.T, (x.T @ g, g.sum(axis=0))
        return x @ w + b, back
    return run

def bend():
    def run(u):
        h = np.tanh(u)
        def back(g):
            return g * (1 - h ** 2), None
        return h, back
    return run

def blocks(weights):
    made = []
    for k, (w, b) in enumerate(weights):
        made.append(full(w, b))
        if k < len(weights) - 1:
            made.append(bend())
    return made

def error(y, t):
    return np.sum((y - t) ** 2) / (2 * len(y)), (y - t) / len(y)

def loss_and_grads(weights, x, t):
    backs = []
    for block in blocks(weights):
        x, back = block(x)
        backs.append(back)
    value, g = error(x, t)
    grads = []
    for back in reversed(backs):
        g, dw = back(g)
        if dw is not None:
            grads.insert(0, dw)
    return value, grads

def moved(weights, grads, rate):
    return [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(weights, grads)]

def begin(sizes, rng):
    return [(0.4 * rng.normal(size=s), np.zeros(s[1])) for s in zip(sizes[:-1], sizes[1:])]

def main():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(20, 3)), rng.uniform(-0.5, 0.5, size=(20, 2))
    weights = begin([3, 5, 4, 2], rng)
    for epoch in range(30):
        value, grads = loss_and_grads(weights, x, t)
        weights = moved(weights, grads, 0.1)
    print(value)

main()
"""
LOOP = """
import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(30, 3))
t = np.sin(x[:, :2])
a, b, c = (0.5 * rng.normal(size=s) for s in ((3, 4), (4, 4), (4, 2)))

def slope(z):
    return 1 - z ** 2

for epoch in range(20):
    p = np.tanh(x @ a)
    q = np.tanh(p @ b)
    y = q @ c
    loss = 0.5 * np.sum((y - t) ** 2) / len(x)
    d3 = (y - t) / len(x)
    d2 = (d3 @ c.T) * (1 - q ** 2)
    d1 = d2 @ b.T * slope(p)
    a -= 0.1 * x.T @ d1
    b -= 0.1 * p.T @ d2
    c -= 0.1 * q.T @ d3
print(loss)
"""


def told(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    result = check_source(Source.of(path), limits=LIMITS)
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
        (LISTS, ") / len(ys)", ") // len(ys)"),
        (RULE, "g / (np.sqrt(s) + self.eps)", "g ** 3 / (np.sqrt(s) + self.eps)"),
        (CHAIN, "(1 - h ** 2)", "(1 - np.tanh(h) ** 2)"),
        (LOOP, "d2 @ b.T", "d2 @ b"),
        (LOOP, "return 1 - z ** 2", "return 1 - z ** 3"),
        (JUDGE, "squash(hidden @ self.B + self.c)", "squash(hidden @ self.B - self.c)"),
        (COLUMNS, "self.S - Y", "self.S + Y"),
        (JUDGE, "1.0 / (1.0 + np.exp(-v))", "1.0 * (1.0 + np.exp(-v))"),
    ],
    ids=[
        "function",
        "layer",
        "function of a layer",
        "network",
        "function of lists",
        "method of a base class",
        "functions in functions of a list",
        "loop of a script",
        "function of a loop",
        "network of which nothing is right",
        "such a network, whose loss is called by a word of its own",
        "function of such a network",
    ],
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


@pytest.mark.parametrize(
    ("least", "cause"), [(120.0, "right_with_one_edit"), (0.0, "not_its_own_derivative")]
)
def test_a_further_search_has_what_the_ones_before_it_left(tmp_path, monkeypatch, least, cause):
    monkeypatch.setattr(search, "_AT_LEAST", least)
    monkeypatch.setattr(Sandbox, "searched", search.SECONDS)  # as if one had taken all of it
    planted = SWISH.replace("s + BETA * x * s * (1 - s)", "s + x * s * (1 - s)")
    causes, _ = told(tmp_path, planted)
    assert [key for key, _ in causes] == [cause]


def test_the_functions_are_their_own_again(tmp_path):
    planted = SWISH.replace("s + BETA * x * s * (1 - s)", "s + x * s * (1 - s)")
    twice = [told(tmp_path, planted)[0] for _ in range(2)]
    assert twice[0] == twice[1]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("np.sqrt(s)", "np.sqrt(v)"), ("self.sq[name] = s", "self.sq[name] += s")],
    ids=["a name that is none", "a key that is not there yet"],
)
def test_what_its_own_error_stops_is_told_of_the_edit_with_which_it_runs(tmp_path, right, wrong):
    path = tmp_path / "mine.py"
    path.write_text(RULE.replace(right, wrong) + STEPS, encoding="utf-8")
    judged = check_source(Source.of(path), limits=LIMITS)["optimizer.rmsprop"]
    assert judged.outcome is Outcome.ERROR
    assert [d.cause for d in judged.diagnoses] == ["right_with_one_edit"]
    assert "Error" in judged.diagnoses[0].seen.en


STANDARDISED = """
import numpy as np

class Standardised:
    def __init__(self, gamma, beta, eps=4e-6):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def forward(self, x):
        self.off = x - x.mean(axis=0)
        self.std = np.sqrt(np.mean(self.off ** 2, axis=0) + self.eps)
        self.unit = self.off / self.std
        return self.gamma * self.unit + self.beta

    def backward(self, dout):
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.unit * dout, axis=0)
        g = self.gamma * dout
        return (g - g.mean(axis=0) - self.unit * np.mean(g * self.unit, axis=0)) / self.std

layer = Standardised(np.array([1.2, 0.7]), np.zeros(2))
layer.forward(np.random.default_rng(2).normal(1, 3, (20, 2)))
layer.backward(np.ones((20, 2)))
"""


def test_a_layer_that_is_no_network_is_wrong_as_a_layer(tmp_path):
    wrong = STANDARDISED.replace("np.sum(self.unit * dout", "np.sum(self.off * dout")
    [(cause, title)], _ = told(tmp_path, wrong)
    assert cause == "right_with_one_edit" and "np.sum(self.unit * dout, axis=0)" in title


def test_a_right_layer_that_is_no_network_is_right(tmp_path):
    causes, result = told(tmp_path, STANDARDISED)
    assert not causes and [j.concept for j in result.judgements] == ["layer.other"]


def test_no_edit_leaves_out_what_is_called_elsewhere(tmp_path):
    act = tmp_path / "act.py"
    act.write_text(
        "import numpy as np\n\ndef sigmoid(z):\n    return 1 / 1 + np.exp(-z)\n\n"
        "def d_sigmoid(z, da):\n    sig = sigmoid(z)\n    return da * sig * (1 - sig)\n"
    )
    main = tmp_path / "main.py"
    main.write_text("from act import d_sigmoid\n\ndef back(z, da):\n    return d_sigmoid(z, da)\n")
    with Sandbox(Source.of(main), LIMITS) as box:
        judged = checked("main.py", box, {})["d_sigmoid"]
    assert judged.outcome is Outcome.DIFFERENT
    assert not [d.cause for d in judged.diagnoses if d.cause.startswith("right_with")]
