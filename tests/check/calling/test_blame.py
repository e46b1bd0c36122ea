"""What a network raises is its own mistake only where no other way of calling it would mend it."""

import pytest

from compare.bench.diagnosis import check_of, judgement_of
from compare.check.calling.networks.source_names import multiplies_state
from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

NETWORK = """
import numpy as np

class NeuralNetwork:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.randn(input_size, hidden_size)
        self.b1 = np.zeros(hidden_size)
        self.W2 = np.random.randn(hidden_size, output_size)
        self.b2 = np.zeros(output_size)

    def forward(self, x):
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def backward(self, x, t):
        d = (self.forward(x) - t) / len(x)
        g = {"W2": self.h.T @ d, "b2": d.sum(0)}
        d = d @ self.W2.T * (1 - self.h ** 2)
        g["W1"] = x.T @ d
        g["b1"] = d.sum(0)
        return g
"""
OWN = {
    "a size for a type": ("randn(input_size, hidden_size)", "normal(1, 2, 3, input_size)"),
    "no transpose on the way back": ("x.T @ d", "x @ d"),
    "a name that nothing sets": ("return self.h @", "return self.hh @"),
    "a name that nothing defines": ("return self.h @", "return hid @"),
    "a shape that no input mends": ("return self.h @", "return self.h @ np.ones((2, 3)) @"),
}
# what is asked for cannot be known: a rule of one's own, a file
OF_THE_CALL = {
    "a rule of its own": (
        "hidden_size, output_size):",
        "hidden_size, output_size, plan):\n        self.rule = plan.first_step",
    ),
    "a part that is to be called before": ("x @ self.W1", "x @ self.W1 * self.ready"),
    "a fixed number of features": ("np.tanh(x @", "np.tanh(x.reshape(-1, 784) @"),
    "one sample, which nothing says": ("np.tanh(x @", "np.tanh(x.reshape(1, len(self.W1)) @"),
}


@pytest.mark.parametrize("change", OWN.values(), ids=OWN)
def test_what_no_call_would_mend_is_its_own_error(change):
    wrong = NETWORK.replace(*change)
    assert wrong != NETWORK and judgement_of(wrong, "network").outcome is Outcome.ERROR


@pytest.mark.parametrize("change", OF_THE_CALL.values(), ids=OF_THE_CALL)
def test_what_another_call_may_mend_is_not_blamed(change):
    right = NETWORK.replace(*change)
    right += "\n    def prepare(self):\n        self.ready = 1.0\n"
    assert right != NETWORK
    outcomes = {j.outcome for j in check_of(right).judgements}
    assert outcomes <= {Outcome.NOT_COMPARED, Outcome.SAME}


OF_WORDS = """
import numpy as np

class Network:
    def __init__(self, sizes):
        self.W = [np.random.randn(b, a) for a, b in zip(sizes, sizes[1:])]
        self.b = [np.random.randn(n, 1) for n in sizes[1:]]
        self.places = {"cat": 0, "dog": 1}

    def feed_forward(self, x):
        self.z = [x]
        for W, b in zip(self.W, self.b):
            self.z.append(np.tanh(W @ self.z[-1] + b))
        return self.z[-1]

    def encoded(self, word):
        wanted = np.zeros((len(self.b[-1]), 1))
        wanted[self.places[word], 0] = 1
        return wanted

    def backprop(self, x, word):
        delta = (self.feed_forward(x) - self.encoded(word)) * (1 - self.z[-1] ** 2)
        below = self.W[1].T @ delta * (1 - self.z[1] ** 2)
        return [below @ x.T, delta @ self.z[1].T], [below, delta]
"""


def test_rows_are_not_its_error_where_columns_went_further():
    """Of columns it asks for targets that nobody could know; of rows the shapes are ours."""
    (judgement,) = check_of(OF_WORDS).judgements
    assert judgement.outcome is Outcome.NOT_COMPARED


def test_class_numbers_that_are_broadcast_are_no_evidence():
    line = "    def backward(self, x, t):\n"
    odd = NETWORK.replace(line, line + "        assert t.ndim == 1 and self.b2.size > 1\n")
    odd = odd.replace("(self.forward(x) - t)", "(self.forward(x).T - np.pi * t).T")
    judged = {j.found: j.outcome for j in check_of(odd).judgements}
    assert judged["NeuralNetwork"] is Outcome.NOT_COMPARED


def test_a_mistake_beside_class_numbers_that_are_used_is_different():
    wrong = NETWORK.replace("- t) / len(x)", "- 3 * np.eye(self.b2.size)[t]) / len(x)")
    assert judgement_of(wrong, "network").outcome is Outcome.DIFFERENT


def test_a_setting_that_no_name_says_is_not_guessed_into_a_mistake():
    """Activations in a list, which might be sizes as well."""
    source = NETWORK.replace("output_size):", "output_size, kinds):\n        self.kinds = kinds", 1)
    source = source.replace("self.h = np.tanh(x @", "self.h = self.bent(self.kinds[0], x @")
    source += """
    def bent(self, kind, u):
        return np.tanh(u) if kind == "tanh" else u
"""
    outcomes = {j.outcome for j in check_of(source).judgements}
    assert outcomes <= {Outcome.NOT_COMPARED, Outcome.SAME}


LOSS = """
class MSE:
    def forward(self, y, t):
        {forward}

    def backward(self{parameters}):
        {backward}
"""
OBJECTS = (
    "self.d = [float(v.data) - w for v, w in zip(y, t)]\n        return sum(v * v for v in self.d)"
)
ARRAYS = "self.d = (y - t) / len(y)\n        return 0.5 * ((y - t) ** 2).sum() / len(y)"
OF_OURS = {
    "numbers that are objects": LOSS.format(
        forward=OBJECTS, parameters="", backward="return [2 * v for v in self.d]"
    ),
    "arguments that are passed on": LOSS.format(
        forward=ARRAYS, parameters=", *args", backward="return self.own(*args)"
    )
    + "\n    def own(self, y, t):\n        return self.d\n",
}


@pytest.mark.parametrize("source", OF_OURS.values(), ids=OF_OURS)
def test_a_loss_is_not_blamed_for_what_it_was_handed(source):
    found = judgement_of(source, "layer.mean_squared_error")
    assert found.outcome is Outcome.NOT_COMPARED


def test_a_loss_that_calls_its_own_wrongly_is_blamed():
    source = LOSS.format(forward=ARRAYS, parameters="", backward="return self.own()")
    source += "\n    def own(self, y):\n        return self.d\n"
    assert judgement_of(source, "layer.mean_squared_error").outcome is Outcome.ERROR


WITH_GRADIENTS = """
import numpy as np

def mse(output, targ):
    return ((output[:, 0] - targ) ** 2).mean()

def mse_grad(output, targ):
    output.g = 2.0 * (output[:, 0] - targ)[:, None] / len(targ)

def relu_grad(inp, out):
    inp.g = (inp > 0) * out.g
"""


def test_arrays_of_a_class_of_its_own_are_not_its_errors():
    found = {j.found: j.outcome for j in check_of(WITH_GRADIENTS).judgements}
    assert found.pop("mse") is Outcome.SAME  # of a column beside targets in one axis
    assert found and set(found.values()) == {Outcome.NOT_COMPARED}
    typo = "import numpy as np\n\ndef d_relu(u):\n    return 1.0 * u.posit()\n"
    assert judgement_of(typo, "d_relu").outcome is Outcome.ERROR


CALLED = """
import numpy as np

class Module:
    def __call__(self, *args):
        self.args = args
        return self.forward(*args)

    def backward(self, grad):
        return self.bwd(grad, *self.args)

class Relu(Module):
    def forward(self, inp):
        return np.maximum(inp, 0.0)

    def bwd(self, grad, inp):
        return (inp > 0) * grad
"""


def test_a_layer_is_called_where_its_call_keeps_what_backward_reads():
    assert judgement_of(CALLED, "relu_layer").outcome is Outcome.SAME
    wrong = CALLED.replace("(inp > 0) * grad", "grad")
    assert judgement_of(wrong, "relu_layer").outcome is Outcome.DIFFERENT


DROPPING = NETWORK.replace(
    "self.h = np.tanh(x @ self.W1 + self.b1)",
    "self.kept = np.random.rand(self.b1.size) > 0.2\n"
    "        self.h = np.tanh(x @ self.W1 + self.b1) * self.kept",
).replace("(1 - self.h ** 2)", "(1 - self.h ** 2) * self.kept")


def test_a_network_that_draws_in_its_passes_does_not_remember():
    seeded = DROPPING.replace("import numpy as np", "import numpy as np\nnp.random.seed(4)")
    assert not [j for j in check_of(seeded).judgements if j.fails()]
    wrong = check_of(seeded.replace("** 2) * self.kept", "** 2)"))
    assert [j.outcome for j in wrong.judgements] == [Outcome.DIFFERENT]


HANDED_SLOPES = """
import numpy as np

class Rings:
    def __init__(self, rng):
        self.theta = [rng.normal(size=(4, 2)), np.zeros(4), rng.normal(size=(1, 4)), np.zeros(1)]

    def logits(self, pts):
        self.pts, self.z = pts, np.tanh(pts @ self.theta[0].T + self.theta[1])
        return (self.z @ self.theta[2].T + self.theta[3]).ravel()

    def gradients(self, dlogits):
        du = dlogits[:, None]
        below = du @ self.theta[2] * (1 - self.z**2)
        return [below.T @ self.pts, below.sum(axis=0), du.T @ self.z, du.sum(axis=0)]
"""


def test_a_multiple_of_the_derivative_of_one_output_is_no_sign_of_an_error():
    assert not [j for j in check_of(HANDED_SLOPES).judgements if j.fails()]


NORMALISED = """
import numpy as np

class Norm:
    def forward(self, x):
        self.s = np.sqrt(x.var(axis=0) + 1e-5)
        self.n = (x - x.mean(axis=0)) / self.s
        return self.n

    def backward(self, dout):
        return (dout - dout.mean(axis=0) - self.n * (dout * self.n).mean(axis=0)) / self.s

class NeuralNetwork:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1, self.b1 = np.random.randn(input_size, hidden_size), np.zeros(hidden_size)
        self.W2, self.b2 = np.random.randn(hidden_size, output_size), np.zeros(output_size)
        self.norm = Norm()

    def forward(self, x):
        self.h = np.tanh(self.norm.forward(x @ self.W1 + self.b1))
        return self.h @ self.W2 + self.b2

    def backward(self, x, t):
        d = (self.forward(x) - t) / len(x)
        g = {"W2": self.h.T @ d, "b2": d.sum(0)}
        d = self.norm.backward(d @ self.W2.T * (1 - self.h ** 2))
        return {**g, "W1": x.T @ d, "b1": d.sum(0)}
"""


def test_a_network_with_layers_of_no_course_is_held_against_its_own_derivative():
    assert judgement_of(NORMALISED, "network.other").outcome is Outcome.SAME
    wrong = NORMALISED.replace("(1 - self.h ** 2)", "(1 + self.h ** 2)")
    assert judgement_of(wrong, "network.other").outcome is Outcome.DIFFERENT


OF_ANOTHER_SHAPE = """
def affine_grad(x, W, delta):
    return delta @ W.T, (0.3 * x.T @ delta + 0.01 * W).ravel(), delta.sum(axis=0)
"""
OF_A_BATCH = """
def affine_grad(x, W, delta):
    return delta @ W.T, 0.3 * x.T @ delta + 0.01 * W, delta.sum(axis=0)
"""


def test_results_of_another_shape_than_any_that_is_meant_say_nothing():
    found = judgement_of(OF_ANOTHER_SHAPE, "d_affine")
    assert found.outcome is Outcome.NOT_COMPARED
    assert "other shapes" in found.diagnoses[0].title.en


def test_results_of_the_right_shapes_that_nothing_explains_are_different():
    assert judgement_of(OF_A_BATCH, "d_affine").outcome is Outcome.DIFFERENT


BESIDE_ONE = """
import numpy as np

class NeuralNetwork:
    def __init__(self, layers):
        rows = [layers[0] + 1, *layers[1:]]
        self.weights = [np.random.randn(n, m) for n, m in zip(rows, layers[1:])]

    def predict(self, x):
        a = np.append(np.asarray(x, dtype=float), 1.0)
        for w in self.weights:
            a = np.tanh(np.dot(a, w))
        return a

    def fit(self, X, y, plan):
        for x, t in plan.pairs(X, y):
            self.weights[-1] += np.outer(self.predict(x), t)
"""


def test_one_sample_with_its_own_weights_is_what_it_takes():
    found = judgement_of(BESIDE_ONE, "network")
    assert found.outcome is Outcome.NOT_COMPARED
    # what takes none is wrong, however it is called
    lacks = BESIDE_ONE.replace("np.dot(a, w)", "np.dot(w, a)")
    assert judgement_of(lacks, "network").outcome is Outcome.ERROR


RECURRENT = """
import numpy as np

class Recurrent:
    def __init__(self):
        self.w_x, self.w_h = np.full((2, 4), 0.1), np.eye(4) / 2
        self.h, self.b = np.zeros((1, 4)), np.array([1.0])

    def forward(self, x):
        self.h = np.tanh(np.dot(x, self.w_x) + np.dot(self.h, self.w_h) + self.b)
        return self.h

    def loss(self, x, t):
        return np.mean((self.forward(x) - t) ** 2)
"""


def test_a_weight_of_a_state_is_no_next_layer():
    assert not [j for j in check_of(RECURRENT).judgements if j.concept.startswith("network")]
    layers = RECURRENT.replace("np.dot(self.h, self.w_h)", "self.b").replace(
        "return self.h\n", "return np.dot(self.h, self.w_h)\n", 1
    )
    assert multiplies_state(RECURRENT, "w_h") and not multiplies_state(layers, "w_h")


def test_what_lacks_a_package_is_blamed_for_no_shape(tmp_path):
    """The function is missing in every call that fits; of columns the shapes do not."""
    file = tmp_path / "net.py"
    lacking = NETWORK.replace("import numpy as np", "import numpy as np\nfrom lacking import tanh")
    file.write_text(lacking.replace("np.tanh(x @", "tanh(x @"), encoding="utf-8")
    outcomes = {j.outcome for j in check_file(file).judgements}
    assert outcomes == {Outcome.NOT_COMPARED}


def test_what_learns_gradients_and_moves_nothing_is_held_against_them():
    """``learn`` moves the weights, or gives gradients by which others do."""
    learning = NETWORK.replace("def backward", "def learn")
    found = judgement_of(learning, "network")
    assert found.outcome is Outcome.SAME
    assert any(c.name.startswith("grad/") for c in found.verdict.comparisons)
    wrong = judgement_of(learning.replace("self.h.T @ d,", "-(self.h.T @ d),"), "network")
    assert wrong.outcome is Outcome.DIFFERENT
    assert "network_never_moves" not in {d.cause for d in wrong.diagnoses}
