"""Forms of update rules, of which the corpus cannot say what is left alone, and what is shown."""

import numpy as np
import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

_TUPLE = """
from typing import NamedTuple
import numpy as np

class AdamState(NamedTuple):
    m: list
    t: int

def adam_init(params):
    return AdamState([np.zeros_like(p) for p in params], 0)

def adam_step(params, grads, state, lr=1e-3):
    m = [0.9 * m + 0.1 * g for m, g in zip(state.m, grads)]
    return [p - lr * q for p, q in zip(params, m)], AdamState(m, state.t + 1)
"""
_STRANGE = """
import numpy as np
class Momentum:
    def __init__(self, lr=0.1, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def update(self, params, grads):
        for k in params:
            self.v[k] = self.momentum * self.v.get(k, 0) + np.arctan(grads[k] ** 3)
            params[k] -= self.lr * self.v[k]
"""
_HELD = """
class SGD:
    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr

    def step(self):
        for p in self.params:
            p.data SIGN self.lr * p.grad
"""


def _checked(tmp_path, source: str):
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    return check_file(tmp_path / "mine.py")


def test_a_state_that_cannot_be_begun_is_left_alone(tmp_path):
    found = _checked(tmp_path, _TUPLE)
    assert not found.judgements and "adam_step" in [f.name for f in found.left_alone]


def test_what_no_mistake_explains_is_shown_on_one_number_a_tensor(tmp_path):
    (diagnosis,) = _checked(tmp_path, _STRANGE)["optimizer.momentum"].diagnoses
    assert diagnosis.cause == "unknown"
    assert np.shape(diagnosis.smallest["p"]) == (4,) and np.shape(diagnosis.smallest["g"])[1] == 4
    assert "eps" not in diagnosis.smallest and "decay" not in diagnosis.smallest


@pytest.mark.parametrize(("sign", "outcome"), [("-=", Outcome.SAME), ("+=", Outcome.DIFFERENT)])
def test_parameter_objects_are_made_where_the_submission_has_no_class_of_them(
    tmp_path, sign, outcome
):
    judged = _checked(tmp_path, _HELD.replace("SIGN", sign))["optimizer.sgd"]
    assert judged.outcome is outcome


@pytest.mark.parametrize("setting", ["decay=0.0", "alpha=0.1", "gamma=0.1"])
def test_a_setting_that_is_no_momentum_makes_no_momentum_of_sgd(tmp_path, setting):
    source = (
        "class SGD:\n"
        f"    def __init__(self, lr=0.1, {setting}):\n"
        "        self.lr = lr\n\n"
        "    def update(self, params, grads):\n"
        "        for k in params:\n"
        "            params[k] -= self.lr * grads[k]\n"
    )
    if not setting.startswith("decay"):
        source = source.replace(f"lr=0.1, {setting}", setting).replace("= lr", f"= {setting[:5]}")
    found = _checked(tmp_path, source)
    assert [j.concept for j in found.judgements] == ["optimizer.sgd"]
    assert found["optimizer.sgd"].outcome is Outcome.SAME
