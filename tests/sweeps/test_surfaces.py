"""The surfaces that update rules are shown on."""

import numpy as np
import pytest

import scratch.surfaces
import torch_ref.surfaces


@pytest.mark.parametrize("surface, lowest", [("bowl", (0, 0)), ("valley", (1, 1))])
def test_a_surfaces_gradient_is_that_of_differences_and_0_at_its_lowest(
    surface, lowest, central_difference
):
    import torch

    f, d_f = (getattr(scratch.surfaces, n) for n in (surface, f"d_{surface}"))
    w = np.array([-0.7, 1.3])
    np.testing.assert_allclose(d_f(w), central_difference(f, w), rtol=1e-6)
    by_autograd = getattr(torch_ref.surfaces, f"d_{surface}")(torch.from_numpy(w))
    np.testing.assert_allclose(d_f(w), by_autograd.numpy(), rtol=1e-14)
    assert f(np.array(lowest, dtype=float)) == 0
    assert not d_f(np.array(lowest, dtype=float)).any()
