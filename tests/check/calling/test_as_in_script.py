"""What is called otherwise than its own script calls it is not compared, and not blamed."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome
from compare.sandbox.interface import Limits

HEAD = "import numpy as np\n\n"
# differs from ours, and nothing explains how
STRANGE = "1 / (1 + np.exp(-{u})) + 0.3 * {u}"
OF_A_DICT = HEAD + (
    "def sigmoid(net):\n    return " + STRANGE.format(u="net['u']") + "\n\n"
    "print(sigmoid({'u': np.array([1.0, -2.0])}))\n"
)
OF_AN_OBJECT = HEAD + (
    "class Node:\n    def __init__(self, data):\n        self.data = data\n\n"
    "def sigmoid(u):\n    return 1 / (1 + np.exp(-u.data))\n\n"
    "print(sigmoid(Node(np.ones((2, 3)))))\n"
)
SETTINGS = HEAD + (
    "def adam(W, dW, state):\n"
    "    state['t'] += 1\n"
    "    state['m'] = state['b1'] * state['m'] + (1 - state['b1']) * dW\n"
    "    state['v'] = 0.9 * state['v'] + 0.1 * dW * dW\n"
    "    return W - 0.1 * state['m'] / (np.sqrt(state['v']) + 1e-8)\n\n"
    "w = np.ones((2, 2))\n"
    "print(adam(w, w, {'t': 0, 'b1': 0.9, 'm': 0 * w, 'v': 0 * w}))\n"
)


def judged(tmp_path, text):
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    return check_file(path)


@pytest.mark.parametrize(
    ("text", "concept"),
    [(OF_A_DICT, "sigmoid"), (OF_AN_OBJECT, "sigmoid"), (SETTINGS, "optimizer.adam")],
)
def test_not_compared_where_the_script_hands_over_another_kind(tmp_path, text, concept):
    for judgement in judged(tmp_path, text).judgements:
        assert judgement.outcome is Outcome.NOT_COMPARED, (concept, str(judgement))


def test_it_says_what_the_script_hands_over(tmp_path):
    report = " ".join(str(judged(tmp_path, OF_A_DICT)).split())
    assert "sigmoid was called with an array of 2 axes as net" in report
    assert "its own script hands it a dict of u" in report


@pytest.mark.parametrize("call", ["", "print(sigmoid(np.ones((2, 3))))", "print(sigmoid(0.5))"])
def test_different_where_the_script_calls_it_so_or_not_at_all(tmp_path, call):
    text = HEAD + "def sigmoid(u):\n    return " + STRANGE.format(u="u") + f"\n\n{call}\n"
    assert judged(tmp_path, text)["sigmoid"].outcome is Outcome.DIFFERENT


def test_a_function_that_raises_on_what_its_script_hands_it_is_wrong(tmp_path):
    text = HEAD + (
        "def softmax(u):\n"
        "    e = np.exp(u - u.max(axis=1))\n"
        "    return e / e.sum(axis=1)\n\n"
        "try:\n    softmax(np.ones((4, 3)))\nexcept ValueError:\n    pass\n"
    )
    assert judged(tmp_path, text)["softmax"].outcome in (Outcome.ERROR, Outcome.DIFFERENT)


def test_a_script_that_never_ends_is_looked_at_for_a_while_only(tmp_path):
    text = HEAD + (
        "def sigmoid(u):\n    return " + STRANGE.format(u="u") + "\n\n"
        "while sigmoid(np.ones((2, 2))).sum() < 100:\n    pass\n"
    )
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path, limits=Limits(seconds_a_call=0.5))
    assert not checked.internal
    assert checked["sigmoid"].outcome is Outcome.DIFFERENT


SQUARES = (
    "def sum_of_squares(y, t):\n    total = 0\n    for a, b in zip(y, t):\n"
    "        total += (a - b) ** 2\n    return total / 2\n\nprint(sum_of_squares({}))\n"
)
ENTROPY_NAME = "binary_cross_entropy_error"
ENTROPY = HEAD + (
    "def bce_loss(prob, target):\n    total = 0.0\n    for p, t in zip(prob, target):\n"
    "        total -= t * np.log(p) + (1 - t) * np.log(1 - p)\n    return total / prob.shape[0]\n\n"
    "print(bce_loss({}))\n"
)


@pytest.mark.parametrize(
    ("text", "handed", "concept", "outcome"),
    [
        (SQUARES, "[2.5, 0.0], [3.0, -0.5]", "sum_squared_error", Outcome.SAME),
        (SQUARES.replace("** 2", "* 2"), "[2.5, 0.0], [3.0, -0.5]", "sum_squared_error",
         Outcome.DIFFERENT),
        (ENTROPY, "np.array([0.2, 0.7]), np.array([0, 1])", ENTROPY_NAME, Outcome.SAME),
        # of a table it gives a loss for each column
        (ENTROPY, "np.array([[0.2, 0.7]]), np.eye(2)[:1]", ENTROPY_NAME, Outcome.DIFFERENT),
    ],
)  # fmt: skip
def test_a_loop_over_numbers_is_right_where_the_script_hands_over_vectors(
    tmp_path, text, handed, concept, outcome
):
    assert judged(tmp_path, text.format(handed))[concept].outcome is outcome


OF_ONE = (
    HEAD
    + """
class Duo:
    def __init__(self, d, h):
        rng = np.random.default_rng(3)
        self.W1, self.b1 = rng.normal(0, 0.7, (d, h)), np.zeros(h)
        self.W2, self.b2 = rng.normal(0, 0.5, (h, 1)), np.zeros(1)
    def forward(self, X):
        self.X, self.H = X, np.tanh(X @ self.W1 + self.b1)
        self.out = self.H @ self.W2 + self.b2
        return self.out
    def loss(self, X, y):
        return float(np.mean((self.forward(X) - y) ** 2))
    def backward(self, y):
        d2 = 2 * (self.out - y.reshape(-1, 1)) / len(y)
        d1 = d2 @ self.W2.T * (1 - self.H ** 2)
        return dict(W2=self.H.T @ d2, b2=d2.sum(0), W1=self.X.T @ d1, b1=d1.sum(0))

net, X = Duo(2, 5), np.arange(12.0).reshape(6, 2)
print(net.loss(X, X[:, {column}]))
"""
)


@pytest.mark.parametrize(("column", "causes"), [("0", ["broadcast_to_table"]), (":1", [])])
def test_a_loss_that_makes_a_table_of_the_vector_its_script_hands_over_is_told(
    tmp_path, column, causes
):
    found = judged(tmp_path, OF_ONE.replace("{column}", column))["network"]
    assert [d.cause for d in found.diagnoses] == causes


@pytest.mark.parametrize(
    ("labels", "outcome"), [("[2, 3, 1, 3]", Outcome.SAME), ("[1, 2, 0, 2]", Outcome.DIFFERENT)]
)
def test_labels_begin_where_those_begin_that_the_script_hands_over(tmp_path, labels, outcome):
    text = HEAD + (
        "def to_indicator(labels, n_classes):\n"
        "    rows = np.zeros((len(labels), n_classes))\n"
        "    rows[np.arange(len(labels)), labels - 1] = 1\n"
        "    return rows\n\n"
        f"print(to_indicator(np.array({labels}), 3))\n"
    )
    assert judged(tmp_path, text)["one_hot"].outcome is outcome


OVER = HEAD + (
    "def softmax(z):\n    e = np.exp(z - z.max())\n    return e / e.sum(axis=0)\n\n"
    "def loss(y, labels):\n    return -np.mean(np.log(y[{pair}]))\n\n"
    "c = np.arange(30) % 3\nx = np.random.default_rng(0).normal(size={shape})\n"
    "print(loss(softmax(x), c))\n"
)


@pytest.mark.parametrize(
    ("pair", "shape", "outcome"),
    [
        ("np.arange(30), labels", "(30, 3)", Outcome.DIFFERENT),
        ("labels, np.arange(30)", "(3, 30)", Outcome.SAME),
    ],
)
def test_labels_tell_whether_the_samples_of_a_softmax_are_rows(tmp_path, pair, shape, outcome):
    result = judged(tmp_path, OVER.format(pair=pair, shape=shape))
    [found] = [j for j in result.judgements if j.found == "softmax"]
    assert found.outcome is outcome
    wrong = {d.cause for d in found.diagnoses if not d.warning}
    assert wrong == ({"softmax_axis"} if outcome is Outcome.DIFFERENT else set())


OF_SEVERAL_OUTPUTS = (
    HEAD
    + """
def miss(out, y):
    return np.sum((out - y) ** 2) / len(y)

def miss_gradient(out, y):
    return 2 * (out - y) / out.size

out = np.random.default_rng(0).normal(size=(6, 3))
print(miss(out, out ** 2), miss_gradient(out, out ** 2).sum())
"""
)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [(("", ""), True), (("out.size", "len(y)"), False), (("(6, 3)", "(6, 1)"), False)],
    ids=["K apart", "not apart", "of one output"],
)
def test_outputs_that_its_script_hands_over_are_no_single_ones(tmp_path, changed, wrong):
    path = tmp_path / "miss.py"
    path.write_text(OF_SEVERAL_OUTPUTS.replace(*changed), encoding="utf-8")
    found = {j.found: j.outcome for j in check_file(path).judgements}
    assert (found["miss_gradient"] is Outcome.DIFFERENT) is wrong


RELATIVE = HEAD + (
    "def relative_error(a, b):\n"
    "    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))\n\n"
    "print(relative_error(np.ones((2, 3)), np.zeros((2, 3))))\n"
)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (RELATIVE, Outcome.SAME),
        (RELATIVE.replace("np.abs(a - b)", "(a - b)"), Outcome.DIFFERENT),
    ],
)
def test_a_relative_error_of_the_arrays_that_its_script_hands_over(tmp_path, text, outcome):
    assert {j.found: j.outcome for j in judged(tmp_path, text).judgements} == {
        "relative_error": outcome
    }
