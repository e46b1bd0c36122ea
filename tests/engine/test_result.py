"""A run has passed where something was compared, nothing failed, and nothing was left out."""

from dataclasses import replace

import pytest

from compare.core.case import Case, Program
from compare.core.outcome import Outcome
from compare.engine.result import CaseResult, RunResult
from compare.judge.verdict import Comparison, Verdict

CASE = Case("planted", "§0", "for tests", Program(lambda side, arrays: iter(())))


def result(outcome):
    verdict = Verdict((Comparison("y", outcome),))
    return CaseResult(CASE, CASE.id("float64"), "float64", 0, verdict)


SAME, WRONG = result(Outcome.SAME), result(Outcome.DIFFERENT)
SKIPPED = replace(SAME, skipped="no data here")


def run(*results, **changes):
    return replace(RunResult(results, len(results), 0, 1.0), **changes)


def test_all_that_was_selected_is_the_same():
    assert run(SAME, SKIPPED).passed


@pytest.mark.parametrize("whole", [
    run(SAME, WRONG), run(), run(SKIPPED), run(SAME, interrupted=True), run(SAME, problems=("x",)),
])  # fmt: skip
def test_anything_less_is_no_pass(whole):
    assert not whole.passed


def test_a_result_is_found_by_name_by_id_or_by_its_place():
    whole = run(SAME, WRONG)
    assert whole["planted"] is whole["planted[float64]"] is whole[0] is SAME
    with pytest.raises(KeyError, match="this run has"):
        whole["affine"]


def test_outcomes_and_names_are_counted():
    whole = run(SAME, WRONG, SKIPPED)
    assert whole.outcomes == {Outcome.SAME: 1, Outcome.DIFFERENT: 1, Outcome.SKIPPED: 1}
    assert whole.failures == (WRONG,)
    assert whole.ledger == {"same": 2, "DIFFERENT": 1}
