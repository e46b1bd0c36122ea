"""Judge one concept of a submission: what was meant, whether it is right, and which mistake it is.

The generic probes decide the reading: the first arrangement and right meaning that all their
results follow. Where there is none, the first mistake that they all follow is the cause. Then every
other probe is tried in that reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.case import Known, Outcome
from compare.power import Power
from compare.sandbox import Ending, Failed
from compare.sides import Side
from compare.submission.causes import CAUSES
from compare.submission.causes.behaviour import NAME_LOST, NOT_WRITTEN, RAISED
from compare.submission.concept import (
    OF_COLUMNS,
    Arrangement,
    Arrays,
    Concept,
    Meaning,
    Probe,
    Role,
)
from compare.submission.failures import FATAL, MISSING_NAME, worst
from compare.submission.following import comparisons, follows
from compare.submission.judgement import UNKNOWN, Diagnosis, Judgement
from compare.submission.shrinking import smallest
from compare.submission.subject import Subject
from compare.submission.texts import Text, same
from compare.submission.translation import translated
from compare.submission.trial import RETURNS_NOTHING, Expectations, Ran, Trial
from compare.verdict import Comparison, Verdict, conclude

CALL = "call"  # stands for a result where there is none
OUTCOMES = {
    "not_from_scratch": Outcome.DIFFERENT,
    NOT_WRITTEN: Outcome.NOT_COMPARED,
    NAME_LOST: Outcome.NOT_COMPARED,
}


@dataclass(frozen=True)
class Reading:
    """What was meant: how it is called, and which formula it follows."""

    arrangement: Arrangement
    meaning: Meaning

    @property
    def conventions(self) -> tuple[Text, ...]:
        """What is other than in the course."""
        said = (self.arrangement.convention, self.meaning.convention)
        return tuple(text for text in said if text is not None)


def judge(
    concept: Concept,
    subject: Subject,
    how: str,
    torch: Side,
    seed: int = 0,
    expectations: Expectations | None = None,
) -> Judgement:
    """The judgement of one concept.   Never raises for what the submission does."""
    trial = Trial(concept, subject, seed, expectations)
    generic = [p for p in concept.probes if p.role is Role.GENERIC]
    usable = [a for a in concept.arrangements if a.takes(subject)]
    ran = [a for a in usable if all(trial.ran(a, p).failed is None for p in generic)]
    found = subject.found
    begun = Judgement(concept.name, found.name, how, Outcome.SAME, line=found.line, file=found.file)
    if not ran:
        return _without_results(begun, trial, usable, generic)
    right = _reading_of_most(trial, ran, True, generic) or _rare(trial, ran, True, generic)
    if right is None:
        return _wrong(begun, trial, ran, generic, torch)
    return _read(begun, trial, right, torch)


def _reading(
    trial: Trial, ran: Sequence[Arrangement], right: bool, probes: Sequence[Probe]
) -> Reading | None:
    for arrangement in ran:
        for meaning in trial.meanings(arrangement):
            follows = (trial.follows(arrangement, meaning, p) for p in probes)
            if meaning.right is right and all(follows):
                return Reading(arrangement, meaning)
    return None


def _reading_of_most(
    trial: Trial, ran: Sequence[Arrangement], right: bool, generic: Sequence[Probe]
) -> Reading | None:
    """What the generic probes follow: first of all what every other that has results does too.

    Two meanings may be one on ordinary numbers, and differ on others; an arrangement that is right
    on ordinary numbers is the one that was meant.
    """
    others = [p for p in trial.concept.probes if p.role in (Role.LEGAL, Role.OPTIONAL)]
    for arrangement in ran:
        known = [p for p in others if trial.ran(arrangement, p).failed is None]
        found = _reading(trial, [arrangement], right, [*generic, *known])
        if found is None and right:
            found = _reading(trial, [arrangement], right, generic)
        if found:
            return found
    return _reading(trial, ran, right, generic)


def _without_results(
    begun: Judgement, trial: Trial, usable: Sequence[Arrangement], generic: Sequence[Probe]
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
    diagnosis = _of_failure(why, None)
    if why.line.startswith(MISSING_NAME) and trial.subject.inventory.failures:
        diagnosis = Diagnosis.of(CAUSES[NAME_LOST], {"line": translated(why.line)})
    outcome = OUTCOMES.get(diagnosis.cause, Outcome.ERROR)
    verdict = Verdict((Comparison(CALL, outcome, why.line),))
    return replace(begun, outcome=outcome, verdict=verdict, diagnoses=(diagnosis,))


def _of_one_sample(
    begun: Judgement, trial: Trial, usable: Sequence[Arrangement]
) -> Judgement | None:
    """A layer that is right of one column, where more of them raise: it is handed one by one.

    Rows are not: e / e.sum(axis=1) is right of one row by chance.
    """
    probes = [p for p in trial.concept.probes if _is_of_one_sample(p)]
    columns = [a for a in usable if a.layout == OF_COLUMNS] if probes else []
    for arrangement in columns if trial.subject.found.kind == "class" else ():
        if any(trial.ran(arrangement, p).failed for p in probes):
            continue
        if (found := _reading(trial, [arrangement], True, probes)) is not None:
            verdict = _verdict(trial, found, probes, None)
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
    begun: Judgement, trial: Trial, usable: Sequence[Arrangement]
) -> Judgement | None:
    """A mistake that ordinary shapes cannot take and others can: W for W^T of square layers."""
    legal = [p for p in trial.concept.probes if p.role is Role.LEGAL]
    for arrangement in usable:
        there = [p for p in legal if trial.ran(arrangement, p).failed is None]
        found = _reading(trial, [arrangement], False, there) if there else None
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


def _of_failure(failed: Failed, probe: Text | None, warning: bool = False) -> Diagnosis:
    line = translated(failed.line)
    found = Diagnosis.of(CAUSES[_ending(failed)], {"line": line}, probe, line)
    return replace(found, warning=warning)


def _ending(failed: Failed) -> str:
    """The key of the cause: what a starting file raises is no mistake but work to be done."""
    if failed.ending is Ending.RAISED:
        return next(
            (key for key, lines in RAISED.items() if failed.line.startswith(lines)), "raised"
        )
    if failed.line == RETURNS_NOTHING:
        return "no_return"
    return failed.ending.value.replace(" ", "_")


def _wrong(
    begun: Judgement, trial: Trial, ran: Sequence[Arrangement], generic: list[Probe], torch: Side
) -> Judgement:
    """Results on ordinary numbers that no right meaning explains."""
    found = _reading_of_most(trial, ran, False, generic) or _rare(trial, ran, False, generic)
    arrangement = found.arrangement if found else ran[0]
    course = _nearest(trial, arrangement, generic[0])
    probe = next(p for p in generic if not trial.follows(arrangement, course, p))
    verdict = _verdict(trial, Reading(arrangement, course), [probe], torch)
    seen = _shown(verdict)
    if found:
        diagnosis = Diagnosis.of(
            CAUSES[found.meaning.cause], found.meaning.blanks, probe.about, seen
        )
    else:
        diagnosis = _behaviour(trial, arrangement, course, generic, seen) or _unknown(
            trial, Reading(arrangement, course), probe, seen
        )
    if found and diagnosis.warning:
        judged = _read(begun, trial, found, torch)
        return replace(judged, diagnoses=(diagnosis, *judged.diagnoses))
    said = (found.arrangement.convention,) if found and found.arrangement.convention else ()
    return replace(
        begun, outcome=Outcome.DIFFERENT, verdict=verdict, diagnoses=(diagnosis,), conventions=said
    )


def _rare(
    trial: Trial, ran: Sequence[Arrangement], right: bool, probes: Sequence[Probe]
) -> Reading | None:
    """What is too rare, or of too many forms, to be in the concept's own table."""
    for arrangement in ran:
        for meaning in trial.concept.rare(trial, arrangement):
            if meaning.right is right and meaning.takes(trial.subject):
                if all(trial.follows(arrangement, meaning, p) for p in probes):
                    return Reading(arrangement, meaning)
    return None


def _nearest(trial: Trial, arrangement: Arrangement, probe: Probe) -> Meaning:
    """The first right meaning that its first result follows, or the first: what shows the mistake.

    A loss with another epsilon is right, and it is the gradient after it that is not.
    """
    right = [m for m in trial.meanings(arrangement) if m.right]
    values = trial.ran(arrangement, probe).values
    first = dict([*values.items()][:1])
    named = [m for m in right if values.keys() <= trial.wanted(m, probe).keys()] or right
    return next((m for m in named if follows(first, trial.wanted(m, probe))), named[0])


def _unknown(trial: Trial, reading: Reading, probe: Probe, seen: Text) -> Diagnosis:
    arrays = smallest(trial.subject, reading.arrangement, reading.meaning, probe.case, trial.seed)
    return replace(Diagnosis.of(CAUSES[UNKNOWN], {}, probe.about, seen), smallest=arrays)


def _behaviour(
    trial: Trial, arrangement: Arrangement, course: Meaning, probes: Sequence[Probe], seen: Text
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


def _read(begun: Judgement, trial: Trial, reading: Reading, torch: Side) -> Judgement:
    """What follows a right meaning on ordinary numbers, tried on all others."""
    diagnoses: list[Diagnosis] = []
    judged: list[Probe] = []
    for probe in trial.concept.probes:
        ran = trial.ran(reading.arrangement, probe)
        if ran.failed is None and probe.role in (Role.GENERIC, Role.LEGAL):
            judged.append(probe)
        diagnoses += _of_probe(trial, reading, probe, ran)
    diagnoses += _of_repetition(trial, reading.arrangement)
    diagnoses = list({d.cause: d for d in reversed(diagnoses)}.values())[::-1]
    verdict = _verdict(trial, reading, judged, torch)
    mistakes = [d for d in diagnoses if not d.warning]
    outcome = Outcome.DIFFERENT if mistakes else verdict.outcome
    return replace(
        begun, outcome=outcome, verdict=verdict, diagnoses=tuple(mistakes or diagnoses),
        conventions=reading.conventions, probes=len(trial.concept.probes),
        layout=_layout(trial, reading),
    )  # fmt: skip


def _layout(trial: Trial, reading: Reading) -> str:
    """What samples are, where it is not right with them as the other as well."""
    generic = [p for p in trial.concept.probes if p.role is Role.GENERIC]
    other = [
        a
        for a in trial.concept.arrangements
        if a.layout not in ("", reading.arrangement.layout) and a.takes(trial.subject)
    ]
    both = reading.arrangement.layout and _reading(trial, other, True, generic)
    return "" if both else reading.arrangement.layout


def _of_probe(trial: Trial, reading: Reading, probe: Probe, ran: Ran) -> Iterator[Diagnosis]:
    warning = probe.role in (Role.OPTIONAL, Role.EXTREME)
    if ran.failed:
        fatal = ran.failed.ending in FATAL
        cause = {Role.OPTIONAL: "not_taken"}.get(probe.role)
        if cause and not fatal:
            yield Diagnosis.of(
                CAUSES[cause], {"what": probe.about}, probe.about, translated(ran.failed.line)
            )
        else:
            yield _of_failure(ran.failed, probe.about, warning and not fatal)
        return
    for name in ran.changed:
        cause = "mutates_gradient" if trial.concept.lends(name) else "mutates"
        yield Diagnosis.of(CAUSES[cause], {"name": name}, probe.about)
    if not trial.follows(reading.arrangement, reading.meaning, probe):
        yield _of_wrong_probe(trial, reading, probe, warning)
    elif ran.warnings and probe.role is Role.EXTREME:
        yield Diagnosis.of(CAUSES["warns"], {"line": ran.warnings[0]}, probe.about)


def _of_wrong_probe(trial: Trial, reading: Reading, probe: Probe, warning: bool) -> Diagnosis:
    """A probe that fails where ordinary numbers do not: the mistake that both follow, if any."""
    tried = [p for p in trial.concept.probes if p.role is Role.GENERIC]
    seen = _shown(_verdict(trial, reading, [probe], None))
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


def _of_repetition(trial: Trial, arrangement: Arrangement) -> Iterator[Diagnosis]:
    """The same problem once more, after all others, has to give the same bits."""
    from compare.submission.trial import called

    probe = next(p for p in trial.concept.probes if p.role is Role.GENERIC)
    before = trial.ran(arrangement, probe)
    again = called(trial.subject, arrangement, trial.problems[probe.case.name])
    same = again.failed is None and all(
        n in again.values and np.array_equal(again.values[n], v, equal_nan=True)
        for n, v in before.values.items()
    )
    if not same:
        yield Diagnosis.of(CAUSES["remembers"], {}, probe.about)


def _verdict(
    trial: Trial, reading: Reading, probes: Sequence[Probe], torch: Side | None
) -> Verdict:
    """Every result of these probes, compared; what could not have failed is vacuous."""
    power, found = Power(), []
    for probe in probes:
        wanted = trial.wanted(reading.meaning, probe)
        beside = _torch(trial, reading, probe, torch)
        values = trial.ran(reading.arrangement, probe).values
        shown = {n: w for n, w in wanted.items() if n in values}
        found += comparisons(values, shown, beside, power)
    flat = {n: Known(Outcome.VACUOUS, why, always=False) for n, why in trial.concept.flat.items()}
    unseen = {c.name: power.unseen(c.name) for c in found}
    return conclude(flat, found, unseen)


def _torch(trial: Trial, reading: Reading, probe: Probe, torch: Side | None) -> Arrays:
    """Torch's results, where the meaning is the course's own; the formula's elsewhere."""
    course = next(m for m in trial.meanings(reading.arrangement) if m.right)
    if torch is None or trial.concept.torch is None or reading.meaning is not course:
        return {}
    given = {n: torch.given(a) for n, a in trial.problems[probe.case.name].arrays.items()}
    found = trial.concept.torch(torch, given)
    return {n: torch.to_numpy(v) for n, v in found.items()}


def reason_of(compared: Comparison) -> Text:
    """Which result it is, and why it is not the same."""
    why = translated(compared.reason)
    if compared.name == CALL:
        return why
    return Text(f"{compared.name}: {why.en}", f"{compared.name}: {why.ja}")


def _shown(verdict: Verdict) -> Text:
    """The first wrong element in words."""
    first = verdict.first
    if first is None:
        return same("")
    if not first.index and first.reason:
        return reason_of(first)
    at = f"[{', '.join(map(str, first.index))}]" if first.index else ""
    mine, right = f"{first.mine:.10g}", f"{first.expected:.10g}"
    if mine == right:
        mine, right = f"{first.mine:.17g}", f"{first.expected:.17g}"
    return Text(
        f"{first.name}{at} is {mine}, should be {right}",
        f"{first.name}{at} は {mine} ですが、正しくは {right} です",
    )
