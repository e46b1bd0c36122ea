"""A subject called on a concept's problems, once in each way of calling it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.concept import Arrays, CallStyle, Concept, Form, Probe
from compare.check.matching import Numbers, expected, follows, known
from compare.check.subject import Subject
from compare.core.problem import Problem, build
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed, Handle

# no other order or layout of arguments would have ended better
FATAL = (Ending.NOT_FROM_SCRATCH, Ending.TIMED_OUT, Ending.NOT_REACHED, Ending.OUT_OF_MEMORY,
         Ending.CRASHED, Ending.EXITED, Ending.FLOODED)  # fmt: skip
RETURNS_NOTHING = message("it returns None")
RATE_STAYS = message("its learning rate cannot be set between steps")


@dataclass(frozen=True)
class Ran:
    """What came of a call: results, or why there are none; and how it behaved.

    ``answered`` is how many calls of the submission gave an answer before that.
    """

    values: Arrays = field(default_factory=dict)
    failed: Failed | None = None
    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    answered: int = 0


class Expectations:
    """The problems of all concepts at one seed, and the values that each formula gives for them.

    They depend on no submission: many can be judged with one object.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._problems: dict[str, Mapping[str, Problem]] = {}
        self._numbers: dict[tuple[str, str], Numbers] = {}
        # with the form, so that no other one gets its id
        self._wanted: dict[tuple[int, str], tuple[Form, Mapping[str, Bounded]]] = {}

    def problems(self, concept: Concept) -> Mapping[str, Problem]:
        """Probe name → problem; each call that uses its arrays takes copies."""
        if concept.name not in self._problems:
            self._problems[concept.name] = {
                probe.case.name: build(probe.case, "float64", self.seed) for probe in concept.probes
            }
        return self._problems[concept.name]

    def wanted(self, concept: Concept, meaning: Form, probe: Probe) -> Mapping[str, Bounded]:
        """What a meaning of the concept's own table makes of a probe."""
        key = (id(meaning), probe.case.name)
        if key not in self._wanted:
            self._wanted[key] = meaning, _wanted(meaning, self.numbers(concept, probe))
        return self._wanted[key][1]

    def numbers(self, concept: Concept, probe: Probe) -> Numbers:
        """The arrays of a probe as numbers that carry their error."""
        key = (concept.name, probe.case.name)
        if key not in self._numbers:
            self._numbers[key] = Numbers(self.problems(concept)[probe.case.name].arrays)
        return self._numbers[key]


@lru_cache(maxsize=32)  # of all submissions of a class or a corpus, of a notebook again and again
def expectations_at(seed: int) -> Expectations:
    """What every formula gives, evaluated once for all that this process judges at a seed."""
    return Expectations(seed)


class Trial:
    """A subject on the problems of a concept; calls and formulas are evaluated once each."""

    def __init__(
        self,
        concept: Concept,
        subject: Subject,
        seed: int,
        expectations: Expectations | None = None,
        right_alone: bool = False,
    ) -> None:
        self.concept, self.subject, self.seed = concept, subject, seed
        self.right_alone = right_alone
        self._expectations = expectations or Expectations(seed)
        self.problems = self._expectations.problems(concept)
        self.ended: Ran | None = None  # what ended all calls: a loop without end, a crash
        self._ran: dict[tuple[int, str], Ran] = {}
        self._wanted: dict[tuple[int, str], Mapping[str, Bounded]] = {}
        # with the form, so that no other one gets its id: each reading looks through all of them
        self._followed: dict[tuple[int, int, str], tuple[Form, bool]] = {}
        self._meanings: dict[int, tuple[Form, ...]] = {}

    def switched(self, name: str, on: bool) -> Trial:
        """The same of the subject with one of its switches turned."""
        subject = self.subject.beside(self.subject.found)
        subject.switched = {name: on}
        return Trial(self.concept, subject, self.seed, self._expectations)

    def meanings(self, arrangement: CallStyle) -> tuple[Form, ...]:
        """What it may mean in an arrangement: the concept's meanings, or those that it showed."""
        if id(arrangement) not in self._meanings:
            by_results = self.concept.meanings_of
            forms = by_results(self, arrangement) if by_results else self.concept.meanings
            self._meanings[id(arrangement)] = tuple(m for m in forms if m.takes(self.subject))
        return self._meanings[id(arrangement)]

    def first(self, arrangement: CallStyle) -> Ran:
        """The results of one arrangement on the first of the ordinary problems."""
        return self.ran(arrangement, self.concept.probes[0])

    def ran(self, arrangement: CallStyle, probe: Probe) -> Ran:
        """The results of one arrangement on one probe."""
        key = (id(arrangement), probe.case.name)
        if key not in self._ran:
            # a call may take seconds, and a network changes its state
            self._ran[key] = self._called(arrangement, probe)
        return self._ran[key]

    def _called(self, arrangement: CallStyle, probe: Probe) -> Ran:
        """Once: what took its process with it is not called in other ways and on other numbers."""
        if self.ended is not None:
            return self.ended
        ran = called(self.subject, arrangement, self.problems[probe.case.name])
        if ran.failed is not None and ran.failed.ending in FATAL:
            self.ended = ran
        return ran

    def wanted(self, meaning: Form, probe: Probe) -> Mapping[str, Bounded]:
        """The values of a formula on a probe, with their bounds; empty where it has none there."""
        if self.concept.meanings_of is None:
            return self._expectations.wanted(self.concept, meaning, probe)
        key = (id(meaning), probe.case.name)
        if key not in self._wanted:
            self._wanted[key] = _wanted(meaning, self.numbers(probe))
        return self._wanted[key]

    def numbers(self, probe: Probe) -> Numbers:
        """A probe's arrays as numbers that carry their error, shared by all submissions."""
        return self._expectations.numbers(self.concept, probe)

    def follows(self, arrangement: CallStyle, meaning: Form, probe: Probe) -> bool:
        """Whether what it gives there is what the meaning wants.

        A mistake is not followed where any number would do: it would be named wrongly.
        """
        key = (id(arrangement), id(meaning), probe.case.name)
        if key not in self._followed:
            self._followed[key] = meaning, self._follows(arrangement, meaning, probe)
        return self._followed[key][1]

    def _follows(self, arrangement: CallStyle, meaning: Form, probe: Probe) -> bool:
        ran, wanted = self.ran(arrangement, probe), self.wanted(meaning, probe)
        if ran.failed is not None or not follows(ran.values, wanted):
            return False
        # an infinite bound is met by every number: no evidence of a mistake
        return meaning.right or known(ran.values, wanted)


def _wanted(meaning: Form, arrays: Arrays) -> Mapping[str, Bounded]:
    try:
        return expected(meaning, arrays)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
        return {}  # a mistake may have no result on some legal shapes


def called(subject: Subject, arrangement: CallStyle, problem: Problem) -> Ran:
    """One call on copies of the problem's arrays."""
    # what it changed and warned of is told of each call by itself
    subject.begin()
    copies = {name: _copied(array) for name, array in problem.arrays.items()}
    values, failed = {}, None
    try:
        values = {n: _plain(value) for n, value in arrangement.call(subject, copies).items()}
    except Failed as failure:
        failed = failure
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        # the result has not the form that this arrangement reads
        failed = Failed(
            Ending.REFUSED, message("its result cannot be read so: {why}", why=str(error))
        )
    return Ran(values, failed, tuple(subject.changed), tuple(subject.warnings), subject.answered)


def _copied(a: Any) -> Any:
    return tuple(np.copy(v) for v in a) if isinstance(a, tuple) else np.copy(a)


def _plain(value: Any) -> np.ndarray:
    if value is None:
        raise Failed(Ending.REFUSED, RETURNS_NOTHING)
    if isinstance(value, Handle):
        kind = value.type_name
        raise TypeError(message("an object of type {kind} where numbers were expected", kind=kind))
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        kind = type(value).__name__
        raise TypeError(message("{kind} where numbers were expected", kind=kind))
    return array
