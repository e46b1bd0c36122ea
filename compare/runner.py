"""Run a case on two sides, step by step beside each other, and judge what they computed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from compare.case import Case, Outcome, Unavailable
from compare.curves import Curve, Curves, Snapshot, snapshot_steps
from compare.data import CorruptData
from compare.divergence import Divergence
from compare.elementwise import gap, unlike
from compare.formats import COARSE
from compare.judge import BOTH, MINE, Exhibit, Judge, compared_at
from compare.nature import Nature, nature_of
from compare.problem import Problem, build, fingerprint
from compare.rounded import FORMATS
from compare.running import Running, line_of
from compare.sides import Side, numpy_side, torch_side
from compare.specification import Specification, chained
from compare.tally import Tally
from compare.trace import Trace
from compare.trajectory import Trajectory, plan_of
from compare.verdict import Comparison, Verdict, conclude

# The course's code computes in it; a printed -1e-7 is less than float32's rounding of 1.
PRINTED_IN = "float64"


@dataclass(frozen=True)
class CaseResult:
    """What became of one case in one dtype; ``str()`` of it is what the command prints.

    Of a training run: ``curves`` of values (step, yours, torch's), ``errors`` by kind of quantity
    (step, error, limit), a few ``snapshots`` of everything, and the step at which both diverge.
    """

    case: Case
    id: str
    dtype: str
    seed: int
    verdict: Verdict
    skipped: str = ""
    fingerprint: str = ""
    exhibit: Exhibit | None = None
    watched: Exhibit | None = None
    curves: Mapping[str, Curve] = field(default_factory=dict)
    errors: Mapping[str, Curve] = field(default_factory=dict)
    snapshots: tuple[Snapshot, ...] = ()
    diverges_at: int | None = None
    nature: Nature | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        """The verdict's outcome, or skipped."""
        return Outcome.SKIPPED if self.skipped else self.verdict.outcome

    @property
    def fails(self) -> bool:
        """Whether the run is to end with exit code 1 because of it."""
        return self.outcome not in (Outcome.SAME, Outcome.SKIPPED)

    @property
    def reproduce(self) -> str:
        """The command that runs this case again."""
        return f"python -m compare run '{self.id}' --seed {self.seed}"

    def __str__(self) -> str:
        from compare.report.text import case_text

        return case_text(self)


def _goldens(
    case: Case, specification: Specification, dtype: str, side: str, trace: Trace | None
) -> Iterator[Comparison]:
    """Each side against the printed value: half a unit of its last digit, and both's rounding."""
    if trace is None or dtype != PRINTED_IN or not case.golden:
        return
    with np.errstate(all="ignore"):
        chain = chained(specification, FORMATS[PRINTED_IN])
    for name, text in case.golden.items():
        if name not in trace.values:
            yield Comparison(f"golden/{name}/{side}", Outcome.DIFFERENT, "is missing")
            continue
        limit = 2 * chain[name].limit() if name in chain else 0.0
        yield _golden(f"golden/{name}/{side}", trace.values[name], text.split(), limit)


def _golden(
    name: str, values: np.ndarray, tokens: list[str], rounding: np.ndarray | float
) -> Comparison:
    printed = np.array(tokens, dtype=np.float64)
    printed = printed.reshape(values.shape) if printed.size == values.size else printed
    reason = unlike(values, printed)
    if reason:
        return Comparison(name, Outcome.DIFFERENT, reason, total=printed.size)
    rounding = rounding if np.shape(rounding) == printed.shape else 0.0
    allowed = max(_half_unit(token) for token in tokens) + rounding
    compared = compared_at(name, gap(values, printed, allowed), values, printed, printed)
    return replace(compared, reason="the value that the course prints")


def _half_unit(text: str) -> float:
    mantissa, _, exponent = text.partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def run_case(
    case: Case,
    dtype: str,
    seed: int = 0,
    mine: Side | None = None,
    reference: Side | None = None,
    watch: str = "",
    force_every: int | None = None,
) -> CaseResult:
    """Build the problem, run both sides on it step by step, and judge.

    mine: the side under test, the scratch package by default · reference: torch by default ·
    watch: the full name of a comparison whose Exhibit is kept, beside that of the first failure ·
    force_every: of a training run, give torch's state to ``mine`` every so many steps.
    """
    started = time.perf_counter()
    mine, reference = mine or numpy_side(rounded_to=dtype), reference or torch_side()
    result = CaseResult(case, case.id(dtype), dtype, seed, Verdict(()))
    try:
        problem = build(case, dtype, seed)
    except Unavailable as why:
        return replace(result, skipped=str(why))
    except CorruptData:
        raise
    except Exception as error:  # scratch draws the weights, and may not even be importable
        cause = Comparison("error/problem", Outcome.ERROR, line_of(error))
        return replace(result, verdict=Verdict((cause,)))
    specification = case.program.specify(problem.arrays)
    judge = Judge(case, specification, inexact=dtype in COARSE, watch=watch)
    seen = _observe(case, problem, specification, judge, mine, reference, force_every)
    verdict = conclude(case.known_in(dtype), seen.tally.comparisons(), judge.unseen)
    return replace(
        result,
        verdict=verdict,
        nature=_nature(case, verdict.first, judge.first_failure, seed, mine, reference),
        curves=seen.curves.values,
        errors=seen.curves.errors,
        snapshots=tuple(seen.snapshots),
        diverges_at=seen.divergence.step,
        fingerprint=_combined(problem.fingerprints),
        exhibit=judge.first_failure,
        watched=judge.exhibit,
        seconds=time.perf_counter() - started,
    )


def _nature(
    case: Case,
    first: Comparison | None,
    exhibit: Exhibit | None,
    seed: int,
    mine: Side,
    reference: Side,
) -> Nature | None:
    """The kind of the first difference, where it is an operation of ours that is wrong."""
    if first is None or exhibit is None or exhibit.comparison.name != first.name:
        return None
    if first.culprit not in (MINE, BOTH):
        return None
    return nature_of(case, exhibit, seed, mine, reference)


def _combined(fingerprints: Mapping[str, str]) -> str:
    return fingerprint(np.array(sorted(f"{k}={v}" for k, v in fingerprints.items()), dtype="S64"))


def _observe(
    case: Case,
    problem: Problem,
    specification: Specification,
    judge: Judge,
    mine: Side,
    reference: Side,
    force_every: int | None,
) -> _Observed:
    """Both sides step by step beside each other, each step judged and let go."""
    sides = [Running(case, mine, problem), Running(case, reference, problem)]
    seen = _Observed(Tally(), Curves(), Divergence(), [])
    wanted = snapshot_steps(len(problem.arrays.get("batches", ())))
    plan = plan_of(case.program, problem, force_every)
    trajectory = Trajectory(plan, problem, mine, reference) if plan else None
    last: dict[str, Trace] = {}
    while not seen.divergence.over:
        traces = [running.next() for running in sides]
        events = [event for running in sides for event in running.take_events()]
        if not any(traces):
            seen.tally.add(events)
            break
        judged = [*events, *judge.pair(*traces)]
        if trajectory:
            judged += trajectory.judge(traces, judge.failed_at)
        seen.take(traces, judged, wanted)
        last |= {r.side.name: t for r, t in zip(sides, traces, strict=True) if t is not None}
    seen.tally.add(seen.divergence.rest())
    for running in sides:
        name = running.side.name
        seen.tally.add(_goldens(case, specification, problem.dtype, name, last.get(name)))
    for running in sides:
        seen.tally.add(running.untouched())
    return seen


@dataclass(frozen=True)
class _Observed:
    """What a run leaves behind: of each step as much as is needed, in bounded memory."""

    tally: Tally
    curves: Curves
    divergence: Divergence
    snapshots: list[Snapshot]

    def take(
        self, traces: Sequence[Trace | None], judged: list[Comparison], wanted: frozenset[int]
    ) -> None:
        """One pair of traces, and what was judged of it."""
        step = next(trace.step for trace in traces if trace is not None)
        counted = self.divergence.settle(traces, judged)
        self.tally.add(counted)
        if step is None:
            return
        self.curves.add(step, judged)
        mine, reference = traces
        if step in wanted and mine is not None and reference is not None:
            self.snapshots.append(Snapshot(step, mine.values, reference.values))
