"""Every check is tried on a planted bug that it must catch, and on a correct twin that must pass."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from compare.case import Outcome
from compare.cases import CASES
from compare.runner import run_case
from compare.sides import numpy_side

SCRATCH = Path(__file__).resolve().parent.parent / "scratch"
BY_NAME = {case.name: case for case in CASES}
MNIST = ("mlp.mnist", "mlp.fashion-mnist")


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Copy scratch under a name of its own, with texts replaced: a Side."""
    monkeypatch.syspath_prepend(tmp_path)

    def plant(file, *replacements):
        name = f"planted_{tmp_path.name}"
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


def test_the_copy_without_a_bug_is_the_same(planted):
    side = planted("network.py")
    cases = [shortened(c) for c in CASES if c.name not in MNIST]
    different = [c.name for c in cases if run_case(c, "float64", mine=side).fails]
    assert different == []


# The course's exercise 1-3 runs relu forward and takes the sigmoid's derivative, at z1, backward.
SIGMOID_UNDER_RELU = (
    ("import ACTIVATIONS, d_activation", "import ACTIVATIONS, d_activation, d_sigmoid"),
    (
        "delta = d_activation(self.hidden, d_z, self.u[k - 1])",
        'delta = (d_z * d_sigmoid(self.z[k - 1]) if self.hidden == "relu"'
        " else d_activation(self.hidden, d_z, self.u[k - 1]))",
    ),
)


def test_sigmoids_derivative_under_relu_turns_exactly_the_affected_cases_red(planted, monkeypatch):
    from torch_ref.network import Network

    through_relu = {}
    backward = Network.backward
    current = []

    def spy(self, d):
        if self.hidden == "relu" and self.depth > 1:
            through_relu[current[0]] = self.depth - 1
        return backward(self, d)

    monkeypatch.setattr(Network, "backward", spy)
    side = planted("network.py", *SIGMOID_UNDER_RELU)
    red = {}
    for case in CASES:
        if case.name in MNIST:
            continue
        current[:] = [case.name]
        result = run_case(shortened(case), "float64", mine=side)
        if result.fails:
            red[case.name] = result.verdict.first.name.removeprefix("step/1/")
    # work() counts operations, which this bug leaves as they are
    through_relu.pop("backpropagation.work")
    assert len(through_relu) > 30
    zero_weights = through_relu.pop("try.weights.zeros")  # nothing comes back through them
    assert zero_weights == 1
    assert red == {name: f"delta{layer}" for name, layer in through_relu.items()}


@dataclass(frozen=True)
class Bug:
    """A text of scratch and what replaces it; the case that has to see it, and where first."""

    what: str
    file: str
    old: str
    new: str
    case: str
    first: str


ACT, LOSS, OPT, NET = "activations.py", "losses.py", "optimizers.py", "network.py"

BUGS = [
    Bug("b is forgotten", "affine.py", "return x @ W + b", "return x @ W", "affine", "u"),
    Bug("W is transposed", "affine.py", "return x @ W + b", "return x @ W.T + b", "affine.square", "u"),
    Bug("W is not transposed back", "affine.py", "delta @ W.T", "delta @ W", "affine.square", "grad/x"),
    Bug("db is averaged", "affine.py", "rows_delta.sum(axis=0)", "rows_delta.mean(axis=0)", "affine", "grad/b"),
    Bug("db is summed to a scalar", "affine.py", "rows_delta.sum(axis=0)", "rows_delta.sum()", "affine", "grad/b"),
    Bug("dW is averaged", "affine.py", "rows_x.T @ rows_delta", "rows_x.T @ rows_delta / len(rows_x)", "mlp.digits", "step/1/grad/W2"),
    Bug("relu'(0) is 1", ACT, "(u > 0).astype", "(u >= 0).astype", "relu", "derivative"),
    Bug("relu leaks", ACT, "np.maximum(u, 0)", "np.maximum(u, 0.001 * u)", "relu", "z"),
    Bug("the derivative is of z", ACT, "z = sigmoid(u)\n    return", "z = sigmoid(sigmoid(u))\n    return", "sigmoid", "derivative"),
    Bug("tanh' lacks the square", ACT, "1 - np.tanh(u) ** 2", "1 - np.tanh(u)", "tanh", "derivative"),
    Bug("step(0) is 1", ACT, "np.heaviside(u, 0)", "np.heaviside(u, 1)", "step_function", "z"),
    Bug("softmax over the batch", ACT, "e / e.sum(axis=-1, keepdims=True)", "e / e.sum(axis=0, keepdims=True)", "softmax", "z"),
    Bug("softmax without the shift", ACT, "u - u.max(axis=-1, keepdims=True)", "u", "softmax.saturated", "warning/{}"),
    Bug("the diagonal of the Jacobian only", ACT, "z * (delta - (delta * z).sum(axis=-1, keepdims=True))", "delta * z * (1 - z)", "softmax", "grad/u"),
    Bug("naive sigmoid", ACT, "e = np.exp(-np.abs(u))  # e^-u would overflow for a large negative u\n    return np.where(u >= 0, 1, e) / (1 + e)", "return 1 / (1 + np.exp(-u))", "sigmoid.saturated", "warning/{}"),
    Bug("no epsilon in the log", LOSS, "np.log(y + EPSILON)) / _samples", "np.log(y)) / _samples", "cross_entropy_error", "loss"),
    Bug("an epsilon where there is none", LOSS, "np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", "np.log(np.exp(shifted).sum(axis=-1, keepdims=True) + 1e-7)", "softmax_with_loss", "loss"),
    Bug("cross-entropy is summed", LOSS, "return -np.sum(one_hot(d, u) * log_y) / _samples(u)", "return -np.sum(one_hot(d, u) * log_y)", "softmax_with_loss", "loss"),
    Bug("no 1/N in the gradient", LOSS, "(y - one_hot(d, y)) / _samples(y)", "(y - one_hot(d, y))", "softmax_with_loss", "grad/u"),
    Bug("y and d are swapped", LOSS, "(y - one_hot(d, y)) / _samples(y)", "(one_hot(d, y) - y) / _samples(y)", "mlp.digits", "step/1/delta2"),
    Bug("no one half", LOSS, "np.sum((y - d) ** 2) / (2 * _samples(y))", "np.sum((y - d) ** 2) / _samples(y)", "half_squared_error", "loss"),
    Bug("1/N for 1/(N K)", LOSS, "return (y - d) / y.size\n\n\ndef cross", "return (y - d) / _samples(y)\n\n\ndef cross", "mean_squared_error", "grad/y"),
    Bug("the last class is left out", LOSS, "y.argmax(axis=-1) == classes", "y[..., :-1].argmax(axis=-1) == classes", "accuracy", "accuracy"),
    Bug("lr inside the momentum", OPT, "+ g\n            params[name] -= self.lr * m\n", "+ self.lr * g\n            params[name] -= m\n", "optimizer.momentum.schedule", "step/1/state/W/momentum_buffer"),
    Bug("no look ahead", OPT, "self.lr * (g + self.momentum * m)", "self.lr * m", "optimizer.nesterov", "step/1/param/W"),
    Bug("epsilon inside the root", OPT, "self.lr * g / (np.sqrt(h) + self.eps)", "self.lr * g / np.sqrt(h + self.eps)", "optimizer.adagrad", "step/1/param/W"),
    Bug("RMSprop accumulates", OPT, "self.alpha * s[\"square_avg\"] + (1 - self.alpha) * g * g", "s[\"square_avg\"] + g * g", "optimizer.rmsprop", "step/1/state/W/square_avg"),
    Bug("Adadelta updates s first", OPT, "np.sqrt(s[\"acc_delta\"] + self.eps)", "np.sqrt(self.rho * s[\"acc_delta\"] + self.eps)", "optimizer.adadelta", "step/2/state/W/acc_delta"),
    Bug("no bias correction", OPT, "m_hat = m / (1 - self.beta1**t)", "m_hat = m", "optimizer.adam", "step/1/param/W"),
    Bug("bias correction one step late", OPT, "v_hat = v / (1 - self.beta2**t)", "v_hat = v / (1 - self.beta2 ** (t + 1))", "optimizer.adam", "step/1/param/W"),
    Bug("Adam's epsilon inside the root", OPT, "(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat + self.eps)", "optimizer.adam", "step/1/param/W"),
    Bug("the schedule is one step late", "schedules.py", "lr * gamma**t for", "lr * gamma ** max(t - 1, 0) for", "optimizer.adam.schedule", "step/2/lr"),
    Bug("the short batch is dropped", "sampling.py", "range(0, len(order), batch_size)]", "range(0, len(order) - batch_size + 1, batch_size)]", "batches.split", "step/3/batch"),
    Bug("an epoch sees a sample twice", "sampling.py", "rng.permutation(n)", "rng.integers(n, size=n)", "batches.without_replacement", "counts"),
    Bug("He as Xavier", "initializers.py", "Z * (2 / len(Z)) ** 0.5", "Z / len(Z) ** 0.5", "initializer.he", "W"),
    Bug("the input is scaled in place", NET, "self.u, self.z = {}, {0: x}", "x *= 2; x /= 3; self.u, self.z = {}, {0: x}", "mlp.depth.1", "u1"),
    Bug("a hidden layer uses W of the next", NET, 'W, b = self.params[f"W{k}"]', 'W, b = abs(self.params[f"W{k}"])', "mlp.depth.3", "delta2"),
    Bug("updated before the gradient", "training.py", 'trace = network.forward(x) | {"loss"', 'network.forward(x); network.backward(d); optimizer.update(network.params, network.grads)\n    trace = network.forward(x) | {"loss"', "mlp.iris", "step/1/u1"),
    Bug("weights never move", "training.py", "    optimizer.update(network.params, network.grads)\n", "", "mlp.iris", "step/1/param/W1"),
    Bug("a forward difference", "numerical.py", "(f(above) - f(below)) / (2 * h)", "(f(above) - f(x)) / h", "numerical.gradient", "numerical/W1"),
    Bug("work without the forward pass", "numerical.py", '"backpropagation": forward + 2 * forward', '"backpropagation": 2 * forward', "backpropagation.work", "flops/backpropagation"),
    Bug("float32 inside", "affine.py", "return x @ W + b", "return (x @ W + b).astype(np.float32).astype(np.float64)", "affine", "u"),
]  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=[bug.what.replace(" ", "-") for bug in BUGS])
def test_a_planted_bug_is_caught_where_it_first_shows(bug, planted):
    case = shortened(BY_NAME[bug.case])
    assert not run_case(case, "float64").fails
    side = planted(bug.file, (bug.old, bug.new))
    result = run_case(case, "float64", mine=side)
    assert result.outcome is Outcome.DIFFERENT
    assert result.verdict.first.name == bug.first.format(side.name)
