"""Many comparisons become a few lines: no failure and no count is lost on the way."""

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.judge.aggregate import Aggregate
from compare.judge.verdict import Comparison, Verdict, conclude


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
