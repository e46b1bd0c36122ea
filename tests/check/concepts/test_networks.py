"""What the corpus cannot say of whole networks: what is not named, and what is not compared."""

from dataclasses import replace

import pytest

from compare.bench.diagnosis import check_of
from compare.check.check_submission import check_file, checked
from compare.check.examples import EXAMPLES
from compare.core.outcome import Outcome
from compare.sandbox.in_process import InProcess

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

BOOK = EXAMPLES["network: the book's, flat"].source
LAYERS = EXAMPLES["network: the book's, of layers"].source
LISTS = EXAMPLES["network form: lists of params and grads of layers"].source
MOVES = EXAMPLES["network: a step of training"].source
OF_THE_MODULE = EXAMPLES["unfamiliar: weights of the module"].source


def _judged(source: str):
    return check_of(source, only=["network"])["network"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(y - t) / x.shape[0]", "0.3 * (y - t) / x.shape[0]"),
        ("(y - t) / x.shape[0]", "(y - t) / 2.5"),
        ("y = softmax(a2)", "y = softmax(a2).astype(np.float32)"),
        ("np.dot(x.T, dz1)", "np.dot(x[::-1].T, dz1)"),
        ("return grads", "return {k: np.clip(g, -0.05, 0.05) for k, g in grads.items()}"),
    ],
)
def test_a_mistake_outside_the_catalogue_is_found_and_gets_no_wrong_name(right, wrong):
    assert right in BOOK
    judged = _judged(BOOK.replace(right, wrong))
    assert judged.outcome is Outcome.DIFFERENT
    assert [d.cause for d in judged.diagnoses] == ["unknown"]


def test_a_class_that_cannot_be_made_is_not_compared_and_says_what_was_looked_for():
    judged = _judged(BOOK.replace("input_size, hidden_size, output_size, w", "foo, bar, w"))
    assert judged.outcome is Outcome.NOT_COMPARED
    assert "looked for a constructor of sizes" in judged.verdict.first.reason


def test_the_loss_and_the_gradients_may_be_reduced_differently_and_that_is_said():
    judged = _judged(BOOK.replace("/ y.shape[0]", ""))
    assert judged.outcome is Outcome.SAME
    said = judged.conventions[0].en
    assert "sum over the batch" in said and "gradients are those of the mean" in said


NOTEBOOK = EXAMPLES["network: the notebook's functions"].source


@pytest.mark.parametrize(
    ("returned", "taken"),
    [
        ("return y, z1", "x, d, z1, y"),
        ("return y, z1", "x, d, y, z1"),
        ("return z1, y", "x, d, y, z1"),
    ],
)
def test_what_a_forward_pass_returns_is_known_by_its_return_statement(tmp_path, returned, taken):
    source = NOTEBOOK.replace("return z1, y", returned)
    assert source.count(returned) == 1
    source = source.replace("def backward(network, x, d, z1, y)", f"def backward(network, {taken})")
    assert taken in source
    file = tmp_path / "net.py"
    file.write_text(source)
    judged = check_file(file, only=["network"])["network"]
    assert judged.outcome is Outcome.SAME and not judged.warned


@pytest.mark.slow
@pytest.mark.parametrize("source", [LISTS, MOVES], ids=["lists of layers", "a step of training"])
def test_weights_are_shared_across_the_process_of_the_sandbox(tmp_path, source):
    file = tmp_path / "net.py"
    file.write_text(source)
    judged = check_file(file, only=["network"])["network"]
    assert judged.outcome is Outcome.SAME and not judged.warned


def test_a_parameter_whose_gradient_is_wrong_is_named():
    judged = _judged(LAYERS.replace("np.sum(dout, axis=0)", "np.mean(dout, axis=0)"))
    (found,) = judged.diagnoses
    assert found.cause == "factor_of_one_parameter"
    assert "b2, b1" in found.title.en and "1/N" in found.title.en


@pytest.mark.parametrize(
    "source",
    [
        "class Network:\n    def __init__(self, rate=0.1):\n        self.layers = []\n"
        "    def add_layer(self, layer):\n        self.layers.append(layer)\n"
        "    def predict(self, x):\n        return x\n    def fit(self, x, t):\n        pass\n",
        "def predict(X, y, parameters):\n    return X > 0.5\n",
    ],
)
def test_what_is_a_network_only_with_other_things_is_left_alone(source):
    names: dict = {"__name__": "submission"}
    exec(source, names)
    found = checked("submission", InProcess(names), {}, 0)
    assert not found.judgements and len(found.left_alone) == 1


def test_the_weights_of_the_module_are_put_back_after_ours(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(OF_THE_MODULE)  # its text says what it reads
    names: dict = {"__name__": "submission"}
    exec(compile(OF_THE_MODULE, file, "exec"), names)
    before = {name: names[name] for name in ("W1", "b1", "W2", "b2", "m")}
    found = checked("submission", InProcess(names), {}, 0, ["network"])["network"]
    assert found.outcome is Outcome.SAME
    assert all(names[name] is value for name, value in before.items())


def test_a_way_back_that_cannot_be_called_is_no_pass(tmp_path):
    file = tmp_path / "net.py"
    source = EXAMPLES["unfamiliar: classes are predicted beside it"].source
    source = source.replace("goal, store)", "goal, store, sauce, spice)")
    file.write_text(source)
    found = check_file(file)
    assert found["network"].outcome is Outcome.SAME
    assert found.unjudged == ("run_backward",) and found.exit_code() == 1
    assert "not judged: run_backward" in str(found)
    assert replace(found, allow_unjudged=True).exit_code() == 0
