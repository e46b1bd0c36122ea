"""Networks of no course's structure, held against the numerical gradient of their own."""

import pytest

from compare.bench.diagnosis import check_of
from compare.check.check_submission import check_file
from compare.check.examples import EXAMPLES
from compare.check.examples.example import with_changes
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

NAME = "network.other"
PUT_TOGETHER = """
import numpy as np

class Dense:
    def __init__(self, rows, columns):
        self.kernel = np.random.randn(rows, columns) * 0.5

    def run(self, x):
        self.x = x
        return x @ self.kernel

    def learn(self, up, rate):
        down = up @ self.kernel.T
        self.kernel -= rate * self.x.T @ up
        return down

class Squash:
    def run(self, x):
        self.out = np.arctan(x)
        self.x = x
        return self.out

    def learn(self, up, rate):
        return up / (1 + self.x ** 2)

class Stack:
    def __init__(self):
        self.stages = []

    def push(self, stage):
        self.stages.append(stage)

    def run(self, x):
        for stage in self.stages:
            x = stage.run(x)
        return x

    def fit(self, x, target, rate):
        up = self.run(x) - target
        for stage in reversed(self.stages):
            up = stage.learn(up, rate)

if __name__ == "__main__":
    stack = Stack()
    stack.push(Dense(3, 4))
    stack.push(Squash())
    stack.push(Dense(4, 2))
    stack.fit(np.load("x.npy"), np.load("t.npy"), 0.1)
"""
ROWS = """
from math import exp

def initialize_network(n_in, n_out):
    return [[{"weights": [0.1 * (i + j + 1) for i in range(n_in + 1)]} for j in range(n_out)]]

def forward_propagate(network, row):
    for layer in network:
        outputs = []
        for unit in layer:
            total = unit["weights"][-1] + sum(w * v for w, v in zip(unit["weights"][:-1], row))
            unit["output"] = 1 / (1 + exp(-total))
            outputs.append(unit["output"])
        row = outputs
    return row

def backward_propagate_error(network, expected):
    for unit, e in zip(network[-1], expected):
        unit["delta"] = (unit["output"] - e) * unit["output"] * (1 - unit["output"])

def update_weights(network, row, l_rate):
    for unit in network[0]:
        for j, v in enumerate(row[:-1]):
            unit["weights"][j] -= l_rate * unit["delta"] * v
        unit["weights"][-1] -= l_rate * unit["delta"]
"""
KINKED = """
import numpy as np

class Stairs:
    def __init__(self, n_in, n_mid, n_out):
        g = np.random.default_rng(5)
        self.P, self.Q = g.normal(size=(n_in, n_mid)), g.normal(size=(n_mid, n_mid))
        self.R = g.normal(size=(n_mid, n_out))

    def forward(self, x):
        self.x = x
        self.h = np.maximum(x @ self.P, 0.2 * (x @ self.P))
        self.g = self.h + np.maximum(self.h @ self.Q, 0)
        return self.g @ self.R

    def loss(self, x, target):
        return 0.5 * np.mean(np.sum((self.forward(x) - target) ** 2, axis=1))

    def gradients(self, x, target):
        top = (self.forward(x) - target) / len(x)
        out = top @ self.R.T
        inner = out * (self.h @ self.Q > 0)
        low = (out + inner @ self.Q.T) * np.where(x @ self.P > 0, 1, 0.2)
        return {"P": x.T @ low, "Q": self.h.T @ inner, "R": self.g.T @ top}
"""


def judged(tmp_path, source, *changes):
    """What a check of the file says of the network in it."""
    path = tmp_path / "net.py"
    path.write_text(with_changes(source, *changes))
    return check_file(path)


def causes(judgement):
    """The mistakes of a judgement."""
    return [d.cause for d in judgement.diagnoses]


@pytest.mark.slow
def test_layers_are_put_together_as_the_script_does_it(tmp_path):
    result = judged(tmp_path, PUT_TOGETHER)
    assert result[NAME].found == "Stack" and result[NAME].outcome is Outcome.SAME
    assert result.passed()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("self.run(x) - target", "target - self.run(x)"), "network_sign"),
        (("        down = up @ self.kernel.T\n", ""), "moved_before_used"),
        (("self.kernel -= rate * self.x.T @ up", "pass"), ""),
    ],
    ids=["uphill", "the new weights hand down", "nothing moves"],
)
def test_layers_that_are_put_together_with_a_fault(tmp_path, change, cause):
    changes = [change]
    if cause == "moved_before_used":
        changes.append(("        return down\n", "        return up @ self.kernel.T\n"))
    result = judged(tmp_path, PUT_TOGETHER, *changes)
    assert not result.passed()
    if cause:
        assert causes(result[NAME]) == [cause]
    else:  # no way back is found, and that is said
        assert "Stack" in [d.name for d in result.left_alone]


@pytest.mark.slow
def test_a_row_of_a_table_ends_in_its_target(tmp_path):
    assert judged(tmp_path, ROWS)[NAME].outcome is Outcome.SAME
    wrong = judged(
        tmp_path,
        ROWS,
        ('            unit["weights"][j] -=', '            unit["weights"][j] += 0.5 *'),
    )
    assert wrong[NAME].outcome is Outcome.DIFFERENT


@pytest.mark.parametrize("seed", range(4))
def test_a_kink_between_two_points_is_no_mistake(seed):
    assert check_of(KINKED, seed)[NAME].outcome is Outcome.SAME


def test_what_is_wrong_is_named_and_what_is_right_beside_it():
    bug = EXAMPLES["network: of numbers, a slope is another's"]
    judgement = check_of(bug.source)[NAME]
    title = judgement.diagnoses[0].title
    assert "the gradient of p4 " in title.en and "p1, p2, p3, q1, q2, q3" in title.en
    assert "p4 の勾配" in title.ja
    assert judgement.diagnoses[0].seen.en.startswith("update/p4 is ")


def test_a_loss_of_another_gradient_is_told():
    squares = "((self.forward(x) - target) ** 2).sum() / (2 * len(x))"
    changed = (squares, "np.abs(self.forward(x) - target).sum()")
    source = with_changes(EXAMPLES["network: recurrent"].source, changed)
    judgement = check_of(source)[NAME]
    assert judgement.outcome is Outcome.DIFFERENT
    assert causes(judgement) == ["loss_not_differentiated"]
    assert (
        "the loss is loss, the gradient is that of squared error" in judgement.diagnoses[0].title.en
    )


def test_an_epsilon_in_the_loss_makes_no_other_loss_of_it():
    squares = "((self.forward(x) - target) ** 2).sum() / (2 * len(x))"
    ours = "return self.states[-1] @ self.Uout"
    outputs = "return self.normed(self.states[-1] @ self.Uout)\n\n    def normed(self, u):\n"
    outputs += "        e = np.exp(u - u.max(axis=1, keepdims=True))\n"
    outputs += "        return e / e.sum(axis=1, keepdims=True)"
    logs = "-(target * np.log(self.forward(x) + 1e-7)).sum() / len(x)"
    source = with_changes(EXAMPLES["network: recurrent"].source, (squares, logs), (ours, outputs))
    assert check_of(source)[NAME].outcome is Outcome.SAME


_TIED = EXAMPLES["network: tied"].source
_WRONG = ("out.T @ self.code + ", "")


def _with_dropout(drawn):
    return with_changes(
        _TIED,
        ("self.code = np", "self.kept = (" + drawn + " > 0.3) / 0.7\n        self.code = np"),
        ("self.b)\n", "self.b) * self.kept\n"),
        ("(1 - self.code ** 2)", "(self.kept - self.code ** 2 / np.maximum(self.kept, 1))"),
    )


@pytest.mark.slow
def test_dropout_is_judged_with_the_same_units_dropped_in_every_pass():
    source = _with_dropout("np.random.random((len(x), self.b.size))")
    assert check_of(source)[NAME].outcome is Outcome.SAME
    assert causes(check_of(with_changes(source, _WRONG))[NAME]) == ["not_its_own_gradient"]
    forgets = with_changes(source, ("(self.kept - ", "(1 - "))
    assert not check_of(forgets).passed()


@pytest.mark.slow
@pytest.mark.parametrize("change", [(), (_WRONG,)], ids=["right", "wrong"])
def test_what_draws_other_numbers_at_each_call_has_no_derivative(change):
    source = _with_dropout("np.random.default_rng().random((len(x), 1))")
    result = check_of(with_changes(source, *change))
    assert NAME not in [j.concept for j in result.judgements] and not result.passed()


def test_what_is_judged_by_the_course_is_not_judged_once_more():
    source = """
import numpy as np

def relu(u):
    return np.maximum(u, 0)

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, delta):
        self.dW, self.db = self.x.T @ delta, delta.sum(axis=0)
        return delta @ self.W.T
"""
    assert [j.concept for j in check_of(source).judgements] == ["relu", "affine_layer"]


def test_what_learns_nothing_is_left_alone():
    source = """
import numpy as np

class Filter:
    def __init__(self, size):
        self.window = np.ones(size) / size

    def forward(self, x):
        return x @ self.window[:, None]

    def reset(self):
        self.window = self.window * 0 + 1
"""
    result = check_of(source)
    assert result.judgements == () and [d.name for d in result.left_alone] == ["Filter"]


def test_a_numerical_gradient_is_right_to_a_few_digits_and_slow():
    back = _TIED.index("    def gradients")
    source = (
        _TIED[:back]
        + """
    def gradients(self, x):
        out = {}
        for name in ("M", "b", "c"):
            array = getattr(self, name)
            out[name] = np.zeros_like(array)
            for i in np.ndindex(array.shape):
                kept = array[i]
                array[i] = kept + 1e-4
                above = self.loss(x)
                array[i] = kept - 1e-4
                out[name][i] = (above - self.loss(x)) / 2e-4
                array[i] = kept
        return out
"""
    )
    judgement = check_of(source)[NAME]
    assert judgement.outcome is Outcome.SAME and causes(judgement) == ["numerical"]


@pytest.mark.parametrize("inside", [False, True])
def test_of_float32_what_can_be_computed_in_double_is(inside):
    single = with_changes(_TIED, ("(n_in, n_hidden))", "(n_in, n_hidden)).astype(np.float32)"))
    if not inside:
        assert check_of(single)[NAME].outcome is Outcome.SAME
        return
    # of differences nothing would be left: it is not judged, and not called wrong
    rebuilt = "self.code @ self.M.T + self.c"
    cut = with_changes(
        single,
        ("np.tanh(x @", "np.tanh(x.astype(np.float32) @"),
        (rebuilt, f"np.float32({rebuilt})"),
    )
    assert [j for j in check_of(cut).judgements if j.outcome is Outcome.DIFFERENT] == []
