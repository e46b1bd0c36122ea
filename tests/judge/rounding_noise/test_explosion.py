"""An exploded limit says at which operation: of torch and of NumPy, and of no sound run."""

import numpy as np
import pytest
import torch

import compare
from compare import Outcome
from compare.judge.rounding_noise.explosion import Sketch, exploded_at

SAYS = "the noise of the reference is as large as its values from operation"


def drowned(x):
    return ((3 * x + 1e16) - 1e16) * 2


@pytest.mark.parametrize("takes", ["torch", "numpy"])
def test_the_operation_is_named_where_a_limit_allows_everything(takes):
    x = np.random.default_rng(0).standard_normal((4, 5))
    (r,) = compare.equivalent(
        drowned, drowned, [x], gradient=False, reference_takes=takes, dtypes=["float64"]
    )
    assert r.outcome is Outcome.VACUOUS
    (name,) = {"torch": ["sub"], "numpy": ["subtract"]}[takes]
    assert f"{SAYS} 3, {name}" in r.verdict.first.reason


def test_a_vacuous_comparison_of_sound_numbers_names_none():
    x = np.ones((4, 5))
    (r,) = compare.equivalent(
        lambda x: 0 * x, lambda x: 0 * x, [x], gradient=False, dtypes=["float64"]
    )
    assert r.outcome is Outcome.VACUOUS and SAYS not in r.verdict.first.reason


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_sketch_sees_one_change_of_a_tenth_and_none_of_rounding(scale):
    x = scale * torch.randn(500, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    moved = x * (1 + 1e-12)
    assert exploded_at([Sketch.of("exp", x)], [Sketch.of("exp", moved)]) == ""
    noise = torch.randn(500, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    one = [Sketch.of("exp", x), Sketch.of("_softmax", x)]
    other = [Sketch.of("exp", moved), Sketch.of("_softmax", x + scale * noise)]
    assert exploded_at(one, other) == "from operation 2, softmax, on"
