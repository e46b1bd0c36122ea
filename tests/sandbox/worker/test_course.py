"""What stands in for the course's own modules: right, said, and only where they are not there."""

import numpy as np
import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.worker.course import functions as ours
from scratch import activations, losses, numerical

NET = """
from common.functions import *
from common import functions
from dataset.mnist import load_mnist
from mnist import load_mnist as again

(x, t), _ = load_mnist(normalize=True)

def d_relu(u):
    return np.where(u {sign} 0, 1, 0)

def softmax_of_scores(u):
    return functions.softmax(u)
"""


@pytest.mark.parametrize(("sign", "outcome"), [(">", Outcome.SAME), ("<", Outcome.DIFFERENT)])
def test_a_file_of_the_course_is_judged_without_the_modules_beside_it(tmp_path, sign, outcome):
    file = tmp_path / "net.py"
    file.write_text(NET.replace("{sign}", sign))
    found = check_file(file)
    assert [j.found for j in found.judgements] == ["d_relu", "softmax_of_scores"]
    assert found["d_relu"].outcome is outcome and not found.failures
    assert [note for note in found.notes if "common.functions" in note and "ours" in note]


def test_a_module_that_is_there_is_not_replaced(tmp_path):
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "functions.py").write_text("def relu(x):\n    return 7\n")
    (tmp_path / "net.py").write_text(
        "from common.functions import relu\ndef f(x):\n    return relu(x)\n"
    )
    with Sandbox(tmp_path / "net.py") as box:
        assert box.call("f", 1.0).value == 7
        assert not box.inventory.notes


def test_ours_are_those_of_the_course():
    rng = np.random.default_rng(1)
    u, d = rng.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0])
    y, rows = activations.softmax(u), np.eye(3)[d]
    assert np.allclose(ours.softmax(u), y) and np.allclose(ours.softmax(u[0]), y[0])
    expected = losses.cross_entropy_error(d, y)
    assert np.allclose(
        [ours.cross_entropy_error(d, y), ours.cross_entropy_error(rows, y)], expected
    )
    # the books hand the output over first
    assert np.allclose(
        [ours.cross_entropy_error(y, d), ours.cross_entropy_error(y, rows)], expected
    )
    assert np.allclose(ours.d_softmax_with_loss(d, y), (y - rows) / 5)
    assert np.allclose(ours.mean_squared_error(rows, y), losses.mean_squared_error(rows, y))
    for name in ("d_relu", "d_sigmoid", "d_tanh"):
        assert np.allclose(getattr(ours, name)(u), getattr(activations, name)(u))
    f = lambda x: (x**3).sum()  # noqa: E731
    assert np.allclose(
        ours.numerical_gradient(f, u.copy()), numerical.numerical_gradient(f, u.copy())
    )
