"""What no concept of the course describes, judged by numerical differences of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compare.check.calling.any_network.beside_outputs import CAUSES as BESIDE_OUTPUTS
from compare.check.calling.any_network.candidates import candidates, classifies
from compare.check.calling.any_network.measured import place_of
from compare.check.calling.any_network.network import NAME as ANY_NETWORK
from compare.check.calling.any_network.network import TRAINING
from compare.check.calling.networks.by_behaviour import BY_TEXT, told_of
from compare.check.calling.networks.net import WAY_BACK
from compare.check.calling.networks.source_names import without_constructor
from compare.check.calling.own_derivative import evidence
from compare.check.calling.own_derivative.function_pairs import has_way_back
from compare.check.calling.own_derivative.in_script import goes_back_from
from compare.check.calling.own_derivative.layers import PASSES
from compare.check.calling.standard.definition import named
from compare.check.calling.torch_function import NOTE
from compare.check.calling.trainings import OF_TRAINING
from compare.check.concept import Concept
from compare.check.consequences import of_parts
from compare.check.consequences.of_derivatives import of_another, said_so
from compare.check.consequences.of_mistakes import beside_losses
from compare.check.consequences.of_networks import (
    goes_back_as_well,
    is_of_wrong_parts,
    is_unexplained,
    passes_forward_alone,
)
from compare.check.consequences.of_trainings import LATE
from compare.check.judge_concept import judge
from compare.check.naming.bind import BY_NAME
from compare.check.naming.derivative_names import Pair, pairs
from compare.check.naming.network_parameters import needed, plain, role_of
from compare.check.naming.network_parts import (
    Part,
    loss_and_gradient,
    part_of,
    passes_both_ways,
    speaks_of_loss,
    value_and_slope,
)
from compare.check.naming.source_tree import called_by
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Definition, Inventory

_JUDGED = (Outcome.SAME, Outcome.DIFFERENT)


@dataclass(frozen=True)
class Unlisted:
    """A submission, whose definitions are judged as what their own differences say.

    ``by_depth``: layers → the concept of the course's networks of so many · ``notes``: of what it
    is not judged, and why · ``unused``: functions that gave nothing of what was judged.
    """

    box: Box
    inventory: Inventory
    torch: Implementation
    seed: int
    expectations: Expectations
    by_depth: Mapping[int, Concept]
    notes: list[str] = field(default_factory=list)
    unused: set[str] = field(default_factory=set)

    @property
    def not_reached(self) -> tuple[str, ...]:
        """What was not looked at to its end, for want of time."""
        return (OF_TRAINING,) if LATE in self.notes else ()

    def judgement(self, concept: Concept, definition: Definition, **made: Any) -> Judgement | None:
        """Of one of them; None where nothing explains what it gives."""
        subject = self._of(definition.name)
        subject.made |= made
        found = judge(concept, subject, BY_NAME, self.torch, self.seed, self.expectations)
        if NOTE in subject.made:
            self.notes.append(subject.made[NOTE])
        if found.outcome not in _JUDGED or UNKNOWN in {d.cause for d in found.diagnoses}:
            return None
        parts = tuple(n for n in subject.parts if n != definition.name)
        if definition.kind == "function" and definition.name not in subject.parts:
            self.unused.add(definition.name)
        first = next((d.cause for d in found.diagnoses), "")
        return replace(found, parts=parts, way_back=place_of(subject, first))

    def _of(self, name: str) -> Subject:
        return Subject(self.box, self.inventory[name], self.inventory)

    def networks(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of networks of any structure."""
        further: list[Judgement] = []
        known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
        # called by what they do, some may be explained that were not by their names
        again = {j.found for j in judged if is_unexplained(j)}
        alone = {j.found for j in judged if passes_forward_alone(j, self.inventory)}
        known -= again | alone
        for definition in candidates(self.inventory, known):
            if definition.name in {name for j in further for name in j.parts}:
                continue
            found = self.of_the_course(definition, known)
            told = [j for j in judged if j.found == definition.name and j.found not in again]
            whole = definition.name not in alone
            if found is None and Outcome.DIFFERENT not in {j.outcome for j in told}:
                found = self.judgement(concept, definition)
            whole = whole or found is not None and goes_back_as_well(found)
            whole = whole and not (found and self._is_told(found, further))
            if found and whole and not is_of_wrong_parts(found, (*judged, *further)):
                used = _with_what_they_call(self.inventory, (definition.name, *found.parts), known)
                parts = tuple(n for n in used if n != definition.name)
                code = code_of(self.inventory, definition.name, *parts)
                found = replace(found, parts=parts, code=code)
                further.append(_as_before(found, [j for j in judged if j.found in again]))
        wrong = {j.found: j for j in self._in_training(concept, judged)}
        wrong |= {j.found: j for j in self._beside_outputs(concept, judged)}
        alone &= {j.found for j in further}
        return _instead([wrong.get(j.found, j) for j in judged if j.found not in alone], further)

    def _is_told(self, found: Judgement, further: Sequence[Judgement]) -> bool:
        """Whether another one is right of all that it was judged by, which it is no part of."""
        right = (j for j in further if j.outcome is Outcome.SAME)
        told = (set(found.parts) <= {j.found, *j.parts} for j in right)
        return found.found in self.unused and found.outcome is Outcome.SAME and any(told)

    def _in_training(self, concept: Concept, judged: Sequence[Judgement]) -> Iterator[Judgement]:
        """Of networks that are right where nothing is left out, those that are not in training."""
        for j in judged:
            definition = self.inventory[j.found]
            of_class = definition.kind == "class" and j.concept.startswith("network")
            if not of_class or j.fails() or not _may_drop(definition):
                continue
            found = self.judgement(concept, definition, **{TRAINING: True})
            if found is not None and found.outcome is Outcome.DIFFERENT:
                yield replace(found, code=j.code, parts=j.parts)

    def _beside_outputs(self, concept: Concept, judged: Sequence[Judgement]) -> Iterator[Judgement]:
        """Of networks whose passes are right, those of which another part is wrong; and the parts
        that are held against the outputs of the others."""
        for j in judged:
            if not j.concept.startswith("network") or j.fails():
                continue
            by_differences = "numerical" in {d.cause for d in j.diagnoses}  # of its own loss
            beside = by_differences or classifies(self.inventory, j.found, j.code)
            found = self.judgement(concept, self.inventory[j.found]) if beside else None
            causes = {d.cause for d in found.diagnoses if not d.warning} if found else set()
            if found and causes and (by_differences or causes <= BESIDE_OUTPUTS):
                yield replace(found, code=j.code, parts=(*j.parts, *found.parts))
            elif found and found.outcome is Outcome.SAME:
                yield replace(j, parts=tuple(dict.fromkeys((*j.parts, *found.parts))))

    def of_the_course(self, definition: Definition, known: set[str]) -> Judgement | None:
        """Of functions that are a network of the course, but for the way in which they are used.

        ``known``: what is judged by itself.
        """
        if definition.kind != "function":
            return None
        found = self._by_text(definition, known, y_given=False)
        # y may be the target or the output, where another name says nothing
        unsure = any(plain(p.name) == "y" for d in self.inventory.functions for p in d.parameters)
        if unsure and (found is None or found.fails()):
            other = self._by_text(definition, known, y_given=True)
            return other if other is not None and not other.fails() else found
        return found

    def _by_text(self, definition: Definition, known: set[str], y_given: bool) -> Judgement | None:
        for depth, concept in self.by_depth.items():
            subject = self._of(definition.name)
            subject.made[BY_TEXT] = y_given
            told = told_of(subject, depth)
            if told is None:
                continue
            found = judge(concept, subject, BY_NAME, self.torch, self.seed, self.expectations)
            if found.outcome not in _JUDGED or UNKNOWN in {d.cause for d in found.diagnoses}:
                return None  # with fewer layers it may be right all the same
            loss = told.behaviour.methods.get("loss")
            alone = known | ({loss.name} if loss and _has_right_loss(found) else set())
            parts = tuple(n for n in subject.parts if n not in {definition.name, *alone})
            return replace(found, parts=parts, way_back=subject.made.get(WAY_BACK, ""))
        return None

    def variables(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of classes of variables that differentiate."""
        known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
        classes = (d for d in self.inventory.classes if d.name not in known)
        found = [j for d in classes if (j := self.judgement(concept, d))]
        # functions of variables take no arrays, and are judged with them
        functions = {name for j in found for name in j.parts}
        left = [j for j in judged if j.found not in functions or j.outcome in _JUDGED]
        return _instead(
            left, [replace(j, code=code_of(self.inventory, j.found, *j.parts)) for j in found]
        )

    def layers(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of classes with a forward pass and a way back.

        Of what is right as a network the gradient of its inputs may be wrong; what is handed a
        gradient is wrong as a layer is; and what nothing explains as a concept of the course may
        be right as another.
        """
        handed = [j for j in judged if j.outcome in _JUDGED and _hands_back(self, j)]
        again = {j.found for j in handed if not j.fails()}
        wrong = {j.found for j in handed if j.fails()}
        odd = {j.found for j in judged if {d.cause for d in j.diagnoses} == {UNKNOWN}}
        inside = of_parts.in_wrong_networks(judged, self.inventory)
        known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
        known -= again | odd | inside | wrong
        classes = [d for d in self.inventory.classes if d.name not in known]
        told = (passes_both_ways, value_and_slope, loss_and_gradient)
        both = (d for d in classes if any(has(d) for has in told))
        found = [j for d in both if (j := self.judgement(concept, d))]
        left = [d for d in classes if d.name not in {j.found for j in found} | odd]
        right = {j.found for j in (*judged, *found) if j.outcome is Outcome.SAME}
        of_passes: Any = lambda d, passes: self.judgement(concept, d, **{PASSES: passes})  # noqa: E731
        found += evidence.unnamed(self.box, self.inventory, left, right, of_passes)
        told_so = [j for j in found if j.found in wrong or j.found not in
                   (odd if j.fails() and not _is_scaled(j) else again | inside)]  # fmt: skip
        anew = {j.found for j in told_so} & (again | odd | wrong)
        kept = [j for j in judged if j.found not in anew]
        further = [replace(j, code=code_of(self.inventory, j.found)) for j in told_so]
        return of_parts.marked(_instead(kept, further), self._of)

    def statistics(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of layers whose outputs in testing are none of their batches'."""
        possible = [d for d in self.inventory.classes if concept.takes(self._of(d.name))]
        found = [self.judgement(concept, d) for d in possible]
        wrong = [j for j in found if j and j.outcome is Outcome.DIFFERENT]
        return (*judged, *(replace(j, code=code_of(self.inventory, j.found)) for j in wrong))

    def derivatives(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of functions that are called the derivative of another, or give both.

        What no known word calls so has to be right, or another one with that word. Beside its own
        function may be explained what nothing explains as a concept of the course.
        """
        odd = {j.found for j in judged if j.fails() and {d.cause for d in j.diagnoses} == {UNKNOWN}}
        known = {j.found for j in judged if j.outcome in _JUDGED} - odd
        apart = {name for j in judged if j.concept.startswith("pair.") for name in j.parts}
        wrong = {j.found for j in judged if j.outcome is Outcome.DIFFERENT}
        further: list[tuple[Pair, Judgement]] = []
        tried: set[str] = set()
        for pair in pairs(self.inventory.functions):
            again = pair.derivative.name in known
            beside_loss = speaks_of_loss(pair.name) and pair.derivative.name not in apart | wrong
            # a derivative of other things: that of one loss beside another
            misfit = again and beside_loss and of_another(pair, judged)
            anew = pair.shares_settings or misfit
            if again and not anew and (not beside_loss or pair.name in wrong):
                continue
            if has_way_back(pair.derivative):  # of its own value
                continue
            found = self.judgement(concept, pair.derivative)
            tried.add(pair.derivative.name)
            # right with the settings that the course has, it may be wrong with others
            if found is None or again and found.outcome is Outcome.SAME:
                continue
            # of a function that is wrong itself the derivative may be right, if of another
            if pair.name in wrong and found.outcome is not Outcome.SAME and not again:
                continue
            # right of some loss, it may be a multiple of the gradient of the one beside it
            if again and not anew and not _is_scaled(found):
                continue
            further.append((pair, said_so(found, pair, judged) if misfit else found))
        further += self._of_themselves(concept, known, tried | known | odd)
        # one factor of all numbers comes by no chance either
        proven = {p.word for p, j in further
                  if p.certain or j.outcome is Outcome.SAME or _is_scaled(j)}  # fmt: skip
        # a function that is judged by itself is none of what is wrong with its derivative
        told = [self._without(known, j) for p, j in further if p.word in proven]
        explained = odd & {j.found for j in told}
        judged = [j for j in judged if j.found not in explained]
        return of_parts.marked(beside_losses(_instead(judged, told)), self._of)

    def _of_themselves(
        self, concept: Concept, known: set[str], named: set[str]
    ) -> Iterator[tuple[Pair, Judgement]]:
        """Of functions that give a value and its derivative, or are handed what another kept."""
        for d in self.inventory.found:
            new = d.kind == "function" and d.name not in named
            a_loss, subject = speaks_of_loss(d.name), self._of(d.name)
            handed_on = new and not a_loss and bool(goes_back_from(subject))
            tries = new and a_loss or handed_on or has_way_back(d)
            found = self.judgement(concept, d) if tries else None
            if found is None or handed_on and found.fails() and not evidence.goes_back(subject):
                continue
            if new or found.fails() or d.name not in known:
                yield Pair(d, d.name, d, "", True), found

    def _without(self, known: set[str], j: Judgement) -> Judgement:
        code = code_of(self.inventory, j.found, *j.parts)
        return replace(j, code=code, parts=tuple(n for n in j.parts if n not in known))

    def functions(
        self, concept: Concept, judged: Sequence[Judgement], made: str = ""
    ) -> tuple[Judgement, ...]:
        """The judgements, and of functions that the concept takes: torch has one of that name.

        ``made``: what is asked of them beside: whether they are handed a function, and may be no
        numerical gradient; whether they give their own gradient beside their value.
        """
        known = {j.found for j in judged}
        left = [
            d
            for d in self.inventory.functions
            if d.name not in known and concept.takes(self._of(d.name))
        ]
        asked = {made: True} if made else {}
        found = [self.judgement(concept, d, **asked) for d in left]
        return _instead(
            judged, [replace(j, code=code_of(self.inventory, j.found)) for j in found if j]
        )

    def standard(self, concept: Concept, judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements, and of what the table of definitions has by its name, of parts, too."""
        apart = [j for j in judged if j.outcome in _JUDGED and j.concept != OF_TRAINING]
        known = {j.found for j in apart} | {n for j in apart for n in j.parts if not named(n)[1]}
        left = [d for d in self.inventory.found if d.name not in known and d.kind != "value"]
        found = [j for d in left if (j := self.judgement(concept, d))]
        # what was not judged beside torch's is now
        told = [n for n in self.notes if not any(re.search(rf"\b{j.found}\b", n) for j in found)]
        self.notes[:] = told
        return _instead(judged, [replace(j, code=code_of(self.inventory, j.found)) for j in found])


def _hands_back(submission: Unlisted, j: Judgement) -> bool:
    """Whether a network of any structure is handed a gradient from above, as a layer is."""
    definition = submission.inventory[j.found]
    if j.concept != ANY_NETWORK or not passes_both_ways(definition):
        return False
    ways = [ps for name, ps in definition.methods.items() if part_of(name) is Part.BACKWARD]
    return any([role_of(p.name) for p in needed(ps)] == ["dout"] for ps in ways)


def code_of(inventory: Inventory, *names: str) -> str:
    """The text of what is called so."""
    definitions = [d for d in inventory.found if d.name in names]
    return "\n\n\n".join(dict.fromkeys(d.source.rstrip() for d in definitions if d.source))


def _has_right_loss(found: Judgement) -> bool:
    """Whether the loss is none of what is wrong: it is judged by itself."""
    same = {c.name for c in found.verdict.comparisons if c.outcome is Outcome.SAME}
    return found.outcome is Outcome.DIFFERENT and "loss" in same


def _as_before(found: Judgement, judged: Sequence[Judgement]) -> Judgement:
    """A wrong network as the one of the course that it is by its outputs, which it was found as."""
    for j in judged:
        outputs = {c.outcome for c in j.verdict.comparisons if c.name == "y"}
        if j.found == found.found and outputs == {Outcome.SAME} and found.fails():
            return replace(found, concept=j.concept, section=j.section, formula=j.formula)
    return found


def _is_scaled(judgement: Judgement) -> bool:
    return {d.cause for d in judgement.diagnoses} == {"own_derivative_scaled"}


def _instead(judged: Sequence[Judgement], further: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """What was found further, in place of what had come to nothing, or to no cause."""
    told = {j.found for j in further}
    told |= {name.rpartition(".")[0] for name in told}  # of a class, by its methods

    def stays(j: Judgement) -> bool:
        return j.outcome in _JUDGED and not is_unexplained(j)

    return (*(j for j in judged if j.found not in told or stays(j)), *further)


def _with_what_they_call(
    inventory: Inventory, names: Sequence[str], judged: set[str]
) -> tuple[str, ...]:
    """And the functions that these call and that were not judged by themselves."""
    used = dict.fromkeys(names)
    for name in names:
        called = called_by(inventory[name].source)
        used |= dict.fromkeys(
            d.name for d in inventory.functions if d.name in called and d.name not in judged
        )
    further = tuple(used)
    return further if further == tuple(names) else _with_what_they_call(inventory, further, judged)


def _may_drop(definition: Definition) -> bool:
    """Whether a class draws something in a pass, of which a switch decides."""
    parameters = [p for ps in definition.methods.values() for p in ps]
    switched = any(role_of(p.name) == "training" for p in parameters)
    return switched and "rand" in without_constructor(definition.source)
