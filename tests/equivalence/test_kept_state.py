"""What a module keeps from one call to the next: its buffers by name, and whatever else."""

import numpy as np
import pytest
import torch
from torch import nn

import compare

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4))
WEIGHTS = {"weight": RNG.standard_normal(4), "bias": RNG.standard_normal(4)}
UNCOUNTED = {
    "buffer/num_batches_tracked": compare.ExpectedOutcome(
        compare.Outcome.DIFFERENT, "momentum is a number", size="is missing in yours"
    )
}


class Remembering(nn.Module):
    """Adds what it was given the last time."""

    def __init__(self, forgets=False):
        super().__init__()
        self.forgets, self.past = forgets, None

    def forward(self, x):
        y = x if self.past is None or self.forgets else x + self.past
        self.past = x.detach()
        return y


class RememberingInABuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("past", torch.zeros(6, 4))

    def forward(self, x):
        y = x + self.past
        self.past = x.detach().clone()
        return y


class Raising(nn.Module):
    calls = 0

    def forward(self, x):
        self.calls += 1
        if self.calls > 1:
            raise ValueError("called twice")
        return x


class Lazy(nn.Module):
    """Makes a table at its first call: no memory, as it is the same ever after."""

    table = None

    def forward(self, x):
        if self.table is None:
            self.table = torch.arange(4, dtype=x.dtype) / 3
        return x + self.table


class OwnNorm(nn.Module):
    """A batch norm with its statistics under names of its own."""

    def __init__(self, momentum=0.1, unbiased=True):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(4)), nn.Parameter(torch.zeros(4))
        self.momentum, self.unbiased = momentum, unbiased
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("var", torch.ones(4))

    def forward(self, x):
        mean, var = x.mean(0), x.var(0, unbiased=False)
        spread = x.var(0, unbiased=self.unbiased).detach()
        self.mean += self.momentum * (mean.detach() - self.mean)
        self.var += self.momentum * (spread - self.var)
        return (x - mean) / (var + 1e-5).sqrt() * self.weight + self.bias


RENAMED = {"mean": "running_mean", "var": "running_var"}


def norm(x, params):
    spread = np.sqrt(x.var(0) + x.dtype.type(1e-5))
    return (x - x.mean(0)) / spread * params["weight"] + params["bias"]


def norm_with_statistics(ddof):
    def forward(x, params):
        tenth = x.dtype.type(0.1)
        compare.watch("buffer/running_mean", tenth * x.mean(0))
        compare.watch("buffer/running_var", 1 - tenth + tenth * x.var(0, ddof=ddof))
        compare.watch("buffer/num_batches_tracked", np.array(1))
        return norm(x, params)

    return forward


def first_of(mine, reference, arrays=(X,), **settings):
    firsts = {r.verdict.first.name for r in compare.equivalent(mine, reference, arrays, **settings)}
    (name,) = firsts
    return name


def outcomes(result):
    return {c.name: c.outcome for c in result[0].verdict.comparisons}


@pytest.mark.parametrize("module", [Remembering, Raising], ids=["a value", "a number of calls"])
def test_what_a_module_keeps_in_an_attribute_is_said_on_either_side(module):
    assert first_of(module(), nn.Identity()) == "repeats/yours"
    assert first_of(nn.Identity(), module()) == "repeats/reference"


@pytest.mark.parametrize("module", [Lazy(), Remembering(forgets=True)], ids=["lazy", "unused"])
def test_what_makes_no_difference_to_the_next_call_is_not(module):
    compare.assert_equivalent(module, module, [X])


def test_a_buffer_that_the_other_module_lacks_is_a_difference():
    assert first_of(RememberingInABuffer(), nn.Identity()) == "buffer/past"


class Counted(nn.BatchNorm1d):
    """Returns its running mean beside what it computes."""

    def forward(self, x):
        return super().forward(x), self.running_mean.clone()


def test_a_buffer_that_is_returned_is_compared_and_no_state_that_is_kept():
    def by_hand(momentum):
        def both(x):
            mean, c = x.mean(0), x.dtype.type
            return (x - mean) / np.sqrt(x.var(0) + c(1e-5)), c(momentum) * mean

        return both

    arrays = [np.random.default_rng(0).standard_normal((7, 4)) + 1]
    module = Counted(4, affine=False)
    assert compare.equivalent(by_hand(0.1), module, arrays, gradient=False).passed
    found = compare.equivalent(by_hand(0.2), module, arrays, gradient=False)[0]
    assert found.verdict.first.name == "output/1"


def test_a_buffer_that_the_next_call_uses_is_said_beside_a_function_too():
    assert first_of(RememberingInABuffer(), lambda x: 1 * x) == "repeats/yours"


def test_the_same_buffers_on_both_sides_are_the_same():
    result = compare.assert_equivalent(RememberingInABuffer(), RememberingInABuffer(), [X])
    assert outcomes(result)["buffer/past"] is compare.Outcome.SAME


def test_another_momentum_is_a_difference_of_the_buffers_alone():
    same = compare.assert_equivalent(nn.BatchNorm1d(4), nn.BatchNorm1d(4), [X], params=WEIGHTS)
    assert {"buffer/running_mean", "buffer/num_batches_tracked"} <= outcomes(same).keys()
    other = nn.BatchNorm1d(4, momentum=0.01)
    assert first_of(other, nn.BatchNorm1d(4), params=WEIGHTS) == "buffer/running_mean"


def test_in_evaluation_nothing_changes_and_nothing_is_asked_for():
    params = {**WEIGHTS, "running_mean": RNG.standard_normal(4), "running_var": RNG.random(4) + 1}

    def evaluated(x, params):
        spread = np.sqrt(params["running_var"] + x.dtype.type(1e-5))
        return (x - params["running_mean"]) / spread * params["weight"] + params["bias"]

    result = compare.assert_equivalent(evaluated, nn.BatchNorm1d(4).eval(), [X], params=params)
    assert not [name for name in outcomes(result) if name.startswith("buffer/")]
    assert "module was not compared" not in str(result)


@pytest.mark.parametrize(
    "params",
    [WEIGHTS, {**WEIGHTS, "mean": RNG.standard_normal(4), "var": RNG.random(4)}],
    ids=["as they are", "given"],
)
def test_buffers_are_paired_by_names(params):
    settings = {"params": params, "names": RENAMED, "known": UNCOUNTED}
    compare.assert_equivalent(OwnNorm(), nn.BatchNorm1d(4), [X], **settings)
    biased = OwnNorm(unbiased=False)
    assert first_of(biased, nn.BatchNorm1d(4), **settings) == "buffer/var"


def test_a_module_without_statistics_lacks_them():
    class Norm(nn.BatchNorm1d):
        def __init__(self):
            super().__init__(4, track_running_stats=False)

    assert first_of(Norm(), nn.BatchNorm1d(4), params=WEIGHTS) == "buffer/running_mean"


def test_a_function_keeps_nothing_and_that_is_said():
    result = compare.assert_equivalent(norm, nn.BatchNorm1d(4), [X], params=WEIGHTS, gradient=False)
    said = " ".join(str(result).split())
    assert "not compared: running_mean, running_var, num_batches_tracked (yours is no mod" in said


def test_a_function_may_name_what_it_would_keep():
    settings = {"params": WEIGHTS, "gradient": False}
    right, biased = norm_with_statistics(1), norm_with_statistics(0)
    compare.assert_equivalent(right, nn.BatchNorm1d(4), [X], **settings)
    assert first_of(biased, nn.BatchNorm1d(4), **settings) == "buffer/running_var"


def test_a_name_of_no_buffer_is_refused():
    with pytest.raises(compare.UsageError, match="names has 'mean'"):
        compare.equivalent(
            OwnNorm(), nn.BatchNorm1d(4), [X], params=WEIGHTS, names={"mean": "running"}
        )
