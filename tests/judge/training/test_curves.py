"""What a run leaves behind does not grow with its steps, and loses neither a spike nor a count."""

import numpy as np

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.judge.aggregate import Aggregate
from compare.judge.training.curves import MAX_POINTS, Curves, snapshot_steps, thinned
from compare.judge.verdict import Comparison, Verdict, conclude


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


def test_a_tally_keeps_the_first_failure_the_worst_of_the_same_and_every_count():
    tally = Aggregate()
    for t in range(1, 20_001):
        tally.add([Comparison(f"step/{t}/y", Outcome.SAME, error=float(t == 50), limit=2.0)])
        if t in (700, 900):
            tally.add([Comparison(f"step/{t}/loss", Outcome.DIFFERENT, error=float(t), limit=1.0)])
    same, different = tally.comparisons()
    assert (same.name, same.times) == ("step/50/y", 20_000)
    assert (different.name, different.times) == ("step/700/loss", 2)
    assert Verdict((same, different)).ledger == {"same": 20_000, "DIFFERENT": 2}


def test_a_step_at_which_a_known_difference_has_another_size_counts_apart():
    known = {"loss": ExpectedOutcome(Outcome.DIFFERENT, "another reduction", size=1.0)}
    tally = Aggregate(known)
    for t in range(1, 101):
        size = 50.0 if t == 70 else 1.1
        tally.add([Comparison(f"step/{t}/loss", Outcome.DIFFERENT, error=1.0, size=size)])
    again = Aggregate(known)
    again.restore(tally.state())
    for kept in (tally, again):
        verdict = conclude(known, kept.comparisons(), {})
        assert verdict.ledger == {"DIFFERENT as stated": 99, "DIFFERENT": 1}
        assert verdict.first.name == "step/70/loss"


def test_snapshots_are_few_and_include_the_first_step_and_the_last():
    for steps in (1, 2, 7, 200, 20_000):
        kept = snapshot_steps(steps)
        assert {1, steps} <= kept and len(kept) <= 10
    assert snapshot_steps(0) == frozenset()
