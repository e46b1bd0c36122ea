"""The table of cases: what the course teaches is in it, under readable and unique ids."""

import importlib

import numpy as np

from compare.arithmetic.formats import DTYPES
from compare.cases import CASES
from compare.cases.inputs import WEIGHTS
from compare.core.problem import build

BY_NAME = {case.name: case for case in CASES}

CONCEPTS = [
    *("affine", "affine.one_sample", "affine.column"),
    *("identity", "relu", "sigmoid", "step_function", "softmax", "softmax.one_sample", "tanh"),
    *(f"range.{f}" for f in "identity relu sigmoid tanh step_function softmax".split()),
    *("linearity.identity", "linearity.relu", "sigmoid.saturated", "softmax.saturated"),
    *("half_squared_error", "mean_squared_error", "cross_entropy_error"),
    *("cross_entropy_error.one_hot", "binary_cross_entropy", "softmax_with_loss"),
    *("sigmoid_with_loss", "identity_with_loss"),
    *(f"accuracy{variant}" for variant in ("", ".one_hot", ".one_output", ".ties")),
    *("descent.gradient", "descent.sgd", "descent.minibatch", "descent.online"),
    *(f"optimizer.{r}" for r in "sgd momentum nesterov adagrad rmsprop adadelta adam".split()),
    *(f"optimizer.{r}.schedule" for r in "momentum nesterov adagrad rmsprop adadelta adam".split()),
    *("surface.bowl", "surface.valley"),
    *("batches.split", "batches.with_replacement", "batches.without_replacement"),
    *("parallel.ranks.2", "parallel.ranks.4", "parallel.ranks.4.uneven", "parallel.means"),
    *("schedule.step_decay", "schedule.exponential_decay", "schedule.cosine_annealing"),
    *(f"mlp.hidden.{f}" for f in "identity relu sigmoid tanh step_function softmax".split()),
    *("mlp.depth.1", "mlp.depth.3", "mlp.depth.5", "backpropagation.work"),
    *(f"exercise.1-1{letter}" for letter in "abcdef"),
    *("exercise.1-1b.column", "exercise.1-2.lr0.01", "exercise.1-3", "exercise.1-3.sigmoid"),
    *(f"try.weights.{kind}" for kind in WEIGHTS),
    *(f"try.nodes.{n}" for n in ("3-5-4", "3-10-5-4", "3-50-6", "3-50-2", "5-10-1")),
    *("mlp.digits", "mlp.iris", "mlp.diabetes", "mlp.breast_cancer", "mlp.animals"),
    "mlp.mnist",
]


def test_every_concept_of_the_course_is_a_case_in_both_dtypes():
    dtypes = {name: BY_NAME[name].dtypes if name in BY_NAME else () for name in CONCEPTS}
    missing = [name for name, own in dtypes.items() if own != DTYPES]
    assert not missing, missing


def test_names_are_unique():
    assert len(BY_NAME) == len(CASES)


def test_sizes_differ_from_each_other_except_where_equal_ones_are_the_point():
    equal = [c.name for c in CASES if len(set(c.sizes.values())) < len(c.sizes)]
    assert equal == ["affine.square", "probe.square"]


def test_training_on_digits_takes_at_least_200_steps():
    assert len(build(BY_NAME["mlp.digits"], "float64", 0).arrays["batches"]) >= 200


def test_epochs_without_replacement_end_with_a_short_batch():
    batches = build(BY_NAME["mlp.digits.deep"], "float64", 0).arrays["batches"]
    assert sorted({len(b) for b in batches}) == [38, 100]


def exists(path):
    """Whether there is ``package.module.name``."""
    module, _, name = path.rpartition(".")
    return hasattr(importlib.import_module(module), name)


def test_every_source_that_show_prints_exists():
    missing = [
        f"{package}.{path}, of {case.name}"
        for case in CASES
        for path in case.sources
        for package in ("scratch", "torch_ref")
        if not exists(f"{package}.{path}")
    ]
    assert not missing, missing


def test_optimizer_gradients_are_of_size_1_and_1e_5_and_0_and_change_their_sign():
    g = build(BY_NAME["optimizer.adam"], "float64", 0).arrays["g_W"].reshape(30, -1)
    assert np.abs(g[:, 0]).max() < 1e-4 < 0.1 < np.abs(g[:, 3:]).mean()
    assert (np.diff(np.sign(g[:, 1])) != 0).all()
    assert (g[::4, 2] == 0).all()
