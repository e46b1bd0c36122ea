"""The cost of whole cases is measured of every case that can run."""

import pytest

from compare.bench import cost, judge
from compare.engine.selection import select


def test_the_long_form_measures_every_case_of_the_suite_and_the_short_one_a_few():
    for dtype in ("float64", "float32"):
        suite = [case.name for case, _ in select(dtype=dtype)]
        costed = [key.split("/")[2] for key in judge.keys(judge.FULL, (dtype,)) if "/cost/" in key]
        assert sorted(costed) == sorted(suite)
        few = [key for key in judge.keys(judge.SHORT, (dtype,)) if "/cost/" in key]
        assert 3 <= len(few) <= 10


def test_a_case_whose_data_are_not_here_has_no_cost_and_a_reason():
    assert set(cost.of_case("float64", "mlp.mnist")) == {"skipped"}


def test_a_judged_step_is_the_sum_of_its_parts():
    took = cost.of_step("float64", "mlp.iris", steps=2, times=1)
    parts = (cost.TORCH, cost.SCRATCH, cost.COPIES, cost.NAMES, cost.DIGESTS, cost.REST)
    assert sum(took[part] for part in parts) == pytest.approx(took[cost.WHOLE])
    assert all(took[part] > 0 for part in (cost.BARE, cost.NAMES, cost.DIGESTS))
