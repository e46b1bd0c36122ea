"""A sum that overflows in the order of one side alone, in a single pass."""

import numpy as np
import pytest

from compare.core.case import Case, Program
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.trace import Trace
from compare.engine.run_case import run_case
from compare.oracle.rules import Rule, Specification

pytestmark = pytest.mark.numbers

ROWS = np.array([[0.75, 0.75, -0.75, -0.5], [0.4, 0.1, -0.1, 0.2], [0.25, 0.125, 0.25, 0.25]])
RULES = {"y": Rule(lambda x: x.sum(axis=1), ("x",), "y = sum of each row")}


def largest(a):
    return a * a.dtype.type(np.finfo(a.dtype).max)


def judged(sums, dtype, rules=RULES):
    """sums(x) of both sides, whose first row overflows from its start and not from its ends."""
    given = {"x": largest(ROWS.astype(dtype))}

    def run(side, a):
        yield Trace({"y": side.from_numpy(sums[side.name == "torch"](given["x"]))})

    shown = Program(run, (lambda a: Specification(rules, given)) if rules else Specification)
    case = Case("sums", "§0", "for tests", shown, arrays={"rows": ROWS})
    return run_case(case, dtype, 0, numpy_side(), torch_side())


def from_the_start(x):
    return x.cumsum(axis=1)[:, -1]


def from_both_ends(x):
    return (x[:, 0] + x[:, 3]) + (x[:, 1] + x[:, 2])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("sums", [(from_the_start, from_both_ends), (from_both_ends,) * 2])
def test_an_overflow_in_one_order_is_no_difference_and_neither_is_its_warning(sums, dtype):
    result = judged(sums, dtype)
    assert result.outcome is Outcome.SAME, str(result)
    warned = [c for c in result.verdict.comparisons if c.name == "warning/scratch"]
    assert len(warned) == (sums[0] is from_the_start)
    assert all(c.known and "overflow encountered in accumulate" in c.reason for c in warned)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("row", [1, 2])
def test_infinity_for_a_sum_that_cannot_overflow_is_different_and_so_is_its_warning(row, dtype):
    def wrong(x):
        y = from_the_start(x)
        y[row] *= 16  # of 0.6 and 0.875 times the largest number
        return y

    result = judged((wrong, from_both_ends), dtype)
    assert {c.name for c in result.verdict.failures} == {"y", "warning/scratch"}
    (y,) = [c for c in result.verdict.failures if c.name == "y"]
    assert y.index == (row,) and y.mine == np.inf and y.mismatched == 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_warning_of_an_overflow_that_shows_in_no_number_is_different(dtype):
    def unstable(x):
        np.add.accumulate(x, axis=1)
        return from_both_ends(x)

    result = judged((unstable, from_both_ends), dtype)
    assert [c.name for c in result.verdict.failures] == ["warning/scratch"]
