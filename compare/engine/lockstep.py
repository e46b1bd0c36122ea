"""Both sides on one problem, step by step beside each other, each step judged and let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from compare.arithmetic.formats import COARSE
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.core.trace import Trace
from compare.engine.side_run import Replayed, SideRun
from compare.judge.aggregate import Aggregate
from compare.judge.judge import Judge
from compare.judge.printed_values import goldens
from compare.judge.rounding_noise.noise_floor import NoiseFloor
from compare.judge.step_block import steps_at_once
from compare.judge.training.curves import Curves, Snapshot, snapshot_steps
from compare.judge.training.divergence import Divergence
from compare.judge.training.trajectory import Trajectory, plan_of
from compare.judge.verdict import Comparison

FAILURE = "first-failure"  # the name of its file in a checkpoint
_Step = tuple[Sequence[Trace | None], list[Comparison]]  # what both show, and what was raised


def computed(
    case: Case, problem: Problem, sides: tuple[Implementation, Implementation]
) -> list[SideRun]:
    """Both sides at their end, or where one died, with all that they computed."""
    running = [SideRun(case, side, problem, keep=True) for side in sides]
    going = True
    while going:
        traces = [r.next() for r in running]  # of both, also where one has ended
        going = any(traces) and not any(r.died for r in running)
    return running


class LockstepRun:
    """A case in progress and its results so far, in memory that does not grow with its steps.

    ``step`` of ``steps`` is the last one made; both are 0 where there are none · ``kept``: what
    both have computed already, which is judged then. Steps of a training wait for each other to be
    judged together, as many as are worth it; whatever asks for more than ``step`` has them judged.
    """

    def __init__(
        self,
        case: Case,
        problem: Problem,
        mine: Implementation,
        reference: Implementation,
        watch: str = "",
        force_every: int | None = None,
        floors: Mapping[str, NoiseFloor] | None = None,
        kept: Sequence[SideRun] = (),
    ) -> None:
        self.case, self.problem = case, problem
        self.specification = case.program.specify(problem.arrays)
        # in a coarse format scratch computes in float32 and
        # shows less: its inputs are only known to one rounding
        coarse = problem.dtype in COARSE
        self.judge = Judge(case, self.specification, floors, inexact=coarse, watch=watch)
        self.sides: list[SideRun] = [*map(Replayed, kept)] or [
            SideRun(case, side, problem) for side in (mine, reference)
        ]
        plan = plan_of(case.program, problem, force_every)
        self.trajectory = Trajectory(plan, problem, mine, reference) if plan else None
        self.aggregate = Aggregate(case.known_in(problem.dtype))
        self.curves = Curves()
        self.divergence = Divergence((mine.name, reference.name), self.specification.rules)
        self.snapshots: list[Snapshot] = []
        self.step, self.steps = 0, len(problem.arrays.get("batches", ()))
        self._snapshot_steps = snapshot_steps(self.steps)
        self._last_traces: dict[str, Trace] = {}
        self._waiting: list[_Step] = []

    def advance(self) -> bool:
        """Run one pass or one step, and have it judged now or later; whether there was one."""
        # infinities and NaN have nothing to compare, and of a process that died there is nothing
        if self.divergence.over or any(running.died for running in self.sides):
            return False
        # both before either is judged: a side that ends early is judged beside the other's step
        traces = [running.make() for running in self.sides]
        # exceptions and warnings before the names of the same step: they are where to look first
        events = [event for running in self.sides for event in running.take_events()]
        if not any(traces) or any(running.died for running in self.sides):
            self._judge_waiting()
            self.aggregate.add([] if self.divergence.over else events)
            return False
        self._waiting.append((traces, events))
        self.step = next(trace.step or 0 for trace in traces if trace is not None)
        # the last ones at once: what interrupts a run finds its last step still going on
        if self.step == self.steps or len(self._waiting) >= self._steps_at_once(traces):
            self._judge_waiting()
        return True

    def _steps_at_once(self, traces: Sequence[Trace | None]) -> int:
        if self.trajectory is None or self.judge.watch or None in traces:
            return 1
        return steps_at_once(cast(Sequence[Trace], traces))

    def _judge_waiting(self) -> None:
        """Judge what waits, in order, up to where both sides diverge."""
        waiting, self._waiting = self._waiting, []
        self.judge.look_ahead([traces for traces, _ in waiting])
        for traces, events in waiting:
            if not self.divergence.over:
                self._judge_step(traces, events)

    def _judge_step(self, traces: Sequence[Trace | None], events: list[Comparison]) -> None:
        mine, reference = traces
        for running, trace in zip(self.sides, traces, strict=True):
            if trace is not None:
                running.count(trace)
        judged = [*events, *self.judge.pair(mine, reference)]
        # after the judge: a wrong operation that it named
        # is the cause of what the runs do from there on
        if self.trajectory:
            judged += self.trajectory.judge(traces, self.judge.failed_at)
        self.aggregate.add(self.divergence.settle(traces, judged))
        self._keep(traces, judged)

    @property
    def stages(self) -> dict[str, float]:
        """Seconds that each side took."""
        return {f"run {running.side.name}": running.seconds for running in self.sides}

    def state(self) -> dict[str, Any] | None:
        """All that the steps to come depend on, in plain values and arrays.

        None where that is not to be had: before the first step and after the last, and of a run
        that is no training, or of which one side ended or changed what it was given.
        """
        self._judge_waiting()
        sides = [running.state() for running in self.sides]
        if self.trajectory is None or None in sides or self.divergence.over:
            return None
        return {
            "step": self.step,
            "sides": sides,
            "judge": self.judge.state(),
            "trajectory": self.trajectory.state(),
            "tally": self.aggregate.state(),
            "curves": self.curves.state(),
            "divergence": self.divergence.state(),
        }

    def parts(self) -> dict[str, Any]:
        """What does not change any more once it is there, by name: snapshots, the first failure."""
        self._judge_waiting()
        snapshots = {f"snapshot-{s.step}": s for s in self.snapshots}
        failure = self.judge.first_failure
        parts: dict[str, Any] = {name: part.state() for name, part in snapshots.items()}
        return parts | ({FAILURE: failure.state()} if failure else {})

    def restore(self, state: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
        """Go on from there, with the bits of a run that never stopped.   Raises Diverted.

        The state of another version or another problem ends in an exception of any kind.
        """
        assert self.trajectory is not None
        mine, reference = (
            running.restore(s) for running, s in zip(self.sides, state["sides"], strict=True)
        )
        self.judge.restore(state["judge"], parts.get(FAILURE), mine, reference)
        self.trajectory.restore(state["trajectory"], reference)
        self.aggregate.restore(state["tally"])
        self.curves.restore(state["curves"])
        self.divergence.restore(state["divergence"])
        self.snapshots = [Snapshot(**part) for name, part in parts.items() if name != FAILURE]
        self.step = state["step"]
        self._last_traces = {
            r.side.name: t for r, t in zip(self.sides, (mine, reference), strict=True)
        }

    def _keep(self, traces: Sequence[Trace | None], judged: list[Comparison]) -> None:
        for running, trace in zip(self.sides, traces, strict=True):
            if trace is not None:
                self._last_traces[running.side.name] = trace
                self.step = trace.step or 0
        if not self.step:  # one pass forward and back has no curve
            return
        self.curves.add(self.step, judged)
        mine, reference = traces
        if self.step in self._snapshot_steps and mine is not None and reference is not None:
            self.snapshots.append(Snapshot(self.step, mine.values, reference.values))

    def finish(self) -> None:
        """What is judged at the end: printed values, and the arrays that were handed in."""
        self._judge_waiting()
        self.aggregate.add(self.divergence.rest())
        names = [running.side.name for running in self.sides]
        last = {name: self._last_traces[name] for name in names if name in self._last_traces}
        self.aggregate.add(goldens(self.case, self.specification, self.problem.dtype, last))
        for running in self.sides:
            self.aggregate.add(running.untouched())
