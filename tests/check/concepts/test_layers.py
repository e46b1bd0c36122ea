"""What the corpus cannot say of activations and layers: names, the sandbox, what is not blamed."""

import numpy as np
import pytest

from compare.bench.diagnosis import check_of
from compare.check.check_submission import checked
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

SIGMOID = """import numpy as np
def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
"""
NUMERICAL = """import numpy as np
def numerical_gradient(f, x):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = float(x[i])
        x[i] = kept + 1e-4
        above = f(x)
        x[i] = kept - 1e-4
        grad[i] = {difference}
        x[i] = kept
    return grad
"""
LINEAR = """import numpy as np
class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, {db}
        return dout @ self.W.T
"""


def _judged(source, concept, seed=0):
    return check_of(source, seed, [concept])[concept]


def _causes(judgement):
    return [d.cause for d in judgement.diagnoses]


@pytest.mark.parametrize("name, causes", [("u", ["slope_of_u"]), ("z", []), ("out", [])])
def test_a_formula_of_z_is_a_mistake_only_where_the_name_says_that_it_takes_u(name, causes):
    judged = _judged(f"def d_sigmoid({name}):\n    return {name} * (1 - {name})", "d_sigmoid")
    assert _causes(judged) == causes
    assert (judged.outcome is Outcome.SAME) is not bool(causes)


@pytest.mark.parametrize(
    "signature, causes", [("dout, x", ["swapped"]), ("x, dout", []), ("p, q", [])]
)
def test_an_order_that_the_names_contradict_is_no_convention(signature, causes):
    first, second = signature.split(", ")
    source = f"import numpy as np\ndef relu_backward({signature}):\n"
    judged = _judged(f"{source}    return {second} * ({first} > 0)", "d_relu")
    assert _causes(judged) == causes


def test_an_identity_that_returns_its_argument_is_right():
    judged = _judged("def identity(x):\n    return x", "identity")
    assert judged.outcome is Outcome.SAME and not judged.diagnoses


def test_a_mistake_that_is_none_of_the_known_stays_unknown():
    judged = _judged(SIGMOID + "def d_sigmoid(x):\n    return sigmoid(x) ** 3", "d_sigmoid")
    assert _causes(judged) == ["unknown"]


def test_an_activation_class_and_a_function_of_that_name_are_judged_apart():
    source = "import numpy as np\ndef relu(x):\n    return np.maximum(0, x)\nclass ReLU:\n"
    source += "    def forward(self, x):\n        self.x = x\n        return np.maximum(0, x)\n"
    source += "    def backward(self, dout):\n        return dout\n"
    assert _judged(source, "relu").outcome is Outcome.SAME
    assert _causes(_judged(source, "relu_layer")) == ["other_slope"]


@pytest.mark.parametrize(
    "difference, causes",
    [("(above - f(x)) / (2 * 1e-4)", []), ("(above - f(x)) / 1e-4", ["factor"])],
)
def test_a_numerical_gradient_is_judged_in_a_process_of_its_own(boxed, difference, causes):
    source = NUMERICAL.format(difference=difference).replace("zeros_like(x)", "zeros(x.shape)")
    source = source.replace("    grad =", "    x = x.astype(float)\n    grad =")
    judged = checked("net", boxed(source), {}, 0, ["numerical_gradient"])["numerical_gradient"]
    assert _causes(judged) == causes


@pytest.mark.parametrize(
    "db, causes", [("dout.sum(axis=0)", []), ("dout.sum()", ["bias_gradient_one_number"])]
)
def test_a_layer_is_judged_in_a_process_of_its_own(boxed, db, causes):
    box = boxed(LINEAR.format(db=db))
    judged = checked("net", box, {}, 0, ["affine_layer"])["affine_layer"]
    assert _causes(judged) == causes
    assert (judged.outcome is Outcome.SAME) is not bool(causes)


def test_what_is_expected_of_a_numerical_gradient_is_what_differentiation_gives():
    from compare.check.concepts import numerical_gradient
    from compare.check.matching import expected
    from compare.core.problem import build

    (concept,) = numerical_gradient.CONCEPTS
    x = build(concept.probes[0].case, "float64", 0).arrays["x"]
    derivative = 3 * x**2 + 2 * (x.sum() + 0.2)
    central = expected(concept.meanings[0], {"x": x})["gradient"]
    assert (np.abs(central.value - derivative - 1e-4**2) <= central.limit()).all()


TARGETS_BACK = """import numpy as np
class SoftmaxCrossEntropy:
    def forward(self, scores, labels):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.probs = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.probs[np.arange(len(labels)), labels]).mean()
    def backward(self, labels):
        delta = self.probs.copy()
        delta[np.arange(len(labels)), labels] {minus} 1
        return delta / len(labels)
"""


@pytest.mark.parametrize("minus, outcome", [("-=", Outcome.SAME), ("+=", Outcome.DIFFERENT)])
def test_a_way_back_that_takes_what_forward_calls_its_target_is_handed_it(minus, outcome):
    source = TARGETS_BACK.replace("{minus}", minus)
    assert _judged(source, "layer.softmax_with_loss").outcome is outcome
