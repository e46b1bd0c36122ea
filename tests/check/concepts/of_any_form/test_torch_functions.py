"""Functions that torch has by the same name are judged beside it, where they are meant so."""

import pytest

from compare.bench.diagnosis import check_of
from compare.check.examples import EXAMPLES
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

CONCEPT = "function.other"
SOFTPLUS = EXAMPLES["torch's: softplus"].source


def test_a_setting_that_is_a_constant_in_the_code_is_solved():
    source = """
import numpy as np

def celu(x):
    return np.maximum(0, x) + np.minimum(0, 1.7 * (np.exp(x / 1.7) - 1))
"""
    judgement = check_of(source)[CONCEPT]
    assert judgement.outcome is Outcome.SAME
    assert "alpha=1.7" in judgement.conventions[0].en


def test_another_function_of_that_name_is_not_judged_and_said():
    source = """
import numpy as np

def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)
"""
    result = check_of(SOFTPLUS + source)
    assert [j.found for j in result.judgements] == ["softplus"]
    assert any("hard_sigmoid is not judged" in note for note in result.notes)
    assert result.passed()


@pytest.mark.parametrize(
    "source",
    [
        "def hard_sigmoid(x):\n    return np.clip(0.2 * x + 0.5, 0, 1)\n",
        "def hardtanh(x):\n    return np.clip(x, -2.0, 1.5)\n",
        "def dropout(x):\n    return x * (np.random.rand(*x.shape) > 0.5)\n",
        "def normalize(x):\n    return (x - x.mean()) / x.std()\n",
        "def square(x):\n    return x.reshape(-1)[:9].reshape(3, 3)\n",
        "def norm(x):\n    return np.abs(x).sum()\n",
        "def dist(a, b):\n    return np.abs(a - b).sum()\n",
        "def cross(a, b):\n    return -(a * np.log(np.abs(b) + 1)).sum()\n",
        "def pad(x):\n    return np.pad(x, 1)\n",
    ],
)
def test_a_right_function_is_not_called_different_because_of_its_name(source):
    judgements = check_of("import numpy as np\n\n" + source).judgements
    assert not [j for j in judgements if j.outcome is Outcome.DIFFERENT]


def test_a_mean_for_a_sum_is_a_convention():
    source = """
import numpy as np

def smooth_l1(a, b):
    r = np.abs(a - b)
    return np.where(r < 1, 0.5 * r**2, r - 0.5).sum() / len(a)
"""
    judgement = check_of(source)[CONCEPT]
    assert judgement.outcome is Outcome.SAME, judgement
    wrong = source.replace("r - 0.5", "r - 0.25")
    assert any("smooth_l1 is not judged" in note for note in check_of(wrong).notes)


def test_a_function_that_is_right_on_one_side_is_told_so():
    source = "import numpy as np\n\ndef softsign(x):\n    return x / (1 + np.abs(x))\n"
    assert check_of(source)[CONCEPT].outcome is Outcome.SAME
    wrong = check_of(source.replace("np.abs(x)", "x"))[CONCEPT]
    assert wrong.outcome is Outcome.DIFFERENT
    assert "where x > 0, and not where x < 0" in wrong.diagnoses[0].title.en
