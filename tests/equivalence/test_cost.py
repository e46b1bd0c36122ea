"""What a verdict costs: how often each side is run, of which nothing here depends on a clock."""

from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare.judge.rounding_noise import measurement

RNG = np.random.default_rng(5)
X = RNG.standard_normal((7, 8))
OF_REFERENCE = 7  # runs of it in float64, whatever comes out
WEIGHTS = {f"{k}.{n}": RNG.standard_normal(8) for k in (0, 1) for n in ("weight", "bias")}


class Norm(nn.Module):
    """Counts its calls under its name, in either format."""

    calls: Counter[tuple[str, str]] = Counter()

    def __init__(self, name, eps=1e-5, factor=1.0):
        super().__init__()
        self.name, self.eps, self.factor = name, eps, factor
        self.weight, self.bias = nn.Parameter(torch.ones(8)), nn.Parameter(torch.zeros(8))

    def forward(self, x):
        self.calls[self.name, str(x.dtype).removeprefix("torch.")] += 1
        c = x - x.mean(-1, keepdim=True)
        spread = (c * c).mean(-1, keepdim=True) + self.eps
        return (c / spread.sqrt() * self.weight + self.bias) * self.factor


@pytest.fixture
def calls(monkeypatch):
    """How often each side was called for the last comparison, and how many runs had noise."""
    Norm.calls.clear()
    noise, perturbed = Norm.calls, measurement.perturbed

    def counting(run, draws=None, *given, **named):
        noise["noisy", "runs"] += draws is not None
        return perturbed(run, draws, *given, **named)

    monkeypatch.setattr(measurement, "perturbed", counting)
    return noise


def compared(eps=1e-5, factor=1.0, watch=None):
    mine = nn.Sequential(Norm("yours", eps), Norm("last of yours", factor=factor))
    reference = nn.Sequential(Norm("the reference's"), Norm("last"))
    return compare.equivalent(mine, reference, [X], params=WEIGHTS, watch=watch)


def test_a_right_pair_runs_once_in_each_format_and_the_noise_of_its_reference_three_times(calls):
    assert compared().passed
    # the run that is judged, another to see that it repeats, and two calls in a row, to see what a
    # module keeps
    assert calls["yours", "float64"] == 4
    # as many, of which the second is watched for branches, and three with noise
    assert calls["the reference's", "float64"] == OF_REFERENCE == 7
    assert calls["yours", "float32"] == calls["the reference's", "float32"] == 1
    assert calls["noisy", "runs"] == 3


def test_a_factor_costs_no_run_more(calls):
    first, second = compared(factor=1.5)
    assert first.cause == second.cause != ""
    assert calls["yours", "float64"] == 4
    assert calls["the reference's", "float64"] == OF_REFERENCE
    assert calls["yours", "float32"] == calls["the reference's", "float32"] == 1
    assert calls["noisy", "runs"] == 3


def test_a_setting_is_found_by_a_few_passes_forward(calls):
    first, second = compared(eps=2e-5)
    assert "2e-05 for 1e-05 in 0" in first.cause and first.cause == second.cause
    assert calls["yours", "float64"] == 4
    # two of both norms' eps together, two of the first alone
    assert calls["the reference's", "float64"] <= OF_REFERENCE + 5
    assert calls["yours", "float32"] == calls["the reference's", "float32"] == 1
    assert calls["noisy", "runs"] == 3


def test_what_is_tried_ends_behind_the_first_name_that_differs(calls):
    assert "2e-05 for 1e-05 in 0" in compared(eps=2e-5, watch={"0": "h"})[0].cause
    # one more pass to its end, which looks for optimizers
    assert calls["the reference's", "float64"] - OF_REFERENCE >= 2 + 1
    assert calls["last", "float64"] <= OF_REFERENCE + 1


def test_what_is_tried_and_explains_the_first_name_is_held_against_all():
    def other(a, b, factor):
        return compare.watch("h", np.tanh(a) / (1 + b * b)) * factor

    def right(a, b):
        return compare.watch("h", torch.tanh(a) / (1 + b * b))

    for factor, told in ((1.0, True), (1.5, False)):
        exchanged = lambda a, b, f=factor: other(b, a, f)  # noqa: E731
        found = compare.equivalent(exchanged, right, [X, X[::-1] ** 2])[0]
        assert found.verdict.first.name == "h"
        assert ("exchanged" in found.cause) is told


def test_what_draws_is_said_in_every_format_though_it_is_run_again_in_the_first():
    dropout = nn.Dropout()
    for mine, reference, side in ((dropout, nn.Identity(), "yours"), (nn.Identity(), dropout, "")):
        for result in compare.equivalent(mine, reference, [X]):
            assert result.verdict.first.name == f"repeats/{side or 'reference'}"


def test_what_draws_whole_numbers_alone_has_no_noise_to_measure_and_is_run_again():
    def drawing(x):
        return {"x": 2 * x, "drawn": torch.randint(9, x.shape)}

    def right(x):
        return {"x": 2 * x, "drawn": torch.zeros(x.shape, dtype=torch.int64)}

    found = compare.equivalent(right, drawing, [X], mine_takes="torch", gradient=False)[0]
    assert found.verdict.first.name == "repeats/reference"
