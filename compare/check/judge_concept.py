"""Judge one concept of a submission: what was meant, whether it is right, and which mistake it is.

The ordinary probes decide the reading: the first call style and right form that all their
results follow. Where there is none, the first mistake that they all follow is the cause. Then every
other probe is tried in that reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from compare.check.by_reading import (
    changed_when_repeated,
    judged_by_reading,
    of_other_targets,
    unknown_difference,
)
from compare.check.calling.as_in_script import called_otherwise, is_handed_vectors
from compare.check.calling.number_of_classes import of_so_many, with_its_classes
from compare.check.calling.one_number import in_pieces, sees_arrays, takes_numbers
from compare.check.concept import CallStyle, Concept, Form, Probe
from compare.check.failures import of_failure
from compare.check.i18n.text import Text, both
from compare.check.internal_errors import guarded
from compare.check.interpretation import (
    Interpretation,
    nearest,
    rare_reading,
    reading_of_most,
    solved_reading,
)
from compare.check.mistakes import CAUSES
from compare.check.mistakes.table import link
from compare.check.naming.bind import BY_NAME
from compare.check.naming.uses_of_arguments import takes_logarithm
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.check.subject import Subject
from compare.check.trial import FATAL, Expectations, Trial, called
from compare.check.verdicts import (
    CALL,
    first_wrong,
    in_float32,
    loses_digits,
    verdict_of,
)
from compare.check.without_results import not_called, right_of_one_a_step, without_results
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.judge.verdict import Comparison, Verdict
from compare.language.message import message
from compare.sandbox.interface import Definition, Failed

_OF_RULE = re.compile(r"torch\.optim\.(?!AdamW)\w+\.html")  # a decay stands on AdamW's for all


def judge(
    concept: Concept,
    subject: Subject,
    how: str,
    torch: Implementation,
    seed: int = 0,
    expectations: Expectations | None = None,
) -> Judgement:
    """The judgement of one concept.   Never raises for what the submission does."""
    found = subject.found
    judgement = guarded(
        f"{concept.name}={found.name}",
        partial(_judged, concept, subject, how, torch, seed, expectations),
        partial(not_judged, concept, found, how),
    )
    return replace(
        judgement, diagnoses=tuple(_on_its_page(concept, d) for d in judgement.diagnoses)
    )


def _on_its_page(concept: Concept, diagnosis: Diagnosis) -> Diagnosis:
    """With the page of torch's rule that is judged, where several rules share the mistake."""
    if concept.page is None or not _OF_RULE.search(diagnosis.torch):
        return diagnosis
    return replace(diagnosis, torch=link(concept.page))


def _draft(concept: Concept, found: Definition, how: str) -> Judgement:
    return Judgement(
        concept.name, found.name, how, Outcome.SAME,
        line=found.line, file=found.file, section=concept.section, formula=concept.formula,
    )  # fmt: skip


def not_judged(concept: Concept, found: Definition, how: str, line: str) -> Judgement:
    """The judgement where an error of this program, told in the line, came in between."""
    draft = _draft(concept, found, how)
    diagnosis = Diagnosis.of(CAUSES["internal_error"], {"line": both(line)})
    verdict = Verdict((Comparison(CALL, Outcome.NOT_COMPARED, line),))
    return replace(draft, outcome=Outcome.NOT_COMPARED, verdict=verdict, diagnoses=(diagnosis,))


def _judged(
    concept: Concept,
    subject: Subject,
    how: str,
    torch: Implementation,
    seed: int,
    expectations: Expectations | None,
) -> Judgement:
    trial = Trial(concept, subject, seed, expectations)
    ran, right = _called(trial)
    of_arrays = None if ran else _of_arrays(trial)
    of_vectors = bool(ran) and right is None and is_handed_vectors(subject)
    if of_arrays or of_vectors:
        usable = [a for a in concept.arrangements if a.takes(subject)]
        unknown = of_vectors and _reading(trial, ran, False) is None
        for pieces in in_pieces(concept, usable, of_vectors):
            apart = Trial(pieces, subject, seed, expectations)
            called_so = _called(apart)
            # what gives results at once is wrong in pieces only by its name, and where nothing
            # explains those results
            if called_so[0] and (called_so[1] or not of_vectors or how == BY_NAME and unknown):
                trial, (ran, right) = apart, called_so
                break
    draft = _draft(concept, subject.found, how)
    if not ran and (of_classes := with_its_classes(trial)):
        other = Trial(of_classes[0], subject, seed)
        called_so = _called(other)
        if called_so[0]:
            trial, (ran, right) = other, called_so
            subject.conventions[of_so_many(of_classes[1])] = None
    if not ran:
        usable = [a for a in concept.arrangements if a.takes(subject)]
        return without_results(draft, trial, usable)
    if right is None:
        return _wrong(draft, trial, ran, torch)
    judgement = judged_by_reading(draft, trial, right, torch)
    if of_arrays and judgement.outcome is Outcome.SAME and sees_arrays(subject):
        told = of_failure(of_arrays, concept.ordinary[0].about, warning=True)
        judgement = replace(judgement, diagnoses=(told, *judgement.diagnoses))
    return judgement


def _of_arrays(trial: Trial) -> Failed | None:
    """How it fails that it takes one number and no array; None where it does not fail so."""
    usable = [a for a in trial.concept.arrangements if a.takes(trial.subject)]
    failed = (trial.ran(a, p).failed for a in usable for p in trial.concept.ordinary)
    told = next((f for f in failed if f and takes_numbers(f)), None)
    return told if trial.subject.found.kind == "function" else None


def _called(trial: Trial) -> tuple[list[CallStyle], Interpretation | None]:
    """The call styles whose results say something, and the right reading, if there is one."""
    ordinary = trial.concept.ordinary
    arrays = trial.problems[ordinary[0].case.name].arrays
    for last in (False, True):
        ran = _ran(trial, ordinary, last)
        if ran and (right := _reading(trial, ran, True)):
            return ran, right
        told = [a for a in ran if a.tells(trial.subject, arrays)]
        if told:
            return told, None
    return [], None


def interpreted(
    concept: Concept, subject: Subject, seed: int = 0, expectations: Expectations | None = None
) -> tuple[Interpretation, bool] | None:
    """How it is called, the right form that it is nearest to, and whether it follows that.

    None where it cannot be called.
    """
    trial = Trial(concept, subject, seed, expectations)
    ran, right = _called(trial)
    if not ran:
        return None
    if right is not None:
        return right, True
    wrong = _reading(trial, ran, False)
    style = wrong.arrangement if wrong else ran[0]
    return Interpretation(style, nearest(trial, style, concept.ordinary[0])), False


def follows_right_form(
    concept: Concept, subject: Subject, seed: int, expectations: Expectations
) -> bool | None:
    """Whether it gives what some right form does; None where a call took its process with it."""
    trial = Trial(concept, subject, seed, expectations, right_alone=True)
    for last in (False, True):
        # what another ordinary problem says is asked of what follows on the first
        ran = _ran(trial, concept.ordinary[:1], last)
        if trial.ended is not None:
            return None
        if ran and reading_of_most(trial, ran, True):
            return True
        if ran and solved_reading(trial, ran, True):
            return True
    return None if trial.ended is not None else False


def is_never_right(
    concept: Concept, subject: Subject, seed: int, expectations: Expectations
) -> bool:
    """Whether what it gives is a mistake in this concept, whatever it is called."""
    shows = concept.never_right
    if shows is None:
        return False
    trial = Trial(concept, subject, seed, expectations, right_alone=True)
    return any(shows(trial, style) for style in _ran(trial, concept.ordinary, False))


def _ran(trial: Trial, ordinary: Sequence[Probe], last: bool) -> list[CallStyle]:
    """The ways of calling it that give results on all of them: one that raises was not meant."""
    styles = [a for a in trial.concept.arrangements if a.last is last]
    usable = [a for a in styles if a.takes(trial.subject)]
    return [a for a in usable if all(trial.ran(a, p).failed is None for p in ordinary)]


def can_be_called(concept: Concept, subject: Subject, seed: int) -> bool:
    """Whether in some call style it gives results on all ordinary probes, so that it is judged."""
    trial = Trial(concept, subject, seed)
    for style in concept.arrangements:
        if style.takes(subject):
            failed = next((f for p in concept.ordinary if (f := trial.ran(style, p).failed)), None)
            if failed is None or failed.ending in FATAL:
                return failed is None
    return False


def _reading(trial: Trial, ran: Sequence[CallStyle], right: bool) -> Interpretation | None:
    """From the concept's tables, or else with a constant that is in none."""
    # right: the constant that fits before a form that leaves it open; wrong: what is known first
    others = (solved_reading, rare_reading) if right else (rare_reading, solved_reading)
    for reading in (reading_of_most, *others):
        found = reading(trial, ran, right)
        if found:
            return found
    return None


def _wrong(
    draft: Judgement, trial: Trial, ran: Sequence[CallStyle], torch: Implementation
) -> Judgement:
    """Results on ordinary numbers that no right meaning explains."""
    ordinary = trial.concept.ordinary
    reading = _reading(trial, ran, False)
    if reading and (of_one := right_of_one_a_step(draft, trial, reading)):
        return of_one
    arrangement = reading.arrangement if reading else ran[0]
    course = nearest(trial, arrangement, ordinary[0])
    # there is one: a right meaning that they all follow would be the reading
    probe = next(p for p in ordinary if not trial.follows(arrangement, course, p))
    verdict = verdict_of(trial, Interpretation(arrangement, course), [probe], torch)
    first_difference = first_wrong(verdict)
    if reading:
        diagnosis = Diagnosis.of(
            CAUSES[reading.meaning.cause], reading.meaning.blanks, probe.about, first_difference
        )
    else:
        diagnosis = _behaviour(
            trial, arrangement, course, ordinary, first_difference
        ) or unknown_difference(trial, Interpretation(arrangement, course), probe, first_difference)
    if diagnosis.cause == UNKNOWN and all(_has_other_shapes(trial, a, ordinary[0]) for a in ran):
        name, why = (verdict.first.name, verdict.first.reason) if verdict.first else ("", "")
        said = message("what it gives has other shapes ({name}: {why})", name=name, why=why)
        return not_called(draft, said)
    if diagnosis.cause == UNKNOWN:
        problem = trial.problems[probe.case.name]
        otherwise = called_otherwise(
            trial.subject, lambda: called(trial.subject, arrangement, problem)
        ) or _of_other_numbers(trial, arrangement, probe)
        if otherwise:
            return not_called(draft, otherwise)
    # right in exact arithmetic, and so tried on the other probes as well
    if reading and diagnosis.warning:
        judgement = judged_by_reading(draft, trial, reading, torch)
        return replace(judgement, diagnoses=(diagnosis, *judgement.diagnoses))
    conventions = (arrangement.convention,) if reading and arrangement.convention else ()
    further = reading.meaning.further if reading else ()
    others = [Diagnosis.of(CAUSES[cause], blanks) for cause, blanks in further]
    others += of_other_targets(trial, reading) if reading else []
    return replace(
        draft,
        outcome=Outcome.SAME if diagnosis.warning else Outcome.DIFFERENT,
        verdict=Verdict(()) if diagnosis.warning else verdict,
        diagnoses=(diagnosis, *(d for d in others if d.cause != diagnosis.cause)),
        conventions=conventions,
    )


def _of_other_numbers(trial: Trial, arrangement: CallStyle, probe: Probe) -> str:
    """That it takes the logarithm of a negative number that it is handed: it asks for shares."""
    values = trial.ran(arrangement, probe).values.values()
    if any(np.isnan(v).any() for v in values if np.ndim(v) == 0):
        name = takes_logarithm(trial.subject.found.source)
        return message("it takes log {name}, of what may be negative", name=name) if name else ""
    return ""


def _has_other_shapes(trial: Trial, arrangement: CallStyle, probe: Probe) -> bool:
    """Whether it gives something of a shape that is no right meaning's: it was asked otherwise."""
    wanted = trial.wanted(nearest(trial, arrangement, probe), probe)
    values = trial.ran(arrangement, probe).values
    return any(np.shape(v) != np.shape(wanted[n].value) for n, v in values.items() if n in wanted)


def _behaviour(
    trial: Trial,
    arrangement: CallStyle,
    course: Form,
    probes: Sequence[Probe],
    first_difference: Text,
) -> Diagnosis | None:
    """Mistakes that are seen in how it behaves and not by a formula."""
    # first: results that change with every call follow no formula
    for diagnosis in changed_when_repeated(trial, arrangement):
        return diagnosis
    pairs = [(trial.ran(arrangement, p).values, trial.wanted(course, p)) for p in probes]
    # of what takes steps a small number may be the mistake
    if trial.concept.meanings_of is None and all(loses_digits(*each) for each in pairs):
        return Diagnosis.of(CAUSES["digits_lost"], {}, probes[0].about, first_difference)
    if all(in_float32(*each) for each in pairs):
        return Diagnosis.of(CAUSES["float32_inside"], {}, probes[0].about, first_difference)
    return None
