"""Limits are computed: they hold for every order of computing, and the referee is right."""

import math
from functools import partial

import numpy as np
import pytest

from compare.arithmetic.multiprecision import Exact
from compare.arithmetic.running_error import FORMATS, Bounded
from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.engine.run_case import run_case
from compare.engine.selection import select

pytestmark = pytest.mark.numbers

DTYPES = ("float64", "float32", "float16", "bfloat16")


BY_NAME: dict[str, Case] = {case.name: case for case, _ in select()}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def given(array, dtype):
    return Bounded.given(array.astype(FORMATS[dtype].dtype), FORMATS[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_every_order_of_summation_stays_within_the_bound(dtype):
    rng = np.random.default_rng(1)
    a = (rng.standard_normal(500) * 10.0 ** rng.uniform(-2, 2, 500)).astype(dtype)
    summed = given(a, dtype).sum()
    for order in (a, a[::-1], np.sort(a), np.sort(a)[::-1], rng.permutation(a)):
        sequential = np.add.accumulate(order, dtype=np.float32)[-1].astype(dtype)
        assert abs(float(sequential) - summed.value) <= summed.error


def test_equal_terms_whose_sum_drifts_stay_within_the_bound():
    a = np.full(60_000, np.float32(0.1))
    summed = given(a, "float32").sum()
    drifted = np.add.accumulate(a, dtype=np.float32)[-1]
    assert abs(float(drifted) - summed.value) > 1  # the bound is not a bound of nothing
    assert abs(float(drifted) - summed.value) <= summed.error


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "sqrt", "tanh", "sigmoid"])
def test_the_bound_of_a_function_covers_its_exact_value(name):
    x = np.abs(normal(50)) * 5 + 1e-3
    rounded = getattr(given(x, "float64"), name)()
    exact = getattr(Exact.given(x), name)()
    for k, right in enumerate(exact.value):
        assert abs(rounded.value[k] - right) <= rounded.error[k]


def test_what_may_overflow_on_the_way_is_left_open_and_nothing_else_is():
    a = given(np.array([1e25, 1.0]), "float32")
    squared = a * a
    assert (squared.error == [np.inf, squared.error[1]]).all()
    assert math.isfinite(squared.error[1])


def test_a_constant_that_the_format_lacks_carries_its_rounding():
    x = given(np.ones(1), "float32")
    assert x.constant(0.5).error == 0
    assert x.constant(0.999).error == abs(0.999 - float(np.float32(0.999)))


def test_multiplying_by_a_power_of_two_is_exact():
    assert (given(normal(3), "float32") * 2.0).error.max() == 0


CASES = ("affine", "relu", "softmax", "mlp.hidden.sigmoid", "mlp.depth.5", "optimizer.momentum",
         "softmax_with_loss", "mlp.sigmoid.sigmoid_with_loss",
         pytest.param("mlp.iris", marks=[pytest.mark.slow, pytest.mark.one_kernel]))  # fmt: skip


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", CASES)
def test_coarse_formats_are_judged_by_the_same_rule(name, dtype):
    result = run_case(BY_NAME[name], dtype, seed=0)
    different = [
        c.name for c in result.verdict.comparisons if c.outcome is Outcome.DIFFERENT and not c.known
    ]
    assert different == []


def test_torchs_adam_in_float16_loses_its_epsilon_and_torch_is_named():
    first = run_case(BY_NAME["optimizer.adam"], "float16", seed=0).verdict.first
    assert first.name.endswith("/param/W")
    assert (first.culprit, np.isnan(first.reference)) == ("torch", True)


def test_a_sum_pays_for_the_terms_that_are_not_zero():
    given = partial(Bounded.given, format=FORMATS["float32"])
    dense, sparse = np.ones(64), np.eye(64)[0]
    assert given(sparse).sum().limit() == 0
    assert given(dense).sum().limit() > given(np.repeat(sparse[:2], 32)).sum().limit() > 0


def test_the_exponential_of_an_exact_zero_is_exactly_one():
    zero = Bounded.given(np.zeros(3), FORMATS["float32"])
    assert not zero.exp().limit().any()
    assert zero.widened(1e-9).exp().limit().all()


def test_a_sum_with_underflow_among_its_terms_stays_within_its_limit():
    """Against exact sums, in three orders of summation."""
    tiny = float(np.finfo(np.float32).tiny)
    rng = np.random.default_rng(0)
    for _ in range(200):
        terms = (rng.standard_normal(16) * rng.choice([1.0, tiny, 0.0], 16)).astype(np.float32)
        expected = Bounded.given(terms, FORMATS["float32"]).sum()
        for order in (terms, terms[::-1], np.sort(terms)):
            total = np.float32(0)
            for term in order:
                total = total + term
            assert abs(float(total) - math.fsum(terms.astype(float))) <= expected.limit()
