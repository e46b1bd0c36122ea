"""Judge what follows a right form on ordinary numbers: it is tried on every other probe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.said_numbers import FLOATS, WHOLE, numbers_said
from compare.check.concept import CallStyle, Probe, Role
from compare.check.failures import ending_of, of_failure
from compare.check.i18n.text import Text, both
from compare.check.interpretation import (
    Interpretation,
    other_targets_by_switch,
    reading_of,
    wrong_of_other_targets,
)
from compare.check.mistakes import CAUSES
from compare.check.mistakes.behaviour import REFUSED, UNBOUND
from compare.check.naming.source_tree import picks_classes
from compare.check.probes.classes import INDICES
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.check.shrink import largest_difference, smallest
from compare.check.trial import FATAL, RATE_STAYS, Ran, Trial, called
from compare.check.verdicts import (
    first_wrong,
    verdict_of,
    with_digits,
)
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.sandbox.interface import Failed

_OF_CLASSES = "wrong_of_classes"
_ROUNDING = 1e-12  # of the largest number: what sums of the same numbers may be apart


def judged_by_reading(
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
    diagnoses += changed_when_repeated(trial, reading.arrangement)
    if others := of_other_targets(trial, reading):
        # which mistake it is says more than that there is one
        diagnoses = [*(d for d in diagnoses if d.cause != _OF_CLASSES), *others]
    shown = trial.subject.shown.items()
    diagnoses += [Diagnosis.of(CAUSES[cause], blanks) for cause, blanks in shown]
    # each cause once, with the first probe that shows it
    diagnoses = list({d.cause: d for d in reversed(diagnoses)}.values())[::-1]
    verdict = verdict_of(trial, reading, judged, torch)
    shown_wrong = [d for d in diagnoses if not d.warning]
    # a result that is not read says nothing of what is computed
    unread = [d for d in shown_wrong if d.cause == REFUSED]
    mistakes = [d for d in shown_wrong if d.cause != REFUSED] or unread
    outcome = Outcome.DIFFERENT if mistakes else verdict.outcome
    outcome = Outcome.NOT_COMPARED if unread and mistakes == unread else outcome
    return replace(
        # warnings only where nothing is wrong
        draft, outcome=outcome, verdict=verdict, diagnoses=tuple(mistakes or diagnoses),
        conventions=(*reading.conventions, *trial.subject.conventions),
        probes=len(trial.concept.probes),
        layout=_layout(trial, reading),
    )  # fmt: skip


def of_other_targets(trial: Trial, reading: Interpretation) -> list[Diagnosis]:
    """What is wrong with targets in the other form alone."""
    about = trial.concept.ordinary[0].about
    if blanks := other_targets_by_switch(trial, reading):
        return [Diagnosis.of(CAUSES["other_targets_scaled"], blanks, about)]
    form = wrong_of_other_targets(trial, reading)
    return [Diagnosis.of(CAUSES[form.cause], form.blanks, about)] if form else []


def _layout(trial: Trial, reading: Interpretation) -> str:
    """What samples are, where it is not right with them as the other as well."""
    ordinary = trial.concept.ordinary
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
        stays = result.failed.line == RATE_STAYS
        cause = {Role.OPTIONAL: "rate_stays" if stays else "not_taken"}.get(probe.role)
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
    ordinary = trial.concept.ordinary
    first_difference = first_wrong(verdict_of(trial, reading, [probe], None))
    whole = _of_whole_numbers(trial, probe)
    said = numbers_said(trial.subject) if any(whole) else ""
    if any(whole) and _is_cut_off(trial, reading, probe):
        cut_off = Diagnosis.of(CAUSES["into_integers"], {}, probe.about, first_difference)
        return replace(cut_off, warning=said == FLOATS)
    # what its own text takes is no option; whole numbers beside others are targets
    warning = warning and not (said == WHOLE and all(whole))
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
    if probe.about is INDICES and picks_classes(trial.subject.found.source):
        return Diagnosis.of(CAUSES[_OF_CLASSES], {}, probe.about, first_difference)
    if probe.role is Role.OPTIONAL:
        return Diagnosis.of(
            CAUSES["wrong_there"], {"what": probe.about}, probe.about, first_difference
        )
    return unknown_difference(trial, reading, probe, first_difference)


def _of_whole_numbers(trial: Trial, probe: Probe) -> list[bool]:
    """Of each of its arrays."""
    arrays = trial.problems[probe.case.name].arrays.values()
    return [a.dtype.kind == "i" for a in arrays if isinstance(a, np.ndarray) and a.ndim]


def _is_cut_off(trial: Trial, reading: Interpretation, probe: Probe) -> bool:
    """Whether of whole numbers the results are the right ones, cut off to whole numbers."""
    values, wanted = (
        trial.ran(reading.arrangement, probe).values,
        trial.wanted(reading.meaning, probe),
    )
    pairs = [(v, np.asarray(wanted[n].value)) for n, v in values.items() if n in wanted]
    alike = all(np.shape(v) == right.shape and np.ndim(v) for v, right in pairs)
    return alike and all(np.array_equal(v, np.trunc(right)) for v, right in pairs)


def changed_when_repeated(trial: Trial, arrangement: CallStyle) -> Iterator[Diagnosis]:
    """The same problem once more, after all others, has to give the same bits."""

    if trial.ended is not None:
        return
    probe = trial.concept.ordinary[0]
    before = trial.ran(arrangement, probe).values
    # a few times: what is drawn of few numbers may come out as before by chance
    repeats = (called(trial.subject, arrangement, trial.problems[probe.case.name]) for _ in "123")
    # of samples in an order that is drawn a sum has other last digits
    drawn = "random" in trial.subject.found.source
    alike = _but_for_rounding if drawn else partial(np.array_equal, equal_nan=True)
    if not all(_is_again(before, again, alike) for again in repeats):
        cause = "draws" if _is_drawn(trial, arrangement, probe) else "remembers"
        yield Diagnosis.of(CAUSES[cause], {}, probe.about)


def _is_drawn(trial: Trial, arrangement: CallStyle, probe: Probe) -> bool:
    """Whether it gives the same again where its generators of random numbers begin anew."""
    subject = trial.subject
    begun = []
    for _ in "12":
        try:
            subject.box.reseed(subject.box.globals_of(subject.found.name), 1)
        except Failed:
            return False
        begun.append(called(subject, arrangement, trial.problems[probe.case.name]))
    return begun[0].failed is None and _is_again(begun[0].values, begun[1], np.array_equal)


def _is_again(before: Mapping[str, Any], again: Ran, alike: Callable[..., Any]) -> bool:
    return again.failed is None and all(
        n in again.values and alike(again.values[n], v) for n, v in before.items()
    )


def _but_for_rounding(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether they are the same numbers to all digits that the largest of them has."""
    if np.shape(one) != np.shape(other):
        return False
    limit = _ROUNDING * np.abs(one).max(initial=0.0)
    return np.allclose(one, other, rtol=0.0, atol=limit, equal_nan=True)


def unknown_difference(
    trial: Trial, reading: Interpretation, probe: Probe, first_difference: Text
) -> Diagnosis:
    """What nothing explains, with the smallest problem that shows it."""
    arrays = smallest(trial.subject, reading.arrangement, reading.meaning, probe.case, trial.seed)
    values, wanted = (
        trial.ran(reading.arrangement, probe).values,
        trial.wanted(reading.meaning, probe),
    )
    seen = with_digits(first_difference, largest_difference(values, wanted))
    return replace(Diagnosis.of(CAUSES[UNKNOWN], {}, probe.about, seen), smallest=arrays)
