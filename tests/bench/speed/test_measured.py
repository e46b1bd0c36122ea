"""The contenders of a training step compute the same thing; what is measured is reported."""

from functools import partial
from time import perf_counter

import numpy as np
import pytest

from compare.bench.speed import measured, report

TINY = measured.Size(0.01, 500, (1,), False, ("--help",))


@pytest.fixture(scope="module")
def records():
    return measured.run(TINY)


def test_scratch_and_torch_take_the_same_steps():
    contenders, absent = measured._steps([5, 7, 3], 6, "float64", others=True, compiled=False)
    assert absent == {}
    for _ in range(5):
        assert contenders["scratch"]() == pytest.approx(contenders["torch"](), rel=1e-10)


def test_an_update_moves_the_parameters_of_all_alike():
    for rule in measured.RULES:
        updates = measured._updates(rule, "float64")
        assert set(updates) == {"scratch", "torch, tensor by tensor", "torch, foreach"}
        for update in updates.values():
            update()


def test_the_products_are_all_but_the_gradient_by_the_data():
    # forward 2 N (5 7 + 7 3), back twice that but for 2 N 5 7
    turns = partial(measured._by_turns, 0.001, perf_counter)
    record = measured._of_network("5-7-3/6", "float64", turns, others=False, compiled=False)
    assert record["flops"] == 3 * 2 * 6 * (5 * 7 + 7 * 3) - 2 * 6 * 5 * 7
    assert record["parameters"] == 5 * 7 + 7 + 7 * 3 + 3


@pytest.mark.slow
def test_every_measurement_is_a_line_of_the_table_and_its_ratios_are_over_scratch(records):
    result = report.summary(records)
    table = report.table(result)
    assert max(map(len, table.splitlines())) <= 79
    assert all(rule in table for rule in measured.RULES)
    for row in result["step"]:
        assert row["name"] in table
        assert row["ratios"]["scratch"] == 1
        ratio = row["seconds"]["torch"] / row["seconds"]["scratch"]
        assert np.isclose(row["ratios"]["torch"], ratio)
    for row in result["comparison"]:
        assert row["ratios"]["ours"] == 1 and row["name"].split("/")[1] in table


def test_a_figure_has_a_line_a_contender(records):
    drawn = report.figure(report.summary(records))
    assert [len(axes.lines) for axes in drawn.axes] == [3, 3]
