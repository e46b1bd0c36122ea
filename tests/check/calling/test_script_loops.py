"""A loop of a script that calls the script's own functions, whatever these are called."""

import json

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

FUNCTIONS = """
import numpy as np

rng = np.random.default_rng(0)
P, p = rng.standard_normal((2, 3)), np.zeros(3)
Q, q = rng.standard_normal((3, 2)), np.zeros(2)

def magari(a):
    return np.tanh(a)

def susumu(x):
    a = x @ P + p
    h = magari(a)
    e = np.exp(h @ Q + q - np.max(h @ Q + q, axis=1, keepdims=True))
    return a, h, e / e.sum(axis=1, keepdims=True)

def modoru(x, a, h, y, t):
    miss = y.copy()
    miss[np.arange(len(t)), t] -= 1
    miss /= len(t)
    back = miss @ Q.T * (1 - magari(a) ** 2)
    return x.T @ back, back.sum(axis=0), h.T @ miss, miss.sum(axis=0)

def ugokasu(g, haba):
    global P, p, Q, q
    P, p, Q, q = P - haba * g[0], p - haba * g[1], Q - haba * g[2], q - haba * g[3]
"""
LOOP = """
t = np.arange(60) % 2
x = rng.standard_normal((60, 2)) + t[:, None]
for kai in range(5):
    a, h, y = susumu(x)
    ugokasu(modoru(x, a, h, y, t), 0.3)
"""
INLINE = LOOP.replace(
    "    ugokasu(modoru(x, a, h, y, t), 0.3)",
    "    g = modoru(x, a, h, y, t)\n"
    "    P -= 0.3 * g[0]\n    p -= 0.3 * g[1]\n    Q -= 0.3 * g[2]\n    q -= 0.3 * g[3]",
)


def result_of(tmp_path, source):
    file = tmp_path / "train.py"
    file.write_text(source)
    return check_file(file)


@pytest.mark.parametrize("loop", [LOOP, INLINE], ids=["global in a function", "in the loop"])
def test_a_loop_that_calls_the_functions_of_its_script_is_a_network(tmp_path, loop):
    found = result_of(tmp_path, FUNCTIONS + loop)["network"]
    assert found.outcome is Outcome.SAME and found.found.startswith("loop_in_line_")
    assert "hidden tanh, output softmax" in str(found)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("1 - magari(a) ** 2", "1 - a ** 2"), "network_derivative_of_u"),
        (("return x.T @ back", "return -x.T @ back"), "factor_of_one_parameter"),
        (("miss @ Q.T * (1 - magari(a) ** 2)", "miss @ Q.T"), "network_no_derivative"),
    ],
)
def test_a_mistake_in_its_functions_gets_its_cause(tmp_path, change, cause):
    assert change[0] in FUNCTIONS
    found = result_of(tmp_path, FUNCTIONS.replace(*change) + LOOP)["network"]
    assert found.outcome is Outcome.DIFFERENT
    assert found.diagnoses[0].cause == cause


def test_a_loop_that_moves_nothing_global_is_no_network(tmp_path):
    still = LOOP.replace("    ugokasu(modoru(x, a, h, y, t), 0.3)", "    g = modoru(x, a, h, y, t)")
    result = result_of(tmp_path, FUNCTIONS + still)
    assert not [f for f in result.left_alone if f.name.startswith("loop_in_line_")]
    assert not [j for j in result.judgements if j.found.startswith("loop_in_line_")]


def test_the_functions_may_stand_in_another_cell(tmp_path):
    cells = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": 1}
        for text in (FUNCTIONS, LOOP)
    ]
    file = tmp_path / "train.ipynb"
    file.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    assert check_file(file)["network"].outcome is Outcome.SAME


CLASSES = """
import numpy as np
draw = np.random.RandomState(12)
inputs = draw.randn(30, 4)
wanted = np.eye(3)[draw.randint(0, 3, 30)]
A, a = draw.randn(4, 6) / 2, np.zeros(6)
B, b = draw.randn(6, 3) / 2, np.zeros(3)
costs = []
for turn in range(50):
    inside = np.tanh(inputs @ A + a)
    raised = np.exp(inside @ B + b)
    shares = raised / raised.sum(axis=1, keepdims=True)
    costs.append(-np.sum(wanted * np.log(shares)) / 30)
    above = (shares - wanted) / 30
    below = above @ B.T * (1 - inside ** 2)
    A -= 0.4 * inputs.T @ below
    a -= 0.4 * below.sum(axis=0)
    B -= 0.4 * inside.T @ above
    b -= 0.4 * above.sum(axis=0)
"""
OVER = "raised.sum(axis=1, keepdims=True)"


@pytest.mark.parametrize("over", ["raised.sum(axis=0)", "raised.sum(axis=0, keepdims=True)"])
def test_a_softmax_over_the_samples_is_told_though_its_loss_is_of_it(tmp_path, over):
    path = tmp_path / "classes.py"
    path.write_text(CLASSES)
    judgements = check_file(path).judgements
    assert judgements and not any(j.fails() for j in judgements)
    path.write_text(CLASSES.replace(OVER, over))
    (wrong,) = [j for j in check_file(path).judgements if j.fails()]
    assert [d.cause for d in wrong.diagnoses] == ["over_other_axis"]
    assert "line 12" in wrong.diagnoses[0].title.en
