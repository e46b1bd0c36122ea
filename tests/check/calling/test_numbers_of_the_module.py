"""Lists of the module may hold anything: what is no table of numbers is no table of samples."""

import pytest

from compare.check.check_submission import check_source
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source

NETWORK = """
import numpy as np

eta = 0.05

g = np.random.default_rng(50)
ang = g.uniform(0, np.pi, 100)
half = np.arange(100) % 2
pts = np.stack([np.cos(ang) + half * 1.0, np.sin(ang) * (1 - 2 * half) + half * 0.4], axis=1)
pts += g.normal(0, 0.1, pts.shape)
cls = np.eye(2)[half]

w1, b1 = g.normal(0, 0.7, (2, 10)), np.zeros(10)
w2, b2 = g.normal(0, 0.4, (10, 2)), np.zeros(2)
v = {velocities}

def softplus(u):
    return np.logaddexp(0.0, u)

def soft(u):
    e = np.exp(u - u.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)

def net(x):
    u1 = x @ w1 + b1
    h1 = softplus(u1)
    return u1, h1, soft(h1 @ w2 + b2)

def cost(p, t):
    return -np.sum(t * np.log(p + 1e-11)) / len(t)

def slopes(x, t):
    u1, h1, p = net(x)
    e2 = (p - t) / len(x)
    e1 = e2 @ w2.T / (1.0 + np.exp(-u1))
    return [x.T @ e1, e1.sum(0), h1.T @ e2, e2.sum(0)]

def update(gr):
    global w1, b1, w2, b2
    for i in range(4):
        v[i] = 0.9 * v[i] + gr[i]
    w1 = w1 - eta * v[0]
    b1 = b1 - eta * v[1]
    w2 = w2 - eta * v[2]
    b2 = b2 - eta * v[3]
"""


@pytest.mark.parametrize("velocities", ["[0.0] * 4", "[0 * w1, 0 * b1, 0 * w2, 0 * b2]"])
def test_a_list_of_arrays_of_other_shapes_is_no_error_of_the_judge(tmp_path, velocities):
    path = tmp_path / "mine.py"
    path.write_text(NETWORK.format(velocities=velocities), encoding="utf-8")
    result = check_source(Source.of(path))
    assert not result.internal and result.judgements


ONE_BY_ONE = """
import math
import random

random.seed(4)
LR = 0.6
w_hid = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(5)]
b_hid = [0.0] * 5
w_out = [random.uniform(-1, 1) for _ in range(5)]
b_out = 0.0

def sigm(s):
    return 1.0 / (1.0 + math.exp(-s))

def feed(x):
    h = []
    for k in range(5):
        s = b_hid[k]
        for i in range(2):
            s += w_hid[k][i] * x[i]
        h.append(sigm(s))
    o = b_out
    for k in range(5):
        o += w_out[k] * h[k]
    return h, sigm(o)

def learn(x, t):
    global b_out
    h, o = feed(x)
    d_o = (o - t) * o * (1 - o)
    d_h = [d_o * w_out[k] * h[k] * (1 - h[k]) for k in range(5)]
    for k in range(5):
        w_out[k] -= LR * d_o * h[k]
    b_out -= LR * d_o
    for k in range(5):
        for i in range(2):
            w_hid[k][i] -= LR * d_h[k] * x[i]
        b_hid[k] -= LR * d_h[k]
    return 0.5 * (o - t) ** 2

table = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
for epoch in range(3):
    random.shuffle(table)
    for x, t in table:
        learn(x, t)
"""


def test_a_number_of_the_module_is_read_at_the_call_that_it_is_of(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(ONE_BY_ONE, encoding="utf-8")
    told = {j.found: j.outcome for j in check_source(Source.of(path)).judgements}
    assert told["feed"] is Outcome.SAME
