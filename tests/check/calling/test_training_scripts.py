"""Scripts that train in a loop of their own, and definitions that nothing trains."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.check.check_submission import check_file
from compare.core.outcome import Outcome
from compare.sandbox.interface import Limits

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

NETWORK = "network"
SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
inputs = rng.normal(size=(30, 2))
labels = (inputs[:, 0] > inputs[:, 1]).astype(int)
many = len(inputs)
P, p = rng.normal(size=(2, 5)), np.zeros((1, 5))
Q, q = rng.normal(size=(5, 2)), np.zeros((1, 2))
for turn in range(20):
    hidden = np.tanh(inputs @ P + p)
    scores = hidden @ Q + q
    top = np.exp(scores - scores.max(axis=1, keepdims=True))
    miss = top / top.sum(axis=1, keepdims=True)
    miss[range(many), labels] -= 1
    miss /= many
    back = miss @ Q.T * (1 - hidden ** 2)
    Q -= 0.3 * (hidden.T @ miss + 0.002 * Q)
    q -= 0.3 * miss.sum(axis=0, keepdims=True)
    P -= 0.3 * (inputs.T @ back + 0.002 * P)
    p -= 0.3 * back.sum(axis=0, keepdims=True)
    if turn % 10 == 0:
        continue
"""
LATER = "    back = miss @ Q.T * (1 - hidden ** 2)\n"


def result_of(tmp_path, source):
    file = tmp_path / "train.py"
    file.write_text(source)
    return check_file(file)


def test_the_loop_of_a_script_is_a_network(tmp_path):
    found = result_of(tmp_path, SCRIPT)[NETWORK]
    assert found.outcome is Outcome.SAME and found.line == 9
    assert "learning rate is 0.3" in str(found) and "weight decay 0.002" in str(found)


def test_a_loop_that_updates_too_early_is_told_so(tmp_path):
    plain = SCRIPT.replace(" + 0.002 * Q", "").replace(" + 0.002 * P", "")
    early = plain.replace(LATER, "").replace("    q -=", f"{LATER}    q -=")
    found = result_of(tmp_path, early)[NETWORK]
    assert [d.cause for d in found.diagnoses] == ["updated_too_early"]


POWERS = """
import numpy as np
A = np.eye(3) + 1
for i in range(9):
    A = A @ A / np.linalg.norm(A @ A)

def relu(x):
    return np.maximum(x, 0)
"""


def test_a_loop_that_trains_nothing_is_left_alone(tmp_path):
    result = result_of(tmp_path, POWERS)
    assert result.passed() and [f.name for f in result.left_alone] == ["loop_in_line_4"]


NOT_CALLED = """
import numpy as np

def activate(weights, inputs):
    total = weights[-1]
    for i in range(len(weights) - 1):
        total += weights[i] * inputs[i]
    return total

def gradient_descent(grad_f, start, lr=0.1):
    return start - lr * grad_f(start)

def hinge_loss(W, X, y):
    scores = X @ W
    margins = np.maximum(0, scores - scores[range(len(y)), y][:, None] + 1)
    return margins.sum() / len(y), X.T @ (margins > 0) / len(y)
"""
SCALARS = """
class Neurons:
    def __init__(self):
        self.w1, self.w2, self.b1 = 0.1, 0.2, 0.3

    def feedforward(self, x):
        return self.w1 * x[0] + self.w2 * x[1] + self.b1

    def train(self, data, targets):
        pass

def relu(x):
    return x * (x > 0)
"""


def test_what_would_be_called_wrongly_is_left_alone(tmp_path):
    assert not result_of(tmp_path, NOT_CALLED).judgements


def test_a_network_that_cannot_be_judged_is_named_in_the_last_line(tmp_path):
    result = result_of(tmp_path, SCALARS)
    assert result.unjudged == ("Neurons",) and not result.passed()
    assert str(result).splitlines()[-1].endswith("not judged: Neurons")


IN_PARTS = """
import numpy as np
m = 5000

def forward(W1, b1, W2, b2, X):
    A1 = np.maximum(W1 @ X + b1, 0)
    Z2 = W2 @ A1 + b2
    E = np.exp(Z2 - Z2.max(axis=0))
    return A1, E / E.sum(axis=0)

def backward(A1, A2, W2, X, Y):
    d2 = (A2 - Y) / m
    d1 = W2.T @ d2 * (A1 > 0)
    return d1 @ X.T, d1.sum(axis=1, keepdims=True), d2 @ A1.T, d2.sum(axis=1, keepdims=True)

def fit(X, Y, W1, b1, W2, b2):
    for k in range({steps}):
        A1, A2 = forward(W1, b1, W2, b2, X{part})
        backward(A1, A2, W2, X{part}, Y{part})
"""


@pytest.mark.parametrize(
    "steps, part, causes", [("9", "", []), ("0, 90, 9", "[:, k:k + 9]", ["divided_by_constant"])]
)
def test_the_size_of_all_data_is_no_divisor_of_a_part_of_them(steps, part, causes):
    found = judgement_of(IN_PARTS.format(steps=steps, part=part), NETWORK, 0)
    assert [d.cause for d in found.diagnoses] == causes


@pytest.mark.parametrize(("rows", "said"), [(30, False), (30_000, True)])
def test_a_training_that_is_not_looked_at_to_its_end_is_said(tmp_path, rows, said):
    # so slow a turn takes what all looks may take; what it computes is the same
    source = SCRIPT.replace("size=(30, 2)", f"size=({rows}, 2)")
    if said:
        source = source.replace("    miss /= many\n", "    miss /= many\n    for _ in range(60):\n"
                                "        np.exp(inputs @ P).sum()\n")  # fmt: skip
    file = tmp_path / "train.py"
    file.write_text(source, encoding="utf-8")
    result = check_file(file, limits=Limits(seconds_a_call=0.4 if said else 2.0))
    assert any("the time was up before" in note for note in result.notes) is said
    assert ("training" in result.unjudged) is said and (said or result.passed())


PACED = """
import numpy as np

def misfit(m, x, t):
    return np.mean((x @ m - t) ** 2)

def search(x, t, held, goals, first=0.4, fall=0.2):
    m, c = np.zeros((3, 2)), np.zeros(2)
    least, best, pace = 1e9, None, first
    for turn in range(40):
        pace = first / (1 + fall * turn)
        y = x @ m + c
        e = 2 * (y - t) / t.size
        m -= pace * x.T @ e
        c -= pace * e.sum(axis=0)
        now = misfit(m, held, goals - c)
        if now < least:
            least, best = now, [m.copy(), c.copy()]
    return best

draw = np.random.RandomState(6)
x = draw.randn(60, 3)
t = x @ draw.randn(3, 2) + 0.5
best = search(x[:40], t[:40], x[40:], t[40:])
"""
PACE, BEST = "first / (1 + fall * turn)", "[m.copy(), c.copy()]"


@pytest.mark.parametrize(
    ("text", "other", "cause"),
    [
        (PACE, PACE, ""),
        (PACE, "pace / (1 + fall * turn)", "decayed_again"),
        (PACE, "pace / np.sqrt(1 + turn)", "decayed_again"),
        (PACE, "pace * np.exp(-fall * turn)", "decayed_again"),
        (PACE, "pace / (1 + fall)", ""),
        (PACE, "first / (1 + turn)", ""),
        # first / (turn + 1), step by step, and a fall every third turn
        (PACE, "pace * max(turn, 1) / (turn + 1)", ""),
        (PACE, "pace * (0.5 if turn % 3 == 2 else 1)", ""),
        (BEST, "list([m, c])", "kept_by_reference"),
        (BEST, "[w for w in (m, c)]", "kept_by_reference"),
        (BEST, "dict(m=m, c=c)", "kept_by_reference"),
        (BEST, "[w + 0 for w in (m, c)]", ""),
        (BEST, "list(map(np.copy, (m, c)))", ""),
    ],
)
def test_a_pace_falls_once_and_what_is_best_is_a_copy(tmp_path, text, other, cause):
    found = result_of(tmp_path, PACED.replace(text, other))["training"]
    assert [d.cause for d in found.diagnoses] == [cause] * bool(cause)
    assert found.outcome is (Outcome.DIFFERENT if cause else Outcome.SAME)


# a step along the square of an error that has a name, and may be of either sign
SINGLE = """
import numpy as np

def slopes(v, p, c, x, t):
    h = np.tanh(v * x)
    miss = 2 * (p @ h + c - t)
    return miss * p * (1 - h ** 2) * x, miss * h, miss

rng = np.random.default_rng(3)
v, p, c = rng.normal(size=6), rng.normal(size=6), 0.25
for x in rng.normal(size=9):
    dv, dp, miss = slopes(v, p, c, x, x ** 2)
    v, p, c = v - 0.03 * dv, p - 0.03 * dp, c - 0.03 * miss
"""


def test_targets_of_two_functions_may_have_one_name(tmp_path):
    """``misfit`` has a ``t`` of its own: the loop's is the target of its steps."""
    assert result_of(tmp_path, PACED)["training"].outcome is Outcome.SAME
    wrong = result_of(tmp_path, PACED.replace("(y - t)", "np.abs(y - t)"))
    assert not [j for j in wrong.judgements if j.concept == "training" and not j.fails()]


def test_a_step_along_the_square_of_an_error(tmp_path):
    assert result_of(tmp_path, SINGLE)["training"].outcome is Outcome.SAME
    wrong = SINGLE.replace("p - 0.03 * dp", "p - 0.03 * 2 * dp")
    assert "training" in {j.concept for j in result_of(tmp_path, wrong).judgements if j.fails()}
    rising = SINGLE.replace("- 0.03", "+ 0.03")
    assert [j.concept for j in result_of(tmp_path, rising).judgements if not j.fails()] == []


REPORTED = """
import numpy as np

def taught(w, x, t, pace):
    miss = x @ w - t
    w -= pace * 2 * x.T @ miss / len(x)
    return np.mean(miss ** 2)

def run(x, t, size=8, pace=0.1):
    w, history = np.zeros(3), []
    for turn in range(12):
        whole, parts = 0.0, 0
        for k in range(0, len(x), size):
            now, goals = x[k:k + size], t[k:k + size]
            whole += taught(w, now, goals, pace) * len(now)
            parts += 1
        history.append(whole / len(x))
    return w, history

draw = np.random.RandomState(4)
x = draw.randn(44, 3)
w, history = run(x, x @ draw.randn(3))
"""


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, ""),
        ({" * len(now)": "", "whole / len(x)": "whole / parts"}, ""),
        ({"parts += 1": "parts += len(now)", "whole / len(x)": "whole / parts"}, ""),
        ({"whole / len(x)": "whole / parts"}, "divided_by_batches"),
        ({"* len(now)": "* now.shape[0]", "whole / len(x)": "whole / parts"}, "divided_by_batches"),
        ({"whole / len(x)": "whole / np.ceil(len(x) / size)"}, "divided_by_batches"),
    ],
)
def test_a_sum_over_samples_is_divided_by_their_number(tmp_path, changes, cause):
    text = REPORTED
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    judgements = result_of(tmp_path, text).judgements
    assert [j.concept for j in judgements if j.fails()] == ["training"] * bool(cause)
    assert [d.cause for j in judgements for d in j.diagnoses] == [cause] * bool(cause)


DROPPING = """
import numpy as np
draw = np.random.RandomState(9)

def ahead(p, x, share):
    h = np.tanh(p["A"] @ x)
    left = draw.rand(*h.shape) < share
    return h, left, p["B"] @ (h * left / share) + p["c"]

def back(p, x, t, h, left, y, share):
    d = 2 * (y - t) / t.size
    e = p["B"].T @ d
    c = d.sum(axis=1, keepdims=True)
    return {"A": (e * left / share * (1 - h ** 2)) @ x.T, "B": d @ (h * left / share).T, "c": c}

x = draw.randn(3, 40)
t = x[:2] * x[1:]
p = {"A": draw.randn(7, 3), "B": draw.randn(2, 7), "c": np.zeros((2, 1))}
for turn in range(20):
    h, left, y = ahead(p, x, 0.7)
    made = back(p, x, t, h, left, y, 0.7)
    for k in p:
        p[k] -= 0.1 * made[k]
"""


@pytest.mark.parametrize(
    ("scaled", "cause", "factor"),
    [
        ("left / share", "", ""),
        ("left", "factor_of_a_number", "0.7"),
        ("left / share / share", "factor_of_a_number", "1.429"),
        ("left / share * 3", "factor_of_one_parameter", "3"),
    ],
)
def test_a_factor_is_told_by_the_number_that_it_is(tmp_path, scaled, cause, factor):
    text = DROPPING.replace("e * left / share *", f"e * {scaled} *")
    found = result_of(tmp_path, text)["training"]
    assert [d.cause for d in found.diagnoses] == [cause] * bool(cause)
    for told in found.diagnoses:
        assert f"A'] is {factor} times" in told.title.en
        assert ("share" in told.title.en) == (cause == "factor_of_a_number")
