"""Is the divergence of two training runs what rounding explains, and is a step's error its own?

Two checks beside the judge's, which looks at each operation. Free: both runs go their own way, and
the distance between them is held against the spread of perturbed torch runs
(``compare.judge.training.ensemble``).
Forced: at some steps torch's state is given to the side under test, and the one step from there is
held against a bound of its rounding; so an error made at that step is told from an inherited one.
Source: Hairer, Norsett and Wanner (1993), Solving Ordinary Differential Equations I, on local and
global error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.arithmetic.closeness import is_float, length, measured_gap
from compare.arithmetic.running_error import FORMAT_OF
from compare.cases.programs import params_of
from compare.core.case import Program
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.core.problem import Problem
from compare.core.recipe import Recipe
from compare.core.trace import Trace, state_of
from compare.judge.compared import compared_at
from compare.judge.training.curves import snapshot_steps
from compare.judge.training.teacher_forcing import TeacherForcing
from compare.judge.verdict import Comparison
from compare.language.message import message
from compare.oracle.rules import Specification, chained
from compare.system.errors import line_of

WIDTH = 32.0  # times the spread; of 500 correct runs the farthest was at 19, and 495 stayed below 4
INFORMATIVE = 1e-2  # of the length of what is compared: a wider spread says nothing
FREE, FORCED = "free", "forced"
FORCED_STEPS = 24


@dataclass(frozen=True)
class Plan:
    """What of a run is checked: ``forced`` are the steps at which torch's state is given."""

    recipe: Recipe
    specification: Specification
    forced: frozenset[int]
    apart: frozenset[str] = frozenset()  # names that are meant to be other than torch's


def plan_of(program: Program, problem: Problem, every: int | None = None) -> Plan | None:
    """The checks of a training run, or None where the program is none.

    ``every``: force every so many steps, and not a sample that is dense at the start.
    """
    # the ensemble runs in torch's own arithmetic, and
    # NumPy has none in a coarse format to force a step in
    if program.recipe is None or problem.dtype not in ("float64", "float32"):
        return None
    steps = len(problem.arrays["batches"])
    sampled = snapshot_steps(steps, FORCED_STEPS)
    # and the last step, whatever number of steps ``every`` divides
    forced = frozenset(range(1, steps + 1, every)) | {steps} if every else sampled
    specification = program.specify(problem.arrays)
    return Plan(program.recipe, specification, forced, specification.in_another_convention())


class Trajectory:
    """Two training runs beside each other, step by step, in memory that does not grow.

    What is under test may show as little as its loss and its parameters.
    """

    def __init__(
        self, plan: Plan, problem: Problem, mine: Implementation, reference: Implementation
    ) -> None:
        # Imports torch, which takes a second that a list of cases need not wait.
        from compare.judge.training.ensemble import Ensemble

        self.plan = plan
        self.ensemble = Ensemble(params_of(problem.arrays), plan.recipe, reference, problem.seed)
        initial = plan.specification.initial
        self._before = {n: np.array(v) for n, v in state_of(initial).items()}
        self._inside = True
        self._broken: Comparison | None = None
        self._teacher_forcing: TeacherForcing | None = None
        try:
            if mine.takes_state:
                self._teacher_forcing = TeacherForcing(mine, plan.recipe, problem)
        except Exception as error:  # whatever a side does is a finding
            self._break(error)

    def judge(self, traces: Sequence[Trace | None], cause: str) -> list[Comparison]:
        """Both checks of one step; ``cause`` names an operation that was already wrong, or is "".

        The step at which the runs part is forced even where it is not one of the sampled.
        """
        mine, reference = traces
        if mine is None or reference is None:
            return []
        step = reference.step or 1
        batch = self.plan.specification.inputs(step)
        before = {f"before/{n}": self._before[f"param/{n}"] for n in self.ensemble.params}
        with np.errstate(all="ignore"):
            run = {**reference.values, **before}
            # before spread(): it measures the copies after this very step
            self.ensemble.step(step, batch["x"], batch["d"], run, mine.values)
            free = list(self._free(mine, reference))
            # only the step at which they part: afterwards
            # everything is apart, and nothing is learned from it
            leaves = self._inside and any(c.outcome is Outcome.DIFFERENT for c in free)
            self._inside = self._inside and not leaves
            forced = self._forced(reference, judged=leaves or step in self.plan.forced)
        self._before |= state_of(reference.values)
        return [_following(c, cause) for c in (*free, *forced)]

    def state(self) -> dict[str, Any]:
        """The copies, whether the runs are still together, and the forced run's state."""
        return {
            "cone": self.ensemble.state(),
            "inside": self._inside,
            "shadow": self._teacher_forcing.state() if self._teacher_forcing else None,
            "broken": self._broken.plain() if self._broken else None,
        }

    def restore(self, state: Mapping[str, Any], reference: Trace) -> None:
        """Go on after a step, whose trace of torch is given."""
        self.ensemble.restore(state["cone"])
        self._before |= state_of(reference.values)
        self._inside = state["inside"]
        self._broken = Comparison.of(state["broken"]) if state["broken"] else None
        if state["shadow"] is None:
            self._teacher_forcing = None
        elif self._teacher_forcing is not None:
            self._teacher_forcing.restore(reference.step or 0, state["shadow"])

    def _free(self, mine: Trace, reference: Trace) -> Iterator[Comparison]:
        for name, spread in self.ensemble.spread(reference.values).items():
            value = None if name in self.plan.apart else mine.values.get(name)
            run = np.asarray(reference.values[name])
            if value is None or value.shape != run.shape or not is_float(value.dtype):
                continue  # that it is missing, or of another kind, was said of the name itself
            yield _free(reference.full_name(f"{FREE}/{name}"), value, run, spread)

    def _forced(self, reference: Trace, judged: bool) -> list[Comparison]:
        """The step from torch's state; it is taken always, and judged where it is asked for."""
        if self._teacher_forcing is not None:
            try:
                # at step 1 both start from the problem's arrays, and there is no state to give
                start = self._before if (reference.step or 1) > 1 else {}
                trace = self._teacher_forcing.step(start, shown=judged)
            except Exception as error:
                self._break(error)
            else:
                return list(self._against(trace, reference)) if judged else []
        broken, self._broken = self._broken, None
        return [broken] if broken else []

    def _break(self, error: Exception) -> None:
        self._teacher_forcing = None
        self._broken = Comparison(f"{FORCED}/error", Outcome.ERROR, line_of(error))

    def _against(self, trace: Mapping[str, np.ndarray], reference: Trace) -> Iterator[Comparison]:
        run = {name: np.asarray(value) for name, value in reference.values.items()}
        # a side may show more than torch does
        names = [n for n in trace if n in run and n not in self.plan.apart]
        # torch's rate: the step is judged, the schedule has a rule of its own
        state = {**self._before, "lr": run["lr"]}
        format = FORMAT_OF[run["loss"].dtype]
        bounds = chained(self.plan.specification, format, reference.step or 1, state, names)
        for name in names:
            value, expected = trace[name], run[name]
            if name not in bounds or value.shape != expected.shape or not is_float(value.dtype):
                continue
            # twice the bound: both sides round on the whole way from the state
            difference = measured_gap(value, expected, 2 * bounds[name].limit())
            full_name = reference.full_name(f"{FORCED}/{name}")
            yield compared_at(full_name, difference, value, expected, expected)


def _free(name: str, mine: np.ndarray, run: np.ndarray, spread: float) -> Comparison:
    """The distance of two runs beside the spread of the copies; too wide a spread says nothing."""
    mine_values, run_values = (a.astype(np.float64, copy=False) for a in (mine, run))
    size, format = length(run_values), FORMAT_OF[run.dtype]
    # below one rounding of the result copies may agree to the bit, and be no measure
    least = max(format.u * size, format.eta * run.size)
    if not np.isfinite(size):
        return _says_nothing(name, message("torch's is not finite"), mine.size)
    # beyond 1% the copies differ in what they learned; ``not <=``, so that NaN says nothing either
    if not spread <= max(INFORMATIVE * size, least):
        return _says_nothing(name, message("rounding alone moves it by more than 1%"), mine.size)
    limit = WIDTH * max(spread, least)
    distance = length(mine_values - run_values)
    if not np.isfinite(distance) and not np.isfinite(mine_values).all():
        return _out_of_range(name, mine_values, run_values, limit, format.largest)
    compared = _distant(name, mine_values, run_values, distance, limit)
    if distance <= limit:
        return compared
    reason = message(
        "they are {distance:.3g} apart, where rounding alone explains {explained:.3g} and "
        "{times:g} times that is allowed",
        distance=distance,
        explained=limit / WIDTH,
        times=WIDTH,
    )
    return _leaving(replace(compared, size=distance / (size or 1.0)), reason)


def _out_of_range(
    name: str, mine: np.ndarray, run: np.ndarray, limit: float, largest: float
) -> Comparison:
    """Yours is not finite, torch's is: no difference where rounding may take that there, too."""
    out = ~np.isfinite(mine)
    if (largest - np.abs(run[out]) <= limit).all():
        return _says_nothing(
            name, message("rounding may take it over the largest number"), mine.size
        )
    reason = message(
        "{n} of {total} elements of yours are not finite, and all of torch's are",
        n=int(out.sum()),
        total=mine.size,
    )
    return _leaving(_distant(name, mine, run, np.inf, limit), reason)


def _distant(
    name: str, mine: np.ndarray, run: np.ndarray, distance: float, limit: float
) -> Comparison:
    compared = Comparison(name, Outcome.SAME, total=mine.size, error=distance, limit=limit)
    return compared if mine.size > 1 else replace(compared, mine=mine.item(), reference=run.item())


def _says_nothing(name: str, why: str, total: int) -> Comparison:
    reason = message("{why}: two free runs say nothing here", why=why)
    return Comparison(name, Outcome.NOT_COMPARED, reason, known=True, total=total)


def _leaving(c: Comparison, reason: str) -> Comparison:
    return replace(c, outcome=Outcome.DIFFERENT, reason=reason, mismatched=c.total)


def _following(c: Comparison, cause: str) -> Comparison:
    return replace(c, consequence_of=cause) if cause and c.outcome is Outcome.DIFFERENT else c
