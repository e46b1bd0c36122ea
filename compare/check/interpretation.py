"""What was meant: how it is called, and which formula it follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compare.check.calling.switches import asked_alone
from compare.check.concept import OF_COLUMNS, ROWS, CallStyle, Form, Probe, Role
from compare.check.fitting.factors import sizes
from compare.check.fitting.free_constant import solved
from compare.check.i18n.text import Text
from compare.check.matching import follows
from compare.check.trial import Ran, Trial

_BY_CLASS = " by class"  # after the name of a result, where targets were class indices
_TELLS_TARGETS_APART = re.compile(r"\bndim\b|len\([^()]*\.shape\)|\.(size|shape) *[=!]=")


@dataclass(frozen=True)
class Interpretation:
    """What was meant: how it is called, and which formula it follows."""

    arrangement: CallStyle
    meaning: Form

    @property
    def conventions(self) -> tuple[Text, ...]:
        """What is other than in the course."""
        texts = (self.arrangement.convention, self.meaning.convention)
        return tuple(text for text in texts if text is not None)


def reading_of(
    trial: Trial, ran: Sequence[CallStyle], right: bool, probes: Sequence[Probe]
) -> Interpretation | None:
    """The first arrangement and meaning, right or a mistake, that all these probes follow."""
    for arrangement in ran:
        for meaning in trial.meanings(arrangement):
            # lazily: most meanings fail at the first probe
            if meaning.right is right and all(
                trial.follows(arrangement, meaning, p) for p in probes
            ):
                return Interpretation(arrangement, meaning)
    return None


def reading_of_most(trial: Trial, ran: Sequence[CallStyle], right: bool) -> Interpretation | None:
    """What the ordinary probes follow: first of all what every other that has results does too.

    Two meanings may be one on ordinary numbers, and differ on others; an arrangement that is right
    on ordinary numbers is the one that was meant.
    """
    ordinary = trial.concept.ordinary
    others = [p for p in trial.concept.probes if p.role in (Role.EDGE, Role.OPTIONAL)]
    in_rows: Interpretation | None = None
    for arrangement in ran:
        reading = reading_of(trial, [arrangement], right, ordinary)
        if reading is None:
            continue
        with_results = [p for p in others if trial.ran(arrangement, p).failed is None]
        of_all = reading_of(trial, [arrangement], right, [*ordinary, *with_results])
        # what fails on the other numbers alone is a mistake beside the reading, told later
        if of_all or right:
            legal = [p for p in with_results if p.role is Role.EDGE]
            if in_rows is not None and arrangement.layout == OF_COLUMNS:
                return in_rows
            return of_all or reading_of(trial, [arrangement], right, [*ordinary, *legal]) or reading
        if arrangement.layout == ROWS:
            # one sample alone, by which nothing is divided, does not tell rows from columns
            several = [p for p in with_results if not _is_one_sample(trial, p)]
            again = reading_of(trial, [arrangement], right, [*ordinary, *several])
            in_rows = in_rows or again
    return reading_of(trial, ran, right, ordinary)


def _is_one_sample(trial: Trial, probe: Probe) -> bool:
    arrays = trial.problems[probe.case.name].arrays.values()
    return max(map(np.ndim, arrays), default=0) < 2


def wrong_of_other_targets(trial: Trial, reading: Interpretation) -> Form | None:
    """The mistake in a branch for targets of the other form, of what tells the two apart."""
    style = reading.arrangement
    if not style.but_for_target or not _TELLS_TARGETS_APART.search(trial.subject.found.source):
        return None
    ordinary, mine = trial.concept.ordinary, trial.first(style).values.keys()
    for other in trial.concept.arrangements:
        if other.but_for_target != style.but_for_target or not other.takes(trial.subject):
            continue
        ran = [trial.ran(other, p) for p in ordinary]
        if any(each.failed or mine & each.values.keys() for each in ran):
            continue
        right = (reading_of(trial, [other], is_right, ordinary) for is_right in (True, False))
        found = next((each for each in right if each), None)
        return found.meaning if found and found.meaning.cause else None
    return None


def other_targets_by_switch(trial: Trial, reading: Interpretation) -> Mapping[str, str] | None:
    """What a switch makes N times as much, where it is for targets of the other form alone."""
    style, found, ordinary = reading.arrangement, trial.subject.found, trial.concept.ordinary
    asked = asked_alone(found.source, found.name) if style.but_for_target else ()
    for p in found.parameters:
        if p.name not in asked or type(p.default) is not bool:
            continue
        turned = trial.switched(p.name, not p.default)
        for other in trial.concept.arrangements:
            same = other.but_for_target == style.but_for_target and other.takes(trial.subject)
            if not same or any(trial.ran(other, each).failed is None for each in ordinary):
                continue
            ran = [turned.ran(other, each) for each in ordinary]
            mine = [trial.ran(style, each) for each in ordinary]
            samples = [sizes(trial.numbers(each))[0] for each in ordinary]
            for factor, power in (("N", 1), ("1/N", -1)):
                if all(map(_times, ran, mine, [float(n) ** power for n in samples])):
                    return {"switch": f"{p.name}={not p.default}", "factor": factor}
    return None


def _times(ran: Ran, mine: Ran, factor: float) -> bool:
    """Whether all results are a multiple of others, whatever their targets are called."""
    values = {n.removesuffix(_BY_CLASS): v for n, v in ran.values.items()}
    others = {n.removesuffix(_BY_CLASS): factor * v for n, v in mine.values.items()}
    return bool(values) and values.keys() == others.keys() and all(
        np.shape(v) == np.shape(others[n]) and np.allclose(v, others[n], rtol=1e-9, atol=0)
        for n, v in values.items()
    )  # fmt: skip


def rare_reading(trial: Trial, ran: Sequence[CallStyle], right: bool) -> Interpretation | None:
    """What is too rare, or of too many forms, to be in the concept's own table."""
    for arrangement in ran:
        for meaning in trial.concept.rare(trial, arrangement):
            # the formula last: it is what takes time
            if meaning.right is right and meaning.takes(trial.subject):
                if all(trial.follows(arrangement, meaning, p) for p in trial.concept.ordinary):
                    return Interpretation(arrangement, meaning)
    return None


def solved_reading(trial: Trial, ran: Sequence[CallStyle], right: bool) -> Interpretation | None:
    """What has a constant that is in no table: solved from one result, verified on all.

    Of several, one that every other probe with results follows too.
    """
    others = [p for p in trial.concept.probes if p.role in (Role.EDGE, Role.OPTIONAL)]
    for arrangement in ran:
        for free in trial.concept.free(trial):
            followed = [
                meaning
                for meaning in solved(trial, arrangement, free, right)
                if all(trial.follows(arrangement, meaning, p) for p in trial.concept.ordinary)
            ]
            if followed:
                rest = [p for p in others if trial.ran(arrangement, p).failed is None]
                best = (m for m in followed if all(trial.follows(arrangement, m, p) for p in rest))
                return Interpretation(arrangement, next(best, followed[0]))
    return None


def nearest(trial: Trial, arrangement: CallStyle, probe: Probe) -> Form:
    """The right meaning that most results follow from the first on: the others show the mistake.

    A loss with another epsilon is right, and it is the gradient after it that is not.
    """
    values = trial.ran(arrangement, probe).values
    first = dict([*values.items()][:1])

    def of_all(forms: Iterable[Form]) -> list[Form]:
        """The right ones that define every result."""
        right = (m for m in forms if m.right)
        return [m for m in right if values.keys() <= trial.wanted(m, probe).keys()]

    usual = trial.meanings(arrangement)
    named = of_all(usual) or of_all(trial.concept.rare(trial, arrangement))
    named = named or [m for m in usual if m.right]
    begun_so = [m for m in named if follows(first, trial.wanted(m, probe))] or named[:1]

    def followed(form: Form) -> int:
        wanted = trial.wanted(form, probe)
        return sum(follows({name: value}, wanted) for name, value in values.items())

    # of equals max takes the first
    return max(begun_so, key=followed) if len(values) > 1 else begun_so[0]
