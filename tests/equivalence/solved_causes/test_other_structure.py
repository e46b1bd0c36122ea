"""Results in another structure are told from results that lack something."""

import numpy as np
import torch

import compare

X = np.random.default_rng(67).standard_normal((3, 4))


def cause(mine, reference):
    (result,) = compare.equivalent(mine, reference, [X], gradient=False, dtypes=["float64"])
    assert result.fails
    return str(result.cause)


def test_a_bare_array_beside_a_mapping():
    said = cause(np.tanh, lambda x: {"logits": torch.tanh(x)})
    assert said.startswith("another structure: yours returns output where the reference returns ")
    assert "output/logits" in said


def test_what_is_missing_on_one_side_alone_is_no_other_structure():
    assert cause(lambda x: {"y": np.tanh(x)}, lambda x: {"y": torch.tanh(x), "z": x}) == ""
    # the numbers differ before the structure does
    mine, reference = {"y": 2.0}, {"y": 1.0}
    said = cause(
        lambda x: {"y": mine["y"] * x, "a": x}, lambda x: {"y": reference["y"] * x, "b": x}
    )
    assert "structure" not in said
