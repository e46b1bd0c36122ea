"""Which part of a submission is which concept: by name, or by a mapping that is given."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, islice

from compare.check.concept import Concept
from compare.check.internal_errors import guarded
from compare.check.naming.grammar import Meaning, meaning, read
from compare.check.naming.network_parts import is_pass
from compare.check.naming.source_tree import docstring_of
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Box, Definition, Inventory
from compare.system.errors import UserError

BY_NAME, BY_MAP, BY_VALUES = "name", "map", "values"


class MappingError(UserError):
    """A mapping names a concept or a part of the submission that there is not."""


@dataclass(frozen=True)
class Bound:
    """A concept and the part of the submission that is meant to be it."""

    concept: Concept
    found: Definition
    how: str
    tentative: bool = False  # not by its name, but by what it has


@dataclass(frozen=True)
class Binding:
    """What was found for each concept, what was left alone, and which concepts nobody wrote."""

    bound: tuple[Bound, ...]
    left_alone: tuple[Definition, ...]
    missing: tuple[Concept, ...]


@cache  # every concept asks for every name
def plain(name: str) -> str:
    """A name without case and underscores: ``Soft_Max`` is ``softmax``."""
    return name.rpartition(".")[2].replace("_", "").lower()


def _holder(name: str) -> str:
    """The class or module of ``holder.name``, or ""."""
    return name.rpartition(".")[0]


def bind(
    box: Box, inventory: Inventory, concepts: Iterable[Concept], mapping: Mapping[str, str]
) -> Binding:
    """Concept by concept, what is meant to be it.   Raises MappingError."""
    concepts = tuple(concepts)
    _check(mapping, {c.name for c in concepts}, inventory)
    bound = [b for c in concepts if (b := _bound(c, box, inventory, mapping))]
    surely = {b.found.name for b in bound if not _is_loose(b)}
    loosely = [b for b in bound if b.found.name not in surely]
    further = _further(concepts, box, inventory, mapping, bound, {b.found.name for b in loosely})
    named_so = {b.found.name for b in further}
    bound = [b for b in bound if not (b in loosely and b.found.name in named_so)] + further
    taken = {b.found.name for b in bound}
    classes = {f.name for f in inventory.classes}
    # nor is the class left alone of which a static method was bound
    taken |= {_holder(name) for name in taken} & classes
    left_alone = tuple(
        f
        for f in inventory.found
        if f.name not in taken and f.kind != "value" and _holder(f.name) not in classes
    )
    missing = tuple(c for c in concepts if c not in [b.concept for b in bound])
    return Binding(tuple(bound), left_alone, missing)


_VAGUE = ("step",)  # of one number it is a function, of a network and samples anything


def in_its_text(definition: Definition) -> Meaning | None:
    """What a function is as its docstring begins: "Binary cross-entropy, of one output"."""
    begins = re.split(r"[^\w\s'-]", docstring_of(definition.source).strip(), maxsplit=1)[0]
    said = "_".join(re.findall(r"\w+", begins.splitlines()[0] if begins else ""))
    return meaning(said) if definition.kind == "function" and said else None


def is_known(definition: Definition, concepts: Iterable[Concept]) -> bool:
    """Whether something that was left alone has a name that is known here."""
    said = meaning(definition.name, definition.kind == "class")
    several = sum(p.needed for p in definition.parameters) > 1
    if several and said is not None and said.base in _VAGUE:
        return is_pass(definition)
    names = tuple(name for concept in concepts for name in concept.names)
    known = {said, in_its_text(definition)} - {None}
    return bool(known & _meanings(names)) or is_pass(definition)


@cache  # the same table for every name
def _meanings(names: tuple[str, ...]) -> frozenset[Meaning | None]:
    return frozenset(meaning(name, of_class=True) for name in names)


def chosen(binding: Binding, only: Sequence[str]) -> Binding:
    """What of it is of the concepts named, or all; nothing is left alone where some were named.

    Raises MappingError where one is no concept.
    """
    known = {c.name for c in [*(b.concept for b in binding.bound), *binding.missing]}
    for name in only:
        _check_concept(name, known)
    if not only:
        return binding
    bound = tuple(b for b in binding.bound if b.concept.name in only)
    missing = tuple(c for c in binding.missing if c.name in only)
    return replace(binding, bound=bound, left_alone=(), missing=missing)


def _further(
    concepts: Iterable[Concept], box: Box, inventory: Inventory, mapping: Mapping[str, str],
    bound: Iterable[Bound], loosely: Collection[str],
) -> list[Bound]:  # fmt: skip
    """What is a second time what was found already: half_squared_loss beside half_squared_error.

    ``loosely``: what may have a name that says more than what it was found to be.
    """
    taken = {b.found.name for b in bound if b.found.name not in loosely} | set(mapping.values())
    again: list[Bound] = []
    for definition in inventory.found:
        alone = [c for c in concepts if c.others is None and c.name not in mapping]
        if definition.name in taken or definition.kind == "value":
            continue
        subject = Subject(box, definition, inventory)
        by_name = [c for c in alone if any(named(name, [definition]) for name in c.names)]
        alike = (c for c in alone if c.only_explained and c.like(definition))
        meant = by_name if definition.name in loosely else (*by_name, *alike)
        possible = (c for c in meant if c.takes(subject) and can_take(c, subject))
        again += [Bound(concept, definition, BY_NAME) for concept in islice(possible, 1)]
    return again


def _is_loose(bound: Bound) -> bool:
    """Whether it was found by what it has, and not by its name: it draws, as first weights are."""
    by_name = bound.how == BY_MAP or any(named(n, [bound.found]) for n in bound.concept.names)
    return bound.concept.is_loose and not by_name


def _bound(
    concept: Concept, box: Box, inventory: Inventory, mapping: Mapping[str, str]
) -> Bound | None:
    # without asking whether it can be that: its author says so, and is told what is wrong
    if concept.name in mapping:
        return Bound(concept, inventory[mapping[concept.name]], BY_MAP)
    # what a mapping gives to one concept is not guessed to be another
    free = [d for d in inventory.found if d.name not in mapping.values()]
    # in the order of the table: of d_relu and relu in one submission it is d_relu
    called_so = (d for name in concept.names for d in named(name, free))
    by_name = [*called_so, *(d for d in free if concept.like(d))]
    built_so = (d for d in free if concept.built_like(d) and d not in by_name)
    for definition in chain(by_name, built_so):
        subject = Subject(box, definition, inventory)
        if concept.takes(subject) and (_is_bare(definition) or can_take(concept, subject)):
            return Bound(concept, definition, BY_NAME, definition not in by_name)
    return None


def _is_bare(definition: Definition) -> bool:
    """Whether its name is no more than what it is called: not softmax_loss_naive(W, X, y, reg)."""
    reading = read(definition.name, definition.kind == "class")
    return reading is None or not reading.adorned


def can_take(concept: Concept, subject: Subject) -> bool:
    """Whether it can be called as that."""
    return guarded(
        f"{concept.name}={subject.found.name}",
        lambda: any(style.takes(subject) for style in concept.arrangements),
        lambda _: False,
    )


def named(name: str, definitions: Iterable[Definition]) -> list[Definition]:
    """Those that are called so or in words that say the same, the nearest to the name first."""
    meant = meaning(name, of_class=True)
    distances: list[tuple[tuple[int, int], Definition]] = []
    for definition in definitions:
        reading = read(definition.name, definition.kind == "class")
        if plain(definition.name) == plain(name):
            distances.append(((-1, 0), definition))
        elif reading is not None and reading.meaning == meant:
            distances.append((reading.distance, definition))
    return [definition for _, definition in sorted(distances, key=lambda each: each[0])]


def _check(mapping: Mapping[str, str], concepts: set[str], inventory: Inventory) -> None:
    names = [found.name for found in inventory.found]
    for concept, name in mapping.items():
        _check_concept(concept, concepts)
        if name not in names:
            defined = ", ".join(names) or message("nothing")
            raise MappingError(
                message(
                    "{concept}={name}: the submission has no {quoted}; it has {defined}",
                    concept=concept,
                    name=name,
                    quoted=repr(name),
                    defined=defined,
                )
            )


def _check_concept(name: str, concepts: set[str]) -> None:
    if name not in concepts:
        # 0: the nearest there are, as a list of some fifty tells nobody which was meant
        near = difflib.get_close_matches(name, sorted(concepts), 3, cutoff=0.0)
        raise MappingError(
            message(
                "there is no concept {name}; did you mean {names}?",
                name=repr(name),
                names=", ".join(near),
            )
        )
