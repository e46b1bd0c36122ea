"""Run a case on two sides, step by step beside each other, and judge what they computed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from compare.arithmetic.closeness import is_float
from compare.cases.datasets import CorruptData
from compare.core.arrays import fingerprint
from compare.core.case import Case, Unavailable
from compare.core.implementation import Implementation, numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import Problem, build
from compare.core.trace import Trace, quantity
from compare.engine.checkpointing import Checkpoint, Checkpoints
from compare.engine.error_kind import ErrorKind, error_kind_of
from compare.engine.lockstep import LockstepRun, computed
from compare.engine.result import CaseResult
from compare.engine.side_run import SideRun, differing_again
from compare.judge.evidence import BOTH, MINE, REFERENCE, Evidence
from compare.judge.rounding_noise.noise_floor import NoiseFloor
from compare.judge.training.curves import Curves
from compare.judge.verdict import Comparison, Verdict, conclude
from compare.language.message import message
from compare.oracle.rules import Rule
from compare.system.deferred_interrupt import held_back
from compare.system.errors import line_of

OnStep = Callable[[str, int, int], None]
OnCurves = Callable[[Curves], None]  # after a step of a training run, all that came before it
Live = Callable[[Case, str], OnCurves]


@dataclass
class Measured:
    """What a format of a case says for the next: dtype → limits, and what repeats, in the first."""

    floors: dict[str, Mapping[str, NoiseFloor]] = field(default_factory=dict)
    repeats: Sequence[Comparison] = ()


def run_case(
    case: Case,
    dtype: str,
    seed: int = 0,
    mine: Implementation | None = None,
    reference: Implementation | None = None,
    watch: str = "",
    force_every: int | None = None,
    on_step: OnStep | None = None,
    checkpoints: Checkpoints | None = None,
    live: Live | None = None,
    measured: Measured | None = None,
) -> CaseResult:
    """Build the problem, run both sides on it step by step, and judge.

    mine, reference: the case's own sides by default, or the scratch package and torch · watch: full
    name of a comparison whose Evidence is kept, or what both have, beside that of the first failure
    · force_every: of
    a training run, give torch's state to ``mine`` every so many steps · on_step is called with the
    id, the step and their number · checkpoints: where a training run is saved, and resumed from ·
    live: asked for what follows the curves of a training run · measured: in the formats before, to
    which what is measured in this one is added.
    """
    started = time.perf_counter()  # monotonic: a clock that is set back makes no time negative
    case_sides = case.sides or (None, None)
    mine = mine or case_sides[0] or numpy_side(rounded_to=dtype)
    reference = reference or case_sides[1] or torch_side()
    result = CaseResult(case, case.id(dtype), dtype, seed, Verdict(()))
    problem = _problem(result)
    if isinstance(problem, CaseResult):
        return problem
    begin = partial(LockstepRun, case, problem, mine, reference, watch, force_every)
    checkpoint = None
    if checkpoints and not watch:  # a watched comparison may lie before the checkpoint
        checkpoint = checkpoints.of(case, problem, (mine, reference), force_every)
    on_curves = live(case, dtype) if live and case.training else None
    try:
        lockstep, repeats = _judged(
            case, problem, (mine, reference), begin, measured, on_step, checkpoint, on_curves
        )
    except Unavailable as why:  # what a side needs of this machine
        return replace(result, skipped=str(why))
    result = _concluded(result, lockstep, repeats)
    kind = _error_kind(case, result.verdict.first, result.evidence, seed, mine, reference)
    here = time.perf_counter() - started
    stages = {**lockstep.stages, "judge": here - sum(lockstep.stages.values())}
    before = checkpoint.before if checkpoint else 0.0
    result = replace(result, whose=mine.whose(), cause=mine.cause() if result.fails else "")
    return replace(result, error_kind=kind, seconds=here + before, stages=stages)


def _problem(of: CaseResult) -> Problem | CaseResult:
    """The case made concrete; or the result, where it cannot be."""
    try:
        return build(of.case, of.dtype, of.seed)
    except Unavailable as why:
        return replace(of, skipped=str(why))
    except CorruptData:
        raise  # the user's file is damaged: an error of usage, and none of scratch's
    except Exception as error:  # scratch draws the weights, and may not even be importable
        cause = Comparison("error/problem", Outcome.ERROR, line_of(error))
        return replace(of, verdict=Verdict((cause,)))


def _judged(
    case: Case,
    problem: Problem,
    sides: tuple[Implementation, Implementation],
    begin: Callable[..., LockstepRun],
    measured: Measured | None,
    on_step: OnStep | None,
    checkpoint: Checkpoint | None,
    on_curves: OnCurves | None,
) -> tuple[LockstepRun, Sequence[Comparison]]:
    """The case at its end, after a second run where there is noise to measure; what repeats."""
    if case.repeats:
        return _judged_callables(case, problem, sides, begin, measured or Measured())
    lockstep = _run_to_end(begin, on_step, checkpoint, on_curves)
    # the noise of names without a rule is measured for those alone
    names = lockstep.judge.unmeasured
    if not names:
        return lockstep, ()
    del lockstep  # of large arrays it holds several, while as many more are made
    floors = _noise_floors(case, problem, sides, names)
    return _run_to_end(partial(begin, floors=floors), on_step), ()


def _judged_callables(
    case: Case,
    problem: Problem,
    sides: tuple[Implementation, Implementation],
    begin: Callable[..., LockstepRun],
    measured: Measured,
) -> tuple[LockstepRun, Sequence[Comparison]]:
    """The same of two callables, that have no rules: both run once, and are then judged."""
    kept = computed(case, problem, sides)
    traces = kept[0].traces, kept[1].traces
    wide, first = measured.floors.get("float64"), not measured.floors
    floors = _noise_floors(case, problem, sides, _floats(*traces), wide, traces)
    measured.floors[problem.dtype] = floors
    lockstep = _run_to_end(partial(begin, floors=floors, kept=kept), None)
    if first:  # what is drawn or remembered is so in each format
        # measured is the noise of what had the same bits when it was run again
        again = {name for name, floor in floors.items() if floor.limit is not None}
        asked = [r for r in kept if r.side is not sides[1] or not again.issuperset(_names(r))]
        measured.repeats = [_repeats(r, differing_again(r) if r in asked else "") for r in kept]
    return lockstep, measured.repeats


def _noise_floors(
    case: Case,
    problem: Problem,
    sides: tuple[Implementation, Implementation],
    names: Collection[str],
    wide: Mapping[str, NoiseFloor] | None = None,
    computed: tuple[Sequence[Trace], Sequence[Trace]] | None = None,
) -> dict[str, NoiseFloor]:
    """The limits of names without a rule, from the measured rounding noise of the reference."""
    if not names:
        return {}
    # Imports torch, which takes a second that a list of cases need not wait.
    from compare.judge.rounding_noise.measured_limits import floors_for

    return floors_for(case, problem, *sides, names, wide=wide, computed=computed)


def _names(running: SideRun) -> list[str]:
    return [trace.full_name(name) for trace in running.traces for name in trace.values]


def _floats(mine: Sequence[Trace], reference: Sequence[Trace]) -> list[str]:
    """Full names of the real numbers that both have in one shape: what has noise to measure."""
    shapes = {
        trace.full_name(name): value.shape
        for trace in mine
        for name, value in trace.values.items()
        if is_float(value.dtype) and value.size
    }
    return [
        trace.full_name(name)
        for trace in reference
        for name, value in trace.values.items()
        if is_float(value.dtype) and shapes.get(trace.full_name(name)) == value.shape
    ]


def _repeats(running: SideRun, differing: str) -> Comparison:
    """Whether two runs of a side on the same arrays have the same bits; ``differing`` has not."""
    name = running.side.name
    reason = message(
        "two runs of {side} on the same arrays differ, first at {name}: is dropout on, or "
        "something drawn or kept from one run to the next?",
        side=name,
        name=differing,
    )
    remembers = running.case.program.remembers
    if not differing and remembers and (differing := remembers(running.side)):
        reason = message(
            "a second call of the same module of {side} gives something else, first {name}: it "
            "keeps what is no buffer from one call to the next, as a cache or its last state",
            side=name,
            name=differing,
        )
    outcome = Outcome.DIFFERENT if differing else Outcome.SAME
    return Comparison(f"repeats/{name}", outcome, reason if differing else "", total=1)


def _concluded(
    result: CaseResult, lockstep: LockstepRun, repeats: Sequence[Comparison] = ()
) -> CaseResult:
    """The verdict, and what reports show beside it."""
    known = result.case.known_in(result.dtype)
    judged = lockstep.aggregate.comparisons()
    judge = lockstep.judge
    verdict = conclude(known, _in_order(repeats, judged), judge.unseen, judge.explosions)
    evidence, first = judge.first_failure, verdict.first
    # a warning, say, may come before the first wrong number, and is no operation
    explaining = evidence if first and evidence and evidence.comparison.name == first.name else None
    # of a rule of its own there is no evidence that both sides could be held against
    own = lockstep.specification.own.get(quantity(first.name)) if first else None
    rule = explaining.rule if explaining else own
    bits = [running.digest.by_quantity() for running in lockstep.sides]
    return replace(
        result,
        verdict=verdict,
        curves=lockstep.curves.values,
        errors=lockstep.curves.errors,
        snapshots=tuple(lockstep.snapshots),
        diverges_at=lockstep.divergence.step,
        fingerprint=_combined_fingerprint(lockstep.problem.fingerprints),
        evidence=evidence,
        apart=tuple(a for a in (judge.first_apart, judge.watched_apart) if a),
        formula=rule.text if rule else "",
        written=_written(lockstep, rule, first) if rule and first else (),
        watched=lockstep.judge.watched,
        resolution=judge.resolution,
        bits=dict(zip((MINE, REFERENCE), bits, strict=True)),
    )


def _written(lockstep: LockstepRun, rule: Rule, first: Comparison) -> tuple[str, ...]:
    """What computes the first wrong name, of mine where both are wrong, with its package."""
    mine, reference = (running.side for running in lockstep.sides)
    side = reference if first.culprit == REFERENCE else mine
    return tuple(dict.fromkeys(side.written(path) for path in rule.written))


def _in_order(repeats: Sequence[Comparison], judged: Sequence[Comparison]) -> list[Comparison]:
    """What does not repeat comes first: nothing else of it can be trusted."""
    return [*(c for c in repeats if c.fails), *judged, *(c for c in repeats if not c.fails)]


def _run_to_end(
    begin: Callable[[], LockstepRun],
    on_step: OnStep | None,
    checkpoint: Checkpoint | None = None,
    on_curves: OnCurves | None = None,
) -> LockstepRun:
    """The whole case, step by step, from its start or from its checkpoint."""
    lockstep = checkpoint.begun(begin) if checkpoint else begin()
    # Ctrl-C waits for the end of a step, as half a step cannot be written
    with held_back() if checkpoint else nullcontext(lambda: None) as check_interrupt:
        while lockstep.advance():
            try:
                if on_step and lockstep.steps:
                    on_step(lockstep.problem.id, lockstep.step, lockstep.steps)
                if on_curves:
                    on_curves(lockstep.curves)
                check_interrupt()
            except KeyboardInterrupt:
                if checkpoint:
                    checkpoint.write(lockstep)
                raise
            if checkpoint:
                checkpoint.after_step(lockstep)
    lockstep.finish()
    return lockstep


def _error_kind(
    case: Case,
    first: Comparison | None,
    evidence: Evidence | None,
    seed: int,
    mine: Implementation,
    reference: Implementation,
) -> ErrorKind | None:
    """The kind of the first difference, where it is an operation of ours that is wrong."""
    if first is None or evidence is None or evidence.comparison.name != first.name:
        return None
    if first.culprit not in (MINE, BOTH):  # asked of the side under test alone
        return None
    return error_kind_of(case, evidence, seed, mine, reference)


def _combined_fingerprint(fingerprints: Mapping[str, str]) -> str:
    # sorted, so that it does not depend on the order in which a case names its arrays
    return fingerprint(np.array(sorted(f"{k}={v}" for k, v in fingerprints.items()), dtype="S64"))
