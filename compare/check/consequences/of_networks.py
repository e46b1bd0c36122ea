"""Networks of which nothing is said, and what is wrong with one because of what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from compare.check.naming.network_parts import Part, part_of, passes_both_ways
from compare.check.naming.source_tree import called_by
from compare.check.result import UNKNOWN, Judgement
from compare.core.outcome import Outcome
from compare.sandbox.interface import Definition, Inventory

_OF_ALL = "own_loss_scaled"


def has_other_layers(j: Judgement, inventory: Inventory, judged: Sequence[Judgement]) -> bool:
    """Whether a network is made of classes of layers that the course does not have."""
    if not j.concept.startswith("network"):
        return False
    known = {other.found for other in judged}
    used = called_by(inventory[j.found].source)
    layers = (d for d in inventory.found if d.kind == "class" and passes_both_ways(d))
    return any(d.name in used and d.name not in known for d in layers)


def is_drawn(judgement: Judgement) -> bool:
    """Whether a network gives another result each time because it draws one, as dropout does."""
    drawn = "draws" in {d.cause for d in judgement.diagnoses}
    return judgement.concept.startswith("network") and drawn


def of_what_they_use(judged: Sequence[Judgement], inventory: Inventory) -> tuple[Judgement, ...]:
    """Each failing judgement with the concept of what it holds or calls, and what fails itself.

    Through what is not judged as well; of two that call each other neither follows.
    """
    kinds = {d.name: d for d in inventory.found if d.kind in ("function", "class")}
    failing = {j.found: j for j in judged if j.outcome is Outcome.DIFFERENT and j.found in kinds}
    reached = {}
    for name, j in failing.items():
        its = [n for n in (name, j.way_back, *j.parts) if n in kinds]
        held = {n for n in its if kinds[n].kind == "class"}
        reached[name] = (held | {n for each in its for n in _reached(kinds, each)}) - {name}

    def followed(j: Judgement) -> Judgement:
        if j.warned and j.concept.startswith("network") and j.found in kinds:
            return _without_factors(j, kinds, failing)
        if j.follows_from or failing.get(j.found) is not j:
            return j
        below = [n for n in failing if n in reached[j.found] and j.found not in reached[n]]
        return replace(j, follows_from=failing[below[0]].concept) if below else j

    return tuple(map(followed, judged))


def _without_factors(
    j: Judgement, kinds: Mapping[str, Definition], failing: Mapping[str, Judgement]
) -> Judgement:
    """Without a factor of all gradients, where a function that is wrong itself makes them."""
    its = {n for each in (j.found, *j.parts) if each in kinds for n in _reached(kinds, each)}
    if its.isdisjoint(failing):
        return j
    return replace(j, diagnoses=tuple(d for d in j.diagnoses if d.cause != _OF_ALL))


def is_of_wrong_parts(found: Judgement, judged: Sequence[Judgement]) -> bool:
    """Whether a forward pass is wrong by functions with which another network is, which is told.

    Or whether a network were right with an edit of a function that is right in another.
    """
    same = (j for j in judged if j.concept.startswith("network") and j.outcome is Outcome.SAME)
    right = {n for j in same for n in (j.found, *j.parts)}
    if any(d.blanks.get("place") in right for d in found.diagnoses):
        return True
    if part_of(found.found) not in (Part.FORWARD, Part.PREDICT):
        return False
    told = (j for j in judged if j.concept.startswith("network") and j.outcome is Outcome.DIFFERENT)
    wrong = {n for j in told if not is_unexplained(j) for n in (j.found, *j.parts)}
    return found.outcome is Outcome.DIFFERENT and not wrong.isdisjoint(found.parts)


def is_unexplained(j: Judgement) -> bool:
    """Whether a network is called in a way in which nothing explains what it gives."""
    unexplained = j.outcome is Outcome.ERROR or UNKNOWN in {d.cause for d in j.diagnoses}
    return j.concept.startswith("network") and j.outcome is not Outcome.SAME and unexplained


def goes_back_as_well(j: Judgement) -> bool:
    """Whether gradients, or steps, were compared."""
    return any(c.name.startswith(("grad/", "update/")) for c in j.verdict.comparisons)


def passes_forward_alone(j: Judgement, inventory: Inventory) -> bool:
    """Whether no way back was found of functions that pass forward as the course does."""
    passes = j.concept.startswith("network") and j.outcome is Outcome.SAME
    return passes and inventory[j.found].kind == "function" and not goes_back_as_well(j)


def _reached(kinds: Mapping[str, Definition], name: str) -> set[str]:
    """The definitions that one calls, and that these call."""
    reached: set[str] = set()
    left = [name]
    while left:
        names = called_by(kinds[left.pop()].source)
        further = [n for n in kinds if n in names and n not in reached and n != name]
        reached.update(further)
        left += further
    return reached
