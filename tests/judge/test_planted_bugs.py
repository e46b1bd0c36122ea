"""Every check is tried on a planted bug that it must catch, and on a correct twin that must pass."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from compare.bench.mutants import FAULTS, Mutation, mutated
from compare.cases import CASES
from compare.core.implementation import numpy_side
from compare.core.outcome import Outcome
from compare.engine.run_case import run_case

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

SCRATCH = Path(__file__).resolve().parents[2] / "scratch"
BY_NAME = {case.name: case for case in CASES}
LARGE = ("mlp.mnist", "mlp.fashion-mnist", "mlp.animals")


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Copy scratch under a name of its own, with texts replaced: an Implementation."""
    monkeypatch.syspath_prepend(tmp_path)

    def plant(file, *replacements):
        name = f"planted_{tmp_path.name}_{len([*tmp_path.iterdir()])}"
        shutil.copytree(SCRATCH, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        path = tmp_path / name / file
        text = path.read_text(encoding="utf-8")
        for old, new in replacements:
            assert text.count(old) >= 1, f"{old!r} is no longer in {file}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return numpy_side(name)

    return plant


def shortened(case, steps=2):
    """The same case with its first few batches."""

    def cut(batches):
        return lambda rng, sizes: (batches(rng, sizes) if callable(batches) else batches)[:steps]

    def load(rng, sizes):
        found = dict(case.load(rng, sizes))
        return {k: v[:steps] if k == "batches" else v for k, v in found.items()}

    arrays = {k: cut(v) if k == "batches" else v for k, v in case.arrays.items()}
    return replace(case, arrays=arrays, load=load if case.load else None)


# The course's exercise 1-3 runs relu forward and takes the sigmoid's derivative, at z1, backward.
SIGMOID_UNDER_RELU = (
    (
        "from .layers import Affine, activation, output_with_loss\n",
        "from .activations import d_sigmoid\n"
        "from .layers import Affine, activation, output_with_loss\n\n\n"
        "def wrong(name):\n"
        "    layer = activation(name)\n"
        "    if name == 'relu':\n"
        "        layer.slope = d_sigmoid\n"
        "    return layer\n",
    ),
    ("activation(hidden) if", "wrong(hidden) if"),
)


@pytest.mark.one_kernel
def test_sigmoids_derivative_under_relu_turns_exactly_the_affected_cases_red(planted, monkeypatch):
    from torch_ref.network import Network

    through_relu = {}
    backward = Network.backward
    current = []

    def spy(self):
        if isinstance(self.layers[1], torch.nn.ReLU) and self.depth > 1:
            through_relu[current[0]] = self.depth - 1
        return backward(self)

    monkeypatch.setattr(Network, "backward", spy)
    side = planted("network.py", *SIGMOID_UNDER_RELU)
    red = {}
    for case in CASES:
        # torch's ranks are processes of their own, where nobody looks on
        if case.name in LARGE or case.name.startswith("parallel.ranks"):
            continue
        current[:] = [case.name]
        result = run_case(shortened(case, 1), "float64", mine=side)
        if result.fails:
            red[case.name] = result.verdict.first.name.removeprefix("step/1/")
    copy = planted("network.py")  # without the bug; that scratch itself is right all cases show
    for name in [*red][::10]:
        current[:] = [name]
        assert not run_case(shortened(BY_NAME[name], 1), "float64", mine=copy).fails, name
    # operations() counts operations, which this bug leaves as they are
    through_relu.pop("backpropagation.work")
    assert len(through_relu) > 30
    zero_weights = through_relu.pop("try.weights.zeros")  # nothing comes back through them
    assert zero_weights == 1
    assert red == {name: f"delta{layer}" for name, layer in through_relu.items()}


@dataclass(frozen=True)
class Bug:
    """A mutation of scratch; the case that has to see it, and where first."""

    mutation: Mutation
    case: str
    first: str


ACT, LOSS, LAY, NET = "activations.py", "losses.py", "layers.py", "network.py"


def own(what, file, old, new, case, first):
    return Bug(Mutation(what, file, ((old, new),), kind=""), case, first)


# Those that ``bench judge`` plants too, by its names.
MEASURED = {
    "b is forgotten": ("affine", "u"),
    "db is averaged": ("affine", "grad/b"),
    "dW is averaged": ("mlp.digits", "step/1/grad/W2"),
    "relu'(0) is 1": ("relu", "derivative"),
    "relu leaks": ("relu", "z"),
    "sigmoid' of z": ("sigmoid", "derivative"),
    "tanh' lacks the square": ("tanh", "derivative"),
    "step(0) is 1": ("step_function", "z"),
    "the diagonal of the Jacobian": ("softmax", "grad/u"),
    "epsilon inside the fused log": ("softmax_with_loss", "loss"),
    "no 1/N in the gradient": ("softmax_with_loss", "grad/u"),
    "y and d are swapped": ("softmax_with_loss", "grad/u"),
    "no one half": ("half_squared_error", "loss"),
    "1/N for 1/(N K)": ("mean_squared_error", "grad/y"),
    "lr inside the momentum": ("optimizer.momentum.schedule", "step/1/state/W/momentum_buffer"),
    "no look ahead": ("optimizer.nesterov", "step/1/param/W"),
    "RMSprop's epsilon inside the root": ("optimizer.adagrad", "step/1/param/W"),
    "RMSprop accumulates": ("optimizer.rmsprop", "step/1/state/W/square_avg"),
    "Adadelta updates s first": ("optimizer.adadelta", "step/2/state/W/acc_delta"),
    "no bias correction": ("optimizer.adam", "step/1/param/W"),
    "bias correction one step late": ("optimizer.adam", "step/1/param/W"),
    "Adam's epsilon inside the root": ("optimizer.adam", "step/1/param/W"),
    "a layer's weights are those of another sign": ("mlp.depth.3", "delta2"),
}
BY_WHAT = {fault.what: fault for fault in FAULTS}
BUGS = [
    *(Bug(BY_WHAT[what], *where) for what, where in MEASURED.items()),
    own("W is transposed", "affine.py", "return x @ W + b", "return x @ W.T + b", "affine.square", "u"),
    own("W is not transposed back", "affine.py", "delta @ W.T", "delta @ W", "affine.square", "grad/x"),
    own("db is summed to a scalar", "affine.py", "np.atleast_2d(delta).sum(axis=0, out=out)", "delta.sum()", "affine", "grad/b"),
    own("softmax over the batch", ACT, "e / e.sum(axis=-1, keepdims=True)", "e / e.sum(axis=0, keepdims=True)", "softmax", "z"),
    own("softmax without the shift", ACT, "u - u.max(axis=-1, keepdims=True)", "u", "softmax.saturated", "warning/{}"),
    own("naive sigmoid", ACT, "e = np.exp(-np.abs(u))  # e^-u would overflow for a large negative u\n    return np.where(u >= 0, 1, e) / (1 + e)", "return 1 / (1 + np.exp(-u))", "sigmoid.saturated", "warning/{}"),
    own("no epsilon in the log", LOSS, "np.log(y + EPSILON)) / samples", "np.log(y)) / samples", "cross_entropy_error", "loss"),
    own("cross-entropy is summed", LOSS, "return -np.sum(one_hot(d, u) * log_y) / samples(u)", "return -np.sum(one_hot(d, u) * log_y)", "softmax_with_loss", "loss"),
    own("sigmoid exceeds 1 by its last digit", ACT, "1, e) / (1 + e)", "1, e) / (1 + e) * (1 + 2**-52)", "range.sigmoid", "inside"),
    own("softmax exceeds 1 by its last digit", ACT, "e / e.sum(axis=-1, keepdims=True)", "e / e.sum(axis=-1, keepdims=True) * (1 + 2**-52)", "range.softmax", "inside"),
    own("a class may be a fraction", LOSS, 'and d.dtype.kind in "iu"', "", "softmax_with_loss.refused", "error/{}"),
    own("one class serves a whole batch", LOSS, "d.shape == y.shape[:-1] and", "", "softmax_with_loss.refused", "error/{}"),
    own("a combined loss takes any output", LAY, "if OUTPUTS.get(loss, output) != output:", "if False:", "mlp.refused", "error/{}"),
    own("another activation by default", NET, 'hidden: str = "relu"', 'hidden: str = "tanh"', "mlp.defaults", "z1"),
    own("the shorter of rates and batches counts", "training.py", "zip(batches, lrs, strict=True)", "zip(batches, lrs)", "training.refused", "error/{}"),
    own("the network's own loss is summed", LAY, "(self.u - np.log(self.total))).sum() / samples(self.z)", "(self.u - np.log(self.total))).sum()", "mlp.digits", "step/1/loss"),
    own("the network's own delta is summed", LAY, "(self.z - self.d) / samples(self.z)", "self.z - self.d", "mlp.digits", "step/1/delta2"),
    own("the network's sigmoid is off", LAY, "self.u, self.z = u, sigmoid(u)", "self.u, self.z = u, sigmoid(2 * u)", "mlp.sigmoid.sigmoid_with_loss", "y"),
    own("a step's slope is 1", LAY, "lambda z: 0", "lambda z: 1", "mlp.hidden.step_function", "delta1"),
    own("a part of a large parameter is left out", "optimizers.py", "range(0, len(arrays[0]), rows)", "range(rows, len(arrays[0]), rows)", "optimizer.large", "step/1/state/W/exp_avg"),
    own("the bound beside torch's is another", LOSS, "np.maximum(y * (1 - y), 1e-12)", "np.maximum(y * (1 - y), 1e-11)", "binary_cross_entropy.certain.gradient", "grad/y"),
    own("the bound's gradient has another sign", LOSS, "return (y - d) / np.maximum", "return (d - y) / np.maximum", "binary_cross_entropy.certain.gradient", "grad/y"),
    own("the last class is left out", LOSS, "y.argmax(axis=-1) == classes", "y[..., :-1].argmax(axis=-1) == classes", "accuracy", "accuracy"),
    own("accuracy ignores that targets are one-hot", LOSS, "classes = d if d.ndim < y.ndim else d.argmax(axis=-1)", "classes = d if d.ndim < y.ndim else d[..., 0]", "accuracy.one_hot", "accuracy"),
    own("no threshold for one output", LOSS, "(y > 0.5) == (d > 0.5)", "(y > 0) == (d > 0.5)", "accuracy.one_output", "accuracy"),
    own("an output of 1/2 is a yes", LOSS, "(y > 0.5) == (d > 0.5)", "(y >= 0.5) == (d > 0.5)", "accuracy.one_output.tie", "accuracy"),
    own("the last of equal outputs counts", LOSS, "y.argmax(axis=-1) == classes", "y.shape[-1] - 1 - y[..., ::-1].argmax(axis=-1) == classes", "accuracy.ties", "accuracy"),
    own("the bowl is round", "surfaces.py", "w[0] ** 2 / 20 + w[1] ** 2", "w[0] ** 2 + w[1] ** 2", "surface.bowl", "loss"),
    own("the valley's gradient lacks a term", "surfaces.py", "- 400 * w[0] * r", "", "surface.valley", "grad/w"),
    own("the schedule is one step late", "schedules.py", "lr * gamma**t for", "lr * gamma ** max(t - 1, 0) for", "optimizer.adam.schedule", "step/2/lr"),
    own("the short batch is dropped", "sampling.py", "range(0, len(order), batch_size)]", "range(0, len(order) - batch_size + 1, batch_size)]", "batches.split", "step/3/batch"),
    own("an epoch sees a sample twice", "sampling.py", "rng.permutation(n)", "rng.integers(n, size=n)", "batches.without_replacement", "counts"),
    own("He as Xavier", "initializers.py", "Z * (2 / len(Z)) ** 0.5", "Z / len(Z) ** 0.5", "initializer.he", "W"),
    own("the input is scaled in place", NET, "for layer in self.layers:\n            x = layer", "x *= 2; x /= 3\n        for layer in self.layers:\n            x = layer", "mlp.depth.1", "u1"),
    own("updated before the gradient", "training.py", "    network.forward(x)\n", "    network.forward(x); network.loss(d); network.backward(); optimizer.update(network.params, network.grads)\n    network.forward(x)\n", "mlp.iris", "step/1/u1"),
    own("weights never move", "training.py", "    optimizer.update(network.params, network.grads)\n", "", "mlp.iris", "step/1/param/W1"),
    own("a forward difference", "numerical.py", "(f(above) - f(below)) / (2 * h)", "(f(above) - f(x)) / h", "numerical.gradient", "numerical/W1"),
    own("work without the forward pass", "work.py", '"backpropagation": forward + 2 * forward', '"backpropagation": 2 * forward', "backpropagation.work", "flops/backpropagation"),
    own("float32 inside", "affine.py", "return x @ W + b", "return (x @ W + b).astype(np.float32).astype(np.float64)", "affine", "u"),
]  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=[bug.mutation.what.replace(" ", "-") for bug in BUGS])
def test_a_planted_bug_is_caught_where_it_first_shows(bug):
    case = shortened(BY_NAME[bug.case])
    assert not run_case(case, "float64").fails
    result = run_case(case, "float64", mine=mutated("planted_bug", bug.mutation))
    raises = bug.first.startswith("error/")
    assert result.outcome is (Outcome.ERROR if raises else Outcome.DIFFERENT)
    assert result.verdict.first.name == bug.first.format("planted_bug")
