"""Rates that fall and rules that move weights, told by what they do and what their text says."""

import pytest

from compare.check.naming.bind import BY_NAME
from compare.core.outcome import Outcome

RATES = """
import math

def cosine(epoch, total=40, high=0.3, low=0.003):
    return low + (high - low) * (1 + math.cos(math.pi * epoch / total)) / 2

def linear(epoch, total=40, high=0.3, low=0.003):
    return high + min(epoch, total) / total * (low - high)
"""


OF_MODULE = """
import numpy as np

LR = 0.045

def cosine(t, T=50):
    return 0.5 * LR * (1 + np.cos(np.pi * t / T))

def root(t, n=8):
    return LR * np.sqrt(n) / np.sqrt(max(t, n))
"""


@pytest.mark.parametrize(
    ("text", "left_alone", "wrong"),
    [(RATES, "linear", ("math.pi * epoch", "epoch")), (OF_MODULE, "root", ("np.pi * t", "t"))],
    ids=["between two rates", "from the rate of its file"],
)
def test_a_rate_is_judged_by_how_it_falls_and_no_other_is_made_of_a_line(
    judged, text, left_alone, wrong
):
    found, result = judged(text)
    assert found["cosine"].outcome is Outcome.SAME
    assert [d.name for d in result.left_alone] == [left_alone]
    found, _ = judged(text.replace(*wrong))
    assert [d.cause for d in found["cosine"].diagnoses] == ["cosine_angle"]


RULES = """
import numpy as np

def make_adagrad(lr=0.2, eps=3e-8):
    total = 0.0
    def rule(w, g):
        nonlocal total
        total = total + g ** 2
        return w - lr * g / (np.sqrt(total) + eps)
    return rule
"""


def test_a_rule_that_a_function_makes_is_judged_by_its_name_and_what_is_made(judged):
    found, _ = judged(RULES, (BY_NAME,))
    assert found["make_adagrad"].outcome is Outcome.SAME
    anew = RULES.replace("        nonlocal total\n        total = total + g", "        total = g")
    found, _ = judged(anew, (BY_NAME,))
    assert [d.cause for d in found["make_adagrad"].diagnoses] == ["no_accumulation"]


STAIRS = '''
def staircase(epoch, base=0.9, factor=0.4, every=15):
    """the rate stays as it is for `every` epochs"""
    return base * factor ** (epoch // every)
'''


def test_a_rate_that_is_said_to_stay_does_not_fall_in_between(judged):
    assert judged(STAIRS)[0]["staircase"].outcome is Outcome.SAME
    found, _ = judged(STAIRS.replace("//", "/"))
    assert [d.cause for d in found["staircase"].diagnoses] == ["schedule_not_whole"]
    # nothing says that it stays
    found, _ = judged(STAIRS.replace("//", "/").replace("stays as it is for", "times 0.4 in"))
    assert found["staircase"].outcome is Outcome.DIFFERENT  # by its name


STATE = '''
import numpy as np

class AdamState:
    """Adam as in Kingma & Ba."""
    def __init__(self, lr=0.006, beta1=0.9, beta2=0.99, eps=3e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}
    def apply(self, params, grads):
        self.t += 1
        for name, g in grads.items():
            m = self.beta1 * self.m.get(name, 0 * g) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(name, 0 * g) + (1 - self.beta2) * g * g
            self.m[name], self.v[name] = m, v
            m, v = m / (1 - self.beta1 ** self.t), v / (1 - self.beta2 ** self.t)
            params[name] -= self.lr * m / (np.sqrt(v) + self.eps)
'''


def test_a_rule_that_calls_itself_by_a_name_is_held_to_it(judged):
    assert judged(STATE)[0]["AdamState"].outcome is Outcome.SAME
    wrong = STATE.replace(", v / (1 - self.beta2 ** self.t)", ", v")
    assert judged(wrong)[0]["AdamState"].outcome is Outcome.DIFFERENT
    assert not judged(wrong.replace("as in", "without the correction of"))[0]
    # which no variant means, whatever its text is silent of
    loop = "        for name, g in grads.items():\n"
    each = STATE.replace("        self.t += 1\n" + loop, loop + "            self.t += 1\n")
    found = judged(each.replace("Adam as in Kingma & Ba", "moments"))[0]["AdamState"]
    assert [d.cause for d in found.diagnoses] == ["step_per_tensor"]


AHEAD = """
import numpy as np

def make_nesterov(lr=0.02, mu=0.85):
    v = 0.0
    def step(w, grad_fn):
        nonlocal v
        v = mu * v - lr * grad_fn(w + mu * v)
        return w + v
    return step
"""


def test_a_rule_is_no_other_than_the_one_that_its_name_says(judged):
    found = judged(AHEAD, (BY_NAME,))[0]["make_nesterov"]
    assert (found.concept, found.outcome) == ("optimizer.nesterov", Outcome.SAME)
    found = judged(AHEAD.replace("w + mu", "w - mu"), (BY_NAME,))[0]["make_nesterov"]
    assert (found.concept, found.outcome) == ("optimizer.nesterov", Outcome.DIFFERENT)
