"""A training is judged by the run of its own script, and its mistakes by what mends them."""

import ast

import pytest

from compare.bench.diagnosis import check_of
from compare.check.check_submission import check_source
from compare.check.examples import BUGS as ALL_BUGS
from compare.check.examples import VARIANTS
from compare.check.examples.example import with_changes
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source
from compare.sandbox.worker.steps.loops import announced

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

CONCEPT, SAYS = "training", "as its own script runs it"
BUGS = {b.name.removeprefix("training: "): b for b in ALL_BUGS if b.concept == CONCEPT}
RIGHT = {v.name.removeprefix("training: "): v for v in VARIANTS if v.concept == CONCEPT}


@pytest.mark.parametrize("name", BUGS)
def test_a_mistake_in_a_training_gets_its_cause(name):
    judged = check_of(BUGS[name].source)[CONCEPT]
    assert judged.outcome is Outcome.DIFFERENT
    assert judged.diagnoses[0].cause == BUGS[name].causes[0]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_training_is_the_same(name):
    judged = check_of(RIGHT[name].source)[CONCEPT]
    assert judged.outcome is Outcome.SAME
    assert SAYS in judged.conventions[0].en


def test_it_is_seen_in_a_process_of_its_own_as_well(tmp_path):
    file = tmp_path / "teach.py"
    file.write_text(BUGS["gradients are never set to zero"].source)
    judged = check_source(Source.of(file))[CONCEPT]
    assert (judged.found, judged.diagnoses[0].cause) == ("teach", "network_accumulates")


def test_what_adds_up_as_it_should_is_not_told_of_sums_that_nothing_sets_back():
    judged = check_of(BUGS["of a batch, added up and never set back"].source)[CONCEPT]
    assert judged.found == "rounds"


def test_the_function_that_makes_a_wrong_gradient_is_named():
    wrong = with_changes(RIGHT["in mini-batches"].source, ("* h * (1 - h)", "* (1 - h)"))
    judged = check_of(wrong, only=[CONCEPT])[CONCEPT]
    assert (judged.found, judged.diagnoses[0].cause) == ("slopes", "not_its_own_gradient")


def test_a_step_uphill_of_some_weights_is_told_of_what_moves_them():
    wrong = with_changes(
        RIGHT["in mini-batches"].source,
        ("p[name] - pace * g[name]", "p[name] + pace * g[name] * (1 if name in 'ij' else -1)"),
    )
    judged = check_of(wrong)[CONCEPT]
    assert judged.found == "move"
    assert "-1 times" in judged.diagnoses[0].title.en


def test_rates_that_are_not_the_same_for_all_weights_are_no_mistake():
    right = with_changes(
        RIGHT["in mini-batches"].source,
        ("p[name] - pace * g[name]", "p[name] - pace * g[name] * (2 if name in 'ij' else 1)"),
        ("rounds=6", "rounds=6, of_biases=0.8"),
    )
    assert not any(j.fails() for j in check_of(right).judgements)


def test_gradients_that_are_clipped_are_no_mistake():
    right = with_changes(
        RIGHT["of all samples"].source,
        (
            "        for stage in net.stages[::2]:\n            stage.w -=",
            "        size = np.sqrt(sum((s.gw ** 2).sum() for s in net.stages[::2]))\n"
            "        for stage in net.stages[::2]:\n            stage.gw *= min(1, 0.1 / size)\n"
            "            stage.gc *= min(1, 0.1 / size)\n            stage.w -=",
        ),
    )
    assert not any(j.fails() for j in check_of(right).judgements)


def test_a_step_along_an_output_is_not_taken_for_one_along_its_loss():
    wrong = with_changes(
        RIGHT["one sample at a time"].source,
        ("unit.b -= pace", "unit.b += pace"),
    )
    assert check_of(wrong)[CONCEPT].diagnoses[0].cause == "factor_of_one_parameter"


BEGUN_EQUAL = """
import numpy as np

def begin(n_in, n_mid, n_out):
    return {"A": np.zeros((n_in, n_mid)), "a": np.zeros((1, n_mid)),
            "B": np.zeros((n_mid, n_out)), "b": np.zeros((1, n_out))}

def ahead(s, x):
    h = np.maximum(x @ s["A"] + s["a"], 0)
    return h, 1 / (1 + np.exp(-(h @ s["B"] + s["b"])))

def worry(s, x, y):
    p = ahead(s, x)[1]
    return float(np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)))

def slopes(s, x, y):
    h, p = ahead(s, x)
    d = (p - y) / len(x)
    e = (d @ s["B"].T) * (h > 0)
    return {"A": x.T @ e, "a": e.sum(0, keepdims=True),
            "B": h.T @ d, "b": d.sum(0, keepdims=True)}

def learn(s, x, y, pace, tours):
    for _ in range(tours):
        g = slopes(s, x, y)
        s = {k: s[k] - pace * g[k] for k in s}
        last = worry(s, x, y)
    return s

draw = np.random.RandomState(3)
x = draw.randn(40, 3)
y = (x[:, :1] > 0.2).astype(float)
learn(begin(3, 5, 1), x, y, 0.2, 5)
"""


def test_weights_that_begin_equal_are_told_once():
    fails = {(j.concept, j.found) for j in check_of(BEGUN_EQUAL).judgements if j.fails()}
    assert fails == {("weights_of_layers", "begin")}


def test_sums_that_are_0_again_after_each_step_are_no_units_that_stay_equal():
    text = """import numpy as np

class Part:
    def __init__(self, n, m, rng):
        self.w, self.g = {"w": rng.normal(0, 0.5, (n, m))}, {"w": np.zeros((n, m))}
        self.v = {"w": 0}
    def forward(self, x):
        self.x = x
        return x @ self.w["w"]
    def backward(self, d):
        self.g["w"] = self.g["w"] + self.x.T @ d
        return d @ self.w["w"].T

class Course:
    def __init__(self, parts):
        self.parts = parts
    def epoch(self, x, t):
        out = []
        for s in range(0, len(x), 10):
            h = np.tanh(self.parts[0].forward(x[s:s + 10]))
            y = self.parts[1].forward(h)
            out.append(float(np.mean((y - t[s:s + 10]) ** 2)))
            d = self.parts[1].backward(2 * (y - t[s:s + 10]) / y.size)
            self.parts[0].backward(d * (1 - h ** 2))
            for part in self.parts:
                part.v["w"] = 0.9 * part.v["w"] + 0.1 * part.g["w"] ** 2
                part.w["w"] -= 0.01 * part.g["w"] / (np.sqrt(part.v["w"]) + 1e-8)
                part.g["w"] = np.zeros_like(part.g["w"])
        return np.mean(out)

rng = np.random.default_rng(5)
x = rng.uniform(-1, 1, (40, 2))
course = Course([Part(2, 6, rng), Part(6, 2, rng)])
for turn in range(8):
    last = course.epoch(x, np.hstack([x[:, :1] * x[:, 1:], x[:, :1] ** 2]))
"""
    judged = check_of(text).judgements
    assert not {d.cause for j in judged for d in j.diagnoses} & {"units_equal", "init_equal"}


FOLLOWING = """import numpy as np

class Shadow:
    def __init__(self, params):
        self.mean = [np.zeros_like(p) for p in params]
    def follow(self, params):
        for m, p in zip(self.mean, params):
            m += 0.1 * (p - m)

params = [np.ones(3), np.zeros((2, 2))]
shadow = Shadow(params)
for turn in range(12):
    for p in params:
        p += 0.5
    shadow.follow(params)
print(shadow.mean[0])
"""


def test_an_average_that_follows_what_grows_is_no_sum_that_nothing_sets_back():
    assert not any(j.fails() for j in check_of(FOLLOWING).judgements)


def test_weights_that_are_returned_beside_a_curve_are_not_told_never_to_move():
    assert not any(
        j.fails() for j in check_of(RIGHT["returned beside its curve"].source).judgements
    )


def test_what_a_turn_returns_is_told_as_it_is_written():
    text = "def step(w):\n    w -= abs(w)\n    return w * 2\nwhile step(1.0): step(2.0)"
    (loop,) = [each for each in announced([ast.parse(text)]) if each.is_call]
    (said,) = [ast.unparse(s) for s in loop.body if isinstance(s, ast.Assign)]
    assert loop.as_written(said) == "return w * 2"
    assert loop.as_written(f"{loop.result}[0]") == "step()[0]"
