"""Judge what was bound to the concepts: each by itself, and then what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from compare.check.calling.left_to_callers import left_to_callers
from compare.check.calling.networks.constructor import BEYOND, GUESSED_SETTINGS
from compare.check.calling.networks.net import GUESSED, UNSAID, WAY_BACK
from compare.check.concept import Concept
from compare.check.consequences.fused_layers import with_their_losses
from compare.check.consequences.of_layouts import in_one_layout, of_single_samples
from compare.check.consequences.of_mistakes import (
    beside_losses,
    folded,
)
from compare.check.fitting.networks.other_activation import OTHER
from compare.check.internal_errors import guarded
from compare.check.judge_concept import judge, not_judged
from compare.check.mistakes.behaviour import NOT_CALLED
from compare.check.naming.bind import Binding, Bound, can_take
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.check.unlike_the_course import code_of
from compare.check.without_results import not_called
from compare.core.implementation import torch_side
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Inventory

# what was raised may be the fault of the call
_SAYS_NOTHING = (UNKNOWN, NOT_CALLED, "raised", "refused", "shapes_do_not_fit")


def judge_bound(
    box: Box,
    inventory: Inventory,
    binding: Binding,
    seed: int,
    expectations: Expectations,
    guessed: set[str],
) -> tuple[Judgement, ...]:
    """Each judgement; ``guessed`` gets the names of networks that may be others."""
    torch = torch_side()

    def judged(bound: Bound) -> Judgement:
        otherwise = partial(not_judged, bound.concept, bound.found, bound.how)
        return guarded(bound.found.name, lambda: by_itself(bound), otherwise)

    def by_itself(bound: Bound) -> Judgement:
        subject = Subject(box, bound.found, inventory)

        def asked(s: Subject) -> Judgement:
            return judge(bound.concept, s, bound.how, torch, seed, expectations)

        judgement, subject = _with_its_settings(bound, subject, asked, guessed)
        for deeper in bound.concept.deeper:
            if not judgement.fails() and can_take(deeper, subject):
                further = judge(deeper, subject, bound.how, torch, seed, expectations)
                # one that takes any sizes may be written for two layers: no mistake that is known
                if further.fails() and not unexplained(further) and _told(deeper, further):
                    judgement = replace(further, concept=judgement.concept)
        if UNSAID in subject.made and unexplained(judgement):
            judgement = not_called(judgement, subject.made[UNSAID])
        if subject.made.get(GUESSED) or subject.made.get(OTHER):
            guessed.add(bound.found.name)
        shown = any(c.name.startswith("grad/") for c in judgement.verdict.comparisons)
        unjudged = () if shown else tuple(subject.unjudged)
        parts = tuple(n for n in subject.parts if n != bound.found.name)
        code = code_of(inventory, bound.found.name, *parts)
        back = subject.made.get(WAY_BACK, "")
        return replace(judgement, parts=parts, unjudged=unjudged, code=code, way_back=back)

    return _beside_each_other(binding, inventory, box, judged)


def _beside_each_other(
    binding: Binding, inventory: Inventory, box: Box, judged: Callable[[Bound], Judgement]
) -> tuple[Judgement, ...]:
    """What is judged by itself, and then what is made of others that are right."""
    single = in_one_layout(
        with_their_losses([judged(b) for b in binding.bound if b.concept.others is None])
    )
    wrong = {j.found for j in single if j.outcome is not Outcome.SAME}
    # parts that are wrong by themselves are told already
    right = (
        bound
        for bound in binding.bound
        if bound.concept.others and not _parts(bound, inventory) & wrong
    )
    together = tuple(j for bound in right if not unexplained(j := judged(bound)))
    return beside_losses(
        folded(of_single_samples(left_to_callers(single, inventory, box), inventory), inventory)
        + left_to_callers(together, inventory, box)
    )


def _with_its_settings(
    bound: Bound, subject: Subject, asked: Callable[[Subject], Judgement], guessed: set[str]
) -> tuple[Judgement, Subject]:
    """With settings that nothing names, guessed one after the other while it fails."""
    judgement = asked(subject)
    while judgement.fails() and (beyond := subject.made.get(GUESSED_SETTINGS)):
        other = Subject(subject.box, bound.found, subject.inventory)
        other.made[BEYOND] = beyond
        if not can_take(bound.concept, other):
            # a mistake is one of the way back alone: else the setting may be another
            if not _has_its_outputs(judgement):
                guessed.add(bound.found.name)
                judgement = replace(judgement, diagnoses=())
            break
        further = asked(other)
        subject.made[GUESSED_SETTINGS] = other.made.get(GUESSED_SETTINGS)
        if not further.fails():
            judgement, subject = further, other
    return judgement, subject


def _told(concept: Concept, judgement: Judgement) -> bool:
    return not concept.told or any(d.cause in concept.told for d in judgement.diagnoses)


def _parts(bound: Bound, inventory: Inventory) -> set[str]:
    others = bound.concept.others(inventory) if bound.concept.others else ()
    return {bound.found.name, *others}


def unexplained(judgement: Judgement) -> bool:
    """Whether parts that are right by themselves do not fit, and nothing says why: no finding."""
    known = any(d.cause not in _SAYS_NOTHING for d in judgement.diagnoses)
    return judgement.outcome is not Outcome.SAME and not known


def is_other(judgement: Judgement) -> bool:
    """Whether what a network gives is none of ours: then its weights were not what was guessed."""
    return unexplained(judgement) and not _has_its_outputs(judgement)


def _has_its_outputs(judgement: Judgement) -> bool:
    """Whether the outputs of a network are right."""
    compared = judgement.verdict.comparisons
    return any(c.name == "y" and c.outcome is Outcome.SAME for c in compared)
