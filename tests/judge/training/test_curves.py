"""What a run leaves behind does not grow with its steps, and loses neither a spike nor a count."""

import numpy as np

from compare.core.outcome import Outcome
from compare.judge.training.curves import MAX_POINTS, Curves, snapshot_steps, thinned
from compare.judge.verdict import Comparison


def test_a_short_curve_is_kept_as_it_is():
    curve = tuple((t, float(t), -float(t)) for t in range(1, MAX_POINTS + 1))
    assert thinned(curve) == curve


def test_a_spike_survives_thinning_wherever_it_stands():
    for at in (0, 1, 4321, 9_998, 9_999):
        kept = thinned((t, float(t == at), 0.0) for t in range(10_000))
        assert len(kept) <= MAX_POINTS
        assert (at, 1.0, 0.0) in kept


def test_not_a_number_is_a_spike():
    kept = thinned((t, np.nan if t == 777 else 1.0, 0.0) for t in range(20_000))
    assert 777 in {step for step, _, _ in kept}


def test_every_window_is_of_one_size_so_that_steps_stay_evenly_spread():
    steps = [t for t, _, _ in thinned((t, float(t), 0.0) for t in range(20_000))]
    assert max(np.diff(steps)) <= 2 * 20_000 / (MAX_POINTS / 2)


def test_the_largest_error_per_limit_of_a_kind_is_the_one_that_is_drawn():
    curves = Curves()
    small = Comparison("step/1/grad/W1", Outcome.SAME, error=1.0, limit=10.0)
    large = Comparison("step/1/grad/W2", Outcome.SAME, error=0.5, limit=1.0)
    curves.add(1, [small, large])
    assert curves.errors == {"grad": ((1, 0.5, 1.0),)}


def test_snapshots_are_few_and_include_the_first_step_and_the_last():
    for steps in (1, 2, 7, 200, 20_000):
        kept = snapshot_steps(steps)
        assert {1, steps} <= kept and len(kept) <= 10
    assert snapshot_steps(0) == frozenset()
