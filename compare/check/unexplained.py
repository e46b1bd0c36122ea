"""What is called different without a cause: told of the one edit that makes it right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compare.check.calling.as_in_script import is_handed_vectors
from compare.check.calling.one_number import in_pieces
from compare.check.concept import Concept
from compare.check.judge_concept import follows_right_form
from compare.check.mistakes import CAUSES
from compare.check.naming.grammar import is_in_line
from compare.check.repairs.reach import methods_of, reached
from compare.check.repairs.search import first_repair
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations, expectations_at
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Inventory
from compare.sandbox.worker.edits.one_place import FEW

_MOST = 400  # edits: each is judged on all ordinary problems
_FURTHER = (1, 2)  # seeds beyond the first: what is right there by chance is not so on these
_UNKNOWN = {UNKNOWN, "unlike_torch"}  # what says no more than that it differs

_ERROR = re.compile(r"\b[A-Z]\w*Error\b")
_OF_THE_CODE = re.compile(r"\b(NameError|UnboundLocalError|ZeroDivisionError|RecursionError)\b")


@dataclass(frozen=True)
class Repairs:
    """A submission whose judgements without a cause are looked into."""

    box: Box
    inventory: Inventory
    seed: int
    expectations: Expectations
    concepts: Mapping[str, Concept]

    def told(self, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, each without a cause with the edit that makes it right."""
        own = {d.name for d in self.inventory.found if d.kind != "value"}
        return tuple(
            self._told(j) if j.found in own and not is_in_line(j.found) else j for j in judged
        )

    def _told(self, j: Judgement) -> Judgement:
        if j.follows_from or not (_is_unknown(j) or self._is_stopped(j)):
            return j
        subject, concepts = self._subject(j), [*self._as_called(j)]
        repair = first_repair(
            subject, self._names(j), lambda: self._is_right(j, concepts), _MOST, FEW
        )
        if repair is None:
            return j
        found = Diagnosis.of(CAUSES[repair.cause], repair.blanks)
        if not _is_unknown(j):
            found = replace(found, probe=j.diagnoses[0].probe, seen=j.diagnoses[0].title)
            return replace(j, outcome=Outcome.ERROR, diagnoses=(found,))
        return replace(j, diagnoses=tuple(
            replace(found, probe=d.probe, seen=d.seen, smallest=d.smallest)
            if d.cause in _UNKNOWN else d for d in j.diagnoses
        ))  # fmt: skip

    def _is_stopped(self, j: Judgement) -> bool:
        """Whether an error of its own stops it: one of no call's making, or in its own script."""
        if j.outcome not in (Outcome.ERROR, Outcome.NOT_COMPARED) or not j.diagnoses:
            return False
        raised = j.diagnoses[0].title.en
        mine = re.compile(rf"\bin ({'|'.join(map(re.escape, self._words(j)))})\b")
        of_script = any(mine.search(failure) for failure in self.inventory.failures)
        return bool(_ERROR.search(raised)) and (of_script or bool(_OF_THE_CODE.search(raised)))

    def _words(self, j: Judgement) -> set[str]:
        return {name.rpartition(".")[2] for name in self._names(j)}

    def _subject(self, j: Judgement) -> Subject:
        return Subject(self.box, self.inventory[j.found], self.inventory)

    def _names(self, j: Judgement) -> tuple[str, ...]:
        """Of a class its methods, of a function itself; its parts; and all that these call."""
        found = self.inventory[j.found]
        own = methods_of(self.inventory, found) if found.kind == "class" else (found.name,)
        names = (*own, *(p for p in j.parts if p not in own))
        return (*own, *(n for n in reached(self.inventory, names) if n not in own))

    def _as_called(self, j: Judgement) -> Iterator[Concept]:
        """The concept, and where lists of numbers are handed over its way of taking these."""
        concept, subject = self.concepts[j.concept], self._subject(j)
        yield concept
        if is_handed_vectors(subject):
            usable = [a for a in concept.arrangements if a.takes(subject)]
            yield from in_pieces(concept, usable, of_vectors=True)

    def _is_right(self, j: Judgement, concepts: Sequence[Concept]) -> bool:
        """Whether it is the concept on these problems and on others."""
        return any(
            self._follows(j, concept, self.seed, self.expectations)
            and all(self._follows(j, concept, s, expectations_at(s)) for s in self._others())
            for concept in concepts
        )

    def _others(self) -> Iterator[int]:
        return (self.seed + further for further in _FURTHER)

    def _follows(self, j: Judgement, concept: Concept, seed: int, of: Expectations) -> bool:
        return follows_right_form(concept, self._subject(j), seed, of) is True


def _is_unknown(j: Judgement) -> bool:
    different = j.outcome is Outcome.DIFFERENT
    return different and any(d.cause in _UNKNOWN for d in j.diagnoses)
