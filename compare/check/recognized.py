"""What no name says: recognised as a concept of the course by what it computes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compare.check.calling.optimizers.closures import returned
from compare.check.calling.trainings import OF_TRAINING
from compare.check.concept import Concept
from compare.check.consequences.of_layouts import counted_as_others, unlike_its_text
from compare.check.consequences.of_mistakes import beside_wrong_derivatives
from compare.check.i18n.text import Text
from compare.check.judge_concept import follows_right_form, is_never_right, judge
from compare.check.naming.bind import BY_NAME, BY_VALUES, can_take, in_its_text, plain
from compare.check.naming.grammar import (
    Meaning,
    affix_of,
    meaning,
    other_meaning,
    spells,
    words,
)
from compare.check.naming.source_tree import docstring_of
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.oracle.formulas import ACTIVATIONS
from compare.sandbox.interface import Box, Definition, Inventory

_ANYTHING = ("identity", "d_identity", "step_function", "d_step_function")  # as much else is
_OF_ANY = {"not_taken", "warns"}  # what a right function of this name has, too
# of these a name that is not known would be blamed for being another thing
_SAY_NOTHING = {UNKNOWN, "other_function", "other_slope"}
RECOGNIZED = Text("recognised by what it computes", "名前ではなく計算内容から判別")
# no rule means to treat one of its tensors otherwise than the next, to forget what it remembers at
# every step, or to go on where the gradient is 0
_UNMEANT = {"step_per_tensor", "shared_state", "only_one_tensor", "tensors_left_out",
            "beta_exchanged", "no_brackets", "bracket_in_average"}  # fmt: skip
_OTHERWISE = re.compile(r"\b(without|not?|un\w+|like|variant|simpl\w+|modified)\b", re.IGNORECASE)
_LEAST = 3  # letters that two names have in common: rms_step and rmsprop, lin_fwd and linear


@dataclass(frozen=True)
class Recognition:
    """A submission, whose definitions without a known name are tried as concepts."""

    box: Box
    inventory: Inventory
    torch: Implementation
    seed: int
    expectations: Expectations

    def of_two_meanings(
        self, concepts: Sequence[Concept], judged: Sequence[Judgement]
    ) -> tuple[Judgement, ...]:
        """The judgements, but for those that are right as what their names say as well."""
        listed = [c for c in reversed(concepts) if "." not in c.name]
        by_meaning = {said: c for c in listed if (said := meaning(c.name))}
        return tuple(self._otherwise(_other(by_meaning, j), j) for j in judged)

    def _otherwise(self, concept: Concept | None, j: Judgement) -> Judgement:
        if concept is None or j.outcome is Outcome.SAME or j.how != BY_NAME:
            return j
        subject = Subject(self.box, self.inventory[j.found], self.inventory)
        found = judge(concept, subject, BY_NAME, self.torch, self.seed, self.expectations)
        return replace(found, code=j.code) if found.outcome is Outcome.SAME else j

    def added(
        self, concepts: Sequence[Concept], judged: Sequence[Judgement]
    ) -> tuple[Judgement, ...]:
        """The judgements, and those of what no name says."""
        judged = self.of_wrong_functions(concepts, judged)
        return counted_as_others((*judged, *self.judgements(concepts, judged)))

    def judgements(
        self, concepts: Sequence[Concept], judged: Sequence[Judgement]
    ) -> Iterator[Judgement]:
        """Of what nobody has judged: what is right, and a known mistake where the name agrees.

        A derivative only beside its function: y - d is many other things, too.
        """
        # what a training takes as it is may be wrong, and the training right
        parts = {name for j in judged for name in j.parts if j.concept != OF_TRAINING}
        parts -= beside_wrong_derivatives(judged)
        told = parts | {j.found for j in judged}
        left = [d for d in self.inventory.found if d.name not in told and d.kind != "value"]
        known = {_family(j.concept) for j in judged}
        telling = {c.name: _telling(c, concepts) for c in concepts} if left else {}
        for of_derivatives in (False, True):
            possible = [c for c in concepts if _may_be_recognized(c, of_derivatives, known)]
            for d in left:
                if d.name not in told and (found := self._as_one_of(possible, telling, d)):
                    told.add(d.name)
                    known.add(_family(found.concept))
                    yield unlike_its_text(replace(found, code=d.source))

    def of_wrong_functions(
        self, concepts: Sequence[Concept], judged: Sequence[Judgement]
    ) -> tuple[Judgement, ...]:
        """The judgements; where a derivative is right of what its function is meant to be, and that
        has a known mistake, it is the function that is wrong.
        """
        by_name = {c.name: c for c in concepts}
        of = [(c, by_name.get(c.name.removeprefix("d_"))) for c in concepts]
        possible = [(d, f) for d, f in of if f is not None and f is not d]
        return tuple(each for j in judged for each in self._of_either(possible, j))

    def _of_either(
        self, possible: Sequence[tuple[Concept, Concept]], j: Judgement
    ) -> tuple[Judgement, ...]:
        if not beside_wrong_derivatives([j]) or len(j.parts) != 1:
            return (j,)
        derivative, function = (self.inventory[name] for name in (j.found, *j.parts))
        for d, f in possible:
            subject = Subject(self.box, derivative, self.inventory)
            if not (d.takes(subject) and can_take(d, subject)):
                continue
            if follows_right_form(d, subject, self.seed, self.expectations):
                right, wrong = self._judgement(d, derivative), self._judgement(f, function)
                if _is_another(wrong, f, function):
                    continue  # a leaky relu is not meant to be a relu, whatever its derivative is
                if right.outcome is Outcome.SAME and _is_explained(wrong):
                    codes = (derivative.source, function.source)
                    both = zip((right, wrong), codes, strict=True)
                    return tuple(replace(each, code=code) for each, code in both)
        return (j,)

    def _as_one_of(
        self, concepts: Sequence[Concept], telling: Mapping[str, set[str]], d: Definition
    ) -> Judgement | None:
        called_so: Judgement | None = None
        said_so = in_its_text(d)
        rules = [c for c in concepts if _is_rule(c) and spells(d.name, _family(c.name))]
        for concept in concepts:
            if rules and _is_rule(concept) and concept not in rules and not concept.told_by_edits:
                continue  # what a name calls nesterov is judged as that, or not at all
            subject = Subject(self.box, d, self.inventory)
            if not (concept.takes(subject) and can_take(concept, subject)):
                continue
            right = follows_right_form(concept, subject, self.seed, self.expectations)
            if right is None:  # it has no end, or prints without one
                return None
            alike = _alike(d.name, telling[concept.name]) or _is_short_for(d.name, concept)
            alike = alike or _says_what_it_takes(d, concept)
            alike = alike or said_so is not None and said_so == meaning(concept.name)
            if called_so is None and not (right or alike):
                alike = is_never_right(concept, subject, self.seed, self.expectations)
            # softmax_single may be one, and is if it is right as one
            said = spells(d.name, _family(concept.name).replace("_", ""))
            if right or called_so is None and (alike or said or concept.telling):
                found = self._judgement(concept, d)
                same = said and found.outcome is Outcome.SAME
                if not (right or alike or same or _tells(found, concept)):
                    continue
                if _is_another(found, concept, d):
                    continue
                if found.outcome is Outcome.SAME:
                    return found
                called_so = called_so or (found if _is_explained(found) else None)
        return called_so

    def _judgement(self, concept: Concept, d: Definition) -> Judgement:
        subject = Subject(self.box, d, self.inventory)
        found = judge(concept, subject, BY_VALUES, self.torch, self.seed, self.expectations)
        return replace(found, conventions=(RECOGNIZED, *found.conventions))


def _other(concepts: Mapping[Meaning, Concept], j: Judgement) -> Concept | None:
    said = other_meaning(j.found)
    return concepts.get(said) if said else None


def _is_explained(judgement: Judgement) -> bool:
    causes = {d.cause for d in judgement.diagnoses}
    return judgement.outcome is Outcome.DIFFERENT and not causes & _SAY_NOTHING


def _tells(judgement: Judgement, concept: Concept) -> bool:
    return {d.cause for d in judgement.diagnoses} <= set(concept.telling) != set()


def _is_another(found: Judgement, concept: Concept, d: Definition) -> bool:
    """Whether its name says the concept and one word more, and it is not quite that: relu6.

    UncorrectedAdam is meant to be as it is; make_adam returns what is, and so is what its own text
    calls Adam.
    """
    family = _family(concept.name).replace("_", "")
    if d.kind == "function" and returned(d.source) is not None:
        return False
    if {x.cause for x in found.diagnoses if not x.warning} & _UNMEANT:
        return False
    says = docstring_of(d.source)
    if re.search(rf"\b{family}\b", says, re.IGNORECASE) and not _OTHERWISE.search(says):
        return False
    # a leaky ramp is no ramp, by whichever of its names an activation is called
    names = concept.names if concept.name in ACTIVATIONS else ()
    said = any(spells(found.found, plain(name)) for name in (family, *names))
    return said and (found.fails() or bool({d.cause for d in found.diagnoses} - _OF_ANY))


def _may_be_recognized(concept: Concept, derivative: bool, known: set[str]) -> bool:
    if (
        concept.name in _ANYTHING
        or concept.others
        or not concept.meanings_of
        and not concept.meanings
    ):
        return False
    if concept.name.startswith("network") or concept.name.endswith(".other"):
        return False
    of = concept.name.removeprefix("d_")
    return (of != concept.name) is derivative and (not derivative or _family(of) in known)


def _is_rule(concept: Concept) -> bool:
    return concept.name.startswith("optimizer.")


def _family(concept: str) -> str:
    """What has one name as a function, a layer, a derivative and a pair; one for squared errors."""
    name = concept.rpartition(".")[2].removeprefix("d_").removesuffix("_layer")
    return "squared_error" if name.endswith("squared_error") else name


def _telling(concept: Concept, concepts: Sequence[Concept]) -> set[str]:
    """The words of a concept's names that are in no other's: decay is in many, rmsprop in one."""
    listed = (c for c in concepts if not c.name.startswith("network") and c.name not in _ANYTHING)
    # centered_rmsprop takes no word from rmsprop
    others = (
        c for c in listed
        if _family(c.name) != _family(concept.name) and not (_is_rule(c) and c.told_by_edits)
    )  # fmt: skip
    told_by_all = {word for c in others for name in c.names for word in words(name)}
    own = {word for name in concept.names for word in words(name)}
    if concept.name.startswith("d_"):  # a Jacobian is of anything: what tells is of what it is one
        of = [c for c in concepts if c.name in (_family(concept.name), concept.name[2:])]
        own &= {word for c in of for name in c.names for word in words(name)} if of else own
    return {word for word in own - told_by_all if affix_of(word) is None}


def _alike(name: str, telling: set[str]) -> bool:
    """Whether a word of a name begins as one of these does, or the reverse."""
    return any(
        min(len(a), len(b)) >= _LEAST and (a.startswith(b) or b.startswith(a))
        for a in words(name)
        for b in telling
    )


def _says_what_it_takes(d: Definition, concept: Concept) -> bool:
    """Whether its name is the concept's and that of something that it takes, or says that it
    gives: logloss_classes, cross_entropy_nats of one that is "in nats".
    """
    taken = {w for p in d.parameters for w in words(p.name)}
    taken |= {*re.findall(r"\bin (\w+)", docstring_of(d.source))}
    said = "_".join(w for w in words(d.name) if w not in taken)
    wanted = meaning(concept.name)
    is_so = wanted is not None and wanted in (meaning(said), other_meaning(said))
    return is_so and plain(said) != plain(d.name)


def _is_short_for(name: str, concept: Concept) -> bool:
    """Whether it is some letters of its name in their order, the first of them its first: smx."""
    short, word = name.lower(), concept.name
    left = iter(word)
    return 1 < len(short) < len(word) and short[0] == word[0] and all(c in left for c in short)
