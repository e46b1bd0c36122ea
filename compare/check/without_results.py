"""The judgement of a concept that gave no results on ordinary numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from compare.check.calling.as_in_script import called_otherwise
from compare.check.calling.functions import EVERYTHING, ONE_BY_ONE
from compare.check.calling.layers import BACKWARD
from compare.check.concept import OF_COLUMNS, CallStyle, Probe, Role
from compare.check.failures import (
    MISSING_NAME,
    asked_otherwise,
    asks_for_other_axes,
    is_of_our_arguments,
    of_failure,
    worst,
)
from compare.check.i18n.text import both
from compare.check.interpretation import Interpretation, reading_of
from compare.check.mistakes import CAUSES
from compare.check.mistakes.behaviour import (
    NAME_LOST,
    NOT_CALLED,
    NOT_HERE,
    NOT_WRITTEN,
    REFUSED,
    UNBOUND,
)
from compare.check.naming.network_parameters import role_of
from compare.check.result import Diagnosis, Judgement
from compare.check.trial import Trial, called
from compare.check.verdicts import CALL, verdict_of
from compare.core.outcome import Outcome
from compare.judge.verdict import Comparison, Verdict
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

# Wrong whatever it is called with; and what says nothing of the code: all others are an ERROR.
OUTCOMES = {
    "not_from_scratch": Outcome.DIFFERENT,
    UNBOUND: Outcome.DIFFERENT,
    "timed_out": Outcome.DIFFERENT,
    NOT_WRITTEN: Outcome.NOT_COMPARED,
    NAME_LOST: Outcome.NOT_COMPARED,
    NOT_HERE: Outcome.NOT_COMPARED,
    NOT_CALLED: Outcome.NOT_COMPARED,
    REFUSED: Outcome.NOT_COMPARED,
    "not_reached": Outcome.NOT_COMPARED,
}


def not_called(judgement: Judgement, why: str) -> Judgement:
    """The judgement of what was called so that its results say nothing."""
    verdict = Verdict((Comparison(CALL, Outcome.NOT_COMPARED, why),))
    diagnosis = Diagnosis.of(CAUSES[NOT_CALLED], {"line": both(why)})
    return replace(
        judgement, outcome=Outcome.NOT_COMPARED, verdict=verdict, diagnoses=(diagnosis,),
        conventions=(),
    )  # fmt: skip


def without_results(draft: Judgement, trial: Trial, usable: Sequence[CallStyle]) -> Judgement:
    """No arrangement gave results on ordinary numbers."""
    if not usable:
        names, sought = ", ".join(trial.subject.parameters), trial.concept.looked_for
        reason = message("its parameters ({names}) are none that are known", names=names)
        if sought:
            reason = message(
                "its parameters ({names}) are none that are known; looked for {what}",
                names=names,
                what=sought,
            )
        verdict = Verdict((Comparison(CALL, Outcome.NOT_COMPARED, reason),))
        return replace(draft, outcome=Outcome.NOT_COMPARED, verdict=verdict)
    usual = [a for a in usable if not a.last]
    judgement = _right_of_one_sample(draft, trial, usual) or _mistake_on_other_shapes(
        draft, trial, usual
    )
    if judgement is not None:
        return judgement
    why = worst(trial.ran(a, p) for a in usable for p in trial.concept.ordinary)
    if asks_for_other_axes(trial.subject, why):
        line = message("it takes arrays of another number of axes: {why}", why=why.line)
        why = Failed(Ending.REFUSED, line)
    diagnosis = of_failure(why, None)
    why_not = _of_the_call(trial, usable, why) if why.ending is Ending.RAISED else ""
    if not why_not and OUTCOMES.get(diagnosis.cause, Outcome.ERROR) is Outcome.ERROR:
        why_not = _as_no_script_does(trial, usable, trial.concept.ordinary[0])
    if why_not:
        diagnosis = Diagnosis.of(CAUSES[NOT_CALLED], {"line": both(why_not)})
    # the import failed before that name: one cause, and not a second mistake
    lost = why.line.startswith(MISSING_NAME) and diagnosis.cause != UNBOUND
    if lost and trial.subject.inventory.failures:
        diagnosis = Diagnosis.of(CAUSES[NAME_LOST], {"line": both(why.line)})
    outcome = OUTCOMES.get(diagnosis.cause, Outcome.ERROR)
    verdict = Verdict((Comparison(CALL, outcome, why.line),))
    return replace(draft, outcome=outcome, verdict=verdict, diagnoses=(diagnosis,))


def _as_no_script_does(trial: Trial, usable: Sequence[CallStyle], probe: Probe) -> str:
    """How the calls that raised differ from those of its own script; "" where one does not."""
    problem, said = trial.problems[probe.case.name], ""
    for style in usable:
        otherwise = called_otherwise(
            trial.subject, partial(called, trial.subject, style, problem), raised=True
        )
        if otherwise is None:
            return ""
        said = said or otherwise
    return said


def _of_the_call(trial: Trial, usable: Sequence[CallStyle], why: Failed) -> str:
    """What is said of an exception that another call may mend; "" of one that is its own."""
    ordinary = trial.concept.ordinary
    ran = {a: [trial.ran(a, p) for p in ordinary] for a in usable}
    if any(all(r.failed is None for r in each) for each in ran.values()):
        return message(
            "it counts with class numbers as with numbers; otherwise: {why}", why=why.line
        )
    failures = [(r.failed, r.answered) for each in ran.values() for r in each if r.failed]
    # that it is handed samples one at a time, nothing says; but these it takes
    one_by_one = (a for a in trial.concept.arrangements if a.apart and a not in usable)
    if otherwise := asked_otherwise(trial.subject, why):
        said = _as_no_script_does(trial, usable, ordinary[0])
        return said or message("{why}; {what}", why=why.line, what=otherwise)
    ours = is_of_our_arguments(trial.subject, why)
    if (
        not ours
        and trial.concept.owns(trial.subject, why, failures)
        and not (
            trial.subject.found.kind == "class"
            and any(trial.ran(a, ordinary[0]).failed is None for a in one_by_one)
        )
    ):
        return ""
    if not any(answered for _, answered in failures) and trial.concept.looked_for:
        sought = trial.concept.looked_for
        return message("{why}; looked for {what}", why=why.line, what=sought)
    return message("it raised in each of {n} ways: {why}", n=len(usable), why=why.line)


def _right_of_one_sample(
    draft: Judgement, trial: Trial, usable: Sequence[CallStyle]
) -> Judgement | None:
    """A layer that is right of one column, where more of them raise: it is handed one by one.

    Rows are so where backward moves the weights; e / e.sum(axis=1) is right of one row by chance.
    """
    probes = [p for p in trial.concept.probes if _has_one_sample(p)]
    apart = [a for a in usable if a.apart or a.layout == OF_COLUMNS] if probes else []
    for arrangement in apart if trial.subject.found.kind == "class" else ():
        if any(trial.ran(arrangement, p).failed for p in probes):
            continue
        if (reading := reading_of(trial, [arrangement], True, probes)) is not None:
            verdict = verdict_of(trial, reading, probes, None)
            batch = next(p for p in trial.concept.probes if trial.ran(arrangement, p).failed)
            why = trial.ran(arrangement, batch).failed
            line = both(why.line if why else "")
            diagnosis = Diagnosis.of(CAUSES["one_sample_only"], {}, batch.about, line)
            return replace(
                draft, outcome=verdict.outcome, verdict=verdict, diagnoses=(diagnosis,),
                conventions=reading.conventions, probes=len(probes),
            )  # fmt: skip
    return None


def right_of_one_a_step(draft: Judgement, trial: Trial, wrong: Interpretation) -> Judgement | None:
    """Softmax over everything, where callers elsewhere hand over a sample a step: a warning.

    So is a layer with a learning rate beside each gradient, and a method outside of its class.
    """
    found, meaning = trial.subject.found, wrong.meaning
    back = [p for name in BACKWARD for p in found.methods.get(name, ())]
    of_steps = found.unread or any(p.needed and role_of(p.name) == "lr" for p in back)
    if not of_steps or (meaning.cause, meaning.blanks.get("axis")) != ("softmax_axis", EVERYTHING):
        return None
    probes = [p for p in trial.concept.probes if _has_one_sample(p)]
    reading = reading_of(trial, [wrong.arrangement], True, probes) if probes else None
    if reading is None:
        return None
    verdict = verdict_of(trial, reading, probes, None)
    diagnosis = Diagnosis.of(CAUSES["softmax_of_one_sample"], {})
    return replace(
        draft, outcome=verdict.outcome, verdict=verdict, diagnoses=(diagnosis,),
        conventions=(*reading.conventions, ONE_BY_ONE), probes=len(probes),
    )  # fmt: skip


def _has_one_sample(probe: Probe) -> bool:
    sizes = dict(probe.case.sizes)
    # more than one feature, or a number alone would be taken for a sample
    return sizes.pop("N", 0) == 1 and max(sizes.values(), default=1) > 1


def _mistake_on_other_shapes(
    draft: Judgement, trial: Trial, usable: Sequence[CallStyle]
) -> Judgement | None:
    """A mistake that ordinary shapes cannot take and others can: W for W^T of square layers."""
    legal = [p for p in trial.concept.probes if p.role is Role.EDGE]
    for arrangement in usable:
        # where it gives results at all
        with_results = [p for p in legal if trial.ran(arrangement, p).failed is None]
        reading = reading_of(trial, [arrangement], False, with_results) if with_results else None
        if reading:
            failed = next(
                f for p in trial.concept.probes if (f := trial.ran(arrangement, p).failed)
            )
            verdict = Verdict((Comparison(CALL, Outcome.ERROR, failed.line),))
            cause = CAUSES[reading.meaning.cause]
            diagnosis = Diagnosis.of(
                cause, reading.meaning.blanks, with_results[0].about, both(failed.line)
            )
            return replace(
                draft, outcome=Outcome.DIFFERENT, verdict=verdict, diagnoses=(diagnosis,)
            )
    return None
