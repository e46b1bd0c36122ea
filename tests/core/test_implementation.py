"""Arrays go in and come out of each side with the bits that they have."""

import numpy as np

from compare.core.implementation import torch_side


def test_the_torch_side_shares_the_memory_that_is_fingerprinted():
    a = np.ones(3)
    torch_side().from_numpy(a).add_(1)
    assert a[0] == 2
