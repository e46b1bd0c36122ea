"""What our own call makes a submission raise is not its author's error; what its code raises is."""

import pytest

from compare.bench.diagnosis import check_of, judgement_of
from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

LAYER = """
import numpy as np

class Sigmoid:
    def __init__(self):
        self.params = {{}}

    def forward(self, u):
        y = 1 / (1 + np.exp(-u))
        {keeps}
        return y

    {before}

    def backward(self, dout):
        return dout * self.out * (1 - self.out)
"""
REMEMBERS = "def remember(self, y):\n        self.out = y"
PAIRS = """
import numpy as np

def softmax(u):
    e = np.exp(u - u.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def cross_entropy_error({parameters}):
    {unpack}
    return -np.sum(t * np.log(y + 1e-7)) / len(y)
"""


def outcome(tmp_path, text, concept):
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    return check_file(path)[concept].outcome


@pytest.mark.parametrize(
    ("keeps", "before", "told"),
    [
        ("self.out = y", "", Outcome.SAME),
        ("pass", "", Outcome.ERROR),  # nothing ever keeps it
        ("pass", REMEMBERS, Outcome.NOT_COMPARED),  # to be called before, by whoever knows it
    ],
)
def test_an_attribute_that_another_method_sets_is_no_error(tmp_path, keeps, before, told):
    text = LAYER.format(keeps=keeps, before=before)
    assert outcome(tmp_path, text, "sigmoid_layer") is told


@pytest.mark.parametrize(
    ("parameters", "unpack", "told"),
    [
        ("y, t", "pass", Outcome.SAME),
        ("y, t", "a, b = y.shape[0]", Outcome.ERROR),  # of its own
        (
            "pair, t",
            "y, *_, a, b, c, d, e, f, g, h = pair",
            Outcome.NOT_COMPARED,
        ),  # of what was handed over
    ],
)
def test_an_array_of_ours_that_is_taken_apart_is_no_error(tmp_path, parameters, unpack, told):
    text = PAIRS.format(parameters=parameters, unpack=unpack)
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    found = [j for j in check_file(path).judgements if j.found == "cross_entropy_error"]
    assert {j.outcome for j in found} <= {told}


BASE = """
class Module:
    def connect(self, y):
        self.out = y

    def slope(self):
        return self.out * (1 - self.out)
"""
INHERITED = """
import numpy as np
{base}

class Sigmoid(Module):
    def forward(self, u):
        y = 1 / (1 + np.exp(-u))
        {keeps}
        return y

    def backward(self, dout):
        return dout * self.slope()
"""


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("keeps", "told"), [("self.out = y", Outcome.SAME), ("pass", Outcome.NOT_COMPARED)]
)
def test_what_a_base_class_reads_may_be_set_there(tmp_path, apart, keeps, told):
    (tmp_path / "module.py").write_text(BASE, encoding="utf-8")
    base = "from module import Module" if apart else BASE
    assert outcome(tmp_path, INHERITED.format(base=base, keeps=keeps), "sigmoid_layer") is told


OF_TABLES = """
import numpy as np
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    y = e / np.sum(e, axis=-1, keepdims=True)
    return [[1.0], [1.0, 2.0]] if len(x) == 1 else y
"""


def test_a_result_that_is_not_read_says_nothing_of_what_is_computed():
    other = OF_TABLES.replace("[[1.0], [1.0, 2.0]]", "y + 1")
    outcomes = [judgement_of(text, "softmax").outcome for text in (OF_TABLES, other)]
    assert outcomes == [Outcome.NOT_COMPARED, Outcome.DIFFERENT]


HANDED_ON = """
import numpy as np

def linear(x, *args):
    return kept(x{handed})

def kept(x):
    return {value}
"""


@pytest.mark.parametrize(
    ("handed", "value", "outcomes"),
    [
        (", *args", "x", {"identity": Outcome.SAME}),
        (", *args", "2 * x", {"identity": Outcome.DIFFERENT}),
    ],
)
def test_what_cannot_take_three_arguments_is_no_affine_map(handed, value, outcomes):
    judged = check_of(HANDED_ON.format(handed=handed, value=value)).judgements
    assert {j.concept: j.outcome for j in judged} == outcomes
