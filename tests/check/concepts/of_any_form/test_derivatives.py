"""What is called the derivative of another function, and layers of any kind, by differences."""

import numpy as np
import pytest

import compare
from compare.bench.diagnosis import check_of
from compare.check.examples import EXAMPLES
from compare.check.examples.example import with_changes
from compare.check.naming.bind import BY_NAME, BY_VALUES
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

FUNCTION, LAYER = "derivative.other", "layer.other"
SWISH, HUBER, NORM, MARGINS, LAYER_NORM, THINNED, MAXOUT = (
    EXAMPLES[f"no course: {name}"].source
    for name in ("swish", "huber", "batch norm", "margins", "layer norm", "a random mask", "maxout")
)


def causes(judgement):
    return [d.cause for d in judgement.diagnoses]


def test_a_word_that_is_unknown_has_to_be_right_once():
    german = SWISH.replace("swish_prime", "swish_ableitung")
    assert check_of(german)[FUNCTION].outcome is Outcome.SAME
    wrong = with_changes(german, ("beta * x * s", "x * s"))
    assert FUNCTION not in [j.concept for j in check_of(wrong).judgements]
    beside = "\ndef cube(x):\n    return x**3\n\ndef cube_ableitung(x):\n    return 3 * x**2\n"
    found = [j for j in check_of(wrong + beside).judgements if j.concept == FUNCTION]
    assert [(j.found, j.outcome) for j in found] == [
        ("swish_ableitung", Outcome.DIFFERENT),
        ("cube_ableitung", Outcome.SAME),
    ]


def test_a_function_of_numpy_has_a_derivative_too():
    source = "import numpy as np\n\ndef arctan_prime(x):\n    return 1 / (1 + x**2)\n"
    assert check_of(source)[FUNCTION].outcome is Outcome.SAME
    assert check_of(source.replace("1 + x", "2 + x"))[FUNCTION].outcome is Outcome.DIFFERENT


def test_of_two_unknown_words_the_one_that_stands_nearer_says_the_derivative():
    source = """
import numpy as np

def ramp(u):
    return np.maximum(u, 0)

def ramp_slope(u):
    return np.where(u > 0, 1.0, 0.0)

def leaky_ramp(u):
    return np.where(u > 0, u, 0.07 * u)

def leaky_ramp_slope(u):
    return np.where(u > 0, 1.0, 0.07)
"""
    right, wrong = (
        {j.found: j.outcome for j in check_of(text).judgements if j.concept == FUNCTION}
        for text in (source, source.replace("1.0, 0.07", "1.0, 0.0"))
    )
    assert right == {"ramp_slope": Outcome.SAME, "leaky_ramp_slope": Outcome.SAME}
    assert wrong == {"ramp_slope": Outcome.SAME, "leaky_ramp_slope": Outcome.DIFFERENT}


def test_a_slope_of_two_numbers_is_looked_at_at_several_points(tmp_path):
    source = """
import numpy as np

def valley(p):
    return p[0] ** 2 / 20 + p[1] ** 2

def valley_grad(p):
    return np.array([p[0] / 10, 2 * p[1]])

print(valley_grad(np.array([-7.0, 2.0])))
"""
    file = tmp_path / "valley.py"
    file.write_text(source, encoding="utf-8")
    assert compare.check(file)[FUNCTION].outcome is Outcome.SAME
    file.write_text(source.replace("2 * p[1]", "p[1]"), encoding="utf-8")
    assert compare.check(file)[FUNCTION].outcome is Outcome.DIFFERENT


def test_of_one_number_each_is_handed_over_by_itself():
    source = """
import math

def bend(u):
    return u if u > 0 else 0.7 * (math.exp(u) - 1)

def bend_derivative(u):
    return 1.0 if u > 0 else bend(u) + 0.7
"""
    assert check_of(source)[FUNCTION].outcome is Outcome.SAME
    wrong = source.replace("bend(u) + 0.7", "bend(u)")
    assert check_of(wrong)[FUNCTION].outcome is Outcome.DIFFERENT


def test_the_edit_is_of_whatever_it_may_take(tmp_path):
    text = """
import numpy as np

def softmax(a):
    return np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
def softmax_vjp(y, dy):
    return y * (dy - np.sum(dy * y, axis=1, keepdims=True))
def cubed(a):
    return a ** 3
def cubed_vjp(a, dy):
    return 3 * a ** 2 * dy
"""
    path = tmp_path / "vjp.py"
    for axis, told in ((1, []), (0, ["right_with_one_edit"])):
        path.write_text(text.replace("dy * y, axis=1", f"dy * y, axis={axis}"), encoding="utf-8")
        judged = {j.found: causes(j) for j in compare.check(path).judgements}
        assert (judged["softmax_vjp"], judged["cubed_vjp"]) == (told, [])


def test_it_may_take_the_output_or_what_comes_from_above():
    source = """
import numpy as np

def squash(u):
    return u / np.sqrt(1 + u**2)

def squash_prime(z):
    return (1 - z**2) ** 1.5

def soft(u, T=2.0):
    e = np.exp(u / T)
    return e / e.sum(axis=-1, keepdims=True)

def soft_backward(dout, z, T=2.0):
    return z * (dout - (dout * z).sum(axis=-1, keepdims=True)) / T
"""
    result = check_of(source)
    assert [j.outcome for j in result.judgements] == [Outcome.SAME] * 2 and result.passed()
    wrong = source.replace("** 1.5", "** 0.5").replace(" / T\n\n", "\n\n").rstrip()
    found = check_of(wrong.removesuffix(" / T")).judgements
    assert [j.outcome for j in found] == [Outcome.DIFFERENT] * 2


def test_right_of_positive_numbers_alone_is_wrong():
    source = """
import numpy as np

def bent(x):
    return np.where(x > 0, x, 0.7 * np.expm1(np.minimum(x, 0)))

def bent_prime(x):
    return np.where(x > 0, 1.0, bent(x) + 1.0)
"""
    assert causes(check_of(source)[FUNCTION]) == ["own_partly"]
    assert check_of(source.replace("+ 1.0)", "+ 0.7)"))[FUNCTION].outcome is Outcome.SAME


def test_a_loss_of_probabilities_may_be_derived_by_their_scores():
    source = """
import numpy as np

def smoothed(y, goal):
    return -((0.9 * goal + 0.1 / goal.shape[1]) * np.log(y)).sum() / len(y)

def smoothed_grad(y, goal):
    return (y - (0.9 * goal + 0.1 / goal.shape[1])) / len(y)
"""
    assert check_of(source)[FUNCTION].outcome is Outcome.SAME
    wrong = source.replace("(y - (0.9 * goal + 0.1 / goal.shape[1]))", "(y - goal)")
    assert check_of(wrong)[FUNCTION].outcome is Outcome.DIFFERENT


def test_an_epsilon_in_the_loss_alone_is_no_mistake():
    source = """
import numpy as np

def surprise(y, goal):
    return -(goal * np.log(y + 1e-7)).sum()

def surprise_grad(y, goal):
    return -goal / y
"""
    assert check_of(source)[FUNCTION].outcome is Outcome.SAME
    assert not check_of(source.replace("-goal / y", "-goal / (y + 1e-3)")).passed()


def test_what_is_right_with_the_usual_setting_alone_is_wrong():
    source = """
import numpy as np

def softmax(u, T=1.0):
    e = np.exp((u - u.max(axis=-1, keepdims=True)) / T)
    return e / e.sum(axis=-1, keepdims=True)

def softmax_backward(dout, y, T=1.0):
    return y * (dout - (dout * y).sum(axis=-1, keepdims=True)) / T
"""
    assert check_of(source).passed()
    head, back = source.split("def softmax_backward")
    result = check_of(f"{head}def softmax_backward{back.replace(' / T', '')}")
    assert causes(result[FUNCTION]) == ["own_derivative_scaled"] and not result.passed()


def test_the_target_may_come_first_and_is_not_what_a_loss_is_derived_by():
    first = HUBER.replace("(out, goal, delta", "(goal, out, delta")
    assert check_of(first)[FUNCTION].outcome is Outcome.SAME


def test_the_mean_over_the_samples_is_a_convention_of_weights_and_of_losses_of_each():
    averaged = LAYER_NORM.replace(".sum(axis=0)", ".mean(axis=0)")
    assert check_of(averaged)[LAYER].outcome is Outcome.SAME
    half = LAYER_NORM.replace("dout.sum(axis=0)", "dout.sum(axis=0) / 2")
    assert causes(check_of(half)[LAYER]) == ["own_gradient_scaled"]
    each = HUBER.replace(".mean()", ".mean(axis=1)").replace("r.size", "r.shape[1]")
    assert check_of(each)[FUNCTION].outcome is Outcome.SAME
    assert check_of(each.replace("r.shape[1]", "r.size"))[FUNCTION].outcome is Outcome.SAME


def test_what_a_loss_returns_beside_it_is_no_gradient_because_of_its_shape():
    assert check_of(MARGINS)[FUNCTION].outcome is Outcome.SAME
    source = """
import numpy as np

def focal_loss(x, t):
    p = 1 / (1 + np.exp(-x))
    return -(t * (1 - p) ** 2 * np.log(p)).mean(), p
"""
    assert not check_of(source).judgements


def test_a_gradient_of_another_shape_is_named():
    bug = EXAMPLES["no course: batch norm, a sum over the wrong axis"]
    judgement = check_of(bug.source)[FUNCTION]
    assert "beta" in judgement.diagnoses[0].title.en
    assert "shape (4,), expected (3,)" in judgement.diagnoses[0].seen.en


def test_what_is_handed_on_untouched_is_left_to_its_neighbour():
    source = """
import numpy as np

class Shares:
    def forward(self, x):
        e = np.exp(x)
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, dout):
        return dout
"""
    assert not check_of(source).judgements


@pytest.mark.parametrize(
    "method", ["train(self, x, goal)", "fit(self, x, goal)", "loss(self, goal)"]
)
def test_what_a_network_hands_back_to_itself_may_be_anything(method):
    source = f"""
import numpy as np

class Bent:
    def forward(self, x):
        self.x = x
        return np.cos(x)

    def backward(self, error):
        return error * np.sin(self.x)

    def {method}:
        return None
"""
    assert not check_of(source).judgements
    layer = source.replace(method, "train(self)")
    assert causes(check_of(layer)[LAYER]) == ["own_derivative_negated"]


def test_what_depends_on_targets_is_no_gradient_from_above():
    source = """
import numpy as np

class Distance:
    def forward(self, x):
        self.x = x
        return np.cos(x)

    def backward(self, goal):
        return self.x - goal
"""
    assert not check_of(source).judgements


def test_what_is_called_a_derivative_and_cannot_be_called_is_no_pass():
    source = (
        SWISH
        + "\ndef cube(x):\n    return x**3\n\ndef cube_grad(x, how, why):\n    raise OSError\n"
    )
    result = check_of(source)
    assert result[FUNCTION].outcome is Outcome.SAME
    assert "cube_grad" in result.unjudged and not result.passed()


def test_a_notebook_draws_on_as_if_nothing_had_been_judged():
    np.random.seed(3)
    first = np.random.random(3)
    np.random.seed(3)
    namespace = {"__name__": "notebook"}
    exec(THINNED.replace("self.rng.random(x.shape)", "np.random.random(x.shape)"), namespace)
    assert compare.check(namespace["Thinned"])[LAYER].outcome is Outcome.SAME
    np.testing.assert_array_equal(np.random.random(3), first)


DRAWN = """
import numpy as np

def cube_forward(X):
    return X ** 3, X

def cube_backward(dout, X):
    return 3 * dout * X ** 2

def dropout_forward(X, dropout):
    p = np.random.rand(*X.shape) < (1 - dropout)
    a = X * p / (1 - dropout)
    return a, (X, p, dropout)

def dropout_backward(dout, cache):
    X, p, dropout = cache
    return dout * p / (1 - dropout)
"""


def test_what_is_drawn_at_each_call_is_drawn_alike():
    """Dropout as two functions: right, and times (1 - p)^2, whatever p is."""
    judged = {j.found: j for j in check_of(DRAWN).judgements}
    assert judged["dropout_backward"].outcome is Outcome.SAME
    wrong = with_changes(DRAWN, ("return dout * p / (1", "return dout * p * (1"))
    found = {j.found: j for j in check_of(wrong).judgements}["dropout_backward"]
    assert causes(found) == ["own_derivative_scaled"]
    assert "(1 - dropout)^2" in found.diagnoses[0].title.en


def test_what_a_cost_is_handed_beside_outputs_may_be_a_slope_or_nothing_that_is_known():
    squares = EXAMPLES["no course: half squares with their delta"].source
    slope = with_changes(squares, (" * squeeze(z) * (1 - squeeze(z))", " * z"))
    assert check_of(slope)[FUNCTION].outcome is Outcome.SAME
    other = with_changes(squares, (" * squeeze(z) * (1 - squeeze(z))", " * z ** 3"))
    assert FUNCTION not in [j.concept for j in check_of(other).judgements]


BENT = """
import numpy as np

def bent(x, slope=0.8):
    return np.where(x > 0, x, slope * x)

def bent_prime(x, slope=0.8):
    return np.where(x > 0, 1.0, slope)
"""


@pytest.mark.parametrize(
    "change",
    [("1.0, slope)", "1.0, 1.0)"), ("prime(x, slope=0.8)", "prime(x, slope=0.1)")],
    ids=["forgotten where it is 0.8", "another where nobody gives one"],
)
def test_a_setting_of_both_is_one_and_hides_nothing(change):
    assert check_of(BENT)[FUNCTION].outcome is Outcome.SAME
    assert change[0] in BENT
    assert causes(check_of(BENT.replace(*change))[FUNCTION]) == ["own_partly"]


IN_COLUMNS = """
import numpy as np

def dense_relu_forward(A, W, b):
    Z = W @ A + b
    return np.maximum(0, Z), (A, W, Z)

def dense_relu_backward(dA, cache):
    A, W, Z = cache
    dZ = dA * (Z > 0)
    m = A.shape[1]
    return W.T @ dZ, dZ @ A.T / m, dZ.sum(axis=1, keepdims=True) / m

A = np.random.default_rng(0).normal(size=(3, 8))
W, b = np.random.default_rng(1).normal(size=(2, 3)), np.zeros((2, 1))
Y, cache = dense_relu_forward(A, W, b)
dense_relu_backward(np.ones_like(Y), cache)
"""


@pytest.mark.parametrize(
    ("meant", "is_same"), [("dZ @ A.T / m", True), ("-dZ @ A.T / m", False), ("dZ @ A.T", False)]
)
def test_gradients_of_weights_may_all_be_means_over_columns(judged, meant, is_same):
    found, _ = judged(IN_COLUMNS.replace("dZ @ A.T / m", meant), (BY_NAME, BY_VALUES))
    back = found.get("dense_relu_backward")
    assert (back is not None and back.outcome is Outcome.SAME) is is_same
