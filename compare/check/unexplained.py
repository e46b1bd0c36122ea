"""What is called different without a cause: told of the one edit that makes it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compare.check.concept import Concept
from compare.check.judge_concept import follows_right_form
from compare.check.mistakes import CAUSES
from compare.check.repairs.search import called_too, first_repair
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Inventory

_MOST = 200  # edits: each is judged on all ordinary problems
_RANKS = 5  # with any factor or function in it, anything may become the concept
_UNKNOWN = {UNKNOWN, "unlike_torch"}  # what says no more than that it differs


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
        functions = {d.name for d in self.inventory.found if d.kind == "function"}
        return tuple(
            self._told(j) if _is_unknown(j) and j.found in functions else j for j in judged
        )

    def _told(self, j: Judgement) -> Judgement:
        subject = Subject(self.box, self.inventory[j.found], self.inventory)
        names = called_too(self.inventory, j.found, ())
        repair = first_repair(subject, names, lambda: self._is_right(j), _MOST, _RANKS)
        if repair is None:
            return j
        found = Diagnosis.of(CAUSES["right_with_one_edit"], repair.blanks)
        return replace(j, diagnoses=tuple(
            replace(found, probe=d.probe, seen=d.seen, smallest=d.smallest)
            if d.cause in _UNKNOWN else d for d in j.diagnoses
        ))  # fmt: skip

    def _is_right(self, j: Judgement) -> bool:
        subject = Subject(self.box, self.inventory[j.found], self.inventory)
        concept = self.concepts[j.concept]
        return follows_right_form(concept, subject, self.seed, self.expectations) is True


def _is_unknown(j: Judgement) -> bool:
    different = j.outcome is Outcome.DIFFERENT and not j.follows_from
    return different and any(d.cause in _UNKNOWN for d in j.diagnoses)
