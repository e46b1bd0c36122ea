"""What is said of a concept that gave no results on ordinary numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compare.check.concept import OF_COLUMNS, CallStyle, Probe, Role
from compare.check.failures import MISSING_NAME, of_failure, worst
from compare.check.i18n.translation import translated
from compare.check.interpretation import reading_of
from compare.check.mistakes import CAUSES
from compare.check.mistakes.behaviour import NAME_LOST, NOT_WRITTEN
from compare.check.result import Diagnosis, Judgement
from compare.check.trial import Trial
from compare.check.verdicts import CALL, verdict_of
from compare.core.outcome import Outcome
from compare.judge.verdict import Comparison, Verdict

OUTCOMES = {
    "not_from_scratch": Outcome.DIFFERENT,
    NOT_WRITTEN: Outcome.NOT_COMPARED,
    NAME_LOST: Outcome.NOT_COMPARED,
}


def without_results(
    begun: Judgement, trial: Trial, usable: Sequence[CallStyle], generic: Sequence[Probe]
) -> Judgement:
    """No arrangement gave results on ordinary numbers."""
    if not usable:
        names, looked = ", ".join(trial.subject.parameters), trial.concept.looked_for
        reason = f"its parameters ({names}) are none that are known"
        if looked:
            reason = f"its parameters ({names}) are none that are known; looked for {looked}"
        verdict = Verdict((Comparison(CALL, Outcome.NOT_COMPARED, reason),))
        return replace(begun, outcome=Outcome.NOT_COMPARED, verdict=verdict)
    found = _of_one_sample(begun, trial, usable) or _only_elsewhere(begun, trial, usable)
    if found is not None:
        return found
    why = worst(trial.ran(a, p) for a in usable for p in generic)
    diagnosis = of_failure(why, None)
    if why.line.startswith(MISSING_NAME) and trial.subject.inventory.failures:
        diagnosis = Diagnosis.of(CAUSES[NAME_LOST], {"line": translated(why.line)})
    outcome = OUTCOMES.get(diagnosis.cause, Outcome.ERROR)
    verdict = Verdict((Comparison(CALL, outcome, why.line),))
    return replace(begun, outcome=outcome, verdict=verdict, diagnoses=(diagnosis,))


def _of_one_sample(begun: Judgement, trial: Trial, usable: Sequence[CallStyle]) -> Judgement | None:
    """A layer that is right of one column, where more of them raise: it is handed one by one.

    Rows are not: e / e.sum(axis=1) is right of one row by chance.
    """
    probes = [p for p in trial.concept.probes if _is_of_one_sample(p)]
    columns = [a for a in usable if a.layout == OF_COLUMNS] if probes else []
    for arrangement in columns if trial.subject.found.kind == "class" else ():
        if any(trial.ran(arrangement, p).failed for p in probes):
            continue
        if (found := reading_of(trial, [arrangement], True, probes)) is not None:
            verdict = verdict_of(trial, found, probes, None)
            more = next(p for p in trial.concept.probes if trial.ran(arrangement, p).failed)
            why = trial.ran(arrangement, more).failed
            line = translated(why.line if why else "")
            diagnosis = Diagnosis.of(CAUSES["one_sample_only"], {}, more.about, line)
            return replace(
                begun, outcome=verdict.outcome, verdict=verdict, diagnoses=(diagnosis,),
                conventions=found.conventions, probes=len(probes),
            )  # fmt: skip
    return None


def _is_of_one_sample(probe: Probe) -> bool:
    sizes = dict(probe.case.sizes)
    return sizes.pop("N", 0) == 1 and max(sizes.values(), default=1) > 1


def _only_elsewhere(
    begun: Judgement, trial: Trial, usable: Sequence[CallStyle]
) -> Judgement | None:
    """A mistake that ordinary shapes cannot take and others can: W for W^T of square layers."""
    legal = [p for p in trial.concept.probes if p.role is Role.EDGE]
    for arrangement in usable:
        there = [p for p in legal if trial.ran(arrangement, p).failed is None]
        found = reading_of(trial, [arrangement], False, there) if there else None
        if found:
            failed = next(
                f for p in trial.concept.probes if (f := trial.ran(arrangement, p).failed)
            )
            verdict = Verdict((Comparison(CALL, Outcome.ERROR, failed.line),))
            cause = CAUSES[found.meaning.cause]
            diagnosis = Diagnosis.of(
                cause, found.meaning.blanks, there[0].about, translated(failed.line)
            )
            return replace(
                begun, outcome=Outcome.DIFFERENT, verdict=verdict, diagnoses=(diagnosis,)
            )
    return None
