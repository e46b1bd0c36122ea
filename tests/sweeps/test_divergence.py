"""A run diverges where both losses are lost for good."""

import numpy as np
import pytest

from compare.sweeps import running
from compare.sweeps.divergence import diverges_at, until_divergence
from compare.sweeps.networks import regression


def curve(*losses):
    return tuple((t, float(a), float(b)) for t, (a, b) in enumerate(losses, start=1))


@pytest.mark.parametrize(
    "losses, step",
    [
        ([(1, 1), (9e5, 9e5)], None),
        ([(1, 1), (2e6, 2e6)], 2),
        ([(1, 1), (np.nan, np.inf)], 2),
        ([(1, 1), (2e6, 1), (2e6, 2e6)], 3),
        ([(1, 1), (np.inf, 1)], None),
        ([(np.inf, np.inf)], 1),
    ],
)
def test_a_run_diverges_where_both_losses_are_lost(losses, step):
    assert diverges_at({"loss": curve(*losses)}) == step


def test_one_sample_that_begins_right_is_no_divergence():
    losses = {"loss": curve((1e-9, 1e-9), (1, 1)), "test/loss": curve((2, 2), (1, 1))}
    assert diverges_at(losses) is None


def test_a_run_that_does_not_diverge_is_left_whole():
    case = regression(6)
    cut = until_divergence(case)
    whole, kept = (running.run_case(c, "float64") for c in (case, cut))
    assert len(kept.verdict.comparisons) == len(whole.verdict.comparisons)
