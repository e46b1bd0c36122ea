"""Several steps in one evaluation: the same comparisons as one after the other, and bugs in any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import Problem, build
from compare.core.trace import Trace
from compare.engine.selection import select
from compare.engine.side_run import SideRun
from compare.judge.judge import Judge
from compare.judge.verdict import Comparison

STEPS = 10
# batches of another size among them (iris), one sample, two layers of state
CASES = ("mlp.iris", "exercise.1-3.sigmoid", "mlp.breast_cancer", "mlp.digits.adam")
Change = Callable[[int, dict[str, Any]], Any]


def traces_of(name: str, dtype: str = "float64") -> tuple[Any, Problem, list[list[Trace]]]:
    ((case, _),) = select((name,), "", dtype)
    problem = build(case, dtype, 0)
    sides = [SideRun(case, side, problem) for side in (numpy_side(), torch_side())]
    return case, problem, [[side.next() for _ in range(STEPS)] for side in sides]  # type: ignore[misc]


def judged(
    case: Any, problem: Problem, mine: list[Trace], reference: list[Trace], ahead: bool
) -> tuple[Judge, list[Comparison]]:
    judge = Judge(case, case.program.specify(problem.arrays))
    if ahead:
        judge.look_ahead(list(zip(mine, reference, strict=True)))
        assert len(judge._ahead) >= STEPS - 2  # all but a batch of another size
    pairs = zip(mine, reference, strict=True)
    return judge, [c for pair in pairs for c in judge.pair(*pair)]


def changed(traces: list[Trace], change: Change) -> list[Trace]:
    copies = [replace(t, values=dict(t.values)) for t in traces]
    for trace in copies:
        change(trace.step or 0, trace.values)  # type: ignore[arg-type]
    return copies


def same(left: list[Comparison], right: list[Comparison]) -> None:
    assert [repr(c) for c in left] == [repr(c) for c in right]  # in which NaN is NaN


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_steps_together_have_the_comparisons_of_steps_one_by_one(name: str, dtype: str) -> None:
    case, problem, (mine, reference) = traces_of(name, dtype)
    together, together_comparisons = judged(case, problem, mine, reference, True)
    alone, comparisons = judged(case, problem, mine, reference, False)
    assert all(c.outcome is Outcome.SAME for c in comparisons)
    same(together_comparisons, comparisons)
    assert together.unseen == alone.unseen


def _one_gradient(step: int, values: dict[str, Any]) -> None:
    if step == 6:
        values["grad/W1"] = values["grad/W1"] * 1.001


def _every_delta(step: int, values: dict[str, Any]) -> None:
    values["delta1"] = values["delta1"] * 1.001


def _a_rate(step: int, values: dict[str, Any]) -> None:
    if step == 4:
        values["param/b2"] = values["param/b2"] + 1e-3


def _missing(step: int, values: dict[str, Any]) -> None:
    if step == 5:
        del values["param/W1"]


def _of_another_shape(step: int, values: dict[str, Any]) -> None:
    if step == 5:
        values["u1"] = values["u1"][:-1]


def _not_finite(step: int, values: dict[str, Any]) -> None:
    if step == 3:
        values["z1"] = np.where(values["z1"] == values["z1"].max(), np.inf, values["z1"])


def _another_order(step: int, values: dict[str, Any]) -> None:
    if step == 7:  # with a name that no rule has, the side's own order is that of computation
        values["more"], values["u1"] = np.ones(2), values.pop("u1")


CHANGES = (
    _one_gradient,
    _every_delta,
    _a_rate,
    _missing,
    _of_another_shape,
    _not_finite,
    _another_order,
)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_a_wrong_step_among_right_ones_is_found_as_if_it_came_alone(
    change: Change, side: int
) -> None:
    case, problem, traces = traces_of("mlp.breast_cancer")
    traces[side] = changed(traces[side], change)
    _, together = judged(case, problem, *traces, True)
    _, alone = judged(case, problem, *traces, False)
    assert any(c.outcome is not Outcome.SAME for c in alone)
    same(together, alone)


def test_a_side_of_its_own_rate_is_judged_by_it() -> None:
    # each step's rate stands beside its elements, and is that of its side
    case, problem, (mine, reference) = traces_of("mlp.iris")

    def _rate(step: int, values: dict[str, Any]) -> None:
        values["lr"] = values["lr"] * step

    _, together = judged(case, problem, changed(mine, _rate), reference, True)
    wrong = {c.name.split("/", 2)[2] for c in together if c.outcome is Outcome.DIFFERENT}
    assert {"lr", "param/W1", "param/b1"} <= wrong
