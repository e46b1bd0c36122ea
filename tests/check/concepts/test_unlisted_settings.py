"""Settings that are written into the code and stand in no table: eps, lr, momentum, the step h."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

ADAM = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2, self.t, self.m, self.v = lr, beta1, beta2, 0, {}, {}
    def update(self, params, grads):
        self.t += 1
        for k in params:
            self.m[k] = self.beta1 * self.m.get(k, 0.0) + (1 - self.beta1) * grads[k]
            self.v[k] = self.beta2 * self.v.get(k, 0.0) + (1 - self.beta2) * grads[k] ** 2
            m = self.m[k] / (1 - self.beta1**self.t)
            v = self.v[k] / (1 - self.beta2**self.t)
            params[k] -= self.lr * m / (np.sqrt(v) + EPS)
"""
RMSPROP = """
class RMSprop:
    def __init__(self, lr=0.01, rho=0.99):
        self.lr, self.rho, self.h = lr, rho, {}
    def update(self, params, grads):
        for k in params:
            self.h[k] = self.rho * self.h.get(k, 0.0) + (1 - self.rho) * grads[k] ** 2
            params[k] -= self.lr * grads[k] / (np.sqrt(self.h[k]) + EPS)
"""
ADAGRAD = """
class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr, self.h = lr, {}
    def update(self, params, grads):
        for k in params:
            self.h[k] = self.h.get(k, 0.0) + grads[k] ** 2
            params[k] -= self.lr * grads[k] / (np.sqrt(self.h[k]) + EPS)
"""
SGD = """
class SGD:
    def update(self, params, grads):
        for k in params:
            params[k] -= 0.005 * grads[k]
"""
MOMENTUM = """
class Momentum:
    def __init__(self, lr=0.1):
        self.lr, self.v = lr, {}
    def update(self, params, grads):
        for k in params:
            self.v[k] = 0.7 * self.v.get(k, 0.0) - self.lr * grads[k]
            params[k] += self.v[k]
"""
GRADIENT = """
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        at, h = x[i], H
        x[i] = at + h
        above = f(x)
        x[i] = at - h
        below = f(x)
        g[i], x[i] = (above - below) / (2 * h), at
    return g
"""
SCALED = {"adam": ADAM, "rmsprop": RMSPROP, "adagrad": ADAGRAD}


def judged(source: str, name: str):
    return judgement_of(f"import numpy as np\n{source}", name)


def said(judgement) -> str:
    return " ".join(text.en for text in judgement.conventions)


def causes(judgement) -> list[str]:
    return [d.cause for d in judgement.diagnoses]


@pytest.mark.slow
@pytest.mark.parametrize("which", SCALED)
def test_any_eps_beside_the_root_is_right_and_is_named(which):
    found = judged(SCALED[which].replace("EPS", "2e-8"), f"optimizer.{which}")
    assert found.outcome is Outcome.SAME
    assert "eps = 2e-08" in said(found)


@pytest.mark.slow
@pytest.mark.parametrize("which", SCALED)
def test_a_large_eps_is_a_warning_and_a_larger_one_a_mistake(which):
    large = judged(SCALED[which].replace("EPS", "0.005"), f"optimizer.{which}")
    assert large.outcome is Outcome.SAME
    assert causes(large) == ["root_epsilon_large"]
    larger = judged(SCALED[which].replace("EPS", "0.05"), f"optimizer.{which}")
    assert larger.outcome is Outcome.DIFFERENT
    assert causes(larger) == ["root_epsilon_too_large"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "old", "new", "cause"),
    [
        ("adam", "-= self.lr", "+= self.lr", "climbs"),
        ("adam", " / (1 - self.beta1**self.t)", "", "no_bias_correction"),
        ("adam", "(np.sqrt(v) + EPS)", "np.sqrt(v + EPS)", "epsilon_inside_root"),
        ("rmsprop", "np.sqrt(self.h[k])", "self.h[k]", "no_root"),
        ("adagrad", "self.h.get(k, 0.0) + ", "", "no_accumulation"),
    ],
)
def test_no_eps_hides_a_bug_beside_it(which, old, new, cause):
    assert old in SCALED[which]
    source = SCALED[which].replace(old, new).replace("EPS", "2e-8")
    found = judged(source, f"optimizer.{which}")
    assert found.outcome is Outcome.DIFFERENT
    assert causes(found) == [cause]


def test_a_rate_in_the_code_is_named_and_climbing_with_it_is_a_mistake():
    found = judged(SGD, "optimizer.sgd")
    assert found.outcome is Outcome.SAME
    assert "lr = 0.005" in said(found)
    climbs = judged(SGD.replace("-=", "+="), "optimizer.sgd")
    assert causes(climbs) == ["climbs"]
    ignored = SGD.replace(
        "    def update", "    def __init__(self, lr=0.1):\n        pass\n    def update"
    )
    assert causes(judged(ignored, "optimizer.sgd")) == ["setting_ignored"]


def test_a_momentum_in_the_code_is_named():
    found = judged(MOMENTUM, "optimizer.momentum")
    assert found.outcome is Outcome.SAME
    assert "mu = 0.7" in said(found)


ALL_FIXED = """
class Adam:
    def __init__(self):
        self.n, self.p, self.q = 0, 0, 0
    def update(self, w, dw):
        self.n += 1
        self.p = 0.84 * self.p + 0.16 * dw
        self.q = 0.985 * self.q + 0.015 * dw ** 2
        p, q = self.p / (1 - 0.84 ** self.n), self.q / (1 - 0.985 ** self.n)
        return w - 0.007 * p / (np.sqrt(q) + 3e-7)
"""


def test_every_constant_of_a_rule_may_be_in_the_code():
    found = judged(ALL_FIXED, "optimizer.adam")
    assert found.outcome is Outcome.SAME
    assert "lr = 0.007, b1 = 0.84, b2 = 0.985, eps = 3e-07" in said(found)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (" / (1 - 0.985 ** self.n)", "", "no_bias_correction"),
        ("w - 0.007", "w + 0.007", "climbs"),
        ("np.sqrt(q)", "q", "no_root"),
    ],
)
def test_no_constants_hide_a_bug_beside_them(old, new, cause):
    assert old in ALL_FIXED
    found = judged(ALL_FIXED.replace(old, new), "optimizer.adam")
    assert found.outcome is Outcome.DIFFERENT
    assert causes(found) == [cause]


def test_constants_that_nobody_writes_are_not_fitted_to_a_bug():
    """0.2 g^2 for 0.02 g^2 is RMSprop with lr / sqrt(10)."""
    source = (
        ALL_FIXED.replace("self.p / (1 - 0.84 ** self.n)", "dw")
        .replace("self.q / (1 - 0.985 ** self.n)", "self.q")
        .replace("0.015", "0.15")
        .replace("Adam", "RMSprop")
    )
    assert judged(source, "optimizer.rmsprop").outcome is Outcome.DIFFERENT


@pytest.mark.parametrize("h", ["2e-4", "5e-4", "3e-3", "5e-5"])
def test_any_step_of_a_difference_is_right_and_is_named(h):
    found = judged(GRADIENT.replace("H", h), "numerical_gradient")
    assert found.outcome is Outcome.SAME
    assert f"h = {float(h):g}" in said(found)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("(2 * h)", "h", "factor"),
        ("above - below", "below - above", "sign"),
        ("at - h", "at", "half_a_difference"),
        (" / (2 * h)", "", "difference_not_divided"),
    ],
)
def test_no_step_hides_a_bug_beside_it(old, new, cause):
    assert old in GRADIENT
    found = judged(GRADIENT.replace(old, new).replace("H", "2e-4"), "numerical_gradient")
    assert found.outcome is Outcome.DIFFERENT
    assert causes(found) == [cause]
