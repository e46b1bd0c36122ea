"""``run --impl``: a file in the place of scratch; planted bugs, and twins that are right."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import compare
from compare.cli import main
from compare.core.outcome import Outcome
from compare.system.errors import UsageError

FILE = """
import numpy as np


def relu(u):
    return np.maximum(0, u)


def softmax(u):
    e = np.exp(u - np.max(u, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy_error(y, t):
    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]


class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {
            "W1": 0.1 * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": 0.1 * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }

    def predict(self, x):
        p = self.params
        self.z1 = relu(x @ p["W1"] + p["b1"])
        return softmax(self.z1 @ p["W2"] + p["b2"])

    def loss(self, x, t):
        return cross_entropy_error(self.predict(x), t)

    def gradient(self, x, t):
        p = self.params
        dy = (self.predict(x) - t) / x.shape[0]
        dz = (dy @ p["W2"].T) * (self.z1 > 0)
        return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": self.z1.T @ dy, "b2": dy.sum(axis=0)}
"""
ASKED = ("relu", "softmax", "optimizer.sgd", "mlp.hidden.relu", "try.weights.he", "mlp.digits")
OF_NETWORK = ("mlp.hidden.relu", "try.weights.he", "mlp.digits")

# what is wrong: the text and what stands there, which cases differ, and at which name first
BUGS = {
    "forward": ('self.z1 @ p["W2"] + p["b2"]', 'self.z1 @ p["W2"]', OF_NETWORK, "y"),
    "loss": ("np.log(y", "np.log10(y", OF_NETWORK, "loss"),
    "gradient": (" * (self.z1 > 0)", "", OF_NETWORK, "grad/W1"),
    "update": (
        "params[key] -= self.lr * grads[key]",
        "params[key] -= self.lr * grads[key] / 2",
        ("optimizer.sgd", "try.weights.he", "mlp.digits"),
        "param/W",
    ),
    "function": ("np.maximum(0, u)", "np.maximum(0.01 * u, u)", ("relu",), "z"),
}
TWINS = {
    "as it is": (),
    "sums for means": (("/ y.shape[0]", ""), (" / x.shape[0]", "")),
    "no epsilon": ((" + 1e-7", ""),),
    "another epsilon": (("1e-7", "1e-12"),),
    "columns inside": (
        ("x @ p", "x.dot(p"), ('p["W1"] + p["b1"]', 'p["W1"]) + p["b1"]'),
    ),
}  # fmt: skip


def written(tmp_path, *changes, text=FILE, name="my_network.py"):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def outcomes(result):
    return {r.case.name: r.outcome for r in result}


def sandboxed(names, *trusted):
    """Each name in a sandbox; in this process those that show all that is called there."""
    return [
        *(pytest.param(name, False, id=f"{name}-sandbox") for name in names),
        *(pytest.param(name, True, id=f"{name}-trust") for name in trusted),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("bug, trust", sandboxed(BUGS, "forward", "gradient", "update"))
def test_a_planted_bug_turns_exactly_its_cases_different(tmp_path, bug, trust):
    old, new, wrong, first = BUGS[bug]
    asked = ASKED if bug != "function" else ASKED[:3]  # of another activation no case has a network
    steps = 3 if "mlp.digits" in asked else None
    result = compare.run(*asked, impl=written(tmp_path, (old, new)), trust=trust, steps=steps)
    got = outcomes(result)
    assert {name for name, o in got.items() if o is Outcome.DIFFERENT} == set(wrong), got
    assert {o for name, o in got.items() if name not in wrong} == {Outcome.SAME}, got
    for name in wrong:
        assert first in result[name].verdict.first.name, str(result[name])


@pytest.mark.slow
@pytest.mark.parametrize("twin, trust", sandboxed(TWINS, "as it is"))
def test_a_right_twin_passes_in_its_own_convention(tmp_path, twin, trust):
    asked = (
        "softmax",
        "cross_entropy_error.one_hot",
        "optimizer.sgd",
        "mlp.hidden.relu",
        "mlp.iris",
    )
    result = compare.run(*asked, impl=written(tmp_path, *TWINS[twin]), trust=trust, steps=3)
    assert set(outcomes(result).values()) == {Outcome.SAME}, str(result)
    assert result.passed


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """One run of the file as it is, by the command; its output, JSON and logs."""
    folder = tmp_path_factory.mktemp("right")
    path = written(folder)
    report, logs = folder / "out.json", folder / "runs"
    arguments = ["run", "relu", "tanh", "mlp.iris", "--impl", str(path), "--steps", "6"]
    done = CliRunner().invoke(main, [*arguments, "--json", str(report), "--logdir", str(logs)])
    assert done.exit_code == 0, done.output
    (directory,) = logs.glob("2*")
    return done.output, json.loads(report.read_text(encoding="utf-8")), directory


def test_the_report_says_whose_code_ran_and_what_was_not_run(right):
    output, report, _ = right
    assert "yours: relu; scratch: d_relu, activation_backward" in output
    assert "yours: TwoLayerNet, SGD; scratch: constant, train, accuracy" in output
    assert "nothing of my_network.py takes part" in output
    assert "tanh" not in {r["case"] for r in report["results"]}
    assert [r["whose"] for r in report["results"]][0].startswith("yours: relu")


def test_it_is_run_in_float64_unless_asked_otherwise(right):
    _, report, _ = right
    assert {r["dtype"] for r in report["results"]} == {"float64"}


def test_tensorboard_has_its_curves_under_the_name_of_the_file(right):
    from compare.report.tensorboard.verify import check

    directory = right[2]
    runs = {path.name for path in directory.iterdir() if path.is_dir()}
    assert "my_network.py" in runs and "scratch" not in runs
    assert check(directory) == []  # every curve of it is there, point for point


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('raise ValueError("a slip")', "step 3: ValueError: a slip (my_network.py:"),
        ("while True: pass", "step 3: TwoLayerNet.gradient took longer than"),
    ],
)
def test_what_ends_a_training_is_said_with_its_step_and_the_rest_goes_on(tmp_path, line, words):
    begun = "        p = self.params\n        dy"
    counted = f"""        p = self.params
        self.calls = getattr(self, "calls", 0) + (x.shape[0] == 100)
        if self.calls == 3:
            {line}
        dy"""
    path = written(tmp_path, (begun, counted))
    result = compare.run("mlp.hidden.relu", "mlp.digits", impl=path, steps=5)
    assert result["mlp.hidden.relu"].outcome is Outcome.SAME
    training = result["mlp.digits"]
    assert training.outcome is Outcome.ERROR
    assert words in training.verdict.first.reason
    assert [c.name for c in training.verdict.failures] == ["error/my_network.py"]


def test_weights_that_explode_are_said_at_their_step(tmp_path):
    path = written(tmp_path, ("-= self.lr *", "+= 1e200 *"))
    result = compare.run("mlp.digits", impl=path, steps=4)
    assert result["mlp.digits"].verdict.first.name.startswith("step/1/param/")


@pytest.mark.parametrize(
    ("case", "dtype", "change", "words"),
    [
        ("softmax.one_sample", "float64", ("relu", "relu"), "axis=-1 and keepdims=True"),
        ("relu", "float32", ("np.maximum(0, u)", "np.maximum(0, u) + np.zeros(1)"), "zeros_like"),
    ],
)
def test_what_it_does_not_take_is_not_compared_with_what_would_help(
    tmp_path, case, dtype, change, words
):
    result = compare.run(case, impl=written(tmp_path, change), dtype=dtype)
    assert outcomes(result) == {case: Outcome.NOT_COMPARED}
    assert words in result[case].verdict.first.reason


def test_a_float32_network_is_compared_in_float32(tmp_path):
    result = compare.run("mlp.hidden.relu", impl=written(tmp_path), dtype="float32")
    assert outcomes(result) == {"mlp.hidden.relu": Outcome.SAME}


def test_another_structure_than_any_case_trains_with_its_own_layers(tmp_path):
    """Of tanh, sigmoid and the squared error no case is made: digits are trained so, too."""
    path = written(
        tmp_path,
        ("relu(x @", "np.tanh(x @"),
        ("return softmax(self.z1", "return 1 / (1 + np.exp(-(self.z1"),
        ('p["W2"] + p["b2"])', 'p["W2"] + p["b2"])))'),
        ("cross_entropy_error(self.predict(x), t)", "((self.predict(x) - t) ** 2).sum() / 2"),
        (
            "dy = (self.predict(x) - t) / x.shape[0]",
            "y = self.predict(x)\n        dy = (y - t) * y * (1 - y)",
        ),
        ("(self.z1 > 0)", "(1 - self.z1**2)"),
    )
    result = compare.run("mlp.digits", "mlp.hidden.tanh", impl=path, steps=5)
    assert outcomes(result) == {"mlp.digits": Outcome.SAME}
    assert "tanh, sigmoid" in result["mlp.digits"].case.about
    assert "1 of the cases" in result.notes[0]


@pytest.mark.slow
def test_results_are_the_same_in_processes(tmp_path):
    path = written(tmp_path)
    here, there = (compare.run("relu", "mlp.hidden.relu", impl=path, jobs=jobs) for jobs in (1, 2))
    assert [r.digests for r in here] == [r.digests for r in there]
    assert [r.whose for r in here] == [r.whose for r in there]


def test_it_changes_nothing_of_what_it_is_given_and_repeats_its_bits(tmp_path):
    path = written(tmp_path)
    first, again = (compare.run("mlp.iris", impl=path, steps=4) for _ in range(2))
    assert first["mlp.iris"].digests == again["mlp.iris"].digests
    assert any(c.name == "input/x/my_network.py" for c in first["mlp.iris"].verdict.comparisons)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--trust"], "--trust goes with --impl"),
        (["--impl", "nowhere.py"], "nowhere.py cannot be read"),
        (["--impl", "x.py", "--cluster", "tcp://h:1"], "--impl runs here: leave out --cluster"),
    ],
)
def test_a_mistake_of_usage_is_one_line(arguments, words):
    done = CliRunner().invoke(main, ["run", "relu", *arguments])
    assert done.exit_code == 2
    assert words in done.output and "Traceback" not in done.output


def test_a_file_without_anything_of_the_case_says_so(tmp_path):
    done = CliRunner().invoke(main, ["run", "tanh", "--impl", str(written(tmp_path))])
    assert done.exit_code == 5
    assert "tanh: nothing in my_network.py is asked for in it" in done.output


@pytest.mark.parametrize("trust", [False, True])
def test_a_file_that_cannot_be_imported_says_why(tmp_path, trust):
    path = written(tmp_path, text="import numpy as np\nraise RuntimeError('no data')\n")
    with pytest.raises(UsageError, match="no data"):
        compare.run("relu", impl=path, trust=trust)


def test_a_notebook_can_be_trusted(tmp_path):
    cells = [{"cell_type": "code", "source": FILE, "metadata": {}, "outputs": []}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    result = compare.run("relu", "mlp.hidden.relu", impl=path, trust=True)
    assert set(outcomes(result).values()) == {Outcome.SAME}
    assert np.isfinite(result["relu"].seconds)
