"""Run a case on two sides, step by step beside each other, and judge what they computed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np

from compare.cases.datasets import CorruptData
from compare.core.arrays import fingerprint
from compare.core.case import Case, Unavailable
from compare.core.implementation import Implementation, numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import Problem, build
from compare.engine.checkpointing import Checkpoint, Checkpoints
from compare.engine.error_kind import ErrorKind, error_kind_of
from compare.engine.lockstep import LockstepRun
from compare.engine.result import CaseResult
from compare.judge.judge import BOTH, MINE, REFERENCE, Evidence
from compare.judge.rounding_noise.noise_floor import NoiseFloor
from compare.judge.verdict import Comparison, Verdict, conclude
from compare.system.deferred_interrupt import held_back
from compare.system.errors import line_of

OnStep = Callable[[str, int, int], None]


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
) -> CaseResult:
    """Build the problem, run both sides on it step by step, and judge.

    mine: the side under test, the case's own or the scratch package by default · reference: its
    own, or torch ·
    watch: the full name of a comparison whose Evidence is kept, beside that of the first failure ·
    force_every: of a training run, give torch's state to ``mine`` every so many steps · on_step is
    called with the id, the step and their number · checkpoints: where a training run is kept while
    it goes on, and gone on with.
    """
    started = time.perf_counter()
    own = case.sides or (None, None)
    mine = mine or own[0] or numpy_side(rounded_to=dtype)
    reference = reference or own[1] or torch_side()
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
    begin = partial(LockstepRun, case, problem, mine, reference, watch, force_every)
    kept = None
    if checkpoints and not watch:
        kept = checkpoints.of(case, problem, (mine, reference), force_every)
    seen = _observed(begin, on_step, kept)
    repeats: list[Comparison] = []
    if seen.judge.unmeasured or case.sides:
        floors = _floors(case, problem, mine, reference, seen.judge.unmeasured)
        first, seen = seen, _observed(partial(begin, floors=floors), on_step)
        repeats = _repeats(first, seen) if case.sides else []
    result = _concluded(result, seen, repeats)
    return replace(
        result,
        nature=_nature(case, result.verdict.first, result.exhibit, seed, mine, reference),
        seconds=time.perf_counter() - started + (kept.before if kept else 0.0),
    )


def _floors(
    case: Case,
    problem: Problem,
    mine: Implementation,
    reference: Implementation,
    names: Mapping[str, None],
) -> dict[str, NoiseFloor]:
    """Of names that no rule says the inputs of: their limits by the noise of torch."""
    if not names:
        return {}
    # Imports torch, which takes a second that a list of cases need not wait.
    from compare.judge.rounding_noise.measured_limits import floors_for

    return floors_for(case, problem, mine, reference, names)


def _repeats(first: LockstepRun, second: LockstepRun) -> list[Comparison]:
    """Of each side: whether two runs of it on the same arrays have the same bits."""
    found = []
    for one, other in zip(first.sides, second.sides, strict=True):
        bits, again = one.digest.by_quantity(), other.digest.by_quantity()
        at = next((name for name in bits if bits[name] != again.get(name)), None)
        reason = (
            f"two runs of {one.side.name} on the same arrays differ, first at {at}: is dropout on, "
            "or something drawn or kept from one run to the next?"
        )
        outcome = Outcome.DIFFERENT if at else Outcome.SAME
        found.append(Comparison(f"repeats/{one.side.name}", outcome, reason if at else "", total=1))
    return found


def _concluded(
    result: CaseResult, seen: LockstepRun, repeats: Sequence[Comparison] = ()
) -> CaseResult:
    """The verdict, and what the run leaves behind."""
    known = result.case.known_in(result.dtype)
    digests = (running.digest.by_quantity() for running in seen.sides)
    return replace(
        result,
        verdict=conclude(known, _in_order(repeats, seen.tally.comparisons()), seen.judge.unseen),
        curves=seen.curves.values,
        errors=seen.curves.errors,
        snapshots=tuple(seen.snapshots),
        diverges_at=seen.divergence.step,
        fingerprint=_combined(seen.problem.fingerprints),
        exhibit=seen.judge.first_failure,
        watched=seen.judge.exhibit,
        bits=dict(zip((MINE, REFERENCE), digests, strict=True)),
    )


def _in_order(repeats: Sequence[Comparison], judged: Sequence[Comparison]) -> list[Comparison]:
    """What does not repeat comes first: nothing else of it can be trusted."""
    return [*(c for c in repeats if c.fails), *judged, *(c for c in repeats if not c.fails)]


def _observed(
    begin: Callable[[], LockstepRun], on_step: OnStep | None, kept: Checkpoint | None = None
) -> LockstepRun:
    """The whole case, step by step, from its start or from its checkpoint."""
    seen = kept.begun(begin) if kept else begin()
    with held_back() if kept else nullcontext(lambda: None) as let_through:
        while seen.advance():
            try:
                if on_step and seen.steps:
                    on_step(seen.problem.id, seen.step, seen.steps)
                let_through()
            except KeyboardInterrupt:
                if kept:
                    kept.write(seen)
                raise
            if kept:
                kept.after_step(seen)
    seen.finish()
    return seen


def _nature(
    case: Case,
    first: Comparison | None,
    exhibit: Evidence | None,
    seed: int,
    mine: Implementation,
    reference: Implementation,
) -> ErrorKind | None:
    """The kind of the first difference, where it is an operation of ours that is wrong."""
    if first is None or exhibit is None or exhibit.comparison.name != first.name:
        return None
    if first.culprit not in (MINE, BOTH):
        return None
    return error_kind_of(case, exhibit, seed, mine, reference)


def _combined(fingerprints: Mapping[str, str]) -> str:
    return fingerprint(np.array(sorted(f"{k}={v}" for k, v in fingerprints.items()), dtype="S64"))
