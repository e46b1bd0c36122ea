"""Update rules that are written out in a loop are taken out of it, whole, and judged."""

import ast

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome
from compare.sandbox.worker.inline_updates import updates

MOMENTUM = """
import numpy as np
W, b = np.ones((3, 2)), np.zeros(2)
x, t = np.ones((20, 3)), np.ones((20, 2))
vW, vb = np.zeros_like(W), np.zeros_like(b)
mu = 0.9
lr = 0.1
for epoch in range(3):
    d = (x @ W + b - t) / len(x)
    gW = x.T @ d
    gb = d.sum(axis=0)
    vW = mu * vW - lr * gW
    vb = mu * vb - lr * gb
    W += vW
    b += vb
"""
ADAM = """
import numpy as np
params = {"W": np.ones((3, 2)), "b": np.zeros(2)}
m = {k: np.zeros_like(p) for k, p in params.items()}
v = {k: np.zeros_like(p) for k, p in params.items()}
x, t = np.ones((20, 3)), np.ones((20, 2))
beta1, beta2, eps = 0.9, 0.999, 1e-8
for it in range(1, 4):
    d = (x @ params["W"] + params["b"] - t) / len(x)
    grads = {"W": x.T @ d, "b": d.sum(axis=0)}
    for k in params:
        m[k] = beta1 * m[k] + (1 - beta1) * grads[k]
        v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
        mh = m[k] / (1 - beta1 ** it)
        vh = v[k] / (1 - beta2 ** it)
        params[k] -= 0.01 * mh / (np.sqrt(vh) + eps)
"""
RMSPROP = """
import numpy as np

class Net:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.s = np.zeros_like(self.W)

    def fit(self, x, t, epochs=10, lr=0.1, rho=0.9):
        for e in range(epochs):
            dW = x.T @ (x @ self.W - t) / len(x)
            self.s = rho * self.s + (1 - rho) * dW * dW
            self.W -= lr * dW / (np.sqrt(self.s) + 1e-8)
"""
COUNTED = """
import numpy as np
w, m, v = np.ones(3), np.zeros(3), np.zeros(3)
x, t = np.ones((20, 3)), np.ones(20)
n = 0
for epoch in range(3):
    g = x.T @ (x @ w - t) / 20
    n += 1
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g ** 2
    w = w - 0.1 * (m / (1 - 0.9 ** n)) / (np.sqrt(v / (1 - 0.999 ** n)) + 1e-8)
"""
METHOD = """
import numpy as np

class Regressor:
    def __init__(self, sizes, lr=0.03, momentum=0.85):
        self.w = [np.ones(s) for s in zip(sizes[:-1], sizes[1:])]
        self.b = [np.zeros(n) for n in sizes[1:]]
        self.vw, self.vb = [0 * w for w in self.w], [0 * b for b in self.b]
        self.lr, self.momentum = lr, momentum

    def step(self, x, t):
        gw, gb = self.gradients(x, t)
        for i in range(len(self.w)):
            self.vw[i] = self.momentum * self.vw[i] - self.lr * gw[i]
            self.vb[i] = self.momentum * self.vb[i] - self.lr * gb[i]
            self.w[i] = self.w[i] + self.vw[i]
            self.b[i] = self.b[i] + self.vb[i]
"""
RIGHT = {
    "optimizer.momentum": MOMENTUM,
    "optimizer.adam": ADAM,
    "optimizer.rmsprop": RMSPROP,
    "optimizer.momentum, of a method": METHOD,
    "optimizer.adam, counted in the loop": COUNTED,
}
WRONG = (
    (METHOD, "self.vb[i] - self.lr", "self.vb[i] + self.lr", "optimizer.momentum", "climbs"),
    (MOMENTUM, "mu * vW - lr * gW", "mu * vW + lr * gW", "optimizer.momentum", "climbs"),
    (MOMENTUM, "mu * vb - lr * gb", "mu * vb + lr * gb", "optimizer.momentum", "climbs"),
    (ADAM, "range(1, 4)", "range(3)", "optimizer.adam", "step_count"),
    (ADAM, "(np.sqrt(vh) + eps)", "np.sqrt(vh + eps)", "optimizer.adam", "epsilon_inside_root"),
    (RMSPROP, "np.sqrt(self.s)", "self.s", "optimizer.rmsprop", "no_root"),
)


def judged(tmp_path, source):
    file = tmp_path / "train.py"
    file.write_text(source)
    return check_file(file).judgements


@pytest.mark.slow
@pytest.mark.parametrize("concept", RIGHT)
def test_a_right_rule_in_a_loop_passes(tmp_path, concept):
    found = [j for j in judged(tmp_path, RIGHT[concept]) if j.concept == concept.partition(",")[0]]
    assert [j.outcome for j in found] == [Outcome.SAME]


@pytest.mark.slow
@pytest.mark.parametrize(("source", "old", "new", "concept", "cause"), WRONG)
def test_a_wrong_rule_in_a_loop_is_found(tmp_path, source, old, new, concept, cause):
    assert old in source
    found = judged(tmp_path, source.replace(old, new))
    wrong = [j for j in found if j.outcome is Outcome.DIFFERENT]
    assert [j.concept for j in wrong] == [concept]
    assert wrong[0].diagnoses[0].cause == cause


def sources(text):
    return [update.source for update in updates(ast.parse(text))]


def test_a_function_that_is_handed_gradients_is_called_itself():
    assert not sources(
        "def adam(params, grads, m, lr):\n    for k in params:\n"
        "        m[k] = 0.9 * m[k] + grads[k]\n        params[k] -= lr * m[k]\n"
    )


def test_nothing_is_taken_out_without_a_state_or_with_two_gradients():
    loop = "for i in range(3):\n    g = x.T @ d\n    h = d.sum()\n"
    assert not sources(loop + "    w -= 0.1 * g\n")
    assert not sources(loop + "    v = 0.9 * v + g + h\n    w -= 0.1 * v\n")
    assert len(sources(loop + "    v = 0.9 * v + g\n    w -= 0.1 * v\n")) == 1


def test_a_rate_that_falls_is_no_velocity():
    falls = MOMENTUM.replace("    vW = mu * vW - lr * gW\n    vb = mu * vb - lr * gb\n",
                             "    lr = lr * 1 / (1 + mu * epoch)\n")  # fmt: skip
    falls = falls.replace("W += vW", "W += -lr * gW").replace("b += vb", "b += -lr * gb")
    assert not [*updates(ast.parse(falls))]
    assert [*updates(ast.parse(MOMENTUM))]


def test_of_several_arrays_each_other_rule_is_taken_once():
    same = "for i in range(3):\n    g, h = back(x)\n" + "".join(
        f"    v{w} = 0.9 * v{w} + {g}\n    {w} -= 0.1 * v{w}\n" for w, g in (("a", "g"), ("b", "h"))
    )
    assert len(sources(same)) == 1
    assert len(sources(same.replace("b -= 0.1", "b += 0.1"))) == 2


def test_a_gradient_that_a_penalty_is_added_to_is_no_array_that_moves():
    loop = "for i in range(3):\n    dw = x.T @ d\n    dw += 0.1 * w\n    w += -0.4 * dw\n"
    assert not sources(loop)


def test_a_velocity_whose_line_calls_its_slope_is_a_rule_and_a_step_ahead_is_another():
    loop = "for i in range(3):\n    v = 0.85 * v - 0.09 * slope(p)\n    p += v\n"
    (rule,) = sources(loop)
    assert "v = 0.85 * v - 0.09 * dw" in rule and "w += v" in rule
    assert not sources(loop.replace("slope(p)", "slope(p + 0.85 * v)"))


IN_A_STEP = """
import numpy as np

class Line:
    def __init__(self):
        self.w, self.c = np.ones((3, 2)), np.zeros(2)
        self.speed = [np.zeros((3, 2)), np.zeros(2)]

    def step(self, x, t):
        d = (x @ self.w + self.c - t) / len(x)
        grads = [x.T @ d, d.sum(axis=0)]
        params = [self.w, self.c]
        speed = self.speed
        for p, v, g in zip(params, speed, grads):
            v *= 0.85
            v -= 0.1 * g
            p += v

line = Line()
for _ in range(5):
    line.step(np.ones((6, 3)), np.ones((6, 2)))
"""


@pytest.mark.parametrize(
    ("made", "causes"),
    [("self.speed", []), ("[np.zeros_like(p) for p in params]", ["state_lost"])],
)
def test_a_velocity_that_every_step_makes_anew_is_no_momentum(tmp_path, made, causes):
    file = tmp_path / "line.py"
    file.write_text(IN_A_STEP.replace("speed = self.speed", f"speed = {made}"), encoding="utf-8")
    found = [j for j in check_file(file).judgements if j.concept == "optimizer.momentum"]
    assert [d.cause for j in found for d in j.diagnoses] == causes and len(found) == 1


def test_a_velocity_that_is_made_before_a_loop_of_steps_is_one():
    (source,) = sources(
        "def fit(w, x, t):\n    v = np.zeros_like(w)\n    for epoch in range(9):\n"
        "        g = x.T @ (x @ w - t)\n        v = 0.8 * v - 0.1 * g\n        w += v\n"
    )
    assert "0.0" not in source


OF_A_NETWORK = """
class Net:
    def __init__(self):
        self.W, self.m, self.k = [np.ones((2, 3))], [np.zeros((2, 3))], 0
    def forward(self, x):
        return x @ self.W[0]
    def momentum(self, grads, lr=0.1, mu=0.9):
        self.k += 1
        for p, g, m in zip(self.W, grads, self.m):
            m += (1 - mu) * (g - m)
            p -= lr * m / (1 - mu ** self.k)
"""


def test_the_rule_in_a_method_of_a_network_counts_as_that_does():
    (update,) = updates(ast.parse(OF_A_NETWORK))
    assert update.name == "momentum_in_line_11"
    assert update.source.splitlines()[0] == ("def momentum_in_line_11(w, dw, m, t, lr, mu):")
    assert "1 - mu ** t" in update.source


def test_a_class_that_multiplies_no_matrices_is_an_optimizer_and_judged_itself():
    alone = OF_A_NETWORK.replace("x @ self.W[0]", "x * self.W[0]")
    assert list(updates(ast.parse(alone))) == []
