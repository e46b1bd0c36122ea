"""The twins of ``bench pairs`` compute what torch does, and its faults do not."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from compare.bench.torch_pairs import FAMILIES, GROUPS, pairs, pairs_report
from compare.bench.torch_pairs.family import Draws
from compare.bench.torch_pairs.faults import GRADIENT, NUMBER, OPERATORS, OUTPUTS, changed, faults
from compare.bench.torch_pairs.twin import computed, twin_of

NEAR = 1e-9  # of the largest value, where float64 has 1e-16: of rounding, whatever the condition
SMALL = ("Linear", "LayerNorm", "HuberLoss", "Sequential")


def of_torch(family, settings, arrays):
    """Outputs and gradients of the reference, in float64."""
    given = {name: torch.tensor(a, requires_grad=a.dtype.kind == "f") for name, a in arrays.items()}
    reference = family.reference(settings, arrays)
    if isinstance(reference, nn.Module):
        held = reference.double().state_dict()
        inputs = [t for name, t in given.items() if name not in held]
        params = {name: t for name, t in given.items() if name in held}
        output = functional_call(reference, params, tuple(inputs))
    else:
        output = reference(*given.values())
    cotangent = np.random.default_rng(0).standard_normal(tuple(output.shape))
    wanted = {name: t for name, t in given.items() if t.requires_grad}
    gradients = torch.autograd.grad(
        output,
        list(wanted.values()),
        torch.tensor(cotangent),
        allow_unused=True,
        materialize_grads=True,
    )
    by_name = zip(wanted, gradients, strict=True)
    return {"output": output.detach(), **{f"grad/{name}": g for name, g in by_name}}


@pytest.mark.filterwarnings("ignore:reduction")
@pytest.mark.parametrize("takes", ["numpy", "torch"])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_right_twin_computes_what_torch_does(name, takes):
    family = FAMILIES[name]
    for seed in range(3):
        settings, arrays = family.draw(Draws(np.random.default_rng(seed)))
        twin = twin_of(family, settings, takes, family.differentiable)
        expected = of_torch(family, settings, arrays)
        values = computed(twin, arrays)
        compared = [n for n in values if n in expected]
        assert "output" in compared
        assert len(compared) > 1 or takes == "numpy" or not family.differentiable
        for n in compared:
            right = expected[n].numpy()
            assert values[n].shape == right.shape
            largest = np.abs(right).max(initial=0) or 1.0
            assert np.abs(values[n] - right).max(initial=0) < NEAR * largest, (seed, n)


def drawn(name, takes="torch", seed=0):
    family = FAMILIES[name]
    settings, arrays = family.draw(Draws(np.random.default_rng(seed)))
    return family, settings, arrays, twin_of(family, settings, takes, True)


def test_a_fault_counts_where_it_changes_a_number_and_names_where():
    family, settings, arrays, right = drawn("LayerNorm")
    values = computed(right, arrays)
    every = {(f.operator, f.what): f for f in faults(family, settings, right, arrays)}
    assert changed(values, every[NUMBER, "correction 0 -> 1"], arrays) == ["output"]
    assert changed(values, every[OUTPUTS, "a factor"], arrays) == ["output"]
    # the output is what it was: the gradient alone is another
    assert changed(values, every[GRADIENT, "gradient of weight lost"], arrays) == ["grad/weight"]


def test_a_number_that_changes_nothing_is_no_fault():
    family, settings, arrays, right = drawn("ReLU")
    arrays = {"x": np.array([[-1.0, 2.0, 3.0]])}  # none between 0 and 0.01
    every = {f.what: f for f in faults(family, settings, right, arrays)}
    assert changed(computed(right, arrays), every["kink 0.0 -> 0.01"], arrays) is None


@pytest.mark.parametrize("name", SMALL)
def test_right_pairs_are_the_same_and_faulty_ones_different(name):
    record = pairs.measure(f"right/0/{name}")
    assert (record["outcome"], record["first"]) == ("same", "")
    record = pairs.measure(f"faulty/0/{name}")
    assert record["outcome"] == "DIFFERENT"
    assert record["named"]


def test_the_same_key_is_the_same_pair():
    once, again = (pairs.measure("faulty/1/Linear") for _ in range(2))
    timed = {"seconds": 0}
    assert {**once, **timed} == {**again, **timed}


def test_every_group_is_measured_as_often_as_the_bench_says():
    keys = pairs.keys(pairs.FULL)
    assert len(keys) == len(set(keys)) >= 2 * pairs.PAIRS
    assert sum(len(families) for families in GROUPS.values()) == len(FAMILIES)


RIGHT = {"takes": "torch", "outcome": "same", "first": "", "close": True, "seconds": 0.1}
FOUND = {
    **RIGHT,
    "outcome": "DIFFERENT",
    "first": "output",
    "named": True,
    "operator": NUMBER,
    "fault": "eps",
}
RECORDS = [
    {"key": "right/0/ReLU", **RIGHT},
    {"key": "right/0/Linear", **RIGHT},
    {"key": "faulty/0/ReLU", **FOUND},
    {"key": "faulty/0/LSTM", **FOUND, "close": False, "named": False},
]


def test_what_went_wrong_is_counted_and_named():
    result = pairs_report.summary(RECORDS)
    assert pairs_report.passed(result)
    assert (result["false alarms"], result["missed"], result["first place right"]) == (0, 0, 1)
    assert result["assert_close"] == {"false alarms": 0, "missed": 1}
    wrong = [
        {**RECORDS[0], "outcome": "DIFFERENT", "first": "output"},
        {**RECORDS[1], "outcome": "VACUOUS", "first": "output"},
        {**RECORDS[2], "outcome": "same", "first": ""},
        RECORDS[3],
    ]
    result = pairs_report.summary(wrong)
    assert not pairs_report.passed(result)
    assert (result["false alarms"], result["right, vacuous"], result["missed"]) == (1, 1, 1)
    table = pairs_report.table(result)
    assert max(map(len, table.splitlines())) <= 79
    assert "ReLU, DIFFERENT at output (1)" in table
    assert "ReLU: eps, same (1)" in table


def test_a_figure_has_a_pair_of_bars_an_operator():
    (axes,) = pairs_report.figure(pairs_report.summary(RECORDS)).axes
    assert len(axes.patches) == 2 * len(OPERATORS)
