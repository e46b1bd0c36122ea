"""What is compared differs where it says, and the plain pass finds the largest error."""

import numpy as np
import pytest

from compare.arithmetic.blocks import farthest
from compare.bench.speed import comparison

N = 2 * comparison.BLOCK + 7
COUNTS = dict(zip(comparison.DIFFERING, (0, 1, round(0.1 * N), N, N), strict=True))


@pytest.mark.parametrize("where", comparison.DIFFERING)
def test_arrays_differ_where_they_should_and_every_contender_takes_them(where):
    with comparison.arrays(N, where) as (mine, right):
        assert isinstance(mine, np.memmap) == where.endswith("from files")
        found = farthest(mine, right, 0.0)
        # an element may be rounded back to itself
        assert 0.9 * COUNTS[where] <= found.count <= COUNTS[where]
        # the plain pass subtracts in float32
        assert comparison.largest(mine, right) == pytest.approx(found.largest, rel=2.0**-23)
        for contender in comparison.contenders(mine, right).values():
            contender()
