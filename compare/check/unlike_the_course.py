"""What no concept of the course describes, judged by numerical differences of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compare.check.concept import Concept
from compare.check.consequences import called_by
from compare.check.judge_concept import judge
from compare.check.naming.bind import BY_NAME
from compare.check.naming.derivative_names import Pair, pairs
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Definition, Inventory

_JUDGED = (Outcome.SAME, Outcome.DIFFERENT)


def further_derivatives(
    box: Box,
    inventory: Inventory,
    concept: Concept,
    judged: Sequence[Judgement],
    torch: Implementation,
    seed: int,
    expectations: Expectations,
) -> tuple[Judgement, ...]:
    """The judgements, and of functions that are called the derivative of another what that says.

    What no known word calls so has to be right, or another one with that word.
    """
    known = {j.found for j in judged if j.outcome in _JUDGED}
    further: list[tuple[Pair, Judgement]] = []
    for pair in pairs([d for d in inventory.found if d.kind == "function"]):
        if pair.derivative.name in known:
            continue
        subject = Subject(box, pair.derivative, inventory)
        judgement = judge(concept, subject, BY_NAME, torch, seed, expectations)
        if judgement.outcome in _JUDGED and UNKNOWN not in {d.cause for d in judgement.diagnoses}:
            further.append((pair, replace(judgement, parts=tuple(subject.parts))))
    proven = {p.word for p, j in further if p.certain or j.outcome is Outcome.SAME}
    sure = tuple(j for p, j in further if p.word in proven)
    told = {j.found for j in sure}
    return (*(j for j in judged if j.found not in told), *sure)


def further_networks(
    box: Box,
    inventory: Inventory,
    concept: Concept,
    judged: Sequence[Judgement],
    torch: Implementation,
    seed: int,
    expectations: Expectations,
) -> tuple[Judgement, ...]:
    """The judgements, and for what came to nothing what a network's own gradient says."""
    further: list[Judgement] = []
    known = {name for j in judged if j.outcome in _JUDGED for name in (j.found, *j.parts)}
    for definition in _candidates(inventory, known):
        if definition.name in {name for j in further for name in j.parts}:
            continue
        subject = Subject(box, definition, inventory)
        judgement = judge(concept, subject, BY_NAME, torch, seed, expectations)
        if judgement.outcome in _JUDGED and UNKNOWN not in {d.cause for d in judgement.diagnoses}:
            used = _with_what_they_call(inventory, (definition.name, *subject.parts), known)
            parts = tuple(n for n in used if n != definition.name)
            sources = [d.source for d in inventory.found if d.name in (definition.name, *parts)]
            code = "\n\n\n".join(source for source in sources if source)
            further.append(replace(judgement, parts=parts, code=code))
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
    """Classes with several methods; of functions those that pass forward, or have a loss."""
    left = [d for d in inventory.found if d.name not in known]
    yield from (d for d in left if d.kind == "class" and len(d.methods) > 1)
    functions = [d for d in left if d.kind == "function" and d.parameters]
    yield from (d for d in functions if part_of(d.name) in (Part.FORWARD, Part.PREDICT))
    yield from (d for d in functions if speaks_of_loss(d.name) and len(d.parameters) > 2)
