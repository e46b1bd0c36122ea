"""The kind of a difference: another function, the same one unstably, out of range, less precise."""

import warnings

import numpy as np
import pytest

from compare.core.case import Case, Program
from compare.core.implementation import numpy_side
from compare.core.trace import Trace
from compare.engine.error_kind import ErrorKind
from compare.engine.run_case import run_case
from compare.oracle import formulas
from compare.oracle.rules import Rule, Specification

pytestmark = pytest.mark.numbers

RULES = {"y": Rule(formulas.softmax, ("u",), "y = softmax(u)")}


def softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def naive(u):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.exp(u) / np.exp(u).sum(axis=-1, keepdims=True)


def by_a_large_number(u):
    """The same function; what it cancels has lost its digits."""
    return softmax((u + 4096) - 4096)


def nature(mine, u, dtype):
    def program(side, a):
        yield Trace({"y": mine(a["u"]) if side.name == "mine" else softmax(a["u"])})

    case = Case(
        "planted", "§0", "for tests", Program(program, lambda a: Specification(RULES, a)),
        arrays={"u": u},
    )  # fmt: skip
    return run_case(case, dtype, 0, numpy_side("mine"), numpy_side("reference")).error_kind


U = np.random.default_rng(0).standard_normal((4, 3))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "what, mine, expected",
    [
        ("a factor", lambda u: softmax(u) * np.asarray(1.01, u.dtype), ErrorKind.ANOTHER),
        ("the wrong axis", lambda u: softmax(u.T).T, ErrorKind.ANOTHER),
        ("zeros", np.zeros_like, ErrorKind.ANOTHER),
        ("an unstable form", by_a_large_number, ErrorKind.UNSTABLE),
    ],
)
def test_another_function_is_told_from_an_unstable_form_of_the_same(dtype, what, mine, expected):
    assert nature(mine, U, dtype) is expected


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_overflows_where_the_exact_value_is_finite_is_out_of_range(dtype):
    assert nature(naive, U * 1000, dtype) is ErrorKind.OUT_OF_RANGE


@pytest.mark.parametrize("dtype, coarser", [("float64", "float32"), ("float32", "float16")])
def test_a_detour_through_a_coarser_format_is_named(dtype, coarser):
    assert nature(lambda u: softmax(u).astype(coarser).astype(dtype), U, dtype) is (
        ErrorKind.LESS_PRECISE
    )


def test_what_is_the_same_has_no_nature():
    assert nature(softmax, U, "float64") is None
