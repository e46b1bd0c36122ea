"""A warning of the reference is said, and no difference; one of yours alone is."""

import warnings

import numpy as np
import pytest
import torch

import compare

X = np.random.default_rng(0).standard_normal((3, 4))


def warning(f, *texts):
    def warned(x):
        for text in texts:
            warnings.warn(text, stacklevel=1)
        return f(x)

    return warned


def compared(mine, reference):
    return compare.equivalent(mine, reference, [X], gradient=False, mine_takes="torch")


def test_what_the_reference_warns_of_passes_and_is_said():
    result = compared(torch.tanh, warning(torch.tanh, "deprecated"))
    assert result.passed
    assert "reference warned: deprecated" in str(result)


def test_the_same_of_both_passes():
    both = warning(torch.tanh, "deprecated")
    assert compared(both, both).passed


@pytest.mark.parametrize(
    "mine", [("other",), ("deprecated", "other"), ("other", "deprecated")], ids=" ".join
)
def test_what_yours_alone_warns_of_is_a_difference(mine):
    result = compared(warning(torch.tanh, *mine), warning(torch.tanh, "deprecated"))
    assert result[0].verdict.first.name == "warning/yours"


def test_a_wrong_value_is_a_difference_for_all_that():
    result = compared(lambda x: 1.001 * torch.tanh(x), warning(torch.tanh, "deprecated"))
    assert result[0].verdict.first.name == "output"
