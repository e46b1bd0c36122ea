"""What no concept of the course describes, judged by numerical differences of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from compare.check.calling.torch_function import NOTE, counterpart
from compare.check.calling.trainings import MADE, trainings_of
from compare.check.concept import Concept
from compare.check.consequences import beside_losses, called_by
from compare.check.judge_concept import judge
from compare.check.naming.bind import BY_NAME
from compare.check.naming.derivative_names import Pair, pairs
from compare.check.naming.network_parts import (
    Part,
    part_of,
    passes_both_ways,
    speaks_of_loss,
    value_and_slope,
)
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trained import beside_training, is_news, placed
from compare.check.trial import Expectations
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Definition, Inventory

_JUDGED = (Outcome.SAME, Outcome.DIFFERENT)


@dataclass(frozen=True)
class Unlisted:
    """A submission, whose definitions are judged as what their own differences say.

    ``notes``: of what it is not judged, and why.
    """

    box: Box
    inventory: Inventory
    torch: Implementation
    seed: int
    expectations: Expectations
    notes: list[str] = field(default_factory=list)

    def judgement(self, concept: Concept, definition: Definition) -> Judgement | None:
        """Of one of them; None where nothing explains what it gives."""
        subject = Subject(self.box, definition, self.inventory)
        found = judge(concept, subject, BY_NAME, self.torch, self.seed, self.expectations)
        if NOTE in subject.made:
            self.notes.append(subject.made[NOTE])
        if found.outcome not in _JUDGED or UNKNOWN in {d.cause for d in found.diagnoses}:
            return None
        return replace(found, parts=tuple(n for n in subject.parts if n != definition.name))

    def networks(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of networks of any structure."""
        further: list[Judgement] = []
        known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
        for definition in _candidates(self.inventory, known):
            if definition.name in {name for j in further for name in j.parts}:
                continue
            found = self.judgement(concept, definition)
            if found is not None:
                used = _with_what_they_call(self.inventory, (definition.name, *found.parts), known)
                parts = tuple(n for n in used if n != definition.name)
                further.append(
                    replace(found, parts=parts, code=self._code(definition.name, *parts))
                )
        return _instead(judged, further)

    def variables(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of classes of variables that differentiate."""
        known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
        classes = (d for d in self.inventory.found if d.kind == "class" and d.name not in known)
        found = [j for d in classes if (j := self.judgement(concept, d))]
        # functions of variables take no arrays, and are judged with them
        functions = {name for j in found for name in j.parts}
        left = [j for j in judged if j.found not in functions or j.outcome in _JUDGED]
        return _instead(left, [replace(j, code=self._code(j.found, *j.parts)) for j in found])

    def layers(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of classes with a forward pass and a way back."""
        known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
        classes = (d for d in self.inventory.found if d.kind == "class" and d.name not in known)
        both = (d for d in classes if passes_both_ways(d) or value_and_slope(d))
        found = [self.judgement(concept, d) for d in both]
        return _instead(judged, [replace(j, code=self._code(j.found)) for j in found if j])

    def derivatives(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of functions that are called the derivative of another, or give both.

        What no known word calls so has to be right, or another one with that word.
        """
        known = {j.found for j in judged if j.outcome in _JUDGED}
        apart = {name for j in judged if j.concept.startswith("pair.") for name in j.parts}
        wrong = {j.found for j in judged if j.outcome is Outcome.DIFFERENT}
        further: list[tuple[Pair, Judgement]] = []
        for pair in pairs([d for d in self.inventory.found if d.kind == "function"]):
            again = pair.derivative.name in known
            beside_loss = speaks_of_loss(pair.name) and pair.derivative.name not in apart | wrong
            if again and not pair.shares_settings and (not beside_loss or pair.name in wrong):
                continue
            found = self.judgement(concept, pair.derivative)
            # right with the settings that the course has, it may be wrong with others
            if found is None or again and found.outcome is Outcome.SAME:
                continue
            # right of some loss, it may be a multiple of the gradient of the one beside it
            if again and not pair.shares_settings and not _is_scaled(found):
                continue
            further.append((pair, found))
        named = {p.derivative.name for p, _ in further} | known
        for d in self.inventory.found:
            if d.kind == "function" and speaks_of_loss(d.name) and d.name not in named:
                found = self.judgement(concept, d)
                further += [(Pair(d, d.name, d, "", True), found)] if found else []
        proven = {p.word for p, j in further if p.certain or j.outcome is Outcome.SAME}
        sure = [(p, j) for p, j in further if p.word in proven]
        # a function that is judged by itself is none of what is wrong with its derivative
        told = [
            replace(
                j,
                code=self._code(j.found, *j.parts),
                parts=tuple(name for name in j.parts if name not in known),
            )
            for _, j in sure
        ]
        return beside_losses(_instead(judged, told))

    def functions(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of functions that torch has by the same name."""
        known = {j.found for j in judged}
        left = [d for d in self.inventory.found if d.name not in known and counterpart(d)]
        found = [self.judgement(concept, d) for d in left]
        return _instead(judged, [replace(j, code=self._code(j.found)) for j in found if j])

    def trainings(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of what the script trains; without what that shows to be nothing."""
        for found_training in trainings_of(self.box, self.inventory):
            training = placed(found_training, judged)
            if not is_news(training, judged):
                continue
            subject = Subject(self.box, training.of, self.inventory)
            subject.made[MADE] = training
            found = judge(concept, subject, BY_NAME, self.torch, self.seed, self.expectations)
            if found.outcome in _JUDGED and UNKNOWN not in {d.cause for d in found.diagnoses}:
                judged = beside_training(training, found, judged)
        return tuple(judged)

    def _code(self, *names: str) -> str:
        sources = [d.source for d in self.inventory.found if d.name in names]
        return "\n\n\n".join(source for source in sources if source)


def _is_scaled(judgement: Judgement) -> bool:
    return {d.cause for d in judgement.diagnoses} == {"own_derivative_scaled"}


def _instead(judged: Sequence[Judgement], further: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """What was found further, in place of what had come to nothing."""
    told = {j.found for j in further}
    return (*(j for j in judged if j.found not in told or j.outcome in _JUDGED), *further)


def _with_what_they_call(
    inventory: Inventory, names: Sequence[str], judged: set[str]
) -> tuple[str, ...]:
    """And the functions that these call and that were not judged by themselves."""
    used = dict.fromkeys(names)
    for name in names:
        called = called_by(inventory[name].source)
        used |= dict.fromkeys(
            d.name
            for d in inventory.found
            if d.kind == "function" and d.name in called and d.name not in judged
        )
    further = tuple(used)
    return further if further == tuple(names) else _with_what_they_call(inventory, further, judged)


def _candidates(inventory: Inventory, known: set[str]) -> Iterator[Definition]:
    """Classes with several methods, or a loss; functions that pass forward, or have a loss."""
    left = [d for d in inventory.found if d.name not in known]
    classes = [d for d in left if d.kind == "class"]
    yield from (d for d in classes if len(d.methods) > 1 or any(map(speaks_of_loss, d.methods)))
    functions = [d for d in left if d.kind == "function" and d.parameters]
    yield from (d for d in functions if part_of(d.name) in (Part.FORWARD, Part.PREDICT))
    yield from (d for d in functions if speaks_of_loss(d.name) and len(d.parameters) > 2)


def has_other_layers(j: Judgement, inventory: Inventory, judged: Sequence[Judgement]) -> bool:
    """Whether a network is made of classes of layers that the course does not have."""
    if not j.concept.startswith("network"):
        return False
    known = {other.found for other in judged}
    used = called_by(inventory[j.found].source)
    layers = (d for d in inventory.found if d.kind == "class" and passes_both_ways(d))
    return any(d.name in used and d.name not in known for d in layers)


def is_drawn(judgement: Judgement, inventory: Inventory) -> bool:
    """Whether a network gives another result each time because it draws one, as dropout does."""
    if not judgement.concept.startswith("network"):
        return False
    remembers = "remembers" in {d.cause for d in judgement.diagnoses}
    passes = (
        d.source.partition("def __init__")[2].partition("\n    def ")[2] for d in inventory.found
    )
    return remembers and any("random" in source for source in passes)
