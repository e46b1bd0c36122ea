"""Intermediates named on both sides: recorded in order, compared, and nothing outside of that."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare import Outcome, watch
from compare.equivalence.watch import Recorder, recording

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(22)
X = RNG.standard_normal((4, 5))


def names_of(result):
    return [
        c.name for c in result.verdict.comparisons if not c.name.startswith(("input", "repeats"))
    ]


def test_outside_of_a_comparison_it_returns_the_very_same_object():
    value = object()
    assert watch("output", value) is value


def test_within_one_it_returns_the_very_same_object_and_keeps_a_copy():
    x = np.ones(3)
    with recording(Recorder(np.array)) as seen:
        assert watch("z", x) is x
        x += 1
    assert watch("later", x) is x
    assert list(seen.values) == ["z"] and seen.values["z"].tolist() == [1, 1, 1]


def test_another_thread_and_an_inner_comparison_do_not_mix():
    with recording(Recorder(np.array)) as outer:
        thread = threading.Thread(target=watch, args=("z", np.ones(1)))
        thread.start()
        thread.join()

        def mine(x):
            return watch("inner", x) * 1

        compare.assert_equivalent(mine, lambda x: watch("inner", x) * 1, [X])
        watch("own", X)
    assert list(outer.values) == ["own"]


def steps(tanh, factor=1.0):
    def f(x):
        for _ in range(3):
            x = watch("z", tanh(factor * x))
        return watch("sum", x.sum(1))

    return f


def test_a_name_that_comes_again_is_counted_and_all_are_in_order_of_computation():
    result = compare.assert_equivalent(steps(np.tanh), steps(torch.tanh), [X])
    assert names_of(result[0]) == ["z", "z#2", "z#3", "sum", "output"]


def test_the_first_of_several_differences_is_named_and_what_was_the_same_before():
    def mine(x):
        z = watch("z1", np.tanh(x))
        h = watch("h", z * z if x.dtype == np.float64 else z * z * np.float32(1.001))
        return h.sum(1)

    def reference(x):
        z = watch("z1", torch.tanh(x))
        return watch("h", z * z).sum(1)

    double, single = compare.equivalent(mine, reference, [X])
    assert double.outcome is Outcome.SAME
    assert single.verdict.first.name == "h"
    assert "Same before it: z1" in str(single) and "Also not same: output" in str(single)


def test_one_more_step_on_one_side_is_a_difference():
    def two(x):
        return watch("z", np.tanh(watch("z", np.tanh(x))))

    def one(x):
        return torch.tanh(watch("z", torch.tanh(x)))

    for result in compare.equivalent(two, one, [X]):
        assert result.verdict.first.name == "z#2"
        assert result.verdict.first.reason == "is missing in the reference"
    for result in compare.equivalent(lambda x: np.tanh(np.tanh(x)), one, [X]):
        assert (result.verdict.first.name, result.verdict.first.reason) == (
            "z", "is missing in yours",
        )  # fmt: skip


def test_what_was_computed_before_an_exception_is_compared():
    def mine(x):
        z = watch("z", np.tanh(x))
        return z @ z

    def reference(x):
        return watch("z", torch.tanh(x)).sum()

    for result in compare.equivalent(mine, reference, [X]):
        assert names_of(result)[0] == "z"
        assert result.verdict.comparisons[0].outcome is Outcome.SAME
        assert result.verdict.first.name == "error/yours"
        assert "ValueError" in result.verdict.first.reason


W = RNG.standard_normal((5, 3))


def forward(x, W):
    return watch("h", np.tanh(x @ W)).sum(0)


def reference(x, W):
    return watch("h", torch.tanh(x @ W)).sum(0)


def backward(factor):
    def gradient(delta, x, W):
        h = np.tanh(x @ W)
        dh = watch("grad/h", np.broadcast_to(delta, h.shape) * h.dtype.type(factor))
        du = dh * (1 - h * h)
        return {"x": du @ W.T, "W": x.T @ du}

    return gradient


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_of_intermediates_are_compared_where_ours_offers_them(dtype):
    asked = {"arrays": [X, W], "dtypes": [dtype]}
    (right,) = compare.assert_equivalent(forward, reference, gradient=backward(1), **asked)
    assert names_of(right) == ["h", "output", "grad/h", "grad/x", "grad/W"]
    (wrong,) = compare.equivalent(forward, reference, gradient=backward(1.01), **asked)
    assert wrong.verdict.first.name == "grad/h"


def test_a_gradient_of_an_intermediate_may_be_returned_as_well():
    def gradient(delta, x, W):
        h = np.tanh(x @ W)
        du = delta * (1 - h * h)
        return {"x": du @ W.T, "W": x.T @ du, "h": np.tile(delta, (len(x), 1))}

    result = compare.assert_equivalent(forward, reference, [X, W], gradient=gradient)
    assert "grad/h" in names_of(result[0])

    def both(delta, x, W):
        watch("grad/h", delta)
        return gradient(delta, x, W)

    for found in compare.equivalent(forward, reference, [X, W], gradient=both):
        assert "grad/h is watched and returned" in " ".join(str(found).split())


def test_a_gradient_of_what_nobody_watched_is_a_difference():
    def gradient(delta, x, W):
        return {**backward(1)(delta, x, W), "elsewhere": delta}

    for result in compare.equivalent(forward, reference, [X, W], gradient=gradient):
        assert result.verdict.first.name == "grad/elsewhere"


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Tanh(), nn.Sigmoid())

    def forward(self, x):
        return self.inner(self.inner(x))


def test_submodules_are_watched_by_name_each_time_they_run():
    def mine(x):
        for _ in range(2):
            x = watch("s", 1 / (1 + np.exp(-watch("t", np.tanh(x)))))
        return x

    hooks = {"inner.0": "t", "inner.1": "s"}
    result = compare.assert_equivalent(mine, Twice(), [X], watch=hooks)
    assert names_of(result[1]) == ["t", "s", "t#2", "s#2", "output"]


def test_several_values_under_one_name_and_whole_numbers():
    def f(lib):
        def inner(x):
            watch("parts", {"a": x * 2, "b": (x + 1, None)})
            watch("order", lib.argsort(x, -1))
            return x * 3

        return inner

    result = compare.assert_equivalent(f(np), f(torch), [X])
    assert names_of(result[0])[:3] == ["parts/a", "parts/b/0", "order"]


@pytest.mark.parametrize(
    "name, why",
    [
        ("x", "is called so, and grad/x is its gradient: take another name, such as 'x_here'"),
        ("output/0", "names that begin with output are reports'"),
        ("step/1/z", "names that begin with step are reports'"),
        ("grad/z", "a name of a gradient, and only there"),
        ("", "a name has to be text"),
    ],
)
def test_a_name_that_stands_for_something_else_is_said_to(name, why):
    for result in compare.equivalent(lambda x: watch(name, x) * 1, lambda x: x * 1, [X]):
        assert result.verdict.first.name == "error/yours"
        assert why in result.verdict.first.reason


def test_a_tensor_that_is_changed_in_place_after_it_was_watched_has_no_gradient_of_its_own():
    def mine(x):
        return np.maximum(watch("u", x * 2), 0)

    def gradient(delta, x):
        du = watch("grad/u", delta * (x > 0))
        return du * 2

    def reference(x, inplace):
        return torch.relu_(watch("u", x * 2)) if inplace else torch.relu(watch("u", x * 2))

    asked = {"arrays": [X], "gradient": gradient}
    compare.assert_equivalent(mine, lambda x: reference(x, False), **asked)
    for result in compare.equivalent(mine, lambda x: reference(x, True), **asked):
        assert result.outcome is Outcome.ERROR
        (error,) = [c for c in result.verdict.failures if c.name == "error/torch"]
        assert "u was changed in place after it was watched" in error.reason
    compare.assert_equivalent(mine, lambda x: reference(x, True), [X], gradient=False)


class Feed(nn.Module):
    """Two layers, under names that a caller gives."""

    def __init__(self, first, second, wrong=False):
        super().__init__()
        self.first, self.second, self.wrong = first, second, wrong
        self.add_module(first, nn.Linear(4, 4))
        self.add_module(second, nn.Linear(4, 2))

    def forward(self, x):
        h = self.get_submodule(self.first)(x)
        return self.get_submodule(self.second)(torch.relu(h) if self.wrong else torch.tanh(h))


def test_submodules_of_other_names_are_watched_in_pairs():
    shapes = {name: tuple(p.shape) for name, p in Feed("c_fc", "c_proj").named_parameters()}
    rng = np.random.default_rng(3)
    asked = {
        "params": {name: rng.standard_normal(shape) for name, shape in shapes.items()},
        "names": {name: name.replace("c_fc", "up").replace("c_proj", "down") for name in shapes},
        "watch": {("c_fc", "up"): "h", ("c_proj", "down"): "y"},
    }
    reference = Feed("up", "down")
    x = [rng.standard_normal((5, 4))]
    result = compare.assert_equivalent(Feed("c_fc", "c_proj"), reference, x, **asked)
    assert names_of(result[0])[:2] == ["h", "y"]
    wrong = compare.equivalent(Feed("c_fc", "c_proj", wrong=True), reference, x, **asked)
    assert wrong[0].verdict.first.name == "y"
    with pytest.raises(compare.UsageError, match="mine has no submodule 'upward'"):
        compare.equivalent(reference, reference, x, watch={("upward", "up"): "h"}, gradient=False)


@pytest.mark.parametrize("path", [("a", "b", "c"), (), 3])
def test_a_watched_path_is_a_name_or_a_pair(path):
    with pytest.raises(compare.UsageError, match="give a submodule, or"):
        compare.equivalent(nn.Tanh(), nn.Tanh(), [X], watch={path: "h"})
