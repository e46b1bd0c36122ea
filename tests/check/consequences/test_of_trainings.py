"""Which rule the steps of a training follow, solved from its own run."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

SCRIPT = """
import numpy as np
draw = np.random.default_rng(4)
x = draw.standard_normal((24, 3))
t = x @ np.array([[1.0, -0.5], [0.3, 0.8], [-0.7, 0.4]]) + 0.2

class Line:
    def __init__(self):
        self.w = draw.standard_normal((3, 2))
        self.c = np.zeros(2)
        self.first = {"w": 0.0, "c": 0.0}
        self.second = {"w": 0.0, "c": 0.0}
        self.turns = 0

    def error(self, x, t):
        return 0.5 * np.mean(np.sum((x @ self.w + self.c - t) ** 2, axis=1))

    def gradients(self, x, t):
        d = (x @ self.w + self.c - t) / len(x)
        return {"w": x.T @ d, "c": d.sum(axis=0)}

    def fit(self, x, t, rate=0.03, rounds=12):
        for _ in range(rounds):
            found = self.gradients(x, t)
            self.turns += 1
            for name, g in found.items():
                STEP
                setattr(self, name, getattr(self, name) - rate * by)

line = Line()
line.fit(x, t)
print(line.error(x, t))
"""
MOMENTS = """# Adam
                self.first[name] = 0.85 * self.first[name] + 0.15 * g
                self.second[name] = 0.96 * self.second[name] + 0.04 * g ** 2
                by = self.first[name] / (1 - 0.85 ** self.turns) / (
                    np.sqrt(self.second[name] / (1 - 0.96 ** self.turns)) + 2e-7)"""
SCALED = """self.second[name] = self.second[name] + g ** 2
                by = g / (np.sqrt(self.second[name]) + 3e-7)"""
OF_NOBODY = "by = np.tanh(g) + 0.1 * g ** 2"


def trained(tmp_path, step):
    path = tmp_path / "line.py"
    path.write_text(SCRIPT.replace("STEP", step), encoding="utf-8")
    result = check_file(path)
    return result, next(j for j in result.judgements if j.concept == "training")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (MOMENTS, "those of optimizer.adam; lr = 0.03, b1 = 0.85, b2 = 0.96, eps = 2e-07"),
        (SCALED, "those of optimizer.adagrad; lr = 0.03, eps = 3e-07"),
    ],
    ids=["Adam", "AdaGrad"],
)
def test_a_rule_inside_a_network_is_told_with_its_constants(tmp_path, step, said):
    result, found = trained(tmp_path, step)
    assert found.outcome is Outcome.SAME and said in " ".join(str(found).split())
    assert result.passed()


def test_a_rule_with_a_mistake_is_told_where_the_code_names_it(tmp_path):
    wrong = MOMENTS.replace(" / (1 - 0.96 ** self.turns)", "")
    _, found = trained(tmp_path, wrong)
    assert [d.cause for d in found.diagnoses] == ["no_bias_correction"]
    result, found = trained(tmp_path, wrong.replace("# Adam", ""))
    assert found.outcome is Outcome.SAME and not result.passed()


APART = """

class AdamState:
    def __init__(self, arrays):
        self.first, self.second = ([np.zeros_like(a) for a in arrays] for _ in range(2))
        self.turns = 0

    def step(self, arrays, slopes):
        self.turns += 1
        for k, (a, g) in enumerate(zip(arrays, slopes)):
            self.first[k] = 0.85 * self.first[k] + 0.15 * g
            self.second[k] = 0.96 * self.second[k] + 0.04 * g ** 2
            a -= 0.02 * self.first[k] / (1 - 0.85 ** self.turns) / (np.sqrt(self.second[k]) + 2e-7)

state = AdamState([line.w, line.c])
for _ in range(9):
    found = line.gradients(x, t)
    state.step([line.w, line.c], [found["w"], found["c"]])
"""


def test_a_mistake_in_a_rule_stands_where_the_rule_is_called_by_its_name(tmp_path):
    text = SCRIPT.replace("STEP", "by = g").replace("line.fit(x, t)\n", "") + APART
    path = tmp_path / "line.py"
    path.write_text(text, encoding="utf-8")
    found = {j.found: [d.cause for d in j.diagnoses] for j in check_file(path).judgements}
    assert found["AdamState"] == ["no_bias_correction"]


def test_another_rule_than_the_one_that_the_code_names_is_no_right_one(tmp_path):
    alone = MOMENTS.replace("self.first[name] / (1 - 0.85 ** self.turns)", "g")
    _, found = trained(tmp_path, alone)
    assert [d.cause for d in found.diagnoses] == ["without_m"]


def test_steps_that_no_rule_takes_are_not_judged(tmp_path):
    result, found = trained(tmp_path, OF_NOBODY)
    assert found.outcome is Outcome.SAME and result.unjudged == ("Line.fit",)
    assert not result.passed() and "not judged: Line.fit" in str(result)


FALLING = """
import numpy as np
draw = np.random.default_rng(4)
x = draw.standard_normal((24, 3))
t = x @ np.array([[1.0, -0.5], [0.3, 0.8], [-0.7, 0.4]]) + 0.2

class Adam:
    def __init__(self, lr=0.03, beta1=0.85, beta2=0.96, eps=2e-7):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def update(self, params, grads):
        self.t += 1
        for k in params:
            self.m[k] = self.beta1 * self.m.get(k, 0.0) + (1 - self.beta1) * grads[k]
            self.v[k] = self.beta2 * self.v.get(k, 0.0) + (1 - self.beta2) * grads[k] ** 2
            m, v = (a[k] / (1 - b ** self.t)
                    for a, b in ((self.m, self.beta1), (self.v, self.beta2)))
            params[k] -= self.lr * m / (np.sqrt(v) + self.eps)

class Line:
    def __init__(self):
        self.params = {"w": draw.standard_normal((3, 2)), "c": np.zeros(2)}

    def error(self, x, t):
        return 0.5 * np.mean(np.sum((x @ self.params["w"] + self.params["c"] - t) ** 2, axis=1))

    def gradients(self, x, t):
        d = (x @ self.params["w"] + self.params["c"] - t) / len(x)
        return {"w": x.T @ d, "c": d.sum(axis=0)}

def fit(line, rule, x, t):
    for turn in range(12):
        rule.lr = 0.03 / (1 + turn) ** 2
        grads = line.gradients(x, t)
        rule.update(line.params, grads)

line = Line()
fit(line, Adam(), x, t)
print(line.error(x, t))
"""


@pytest.mark.parametrize("method", ["update", "apply_to_all"])
def test_steps_of_a_rule_that_is_judged_by_itself_are_its_own(tmp_path, method):
    path = tmp_path / "line.py"
    path.write_text(FALLING.replace("update(", f"{method}("), encoding="utf-8")
    result = check_file(path)
    steps = {j.found: j.outcome for j in result.judgements}
    assert steps["fit"] is steps["Adam"] is Outcome.SAME and not result.unjudged


DESCENT = """
import numpy as np

def valley(p):
    return 0.5 * (1 - p[0]) ** 2 + 20 * (p[1] - p[0] ** 2) ** 2

def valley_slope(p):
    bend = p[1] - p[0] ** 2
    return np.array([p[0] - 1 - 80 * bend * p[0], 40 * bend])

def adam_descent(slope, p, n, rate=0.03, b1=0.9, b2=0.98, eps=3e-8):
    m = s = np.zeros_like(p)
    for t in range(1, n + 1):
        g = slope(p)
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * g * g
        p = p - rate * (m / (1 - b1 ** t)) / (np.sqrt(s / (1 - b2 ** t)) + eps)
    return p

end = adam_descent(valley_slope, np.array([-1.2, 1.0]), 400)
print(end, valley(end))
"""


def test_the_last_digits_of_what_is_measured_are_no_mistake(tmp_path):
    path = tmp_path / "descent.py"
    path.write_text(DESCENT, encoding="utf-8")
    result = check_file(path)
    assert result.judgements and not any(j.fails() for j in result.judgements)
