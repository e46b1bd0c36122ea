"""Many comparisons become a few lines: no failure and no count is lost on the way."""

from compare.core.case import Outcome
from compare.judge.aggregate import Aggregate
from compare.judge.verdict import Comparison, Verdict


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
