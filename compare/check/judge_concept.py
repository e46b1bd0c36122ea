"""Judge one concept of a submission: what was meant, whether it is right, and which mistake it is.

The generic probes decide the reading: the first arrangement and right meaning that all their
results follow. Where there is none, the first mistake that they all follow is the cause. Then every
other probe is tried in that reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.concept import Arrays, CallStyle, Concept, Form, Probe, Role
from compare.check.failures import FATAL, of_failure
from compare.check.i18n.text import Text
from compare.check.i18n.translation import translated
from compare.check.interpretation import (
    Interpretation,
    nearest,
    rare_reading,
    reading_of,
    reading_of_most,
)
from compare.check.mistakes import CAUSES
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.check.shrink import smallest
from compare.check.subject import Subject
from compare.check.trial import Expectations, Ran, Trial, called
from compare.check.verdicts import first_wrong, verdict_of
from compare.check.without_results import without_results
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome


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
    generic = [p for p in concept.probes if p.role is Role.ORDINARY]
    usable = [a for a in concept.arrangements if a.takes(subject)]
    ran = [a for a in usable if all(trial.ran(a, p).failed is None for p in generic)]
    found = subject.found
    begun = Judgement(
        concept.name, found.name, how, Outcome.SAME, line=found.line, file=found.file,
        section=concept.section, formula=concept.formula,
    )  # fmt: skip
    if not ran:
        return without_results(begun, trial, usable, generic)
    right = reading_of_most(trial, ran, True, generic) or rare_reading(trial, ran, True, generic)
    if right is None:
        return _wrong(begun, trial, ran, generic, torch)
    return _read(begun, trial, right, torch)


def _wrong(
    begun: Judgement,
    trial: Trial,
    ran: Sequence[CallStyle],
    generic: list[Probe],
    torch: Implementation,
) -> Judgement:
    """Results on ordinary numbers that no right meaning explains."""
    found = reading_of_most(trial, ran, False, generic) or rare_reading(trial, ran, False, generic)
    arrangement = found.arrangement if found else ran[0]
    course = nearest(trial, arrangement, generic[0])
    probe = next(p for p in generic if not trial.follows(arrangement, course, p))
    verdict = verdict_of(trial, Interpretation(arrangement, course), [probe], torch)
    seen = first_wrong(verdict)
    if found:
        diagnosis = Diagnosis.of(
            CAUSES[found.meaning.cause], found.meaning.blanks, probe.about, seen
        )
    else:
        diagnosis = _behaviour(trial, arrangement, course, generic, seen) or _unknown(
            trial, Interpretation(arrangement, course), probe, seen
        )
    if found and diagnosis.warning:
        judged = _read(begun, trial, found, torch)
        return replace(judged, diagnoses=(diagnosis, *judged.diagnoses))
    said = (found.arrangement.convention,) if found and found.arrangement.convention else ()
    return replace(
        begun, outcome=Outcome.DIFFERENT, verdict=verdict, diagnoses=(diagnosis,), conventions=said
    )


def _unknown(trial: Trial, reading: Interpretation, probe: Probe, seen: Text) -> Diagnosis:
    arrays = smallest(trial.subject, reading.arrangement, reading.meaning, probe.case, trial.seed)
    return replace(Diagnosis.of(CAUSES[UNKNOWN], {}, probe.about, seen), smallest=arrays)


def _behaviour(
    trial: Trial, arrangement: CallStyle, course: Form, probes: Sequence[Probe], seen: Text
) -> Diagnosis | None:
    """Mistakes that are seen in how it behaves and not by a formula."""
    for found in _of_repetition(trial, arrangement):
        return found
    if all(_in_float32(trial.ran(arrangement, p).values, trial.wanted(course, p)) for p in probes):
        return Diagnosis.of(CAUSES["float32_inside"], {}, probes[0].about, seen)
    return None


def _in_float32(values: Arrays, wanted: Any) -> bool:
    """Whether every value is one of float32 and as near as that format comes; and not all fit."""
    if set(values) - set(wanted):
        return False
    for name, value in values.items():
        right = np.asarray(wanted[name].value, dtype=np.float64)
        if np.shape(value) != right.shape:
            return False
        value, narrow = np.float64(value), np.float64(np.float32(value))
        scale = np.abs(right).max(initial=0.0)
        if not np.array_equal(value, narrow) or np.abs(value - right).max() > 2.0**-12 * scale:
            return False
    return True


def _read(
    begun: Judgement, trial: Trial, reading: Interpretation, torch: Implementation
) -> Judgement:
    """What follows a right meaning on ordinary numbers, tried on all others."""
    diagnoses: list[Diagnosis] = []
    judged: list[Probe] = []
    for probe in trial.concept.probes:
        ran = trial.ran(reading.arrangement, probe)
        if ran.failed is None and probe.role in (Role.ORDINARY, Role.EDGE):
            judged.append(probe)
        diagnoses += _of_probe(trial, reading, probe, ran)
    diagnoses += _of_repetition(trial, reading.arrangement)
    diagnoses = list({d.cause: d for d in reversed(diagnoses)}.values())[::-1]
    verdict = verdict_of(trial, reading, judged, torch)
    mistakes = [d for d in diagnoses if not d.warning]
    outcome = Outcome.DIFFERENT if mistakes else verdict.outcome
    return replace(
        begun, outcome=outcome, verdict=verdict, diagnoses=tuple(mistakes or diagnoses),
        conventions=reading.conventions, probes=len(trial.concept.probes),
        layout=_layout(trial, reading),
    )  # fmt: skip


def _layout(trial: Trial, reading: Interpretation) -> str:
    """What samples are, where it is not right with them as the other as well."""
    generic = [p for p in trial.concept.probes if p.role is Role.ORDINARY]
    other = [
        a
        for a in trial.concept.arrangements
        if a.layout not in ("", reading.arrangement.layout) and a.takes(trial.subject)
    ]
    both = reading.arrangement.layout and reading_of(trial, other, True, generic)
    return "" if both else reading.arrangement.layout


def _of_probe(trial: Trial, reading: Interpretation, probe: Probe, ran: Ran) -> Iterator[Diagnosis]:
    warning = probe.role in (Role.OPTIONAL, Role.EXTREME)
    if ran.failed:
        fatal = ran.failed.ending in FATAL
        cause = {Role.OPTIONAL: "not_taken"}.get(probe.role)
        if cause and not fatal:
            yield Diagnosis.of(
                CAUSES[cause], {"what": probe.about}, probe.about, translated(ran.failed.line)
            )
        else:
            yield of_failure(ran.failed, probe.about, warning and not fatal)
        return
    for name in ran.changed:
        cause = "mutates_gradient" if trial.concept.lends(name) else "mutates"
        yield Diagnosis.of(CAUSES[cause], {"name": name}, probe.about)
    if not trial.follows(reading.arrangement, reading.meaning, probe):
        yield _of_wrong_probe(trial, reading, probe, warning)
    elif ran.warnings and probe.role is Role.EXTREME:
        yield Diagnosis.of(CAUSES["warns"], {"line": ran.warnings[0]}, probe.about)


def _of_wrong_probe(
    trial: Trial, reading: Interpretation, probe: Probe, warning: bool
) -> Diagnosis:
    """A probe that fails where ordinary numbers do not: the mistake that both follow, if any."""
    tried = [p for p in trial.concept.probes if p.role is Role.ORDINARY]
    seen = first_wrong(verdict_of(trial, reading, [probe], None))
    for meaning in trial.meanings(reading.arrangement):
        if not meaning.right and all(
            trial.follows(reading.arrangement, meaning, p) for p in [*tried, probe]
        ):
            found = Diagnosis.of(CAUSES[meaning.cause], meaning.blanks, probe.about, seen)
            return replace(found, warning=found.warning or warning)
    if probe.role is Role.EXTREME:
        return Diagnosis.of(CAUSES["unstable"], {}, probe.about, seen)
    if probe.role is Role.OPTIONAL:
        return Diagnosis.of(CAUSES["wrong_there"], {"what": probe.about}, probe.about, seen)
    return _unknown(trial, reading, probe, seen)


def _of_repetition(trial: Trial, arrangement: CallStyle) -> Iterator[Diagnosis]:
    """The same problem once more, after all others, has to give the same bits."""

    probe = next(p for p in trial.concept.probes if p.role is Role.ORDINARY)
    before = trial.ran(arrangement, probe)
    again = called(trial.subject, arrangement, trial.problems[probe.case.name])
    same = again.failed is None and all(
        n in again.values and np.array_equal(again.values[n], v, equal_nan=True)
        for n, v in before.values.items()
    )
    if not same:
        yield Diagnosis.of(CAUSES["remembers"], {}, probe.about)
