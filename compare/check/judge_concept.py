"""Judge one concept of a submission: what was meant, whether it is right, and which mistake it is.

The ordinary probes decide the reading: the first call style and right form that all their
results follow. Where there is none, the first mistake that they all follow is the cause. Then every
other probe is tried in that reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from compare.check.calling.one_number import in_pieces, sees_arrays, takes_numbers
from compare.check.concept import CallStyle, Concept, Form, Probe, Role
from compare.check.failures import ending_of, of_failure
from compare.check.i18n.text import Text, both
from compare.check.interpretation import (
    Interpretation,
    nearest,
    rare_reading,
    reading_of,
    reading_of_most,
    solved_reading,
    wrong_of_other_targets,
)
from compare.check.mistakes import CAUSES
from compare.check.mistakes.behaviour import UNBOUND
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.check.shrink import largest_difference, smallest
from compare.check.subject import Subject
from compare.check.trial import FATAL, Expectations, Ran, Trial, called
from compare.check.verdicts import first_wrong, in_float32, loses_digits, verdict_of, with_digits
from compare.check.without_results import not_called, without_results
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.judge.verdict import Verdict
from compare.language.message import message
from compare.sandbox.interface import Failed


def judge(
    concept: Concept,
    subject: Subject,
    how: str,
    torch: Implementation,
    seed: int = 0,
    expectations: Expectations | None = None,
) -> Judgement:
    """The judgement of one concept.   Never raises for what the submission does."""
    trial = Trial(concept, subject, seed, expectations)
    ordinary = [p for p in concept.probes if p.role is Role.ORDINARY]
    ran, right = _called(trial, ordinary)
    of_arrays = None if ran else _of_arrays(trial, ordinary)
    if of_arrays:
        usable = [a for a in concept.arrangements if a.takes(subject)]
        for pieces in in_pieces(concept, usable):
            apart = Trial(pieces, subject, seed, expectations)
            ran, right = _called(apart, ordinary)
            if ran:
                trial = apart
                break
    definition = subject.found
    draft = Judgement(
        concept.name, definition.name, how, Outcome.SAME,
        line=definition.line, file=definition.file,
        section=concept.section, formula=concept.formula,
    )  # fmt: skip
    if not ran:
        usable = [a for a in concept.arrangements if a.takes(subject)]
        return without_results(draft, trial, usable, ordinary)
    if right is None:
        return _wrong(draft, trial, ran, ordinary, torch)
    judgement = _judged_by_reading(draft, trial, right, torch)
    if of_arrays and judgement.outcome is Outcome.SAME and sees_arrays(subject):
        told = of_failure(of_arrays, ordinary[0].about, warning=True)
        judgement = replace(judgement, diagnoses=(told, *judgement.diagnoses))
    return judgement


def _of_arrays(trial: Trial, ordinary: Sequence[Probe]) -> Failed | None:
    """How it fails that it takes one number and no array; None where it does not fail so."""
    usable = [a for a in trial.concept.arrangements if a.takes(trial.subject)]
    failed = (trial.ran(a, p).failed for a in usable for p in ordinary)
    told = next((f for f in failed if f and takes_numbers(f)), None)
    return told if trial.subject.found.kind == "function" else None


def _called(trial: Trial, ordinary: list[Probe]) -> tuple[list[CallStyle], Interpretation | None]:
    """The call styles whose results say something, and the right reading, if there is one."""
    arrays = trial.problems[ordinary[0].case.name].arrays
    for last in (False, True):
        ran = _ran(trial, ordinary, last)
        if ran and (right := _reading(trial, ran, True, ordinary)):
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
    ordinary = [p for p in concept.probes if p.role is Role.ORDINARY]
    ran, right = _called(trial, ordinary)
    if not ran:
        return None
    if right is not None:
        return right, True
    wrong = _reading(trial, ran, False, ordinary)
    style = wrong.arrangement if wrong else ran[0]
    return Interpretation(style, nearest(trial, style, ordinary[0])), False


def follows_right_form(
    concept: Concept, subject: Subject, seed: int, expectations: Expectations
) -> bool | None:
    """Whether it gives what some right form does; None where a call took its process with it."""
    trial = Trial(concept, subject, seed, expectations, right_alone=True)
    ordinary = [p for p in concept.probes if p.role is Role.ORDINARY]
    for last in (False, True):
        # what another ordinary problem says is asked of what follows on the first
        ran = _ran(trial, ordinary[:1], last)
        if trial.ended is not None:
            return None
        if ran and reading_of_most(trial, ran, True, ordinary):
            return True
        if ran and solved_reading(trial, ran, True, ordinary):
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
    ordinary = [p for p in concept.probes if p.role is Role.ORDINARY]
    return any(shows(trial, style) for style in _ran(trial, ordinary, False))


def _ran(trial: Trial, ordinary: Sequence[Probe], last: bool) -> list[CallStyle]:
    """The ways of calling it that give results on all of them: one that raises was not meant."""
    styles = [a for a in trial.concept.arrangements if a.last is last]
    usable = [a for a in styles if a.takes(trial.subject)]
    return [a for a in usable if all(trial.ran(a, p).failed is None for p in ordinary)]


def can_be_called(concept: Concept, subject: Subject, seed: int) -> bool:
    """Whether in some call style it gives results on all ordinary probes, so that it is judged."""
    trial = Trial(concept, subject, seed)
    ordinary = [p for p in concept.probes if p.role is Role.ORDINARY]
    for style in concept.arrangements:
        if style.takes(subject):
            failed = next((f for p in ordinary if (f := trial.ran(style, p).failed)), None)
            if failed is None or failed.ending in FATAL:
                return failed is None
    return False


def _reading(
    trial: Trial, ran: Sequence[CallStyle], right: bool, ordinary: list[Probe]
) -> Interpretation | None:
    """From the concept's tables, or else with a constant that is in none."""
    # right: the constant that fits before a form that leaves it open; wrong: what is known first
    others = (solved_reading, rare_reading) if right else (rare_reading, solved_reading)
    for reading in (reading_of_most, *others):
        found = reading(trial, ran, right, ordinary)
        if found:
            return found
    return None


def _wrong(
    draft: Judgement,
    trial: Trial,
    ran: Sequence[CallStyle],
    ordinary: list[Probe],
    torch: Implementation,
) -> Judgement:
    """Results on ordinary numbers that no right meaning explains."""
    reading = _reading(trial, ran, False, ordinary)
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
        diagnosis = _behaviour(trial, arrangement, course, ordinary, first_difference) or _unknown(
            trial, Interpretation(arrangement, course), probe, first_difference
        )
    if diagnosis.cause == UNKNOWN and all(_has_other_shapes(trial, a, ordinary[0]) for a in ran):
        name, why = (verdict.first.name, verdict.first.reason) if verdict.first else ("", "")
        said = message("what it gives has other shapes ({name}: {why})", name=name, why=why)
        return not_called(draft, said)
    # right in exact arithmetic, and so tried on the other probes as well
    if reading and diagnosis.warning:
        judgement = _judged_by_reading(draft, trial, reading, torch)
        return replace(judgement, diagnoses=(diagnosis, *judgement.diagnoses))
    conventions = (arrangement.convention,) if reading and arrangement.convention else ()
    further = reading.meaning.further if reading else ()
    others = [Diagnosis.of(CAUSES[cause], blanks) for cause, blanks in further]
    others += _of_other_targets(trial, reading, ordinary) if reading else []
    return replace(
        draft,
        outcome=Outcome.SAME if diagnosis.warning else Outcome.DIFFERENT,
        verdict=Verdict(()) if diagnosis.warning else verdict,
        diagnoses=(diagnosis, *(d for d in others if d.cause != diagnosis.cause)),
        conventions=conventions,
    )


def _has_other_shapes(trial: Trial, arrangement: CallStyle, probe: Probe) -> bool:
    """Whether it gives something of a shape that is no right meaning's: it was asked otherwise."""
    wanted = trial.wanted(nearest(trial, arrangement, probe), probe)
    values = trial.ran(arrangement, probe).values
    return any(np.shape(v) != np.shape(wanted[n].value) for n, v in values.items() if n in wanted)


def _unknown(
    trial: Trial, reading: Interpretation, probe: Probe, first_difference: Text
) -> Diagnosis:
    arrays = smallest(trial.subject, reading.arrangement, reading.meaning, probe.case, trial.seed)
    values, wanted = (
        trial.ran(reading.arrangement, probe).values,
        trial.wanted(reading.meaning, probe),
    )
    seen = with_digits(first_difference, largest_difference(values, wanted))
    return replace(Diagnosis.of(CAUSES[UNKNOWN], {}, probe.about, seen), smallest=arrays)


def _behaviour(
    trial: Trial,
    arrangement: CallStyle,
    course: Form,
    probes: Sequence[Probe],
    first_difference: Text,
) -> Diagnosis | None:
    """Mistakes that are seen in how it behaves and not by a formula."""
    # first: results that change with every call follow no formula
    for diagnosis in _changed_when_repeated(trial, arrangement):
        return diagnosis
    pairs = [(trial.ran(arrangement, p).values, trial.wanted(course, p)) for p in probes]
    # of what takes steps a small number may be the mistake
    if trial.concept.meanings_of is None and all(loses_digits(*each) for each in pairs):
        return Diagnosis.of(CAUSES["digits_lost"], {}, probes[0].about, first_difference)
    if all(in_float32(*each) for each in pairs):
        return Diagnosis.of(CAUSES["float32_inside"], {}, probes[0].about, first_difference)
    return None


def _judged_by_reading(
    draft: Judgement, trial: Trial, reading: Interpretation, torch: Implementation
) -> Judgement:
    """What follows a right meaning on ordinary numbers, tried on all others."""
    diagnoses: list[Diagnosis] = []
    judged: list[Probe] = []
    for probe in trial.concept.probes:
        result = trial.ran(reading.arrangement, probe)
        if result.failed is None and probe.role in (Role.ORDINARY, Role.EDGE):
            judged.append(probe)
        diagnoses += _diagnoses_of_probe(trial, reading, probe, result)
    diagnoses += _changed_when_repeated(trial, reading.arrangement)
    ordinary = [p for p in trial.concept.probes if p.role is Role.ORDINARY]
    diagnoses += _of_other_targets(trial, reading, ordinary)
    shown = trial.subject.shown.items()
    diagnoses += [Diagnosis.of(CAUSES[cause], blanks) for cause, blanks in shown]
    # each cause once, with the first probe that shows it
    diagnoses = list({d.cause: d for d in reversed(diagnoses)}.values())[::-1]
    verdict = verdict_of(trial, reading, judged, torch)
    mistakes = [d for d in diagnoses if not d.warning]
    outcome = Outcome.DIFFERENT if mistakes else verdict.outcome
    return replace(
        # warnings only where nothing is wrong
        draft, outcome=outcome, verdict=verdict, diagnoses=tuple(mistakes or diagnoses),
        conventions=(*reading.conventions, *trial.subject.conventions),
        probes=len(trial.concept.probes),
        layout=_layout(trial, reading),
    )  # fmt: skip


def _of_other_targets(
    trial: Trial, reading: Interpretation, ordinary: Sequence[Probe]
) -> list[Diagnosis]:
    """What is wrong with targets in the other form alone."""
    form = wrong_of_other_targets(trial, reading, ordinary)
    return [Diagnosis.of(CAUSES[form.cause], form.blanks, ordinary[0].about)] if form else []


def _layout(trial: Trial, reading: Interpretation) -> str:
    """What samples are, where it is not right with them as the other as well."""
    ordinary = [p for p in trial.concept.probes if p.role is Role.ORDINARY]
    other_layout = [
        style
        for style in trial.concept.arrangements
        if style.layout not in ("", reading.arrangement.layout) and style.takes(trial.subject)
    ]
    both = reading.arrangement.layout and reading_of(trial, other_layout, True, ordinary)
    return "" if both else reading.arrangement.layout


def _diagnoses_of_probe(
    trial: Trial, reading: Interpretation, probe: Probe, result: Ran
) -> Iterator[Diagnosis]:
    warning = probe.role in (Role.OPTIONAL, Role.EXTREME)
    if result.failed:
        # what takes the process with it is more than a shape that is not taken
        fatal = result.failed.ending in FATAL
        cause = {Role.OPTIONAL: "not_taken"}.get(probe.role)
        if ending_of(result.failed) == UNBOUND:
            yield of_failure(result.failed, probe.about)
        elif cause and not fatal:
            yield Diagnosis.of(
                CAUSES[cause], {"what": probe.about}, probe.about, both(result.failed.line)
            )
        else:
            yield of_failure(result.failed, probe.about, warning and not fatal)
        return
    for name in result.changed:
        # the gradient from above is nobody else's in a chain of layers: a warning
        cause = "mutates_gradient" if trial.concept.lends(name) else "mutates"
        yield Diagnosis.of(CAUSES[cause], {"name": name}, probe.about)
    if not trial.follows(reading.arrangement, reading.meaning, probe):
        yield _diagnosis_of_wrong_probe(trial, reading, probe, warning)
    elif result.warnings and probe.role is Role.EXTREME:
        yield Diagnosis.of(CAUSES["warns"], {"line": result.warnings[0]}, probe.about)


def _diagnosis_of_wrong_probe(
    trial: Trial, reading: Interpretation, probe: Probe, warning: bool
) -> Diagnosis:
    """A probe that fails where ordinary numbers do not: the mistake that both follow, if any."""
    ordinary = [p for p in trial.concept.probes if p.role is Role.ORDINARY]
    first_difference = first_wrong(verdict_of(trial, reading, [probe], None))
    if _is_cut_off(trial, reading, probe):
        return Diagnosis.of(CAUSES["into_integers"], {}, probe.about, first_difference)
    for meaning in trial.meanings(reading.arrangement):
        if not meaning.right and all(
            trial.follows(reading.arrangement, meaning, p) for p in [*ordinary, probe]
        ):
            diagnosis = Diagnosis.of(
                CAUSES[meaning.cause], meaning.blanks, probe.about, first_difference
            )
            return replace(diagnosis, warning=diagnosis.warning or warning)
    if probe.role is Role.EXTREME:
        return Diagnosis.of(CAUSES["unstable"], {}, probe.about, first_difference)
    if probe.role is Role.OPTIONAL:
        return Diagnosis.of(
            CAUSES["wrong_there"], {"what": probe.about}, probe.about, first_difference
        )
    return _unknown(trial, reading, probe, first_difference)


def _is_cut_off(trial: Trial, reading: Interpretation, probe: Probe) -> bool:
    """Whether of whole numbers the results are the right ones, cut off to whole numbers."""
    arrays = trial.problems[probe.case.name].arrays.values()
    whole = any(isinstance(a, np.ndarray) and a.dtype.kind == "i" and a.ndim for a in arrays)
    values, wanted = (
        trial.ran(reading.arrangement, probe).values,
        trial.wanted(reading.meaning, probe),
    )
    pairs = [(v, np.asarray(wanted[n].value)) for n, v in values.items() if n in wanted]
    alike = all(np.shape(v) == right.shape and np.ndim(v) for v, right in pairs)
    return whole and alike and all(np.array_equal(v, np.trunc(right)) for v, right in pairs)


def _changed_when_repeated(trial: Trial, arrangement: CallStyle) -> Iterator[Diagnosis]:
    """The same problem once more, after all others, has to give the same bits."""

    if trial.ended is not None:
        return
    probe = next(p for p in trial.concept.probes if p.role is Role.ORDINARY)
    before = trial.ran(arrangement, probe)
    # a few times: what is drawn of few numbers may come out as before by chance
    repeats = (called(trial.subject, arrangement, trial.problems[probe.case.name]) for _ in "123")
    same = all(
        again.failed is None
        and all(
            name in again.values and np.array_equal(again.values[name], value, equal_nan=True)
            for name, value in before.values.items()
        )
        for again in repeats
    )
    if not same:
        yield Diagnosis.of(CAUSES["remembers"], {}, probe.about)
