"""Arrays that expose mistakes: right code passes on them, and of a mistake the least is left."""

import numpy as np
import pytest
import torch

import compare
from compare.system.errors import UsageError

pytest.importorskip("hypothesis", reason="needs hypothesis, which is no dependency")

from hypothesis import HealthCheck, Phase, find, given, settings

from compare.testing.strategies import HAZARDS, LARGE, arrays

RUNS = settings(
    max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)  # fmt: skip
SEARCH = settings(max_examples=500, deadline=None, database=None, derandomize=True)


def sigmoid(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z))


def relu(x):
    return np.maximum(x, 0)


def d_relu(delta, x):
    return delta * (x > 0)


def centred(x):
    return x - x.mean(-1, keepdims=True)


RIGHT = {
    "sigmoid": (sigmoid, torch.sigmoid, False),
    "relu": (relu, torch.relu, d_relu),
    "centred": (centred, lambda x: x - x.mean(-1, keepdim=True), False),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes_on_all_of_them(name):
    mine, reference, gradient = RIGHT[name]

    @RUNS
    @given(arrays("N I"))
    def judge(x):
        compare.assert_equivalent(mine, reference, [x], gradient=gradient)

    judge()


def wrongly_d_relu(delta, x):
    return delta * (x >= 0)


def differs(x):
    settings = {"gradient": wrongly_d_relu, "dtypes": ["float64"]}
    return not compare.equivalent(relu, torch.relu, [x], **settings).passed


def test_a_mistake_that_random_numbers_do_not_show_is_found_and_shrunk():
    assert not any(differs(np.random.default_rng(k).standard_normal((4, 3))) for k in range(3))
    smallest = find(arrays("N I", sizes=(2, 4)), differs, settings=SEARCH)
    # two rows of the fewest numbers, of seed 0, and a row of zeros in one of them
    assert smallest.shape in ((2, 3), (3, 2))
    zero = [not row.any() for row in smallest]
    assert sum(zero) == 1
    ordinary = np.random.default_rng(0).standard_normal(smallest.shape)
    assert (smallest[np.logical_not(zero)] == ordinary[np.logical_not(zero)]).all()


@pytest.mark.parametrize("shape", ["N I", (2, 2), "3 N I", (5,)])
def test_something_of_every_array_comes_through_a_relu_and_something_does_not(shape):
    @settings(RUNS, max_examples=200)
    @given(arrays(shape))
    def both_signs(x):
        assert (x > 0).any() and (x < 0).any()

    both_signs()


def naive_softmax(x):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(x)
        return e / e.sum(-1, keepdims=True)


def true_variance(x):
    return x.astype(np.longdouble).var(-1)


def quick_variance(x):
    return (x * x).mean(-1) - x.mean(-1) ** 2


# whether a mistake shows in float32, as people write it
SHOWS = {
    "exp overflows": lambda x: np.isnan(naive_softmax(np.float32(x))).any(),
    "log of 0": lambda x: (naive_softmax(np.float32(x)) == 0).any(),
    "a variance by two sums": lambda x: (
        not np.allclose(quick_variance(np.float32(x)), true_variance(x), rtol=1e-3)
    ),
    "1e-5 below a root": lambda x: (x.var(-1) < 1e-5).any(),
    "the first of equals": lambda x: (x == x.max(-1, keepdims=True)).sum() > len(x),
}


@pytest.mark.parametrize("name", SHOWS)
def test_every_kind_of_mistake_shows_in_some_and_in_no_ordinary_numbers(name):
    shows = SHOWS[name]
    smallest = find(arrays("N I"), shows, settings=SEARCH)
    assert len(smallest) <= 3
    ordinary = (np.random.default_rng(k).standard_normal((4, 3)) for k in range(50))
    assert not any(map(shows, ordinary))


@RUNS
@given(arrays("N 3 I"), arrays((4, 2), hazards=()), arrays(()))
def test_shapes_are_as_asked_and_axes_differ(x, plain, number):
    rows, three, columns = x.shape
    assert three == 3 and rows != columns and 2 <= min(rows, columns) <= max(rows, columns) <= 7
    assert plain.shape == (4, 2) and number.shape == ()
    assert np.abs(plain).max() < 6 < LARGE and plain.all()


def test_what_there_is_not_is_refused():
    with pytest.raises(UsageError, match="no hazard huge: there are negative"):
        arrays("N I", hazards=["huge"])
    with pytest.raises(UsageError, match="2 axes need as many sizes"):
        find(arrays("N I", sizes=(3, 3)), lambda x: True)
    assert set(HAZARDS) >= {"zero", "tied", "scaled"}
