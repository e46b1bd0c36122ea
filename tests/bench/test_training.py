"""Training runs, right and wrong from some step on: a few of what the bench measures."""

import pytest

from compare.bench import cost, training, training_report
from compare.bench.late_bugs import LATE_BUGS
from compare.bench.measurements import Size

pytestmark = pytest.mark.slow

CORRECT, BUGS = Size(6, 0, steps=60), Size(0, 1, steps=27)


@pytest.fixture(scope="module")
def records():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "STEPS", 5)
        patch.setattr(cost, "MEASURED", ("mlp.iris",))
        costs = training.run(Size(0, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "MEASURED", ())
        return costs + training.run(CORRECT) + training.run(BUGS)


def test_no_correct_run_is_called_different(records):
    correct = [r for r in records if "/correct/" in r["key"]]
    assert len(correct) == CORRECT.correct
    assert [r["key"] for r in correct if r["called"]] == []


def test_every_late_bug_is_found_at_its_step_by_operation_and_by_forced_steps(records):
    bugs = training_report.summary(records)["bugs"]
    assert len(bugs) == len(LATE_BUGS) >= 8
    for what, found in bugs.items():
        assert found["runs"] >= 1, what
        assert found["operation"] == found["forced"] == found["runs"], what


def test_the_cost_is_measured_in_both_dtypes(records):
    costs = training_report.summary(records)["cost"]
    assert [*costs] == ["float64 mlp.iris", "float32 mlp.iris"]
    assert all({*c} == {"cone", "verdict", "logging"} for c in costs.values())


def test_the_table_of_training_fits_a_terminal(records):
    lines = training_report.table(training_report.summary(records)).splitlines()
    assert max(len(line) for line in lines) <= 79


def test_the_names_and_numbers_of_a_measurement_depend_on_its_key_alone():
    key = training.keys(training.SHORT)[3]
    a, b = training.measure(key), training.measure(key)
    assert {**a, "seconds": 0} == {**b, "seconds": 0}
