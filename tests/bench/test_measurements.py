"""The shares that are reported have the confidence limits of the tables."""

import pytest

from compare.bench import measurements


@pytest.mark.parametrize("hits, n, low, high", [(0, 10_000, 0, 3.69e-4), (5, 10, 0.1871, 0.8129)])
def test_confidence_limits_are_those_of_the_tables(hits, n, low, high):
    assert measurements.limits(hits, n) == pytest.approx((low, high), rel=2e-3)
