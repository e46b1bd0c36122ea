"""The model beside torch. `pytest --compare-html report.html` writes what came of every check."""

import numpy as np
import pytest
import sample_model as mine
import torch

x = np.random.default_rng(0).standard_normal((4, 6))


def test_functions(compare_equivalent):
    """Both are judged, whatever comes of the first."""
    gain, shift = 1 + x[0] / 4, x[1] / 4

    def reference(x, gain, shift):
        return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, shift)

    compare_equivalent(mine.layer_norm, reference, [x, gain, shift], gradient=False)
    compare_equivalent(mine.softmax, torch.nn.Softmax(-1), [x], gradient=mine.softmax_backward)


def test_gelu(compare_equivalent):
    """Another function on purpose: accepted.toml says by how much, and why."""
    compare_equivalent(mine.quick_gelu, torch.nn.functional.gelu, [x], gradient=False)


@pytest.mark.compare_case("affine")
def test_case(compare_case):
    """A case of the table of the command, or of a pack that is installed."""
    assert compare_case.verdict.ledger["same"] > 3
