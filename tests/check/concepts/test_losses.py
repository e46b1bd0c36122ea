"""What the corpus cannot say of losses: names, layouts, what stays unknown, what is said once."""

import numpy as np
import pytest

from compare.bench.diagnosis import check_of
from compare.check.calling.functions import target_first
from compare.check.concept import Role
from compare.check.concepts.losses import CONCEPTS
from compare.check.fitting.factors import FACTORS, MEAN_OF_ALL, Factor
from compare.check.matching import expected
from compare.check.report.text import told
from compare.core.outcome import Outcome
from compare.core.problem import build

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

SOFTMAX = """
def softmax(u):
    e = np.exp(u - u.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""


def judged(source: str, seed: int = 0):
    return check_of(f"import numpy as np\n{source}", seed)


def causes(judgement) -> list[str]:
    return [d.cause for d in judgement.diagnoses]


def returning(name: str, value: str, of: str = "d, y") -> str:
    return f"def {name}({of}):\n    return {value}\n"


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.name)
def test_three_sizes_tell_all_constant_factors_apart(concept):
    sizes = [
        p.case.sizes for p in concept.probes if p.role is Role.ORDINARY and "N" in p.case.sizes
    ]
    seen = {tuple(f.of((s["N"], s["K"])) for s in sizes) for f in FACTORS}
    assert len(seen) == len(FACTORS)


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (Factor(0.5, -1, 0), "1/(2 N)"),
        (MEAN_OF_ALL, "1/(N K)"),
        (Factor(2.0, 1, 0), "2 N"),
        (Factor(1.0, -2, 0), "1/N^2"),
        (Factor(0.5, 0, 1), "K/2"),
        (Factor(), "1"),
    ],
)
def test_a_factor_reads_as_in_a_textbook(factor, said):
    assert str(factor) == said


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (("d", "y"), True),
        (("t", "y"), True),
        (("y_true", "y_pred"), True),
        (("y", "t"), False),
        (("x", "t"), False),
        (("pred", "target"), False),
        (("AL", "Y"), False),
        (("p", "q"), True),
        (("x", "y"), None),
        (("a", "b"), None),
    ],
)
def test_the_order_of_target_and_output_is_read_from_names_that_state_it(names, first):
    assert target_first(names) is first


def test_what_is_expected_of_the_course_functions_is_what_torch_computes():
    from torch import from_numpy
    from torch.nn import functional as F

    by_name = {c.name: c for c in CONCEPTS}
    outside = {
        "mean_squared_error": lambda a: F.mse_loss(a["y"], a["d"]) / 2,
        "softmax_with_loss": lambda a: F.cross_entropy(a["u"], a["d"]),
        "sigmoid_with_loss": lambda a: F.binary_cross_entropy_with_logits(a["u"], a["d"]),
    }
    for name, torch in outside.items():
        probe, meaning = by_name[name].probes[0], by_name[name].meanings[0]
        arrays = build(probe.case, "float64", 3).arrays
        wanted = expected(meaning, arrays)["loss"]
        value = float(torch({n: from_numpy(np.copy(a)) for n, a in arrays.items()}))
        assert abs(value - wanted.value) <= wanted.limit()


def test_the_course_s_printed_loss_is_what_its_cross_entropy_is_expected_to_give():
    meaning = next(c for c in CONCEPTS if c.name == "cross_entropy_error").meanings[0]
    y = np.array([[0.01602796, 0.05707321, 0.20322929, 0.72366954]])  # eight printed digits
    d = np.array([[0.0, 0.0, 0.0, 1.0]])
    found = float(expected(meaning, {"d": d, "y": y})["loss"].value)
    assert abs(found - 0.3234202933601941) < 1e-8 / 0.72  # what the digits of y leave open


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean_squared_error", "np.mean((d - y) ** 2) + 3.7"),
        ("mean_squared_error", "np.mean(np.abs(d - y) ** 1.5)"),
        ("mean_squared_error", "np.median((d - y) ** 2)"),
        ("cross_entropy_error", "-np.sum(d * np.log(y + 0.3)) / len(d)"),
        ("cross_entropy_error", "np.sum((1 - d) * y) / len(d)"),
        ("binary_cross_entropy_error", "np.mean((d - y) ** 2)"),
        ("d_softmax_with_loss", "(y - 0.9 * d) / len(d)"),
        ("d_mean_squared_error", "np.tanh(y - d)"),
        ("accuracy", "np.mean(y == d) ** 2"),
        ("accuracy", "int(np.mean(y.argmax(axis=1) == d.argmax(axis=1)))"),
    ],
)
def test_a_mistake_outside_the_catalogue_gets_no_other_s_name(name, value):
    for seed in range(2):
        found = judged(returning(name, value), seed)[name]
        assert found.outcome is Outcome.DIFFERENT
        assert set(causes(found)) <= {"unknown", "accuracy_never"}


def test_samples_are_no_columns_where_its_own_softmax_has_rows():
    loss = returning("mean_squared_error", "np.sum((d - y) ** 2) / d.shape[1]")
    alone = judged(loss)["mean_squared_error"]
    assert "samples are columns" in [t.en for t in alone.conventions][0]
    assert alone.outcome is Outcome.SAME
    beside = judged(SOFTMAX + loss)["mean_squared_error"]
    assert causes(beside) == ["loss_factor"]


def test_a_gradient_that_is_wrong_by_itself_is_reported_once():
    source = returning("mse", "np.mean((y - d) ** 2)") + returning("d_mse", "2 * (d - y) / y.size")
    found = judged(source)
    assert causes(found["d_mean_squared_error"]) == ["gradient_sign"]
    assert all(not j.concept.startswith("pair.") for j in found.judgements)


def test_a_gradient_of_another_factor_than_its_loss_is_told_once_and_the_loss_is_right():
    source = returning("mse", "np.sum((y - d) ** 2) / len(d)")
    found = judged(source + returning("d_mse", "2 * (y - d) / y.size"))
    assert found["mean_squared_error"].outcome is Outcome.SAME
    pair = found["pair.mean_squared_error"]
    assert (pair.found, pair.parts) == ("d_mse", ("mse",))
    assert found["d_mean_squared_error"].outcome is Outcome.DIFFERENT
    assert [j.concept for j in told(found.judgements) if not j.warned] == [pair.concept]


def test_a_pair_nobody_wrote_is_not_called_missing():
    found = judged(returning("mse", "np.mean((y - d) ** 2)"))
    assert "d_mean_squared_error" in found.missing
    assert not [name for name in found.missing if name.startswith("pair.")]


def test_the_loss_that_a_gradient_is_of_is_named_with_the_factor():
    source = returning("mse", "np.mean((y - d) ** 2)") + returning("d_mse", "(y - d) / len(d)")
    (said,) = judged(source)["pair.mean_squared_error"].diagnoses
    assert said.cause == "not_the_loss_differentiated"
    assert "1/(2 N) sum (y - d)^2" in said.title.en and "K/2 times" in said.title.en
    assert "1/(2 N) sum (y - d)^2" in said.title.ja and "K/2 倍" in said.title.ja


@pytest.mark.parametrize(("over", "outcome"), [("size", Outcome.SAME), ("shape[0]", None)])
def test_a_gradient_k_times_as_much_is_of_rows(over, outcome):
    # as columns it would be N times as much
    judgement = judged(f"""
class MSELoss:
    def forward(self, y_pred, y_true):
        self.y_pred, self.y_true = y_pred, y_true
        return np.mean((y_pred - y_true) ** 2)
    def backward(self):
        return 2 * (self.y_pred - self.y_true) / self.y_true.{over}
""")["layer.mean_squared_error"]
    assert judgement.outcome is (outcome or Outcome.DIFFERENT)
    told_of = [d.blanks["factor"] for d in judgement.diagnoses if not d.warning]
    assert told_of == ([] if outcome else ["K"])
    assert not any("columns" in said.en for said in judgement.conventions)


def test_scores_say_nothing_of_a_loss_that_takes_a_logarithm_at_once():
    judgement = judged("""
class CrossEntropy:
    def loss(self, predictions, y):
        return -np.sum(y * np.log(predictions + 1 * np.exp(-6)))
    def loss_gradient(self, predictions, y):
        return -y / predictions
""")["layer.softmax_with_loss"]
    assert judgement.outcome is not Outcome.DIFFERENT or "nan" not in str(judgement.verdict)


BOTH = """
class MSELoss:
    def __init__(self, over="all"):
        self.over = over
    def __call__(self, output, goal):
        miss = output - goal
        count = miss.size if self.over == "all" else 1
        grad = 2 * miss / count
        return (miss ** 2).sum() / count, grad
"""


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("miss.size", "miss.size", Outcome.SAME),
        (", grad", ", 2.0 * miss / count", Outcome.SAME),
        ("2 * miss / count", "miss / count", Outcome.DIFFERENT),
        ("2 * miss / count", "-2 * miss / count", Outcome.DIFFERENT),
        # these are handed on: nothing says that they are gradients
        (", grad", ", miss", None),
        (", grad", ", output", None),
    ],
)
def test_a_class_that_gives_its_loss_and_its_gradient_at_once(old, new, outcome):
    found = {j.concept: j for j in judged(BOTH.replace(old, new)).judgements}.get(
        "layer.mean_squared_error"
    )
    assert (found and found.outcome) is outcome
