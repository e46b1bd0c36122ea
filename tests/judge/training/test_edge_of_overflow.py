"""One side overflows and the other does not: no difference where rounding decides that."""

import re
from dataclasses import replace

import numpy as np
import pytest

from compare.bench.mutants import VARIANTS, mutated
from compare.cases import programs
from compare.core.case import Case, Program
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.core.trace import Trace
from compare.engine.result import RunResult
from compare.engine.run_case import run_case
from compare.engine.selection import select
from compare.engine.side_run import SideRun
from compare.judge.training.trajectory import Trajectory, plan_of
from compare.oracle.rules import Rule, Specification
from compare.store.json_lines import run_json

pytestmark = pytest.mark.numbers

DTYPES = ["float64", "float32"]
BY_NAME = {case.name: case for case, _ in select()}
SIDES = numpy_side("mine"), numpy_side("reference")
# Two orders of the same terms: the partial sums of the first are eight times those of the second.
TERMS = 0.75 * np.repeat([1.0, -1.0], 8) + 0.001 * np.arange(16)
ALTERNATING = np.arange(16).reshape(2, 8).T.ravel()


START = {d: (TERMS * 2.0**-23 * float(np.finfo(d).max)).astype(d) for d in DTYPES}


def in_order(terms, order):
    return terms[order].cumsum(axis=-1)[-1]


def growing(order, changed=lambda step, values: values, steps=26):
    """w doubles at every step, the loss is the sum of its terms, and n counts.

    In order the loss overflows at step 21; in turns, where w itself does, at step 23.
    """

    def run(side, a):
        w = START[a["w"].dtype.name]
        for t in range(1, steps + 1):
            w = w * 2
            loss = in_order(w, order)
            values = {"loss": loss, "param/w": w, "state/w/step": w.dtype.type(t)}
            values = changed(t, {name: np.array(v) for name, v in values.items()})
            yield Trace(values, step=t)
            w = values["param/w"]

    return run


RULES = {
    "param/w": Rule(lambda w: w * 2.0, ("before/param/w",), "w = 2 w"),
    "loss": Rule(lambda w: w.sum(), ("param/w",), "loss = sum of w"),
    "state/w/step": Rule(lambda n: n + 1.0, ("before/state/w/step",), "n = n + 1"),
}


def judged(mine, dtype, reference=None, steps=26):
    """A run of each side, the reference in turns."""
    reference = reference or growing(ALTERNATING, steps=steps)

    def program(side, a):
        yield from (mine if side.name == "mine" else reference)(side, a)

    state = {"param/w": START[dtype], "state/w/step": np.zeros((), dtype)}
    shown = Program(program, lambda a: Specification(RULES, state))
    case = Case("planted", "§0", "for tests", shown, arrays={"w": TERMS})
    return run_case(case, dtype, 0, *SIDES)


def named(result, name):
    return [c for c in result.verdict.comparisons if c.name.endswith(name)]


IN_ORDER = np.arange(16)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_side_that_overflows_steps_before_the_other_is_the_same(dtype):
    result = judged(growing(IN_ORDER), dtype)
    assert result.outcome is Outcome.SAME, str(result)
    (found,) = named(result, "/divergence")
    assert found.name == "step/23/divergence"
    assert "loss of mine is not finite from step 21 on, by its own inputs" in found.reason
    (warned,) = named(result, "warning/mine")
    assert warned.known and "overflow encountered in accumulate" in warned.reason
    assert result.diverges_at == 21


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_side_that_has_overflowed_alone_when_the_run_ends_is_said_with_its_step(dtype):
    result = judged(growing(IN_ORDER, steps=22), dtype, steps=22)
    assert result.outcome is Outcome.SAME, str(result)
    (found,) = named(result, "/divergence")
    assert found.name == "step/21/divergence"
    assert found.reason == "loss of mine is not finite from step 21 on, by its own inputs"


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_reference_may_be_the_one_that_overflows(dtype):
    result = judged(growing(ALTERNATING), dtype, growing(IN_ORDER))
    assert result.outcome is Outcome.SAME, str(result)
    assert "loss of reference is not finite from step 21" in named(result, "/divergence")[0].reason


def at(step, name, change):
    def changed(t, values):
        if t == step:
            with np.errstate(all="ignore"):
                values[name] = change(values[name])
        return values

    return changed


def one_off(w):
    w[3] *= w.dtype.type(1.001)
    return w


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "bug, first",
    [
        (at(5, "loss", lambda v: v * np.inf), "step/5/loss"),  # far from the largest number
        (at(17, "loss", lambda v: v * np.inf), "step/17/loss"),  # 1/8 of where it may overflow
        (at(20, "param/w", one_off), "step/20/param/w"),  # before
        (at(21, "param/w", one_off), "step/21/param/w"),  # at the step at which it overflows
        (at(22, "param/w", one_off), "step/22/param/w"),  # after it, and before the other does
        (at(22, "state/w/step", lambda n: n + 1), "step/22/state/w/step"),
        (at(23, "state/w/step", lambda n: n + 1), "step/23/state/w/step"),  # where both have
        (at(22, "param/w", lambda w: w * np.inf), "step/22/param/w"),
    ],
)
def test_a_bug_before_at_or_after_the_overflow_of_one_side_is_different(bug, first, dtype):
    result = judged(growing(IN_ORDER, bug), dtype)
    assert result.outcome is Outcome.DIFFERENT
    assert first in [c.name for c in result.verdict.failures], str(result)


ORDERS = ("as it stands", "einsum", "Fortran order", "sums of outer products", "sum by a product")
SATURATED = replace(
    BY_NAME["descent.gradient"],
    program=programs.training("tanh", "identity", "identity_with_loss", lr=2.6),
    arrays={
        **BY_NAME["descent.gradient"].arrays,
        "d": 3 * np.random.default_rng(0).standard_normal((103, 2)),
    },
)


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_runs_that_rounding_has_parted_overflow_at_steps_of_their_own(order):
    """1 - z^2 of a saturated z has few digits: the runs part, and diverge some steps apart."""
    mutation = next(m for m in VARIANTS if m.what == order)
    for seed in range(2):
        result = run_case(SATURATED, "float32", seed, mine=mutated("overflow_order", mutation))
        assert result.outcome is Outcome.SAME, str(result)
        assert result.diverges_at is not None
        assert not re.search(r"\bnan\b", str(result))
        figures = [(c.error, c.limit, c.ratio) for c in result.verdict.comparisons]
        assert not np.isnan(figures).any()


def free(name, mine=None, reference=None, width=None):
    """The comparison of two free runs after a step, one value of each side replaced."""
    case = BY_NAME["mlp.iris"].with_steps(2)
    problem = build(case, "float64", 0)
    sides = (numpy_side(), torch_side())
    trajectory = Trajectory(plan_of(case.program, problem), problem, *sides)
    traces = [SideRun(case, side, problem).next() for side in sides]
    for k, value in enumerate((mine, reference)):
        if value is not None:
            values = {**traces[k].values, name: np.array(value(traces[k].values[name]))}
            traces[k] = replace(traces[k], values=values)
    if width is not None:
        trajectory.ensemble.spread = lambda run: {name: width}
    return next(c for c in trajectory.judge(traces, "") if c.name == f"step/1/free/{name}")


def infinite(v):
    v = np.array(v)
    v.flat[0] = np.inf
    return v


@pytest.mark.parametrize("bad", [infinite, lambda v: infinite(v) * 0])
@pytest.mark.parametrize("name", ["loss", "param/W1"])
def test_a_run_that_alone_is_not_finite_has_left_the_cone(name, bad):
    with np.errstate(all="ignore"):
        compared = free(name, mine=bad)
    assert compared.outcome is Outcome.DIFFERENT and "not finite" in compared.reason
    assert compared.error == compared.ratio == np.inf and np.isfinite(compared.limit)


@pytest.mark.parametrize("mine", [None, infinite])
@pytest.mark.parametrize("name", ["loss", "param/W1"])
def test_a_reference_that_is_not_finite_is_no_run_to_stay_beside(name, mine):
    compared = free(name, mine=mine, reference=infinite)
    assert compared.outcome is Outcome.NOT_COMPARED and compared.known
    assert compared.ratio == 0 and not np.isnan([compared.error, compared.limit]).any()


@pytest.mark.parametrize("lacking, outcome", [(16, "NOT COMPARED"), (64, "DIFFERENT")])
def test_rounding_may_take_one_run_over_the_largest_number_and_not_the_other(lacking, outcome):
    """The cone reaches 32 units roundoff of the largest number beyond it."""
    unit = 2.0**-53 * float(np.finfo(np.float64).max)
    reference = float(np.finfo(np.float64).max) - lacking * unit
    compared = free("loss", infinite, lambda v: v * 0 + reference, width=unit)
    assert compared.outcome.value == outcome and compared.known == (lacking == 16)
    assert not np.isnan([compared.error, compared.limit, compared.ratio]).any()


def test_no_report_of_an_overflow_has_a_figure_that_is_no_number():
    bugs = (at(17, "loss", lambda v: v * np.inf), at(22, "param/w", lambda w: w * np.inf))
    for dtype in DTYPES:
        for result in [judged(growing(IN_ORDER, bug), dtype) for bug in bugs]:
            run = RunResult((result,), 1, 0, 0.0)
            assert "inf" in str(run) and result.fails
            for text in (str(run), str(result), run_json(run)):
                assert not re.search(r"\bnan\b", text, re.IGNORECASE), text
