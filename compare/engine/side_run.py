"""One side at work on a problem: its own copy of the arrays, and whatever it does is a finding."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compare.core.arrays import each, same_bits, same_to_rounding
from compare.core.case import Case, NotTaken, Stopped, Unavailable
from compare.core.implementation import Implementation
from compare.core.outcome import PROCESS_DIED, Outcome
from compare.core.problem import Problem
from compare.core.trace import Trace, state_of
from compare.engine.digest import Digest
from compare.engine.hidden_state import counts
from compare.judge.verdict import Comparison
from compare.language.message import message
from compare.system.errors import line_of
from compare.system.rank_processes import RankDied, RankRaised


class Diverted(Exception):
    """A step that was made again has other bits than before."""


@dataclass(frozen=True)
class _StepState:
    """Parameters and optimizer state after a step, and the digest of all steps up to it."""

    step: int
    values: Mapping[str, np.ndarray]
    digest: Mapping[str, str]


@dataclass(frozen=True)
class _Kept:
    """A call of ``SideRun.next``: what it computed, raised and warned of, and whether it died."""

    trace: Trace | None
    events: Sequence[Comparison]
    died: bool


class SideRun:
    """One side at work: its copy of the arrays, the exceptions and the warnings of its code.

    keep: remember all of it, in memory that grows with its steps
    """

    def __init__(
        self, case: Case, side: Implementation, problem: Problem, keep: bool = False
    ) -> None:
        self.side, self.problem = side, problem
        self.kept: list[_Kept] | None = [] if keep else None
        self.seconds = 0.0
        self.events: list[Comparison] = []
        self.died = False  # a process of its own: nothing can be said of the steps to come
        self.warned: set[str] = set()
        self.given = {name: side.given(a) for name, a in problem.arrays.items()}
        self.digest = Digest()
        self.case = case
        self.program = case.program.run(side, dict(self.given))
        self._last_steps: list[_StepState] = []
        self._ended = False

    def next(self) -> Trace | None:
        """The next trace in NumPy, or None at the end or after an exception."""
        before = len(self.events)
        trace = self.make()
        if trace is not None:
            self.count(trace)
        if self.kept is not None:
            self.kept.append(_Kept(trace, self.events[before:], self.died))
        return trace

    def make(self) -> Trace | None:
        """The same, of which ``count`` has to be told; or not, where nobody looks at it."""
        began = time.perf_counter()
        trace = self._made()
        self.seconds += time.perf_counter() - began
        return trace

    def _made(self) -> Trace | None:
        with warnings.catch_warnings(record=True) as caught:
            # Python shows a warning once a line; two sides and many steps pass the same line
            warnings.simplefilter("always")
            trace = None
            try:
                trace = self._in_numpy(next(self.program, None))
            except Unavailable:  # none of the side's doing: the case is skipped
                raise
            except RankDied as died:
                self.died = True
                self.events.append(Comparison(PROCESS_DIED, Outcome.ERROR, str(died)))
            except Stopped as why:
                self.died = True
                self.events.append(self._event("error", str(why), Outcome.ERROR))
            except NotTaken as why:
                self.died = True  # of the steps to come it can say as little
                name = f"taken/{self.side.name}"
                self.events.append(Comparison(name, Outcome.NOT_COMPARED, str(why)))
            except RankRaised as raised:  # which says itself where that was
                self.events.append(self._event("error", str(raised), Outcome.ERROR))
            except (Exception, SystemExit) as error:  # whatever a side does is a finding
                self.events.append(self._event("error", line_of(error), Outcome.ERROR))
        self._ended = self._ended or trace is None
        for warning in caught:
            text = f"{warning.message} ({Path(warning.filename).name}:{warning.lineno})"
            if text not in self.warned:  # once a run, or every step would repeat it
                self.warned.add(text)
                self.events.append(self._event("warning", text, Outcome.DIFFERENT))
        return trace

    def count(self, trace: Trace) -> None:
        """Add a trace to what the side computed, and remember the state after the last two."""
        began = time.perf_counter()
        self.digest.update(trace)
        if trace.step is not None and self.case.program.go_on:
            step_state = _StepState(trace.step, state_of(trace.values), self.digest.state())
            # two: a checkpoint holds the state before the last step,
            # which is made again to see whether its bits come back
            self._last_steps = [*self._last_steps[-1:], step_state]
        self.seconds += time.perf_counter() - began

    def state(self) -> dict[str, Any] | None:
        """Where it stood before its last step, which was counted, and the digest after it.

        None where that is not all: it ended, or changed an array that was handed in.
        """
        if self._ended or not self._last_steps or not self._is_untouched(self._last_steps[-1].step):
            return None
        *before, last = self._last_steps
        return {
            "step": last.step,
            "left": before[0].values if before else {},
            "digest": before[0].digest if before else {},
            "ends": last.digest,
            "warned": sorted(self.warned),
            "counts": counts(self.program, self.side.package),
        }

    def restore(self, state: Mapping[str, Any]) -> Trace:
        """Make the last step again, and go on from there; its trace.

        Raises Diverted where the step has other bits than before, or a counter another value: the
        side then remembers more than its parameters and its optimizer's state.
        """
        assert self.case.program.go_on is not None
        steps_done = state["step"] - 1
        last_state = {name: self.side.given(value) for name, value in state["left"].items()}
        if steps_done:
            self.program = self.case.program.go_on(
                self.side, dict(self.given), steps_done, last_state
            )
        self._last_steps = (
            [_StepState(steps_done, state["left"], state["digest"])] if steps_done else []
        )
        self.digest.restore(state["digest"])
        trace = self.next()
        if trace is None or self.digest.state() != state["ends"]:
            raise Diverted(
                message(
                    "{name} does not come back to the bits of step {step}",
                    name=self.side.name,
                    step=steps_done + 1,
                )
            )
        counts_again = counts(self.program, self.side.package)
        changed = [
            name for name in counts_again | state["counts"] if not _equal(name, counts_again, state)
        ]
        if changed:
            raise Diverted(
                message(
                    "{name} counts for itself, in {changed}",
                    name=self.side.name,
                    changed=changed[0],
                )
            )
        self.events, self.warned = [], set(state["warned"])
        return trace

    def _is_untouched(self, step: int) -> bool:
        """Whether what was handed in is as it was: of the training data what this step took."""
        # the rows of this step alone: comparing all data
        # after each step would cost more than the step
        batch = self.problem.arrays["batches"][step - 1]
        taken = self.side.given(batch)
        for name, values in self.given.items():
            original = self.problem.arrays[name]
            if name == "batches":
                values, original = values[step - 1], batch
            elif name in ("x", "d"):
                values, original = values[taken], original[batch]
            if self.side.to_numpy(values).tobytes() != original.tobytes():
                return False
        return True

    def _in_numpy(self, trace: Trace | None) -> Trace | None:
        if trace is None:
            return None
        return Trace({k: self.side.to_numpy(v) for k, v in trace.values.items()}, trace.step)

    @property
    def traces(self) -> list[Trace]:
        """All that was kept of what it computed, up to where it raised."""
        return [kept.trace for kept in self.kept or () if kept.trace is not None]

    def take_events(self) -> list[Comparison]:
        """What was raised or warned of since the last call."""
        taken, self.events = self.events, []
        return taken

    def _event(self, kind: str, text: str, outcome: Outcome) -> Comparison:
        return Comparison(f"{kind}/{self.side.name}", outcome, text)

    def untouched(self) -> Iterator[Comparison]:
        """Whether every array that was handed in still has the bits of the Problem."""
        for name, values in self.given.items():
            # at the end and of everything, whatever a step took
            same = same_bits(each(self.side.to_numpy, values), self.problem.arrays[name])
            full_name, outcome, why = f"input/{name}/{self.side.name}", Outcome.SAME, ""
            if not same:
                outcome = Outcome.DIFFERENT
                why = message(
                    "{side} changed its input {name} in place", side=self.side.name, name=name
                )
            yield Comparison(full_name, outcome, why, total=1)


def differing_again(run: SideRun) -> str:
    """The first name of what it has kept that is another when it is run again; "" of none."""
    again = SideRun(run.case, run.side, run.problem)
    for trace in run.traces:
        values = (again.next() or Trace({})).values
        for name, value in trace.values.items():  # in order of computation
            if name not in values or not same_to_rounding(value, values[name]):
                return name
    return ""


class Replayed(SideRun):
    """What a SideRun has kept, once more from its start: nothing is computed."""

    def __init__(self, run: SideRun) -> None:
        vars(self).update(vars(run), events=[], died=False, kept=None)
        self._rest = iter(run.kept or ())

    def make(self) -> Trace | None:
        """The next trace, with what was raised and warned of beside it."""
        kept = next(self._rest, _Kept(None, (), self.died))
        self.events, self.died = list(kept.events), kept.died
        return kept.trace

    def count(self, trace: Trace) -> None:
        """Nothing: it was counted when it was computed."""


def _equal(name: str, counts_again: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    return repr(counts_again.get(name)) == repr(state["counts"].get(name))  # so that NaN is NaN
