"""Whatever a side returns gives a verdict or a clear error, and never "same" by accident."""

import sys
from types import ModuleType

import numpy as np
import pytest

from compare.core.case import Case, Program
from compare.core.implementation import numpy_side
from compare.core.outcome import Outcome
from compare.core.trace import Trace
from compare.engine.run_case import run_case
from compare.oracle.rules import Rule, Specification


def side(name, f):
    module = sys.modules[f"{name}.fake"] = ModuleType(f"{name}.fake")
    module.f = f
    return numpy_side(name)


def doubled(side, a):
    yield Trace({"y": side.get("fake.f")(a["x"])})


DOUBLED = Program(doubled, lambda a: Specification({"y": Rule(lambda x: x + x, ("x",))}, a))


def verdict(mine, x, reference=lambda x: x + x):
    case = Case("planted", "§0", "for tests", DOUBLED, arrays={"x": x})
    return run_case(case, "float64", 0, side("mine", mine), side("reference", reference)).verdict


X = [[1.0, -2.0, 3.0], [0.5, 4.0, -6.0]]


class Agreeable(np.ndarray):
    """An array that is equal to everything."""

    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    __array_priority__ = 1000
    __hash__ = None


WRONG = {
    "one NaN": lambda x: np.where(x == 4, np.nan, x + x),
    "all NaN": lambda x: np.full_like(x, np.nan),
    "one infinity": lambda x: np.where(x == 4, np.inf, x + x),
    "no element": lambda x: np.empty((0, 3)),
    "a batch of size zero": lambda x: (x + x)[:0],
    "float32": lambda x: (x + x).astype(np.float32),
    "whole numbers": lambda x: (x + x).astype(np.int64),
    "complex numbers": lambda x: (x + x).astype(complex),
    "objects": lambda x: (x + x).astype(object),
    "text": lambda x: (x + x).astype(str),
    "a list of numbers with one missing": lambda x: [[2.0, None, 6.0], [1.0, 8.0, -12.0]],
    "nothing": lambda x: None,
    "a masked array": lambda x: np.ma.masked_array(x + x, mask=x < 0),
    "a masked array whose data are right": lambda x: np.ma.masked_array(x + x, mask=False),
    "an array equal to everything": lambda x: (x * 3).view(Agreeable),
    "a broadcast row": lambda x: np.broadcast_to((x + x)[0], x.shape),
    "one sample less an axis": lambda x: (x + x)[0],
    "a generator": lambda x: (v for v in x),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_result_is_never_the_same(what):
    found = verdict(WRONG[what], X)
    assert found.outcome in (Outcome.DIFFERENT, Outcome.ERROR)
    assert found.first.name in ("y", "error/mine")


RIGHT = {
    "not contiguous": lambda x: np.repeat(x + x, 2, axis=1)[:, ::2],
    "in Fortran's order": lambda x: np.asfortranarray(x + x),
    "read-only": lambda x: np.broadcast_to(x + x, x.shape),
    "a subclass that is equal to everything": lambda x: (x + x).view(Agreeable),
    "a list": lambda x: (x + x).tolist(),
    "negative zeros": lambda x: x * 2 + 0.0 * -1,
}


@pytest.mark.parametrize("what", RIGHT)
def test_the_form_of_a_right_result_does_not_matter(what):
    assert verdict(RIGHT[what], X).outcome is Outcome.SAME


def test_complex_numbers_on_both_sides_are_no_pass():
    wide = {"mine": lambda x: (x + x) * 1j, "reference": lambda x: (x + x) * 1j}
    assert verdict(wide["mine"], X, wide["reference"]).outcome is Outcome.DIFFERENT


def test_objects_on_both_sides_are_no_pass():
    def f(x):
        return (x + x).astype(object)

    assert verdict(f, X, f).outcome is Outcome.DIFFERENT


def test_empty_results_on_both_sides_are_vacuous():
    assert verdict(lambda x: x + x, np.empty((0, 3))).outcome is Outcome.VACUOUS


def test_nan_on_both_sides_is_no_pass_where_a_number_is_expected():
    def f(x):
        return np.full_like(x, np.nan)

    assert verdict(f, X, f).outcome is Outcome.DIFFERENT


def test_a_side_that_writes_into_a_read_only_result_of_its_own_is_an_error():
    def f(x):
        y = np.broadcast_to(x, x.shape)
        y += 1
        return y

    assert verdict(f, X).outcome is Outcome.ERROR
