"""What no name says is recognised by what it computes, and nothing is made up of it."""

import numpy as np
import pytest

import compare
from compare.check.check_submission import check_source
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source

RIGHT = """
import numpy as np

def kousa(y, t):
    return -np.sum(t * np.log(y + 3e-8)) / len(y)

def kousa_no_katamuki(y, t):
    return -t / (y + 3e-8) / len(y)

def tekichuu(y, t):
    return np.mean(y.argmax(axis=1) == t)

def yama(u):
    return 1 / (1 + np.exp(-u))

def affin_fwd(x, W, b):
    return x @ W + b

class Oriru:
    def __init__(self, lr):
        self.lr = lr

    def update(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]
"""
AS = {
    "kousa": "cross_entropy_error",
    "kousa_no_katamuki": "d_cross_entropy_error",
    "tekichuu": "accuracy",
    "yama": "sigmoid",
    "affin_fwd": "affine",
    "Oriru": "optimizer.sgd",
}
OTHERS = """
import numpy as np

def sa(y, t):
    return y - t

def heikin_zettai(y, t):
    return np.mean(np.abs(y - t))

def nibai(u):
    return 2 * u

def sono_mama(u):
    return u

def owaranai(u):
    while True:
        u = u + 1

class Noboru:
    def __init__(self, lr):
        self.lr = lr

    def update(self, params, grads):
        for key in params:
            params[key] += self.lr * grads[key]
"""


def test_right_code_of_any_name_is_recognised(judged):
    found, result = judged(RIGHT)
    assert {name: j.concept for name, j in found.items()} == AS
    assert all(j.outcome is Outcome.SAME for j in found.values())
    assert result.left_alone == ()


def test_a_derivative_alone_another_function_and_one_without_end_are_left_alone(judged):
    found, result = judged(OTHERS)
    assert found == {}
    assert len(result.left_alone) == 6


@pytest.mark.parametrize(
    ("old", "new", "name", "cause"),
    [
        ("return x @ W + b", "return x @ W - b", "affin_fwd", "sign"),
        ("-np.sum(t", "np.sum(t", "kousa", None),
    ],
)
def test_a_known_mistake_is_told_where_the_name_agrees_with_the_concept(
    judged, old, new, name, cause
):
    found, result = judged(RIGHT.replace(old, new))
    if cause is None:
        assert name not in found and name in [d.name for d in result.left_alone]
    else:
        assert found[name].outcome is Outcome.DIFFERENT
        assert cause in found[name].diagnoses[0].cause


SHORT = """
import numpy as np

def rlu(v):
    return np.clip(v, 0, None)

def drlu(v):
    return np.where(v > 0, 1.0, 0.0)

def smx(v):
    w = np.exp(v - np.max(v, -1, keepdims=True))
    return w / np.sum(w, -1, keepdims=True)
"""


def test_a_known_mistake_is_told_of_a_name_that_is_short_for_the_concept(judged):
    softmax = "import numpy as np\n\n" + SHORT[SHORT.index("def smx") :]
    assert judged(softmax)[0]["smx"].outcome is Outcome.SAME
    found, _ = judged(softmax.replace("np.sum(w, -1, keepdims=True)", "np.sum(w)"))
    assert [d.cause for d in found["smx"].diagnoses] == ["softmax_axis"]


CLASSES = """
import numpy as np

def nll_classes(p, c):
    return -np.sum(np.log(p[np.arange(len(p)), c] + 2e-8)) / len(p)

def nll_classes_grad(p, c):
    g = np.zeros_like(p)
    rows = np.arange(len(p))
    g[rows, c] = -1 / (p[rows, c] + 2e-8) / len(p)
    return g
"""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("p[np.arange(len(p)), c] + 2e-8", "p[:, c] + 2e-8", "nll_classes"),
        ("-1 / (p", "-2 / (p", "nll_classes_grad"),
        ("", "", None),
    ],
)
def test_of_a_loss_and_its_gradient_the_one_is_blamed_that_is_wrong(tmp_path, old, new, wrong):
    path = tmp_path / "submission.py"
    path.write_text(CLASSES.replace(old, new), encoding="utf-8")
    failing = [j.found for j in check_source(Source.of(path)).judgements if j.fails()]
    assert failing == ([wrong] if wrong else [])


FROM_ONE = """
import numpy as np

def coded(kind, count):
    return np.eye(count)[kind - 1]

def read(scores):
    return scores.argmax(axis=1) + 1
"""


def test_a_mistake_that_nothing_else_makes_is_told_whatever_the_name_is(judged):
    assert judged(FROM_ONE)[0]["coded"].outcome is Outcome.SAME
    found, _ = judged(FROM_ONE.replace("kind - 1", "kind % count"))
    assert [d.cause for d in found["coded"].diagnoses] == ["labels_from_one_misplaced"]


def test_a_function_beside_its_wrong_derivative_is_right_where_it_is_recognised(tmp_path):
    path = tmp_path / "submission.py"
    path.write_text(SHORT.replace("1.0, 0.0", "1.0, v"), encoding="utf-8")
    result = check_source(Source.of(path))
    by_name = {j.found: j for j in result.judgements}
    assert by_name["drlu"].outcome is Outcome.DIFFERENT and by_name["drlu"].parts == ()
    assert by_name["rlu"].outcome is Outcome.SAME and by_name["rlu"].concept == "relu"


def test_an_activation_of_one_word_more_that_differs_at_large_numbers_is_another(judged):
    relu = "import numpy as np\n\ndef relu6(u):\n    return np.minimum(np.maximum(u, 0), 6)\n"
    assert judged(relu)[0] == {}
    found, _ = judged(relu.replace("np.minimum(np.maximum(u, 0), 6)", "np.maximum(u, 0)"))
    assert found["relu6"].concept == "relu"


def test_a_rule_whose_name_says_that_it_is_another_is_not_blamed(judged):
    rule = RIGHT[RIGHT.index("class Oriru") :].replace("-=", "+=")
    assert judged("import numpy as np\n" + rule.replace("Oriru", "AscendingSGD"))[0] == {}


def test_in_this_interpreter_nothing_is_called_whose_name_is_not_known():
    called = []

    def yama(u):
        called.append(u)
        return 1 / (1 + np.exp(-u))

    result = compare.check({"yama": yama, "__name__": __name__})
    assert not result.judgements and not called


LOG_LOSS = """
import numpy as np

def log_loss(t, y):
    q = np.clip(y, 3e-11, 1 - 3e-11)
    return np.sum(-t * np.log(q), axis=-1).mean()
"""


def test_a_name_of_two_meanings_is_right_as_either(tmp_path):
    path = tmp_path / "submission.py"
    path.write_text(LOG_LOSS, encoding="utf-8")
    (of_classes,) = check_source(Source.of(path)).judgements
    assert (of_classes.concept, of_classes.outcome) == ("cross_entropy_error", Outcome.SAME)
    path.write_text(LOG_LOSS.replace("log_loss", "binary_cross_entropy"), encoding="utf-8")
    (of_two,) = check_source(Source.of(path)).judgements
    assert (of_two.concept, of_two.outcome) == ("binary_cross_entropy_error", Outcome.DIFFERENT)
    path.write_text(LOG_LOSS.replace("-t *", "t *"), encoding="utf-8")
    (wrong,) = check_source(Source.of(path)).judgements
    assert (wrong.concept, wrong.outcome) == ("binary_cross_entropy_error", Outcome.DIFFERENT)


UPHILL = """
import numpy as np

class Inertia:
    def __init__(self, lr=0.04, drag=0.7):
        self.lr, self.drag, self.v = lr, drag, {}

    def update(self, params, grads):
        for name, g in grads.items():
            self.v[name] = self.drag * self.v.get(name, np.zeros_like(g)) - self.lr * g
            params[name] -= self.v[name]

def axpy(x, g, lr):
    x += lr * g
"""


def test_a_rule_that_goes_uphill_is_wrong_whatever_it_is_called(tmp_path):
    (tmp_path / "sub.py").write_text(UPHILL, encoding="utf-8")
    (judged,) = check_source(Source.of(tmp_path / "sub.py")).judgements
    assert (judged.found, judged.concept) == ("Inertia", "optimizer.momentum")
    assert [d.cause for d in judged.diagnoses] == ["climbs"]
    right = UPHILL.replace("params[name] -=", "params[name] +=")
    (tmp_path / "sub.py").write_text(right, encoding="utf-8")
    (judged,) = check_source(Source.of(tmp_path / "sub.py")).judgements
    assert (judged.concept, judged.outcome) == ("optimizer.momentum", Outcome.SAME)


MIXED = """
import numpy as np

def mixed(x, t, seed=None):
    rng = np.random.RandomState(seed)
    order = rng.permutation(len(x))
    return x[order], t[order]

def parted(x, t):
    order, n = np.random.permutation(len(x)), len(x) // 2
    return x[order[:n]], x[order[n:]], t[order[:n]], t[order[n:]]
"""


def test_samples_in_another_order_or_in_two_parts_have_their_own_targets(judged):
    assert {j.outcome for j in judged(MIXED)[0].values()} == {Outcome.SAME}
    wrong = MIXED.replace("t[order]", "t[rng.permutation(len(t))]")
    found, _ = judged(wrong.replace("t[order[:n]], t[order[n:]]", "t[:n], t[n:]"))
    assert {j.outcome for j in found.values()} == {Outcome.DIFFERENT} and len(found) == 2
    assert all(d.cause == "batches_mismatched" for j in found.values() for d in j.diagnoses)


ONE_SIDED = """
import numpy as np

def forward_difference(f, x, h=1e-4):
    base, grad = f(x), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        bumped = x.astype(float)
        bumped[i] += h
        grad[i] = (f(bumped) - base) / h
    return grad
"""


def test_a_difference_of_one_side_is_right_where_its_name_says_so(judged):
    found, _ = judged(ONE_SIDED)
    assert found["forward_difference"].outcome is Outcome.SAME
    found, _ = judged(ONE_SIDED.replace("forward_difference", "finite_difference_of"))
    assert [d.cause for d in found["finite_difference_of"].diagnoses] == ["one_sided_difference"]


DIFFERENCES = """
import numpy as np

H = 1e-4

def bibun(f, w):
    g = np.zeros(w.shape)
    for k in np.ndindex(w.shape):
        before = w[k]
        w[k] = before + H
        above = f(w)
        w[k] = before - H
        g[k], w[k] = (above - f(w)) / (2 * H), before
    return g
"""


def test_a_multiple_of_the_gradient_is_wrong_whatever_it_is_called(judged):
    assert judged(DIFFERENCES)[0]["bibun"].outcome is Outcome.SAME
    found, _ = judged(DIFFERENCES.replace("(2 * H)", "5e-4"))
    assert [d.cause for d in found["bibun"].diagnoses] == ["factor"]
    # a direction to go in, and not what the gradient is said to be
    assert "bibun" not in judged(DIFFERENCES.replace("return g", "return -g"))[0]


@pytest.mark.parametrize(
    "right, wrong, cause",
    [
        ("w[k] = before - H", "w[k] = before", "half_a_difference"),
        ("np.zeros(w.shape)", "np.full(w.shape, 0)", "gradient_in_integers"),
        (
            "g[k], w[k] = (above - f(w)) / (2 * H), before",
            "g[k] = (above - f(w)) / (2 * H)",
            "not_restored",
        ),
    ],
)
def test_slopes_by_differences_of_any_name_are_never_right_so(judged, right, wrong, cause):
    found, _ = judged(DIFFERENCES.replace(right, wrong))
    assert [d.cause for d in found["bibun"].diagnoses] == [cause]


def test_two_parts_that_share_samples_are_wrong_whatever_they_are_called(judged):
    found, _ = judged(
        MIXED.replace("x[order[n:]]", "x[order[:n]]").replace("t[order[n:]]", "t[order[:n]]")
    )
    assert [d.cause for d in found["parted"].diagnoses] == ["parts_overlap"]


HITS = '''
import numpy as np

def hits(table, picks):
    """table: (N, K)"""
    return np.mean(np.argmax(table, axis=1) == picks)
'''


def test_what_its_text_calls_rows_is_wrong_of_columns_whatever_its_name_is(judged):
    assert judged(HITS)[0]["hits"].outcome is Outcome.SAME
    by_column = HITS.replace("axis=1", "axis=0")
    assert [d.cause for d in judged(by_column)[0]["hits"].diagnoses] == ["rows_said"]
    assert judged(by_column.replace("(N, K)", "scores"))[0]["hits"].outcome is Outcome.SAME


RAMPS = """
import numpy as np

def ramp(u):
    return np.where(u > 0, u, 0.0)

def leaky_ramp(u):
    return np.where(u > 0, u, 0.02 * u)
"""


def test_a_ramp_whose_name_says_that_it_leaks_is_no_ramp(tmp_path):
    path = tmp_path / "submission.py"
    path.write_text(RAMPS, encoding="utf-8")
    found = {j.found: j.outcome for j in check_source(Source.of(path)).judgements}
    assert found == {"ramp": Outcome.SAME}
    path.write_text(RAMPS.replace("u, 0.0", "u, 0.01 * u"), encoding="utf-8")
    (wrong,) = (j for j in check_source(Source.of(path)).judgements if j.fails())
    assert wrong.found == "ramp" and [d.cause for d in wrong.diagnoses] == ["relu_leaks"]


OF_CLASSES = """
import numpy as np

def logloss_classes(prob, classes):
    rows = np.arange(prob.shape[0])
    return -np.mean(np.log(prob[rows, classes] + 3e-8))
"""


def test_a_name_that_adds_what_it_takes_is_of_the_loss_that_it_names(tmp_path):
    path = tmp_path / "submission.py"
    path.write_text(OF_CLASSES, encoding="utf-8")
    (right,) = check_source(Source.of(path)).judgements
    assert (right.concept, right.outcome) == ("cross_entropy_error", Outcome.SAME)
    path.write_text(OF_CLASSES.replace("np.log(", "np.log10("), encoding="utf-8")
    (wrong,) = check_source(Source.of(path)).judgements
    assert [d.cause for d in wrong.diagnoses if not d.warning] == ["log_base"]
