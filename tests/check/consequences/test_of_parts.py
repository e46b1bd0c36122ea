"""What is wrong because of a layer that it holds, or of a function that it calls, is not blamed."""

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

LAYERS = """
import numpy as np

class Bend:
    def forward(self, x):
        self.x = x
        return np.arctan(x)
    def backward(self, dout):
        return dout / (1 + self.x ** 2)

class Around:
    def __init__(self, inner):
        self.inner = inner
    def forward(self, x):
        return x + self.inner.forward(x)
    def backward(self, dout):
        return dout + self.inner.backward(dout)

block = Around(Bend())
x = np.random.default_rng(0).normal(size=(4, 3))
block.backward(block.forward(x))
"""
FUNCTIONS = """
import numpy as np

def bend_forward(x):
    return np.arctan(x), x

def bend_backward(dout, x):
    return dout / (1 + x ** 2)

def twice_forward(x):
    y, first = bend_forward(x)
    z, second = bend_forward(y)
    return z, (first, second)

def twice_backward(dout, cache):
    first, second = cache
    return bend_backward(bend_backward(dout, second), first)
"""
LOSS = """
import numpy as np

class BCEWithLogits:
    def __init__(self, weight=1.7):
        self.weight = weight
    def forward(self, u, t):
        self.u, self.t = u, t
        both = self.weight * t * np.logaddexp(0, -u) + (1 - t) * np.logaddexp(0, u)
        return both.mean()
    def backward(self):
        p = 1 / (1 + np.exp(-self.u))
        return ((1 - self.t) * p - self.weight * self.t * (1 - p)) / self.u.size
"""


def outcomes(tmp_path, text):
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    return {j.found: j.outcome for j in check_file(path).judgements}


def test_a_layer_that_holds_another(tmp_path):
    assert set(outcomes(tmp_path, LAYERS).values()) == {Outcome.SAME}
    inside = outcomes(tmp_path, LAYERS.replace("(1 + self.x ** 2)", "(1 + self.x)"))
    assert inside == {"Bend": Outcome.DIFFERENT}
    own = outcomes(tmp_path, LAYERS.replace("return dout + self", "return self"))
    assert own == {"Bend": Outcome.SAME, "Around": Outcome.DIFFERENT}


def test_a_function_that_calls_another(tmp_path):
    right = outcomes(tmp_path, FUNCTIONS)
    assert right["twice_backward"] is Outcome.SAME
    wrong = outcomes(tmp_path, FUNCTIONS.replace("(1 + x ** 2)", "(1 + x)"))
    assert wrong["bend_backward"] is Outcome.DIFFERENT
    assert "twice_backward" not in wrong


def test_a_loss_that_is_none_of_the_course_s_agrees_with_its_own_gradient(tmp_path):
    assert outcomes(tmp_path, LOSS) == {"BCEWithLogits": Outcome.SAME}
    wrong = outcomes(tmp_path, LOSS.replace("self.weight * self.t * (1", "self.t * (1"))
    assert wrong == {"BCEWithLogits": Outcome.DIFFERENT}


OF_A_BASE = """
import numpy as np

class Rule:
    def __init__(self, lr=0.1):
        self.lr = lr
    def update(self, params, grads):
        for key in params:
            params[key] += self.change(grads[key])
    def change(self, g):
        raise NotImplementedError

class SGD(Rule):
    def change(self, g):
        return -self.lr * g
"""


def test_a_class_whose_method_is_inherited_is_judged_with_what_inherits_it(tmp_path):
    (tmp_path / "own.py").write_text(OF_A_BASE, encoding="utf-8")
    result = check_file(tmp_path / "own.py")
    (found,) = [j for j in result.judgements if j.found == "SGD"]
    assert found.parts == ("Rule",) and "Rule" not in {d.name for d in result.left_alone}


def test_a_class_that_lends_nothing_is_left_alone(tmp_path):
    own = (
        "    def update(self, params, grads):\n        for key in params:\n"
        "            params[key] += self.change(grads[key])\n"
    )
    text = OF_A_BASE.replace(own, "") + own
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    result = check_file(tmp_path / "own.py")
    assert not [j for j in result.judgements if "Rule" in j.parts]
