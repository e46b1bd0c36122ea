"""What strangers write, and the corpus cannot say: layouts, static methods, what is shown."""

from pathlib import Path

import pytest

from compare.bench.diagnosis import judgement_of
from compare.check.check_submission import check_file, checked
from compare.core.outcome import Outcome
from compare.sandbox.in_process import InProcess
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source

COLUMNS = """
import numpy as np

def softmax(z):
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)
"""
ROWS = """
def accuracy(y, t):
    return np.mean(np.argmax(y, axis=1) == np.argmax(t, axis=1))
"""
LINEAR = """
def linear_forward(A, W, b):
    return np.dot(W, A) + b
"""
STATIC = """
import numpy as np

class Activations:
    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(x))

    def describe(self):
        return "activations"

def relu(x):
    return np.maximum(0, x)
"""
SUMMED = """
import numpy as np

class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y, self.t = e / e.sum(axis=1, keepdims=True), t
        return -np.sum(t * np.log(self.y + 1e-9)) / len(t)

    def backward(self, dout=1):
        return self.y - self.t
"""
LOSS = """
import numpy as np

def softmax(x):
    return {value}

def cross_entropy(y, t):
    return -np.sum(t * np.log(y + 1e-7)) / len(y)
"""


def judged(source, concept):
    return judgement_of(source, concept, 0)


def test_columns_beside_functions_of_rows_are_wrong_and_those_are_named_in_both_languages():
    found = judged(COLUMNS + ROWS, "softmax")
    assert found.outcome is Outcome.DIFFERENT
    (diagnosis,) = found.diagnoses
    assert diagnosis.cause == "other_layout"
    assert "accuracy" in diagnosis.title.en and "accuracy" in diagnosis.title.ja


def test_columns_alone_are_a_warning_that_says_what_was_assumed():
    found = judged(COLUMNS, "softmax")
    assert found.outcome is Outcome.SAME and found.warned
    assert found.diagnoses[0].cause == "columns_assumed"


def test_columns_beside_an_affine_map_of_columns_are_a_convention():
    found = judged(COLUMNS + LINEAR, "softmax")
    assert found.outcome is Outcome.SAME and not found.warned


def test_functions_of_rows_are_not_wrong_for_a_softmax_of_columns():
    assert judged(COLUMNS + ROWS, "accuracy").outcome is Outcome.SAME


@pytest.mark.parametrize("local", [True, False])
def test_static_methods_come_last_and_are_called_by_their_class(local, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(STATIC)
    names = {"__name__": "mine"}
    exec(compile(STATIC, "mine.py", "exec"), names)
    box = InProcess(names) if local else Sandbox(Source.of(file))
    try:
        assert [f.name for f in box.inventory.found] == [
            "Activations",
            "relu",
            "Activations.sigmoid",
        ]
        assert box.call("Activations.sigmoid", 0.0).value == 0.5
    finally:
        if not local:
            box.close()


def test_a_class_whose_static_methods_are_judged_is_not_left_alone(tmp_path: Path):
    file = tmp_path / "mine.py"
    file.write_text(STATIC)
    found = check_file(file)
    assert found["sigmoid"].found == "Activations.sigmoid"
    assert found["sigmoid"].diagnoses[0].cause == "exponent_sign"
    assert found.left_alone == ()


@pytest.mark.slow
def test_what_is_shown_is_the_gradient_that_is_wrong_and_not_another_epsilon():
    (diagnosis,) = judged(SUMMED, "layer.softmax_with_loss").diagnoses
    assert diagnosis.cause == "not_the_loss_differentiated"
    assert diagnosis.seen.en.startswith("grad[")


@pytest.mark.parametrize("value", ["None", "1.0", "(x, x)", "[x, x]", "{'y': x}", "x > 0", "()"])
def test_a_loss_is_judged_whatever_the_softmax_beside_it_returns(value):
    found = judged(LOSS.format(value=value), "cross_entropy_error")
    assert found.outcome is Outcome.SAME


def test_a_keyword_only_argument_is_handed_over_by_its_name():
    names = {"__name__": "mine"}
    exec("def affine(*, x, W, b):\n    return x @ W + b\n", names)
    found = checked("mine", InProcess(names), {})["affine"]
    assert found.outcome is Outcome.SAME and not found.conventions


PENALISED = """
import numpy as np

def softmax_loss(theta, data, labels, strength):
    scores = theta @ data
    p = np.exp(scores - scores.max(axis=0))
    p /= p.sum(axis=0)
    n = np.arange(len(labels))
    loss = -np.log(p[labels, n]).mean() + 0.5 * strength * np.sum(theta ** 2)
    p[labels, n] -= 1
    return loss, p @ data.T / len(labels) + strength * theta
"""


def test_the_rate_of_a_penalty_is_what_stands_by_the_square():
    right = judgement_of(PENALISED, "network.one")
    assert right.outcome is Outcome.SAME and "weight decay 0.25" in str(right.conventions)
    wrong = judgement_of(PENALISED.replace(" + strength * theta\n", "\n"), "network.one")
    assert [d.cause for d in wrong.diagnoses] == ["decay_not_in_gradient"]
