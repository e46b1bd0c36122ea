"""What is wrong because of a part of it: of the layers that it holds, the functions it calls."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from compare.check.calling.optimizers.whole_class import bases_of
from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.calling.own_derivative.layers import OF_LAYER
from compare.check.naming.network_parts import passes_both_ways
from compare.check.naming.source_tree import called_by, computes_nothing
from compare.check.repairs.reach import functions_of
from compare.check.result import Judgement
from compare.check.subject import Subject
from compare.core.outcome import Outcome
from compare.sandbox.interface import Definition, Failed, Handle, Inventory

_OF_DIFFERENCES = (OF_FUNCTION, OF_LAYER)


def in_wrong_networks(judged: Sequence[Judgement], inventory: Inventory) -> set[str]:
    """The layers that are parts of a network of which something is wrong: it may be one of them."""
    wrong = [
        j for j in judged if j.outcome is Outcome.DIFFERENT and j.concept.startswith("network")
    ]
    alone = {j.found for j in judged}
    layers = {d.name for d in inventory.found if d.kind == "class" and passes_both_ways(d)}
    return {name for j in wrong for name in j.parts if name in layers - alone}


def marked(judged: Sequence[Judgement], of: Callable[[str], Subject]) -> tuple[Judgement, ...]:
    """The judgements; a network that holds a layer that is wrong follows from that one.

    What a layer or a derivative hands back that holds it, or calls a function that is wrong, is
    not told at all: it is theirs.
    """
    wrong = {j.found: j for j in judged if j.outcome is Outcome.DIFFERENT}
    told = []
    for j in judged:
        part = _part_of(j, wrong, of) if j.found in wrong and not j.follows_from else None
        if part is None or j.concept.startswith("network"):
            told.append(j if part is None else replace(j, follows_from=part.concept))
    return tuple(told)


def with_bases(judged: Sequence[Judgement], inventory: Inventory) -> tuple[Judgement, ...]:
    """The judgements; of a class that was compared the classes of the submission are parts of whose
    methods it has one that computes something.
    """
    classes, told = {d.name: d for d in inventory.classes}, {j.found for j in judged}
    found = []
    for j in judged:
        of_class = j.found in classes and j.outcome is not Outcome.NOT_COMPARED
        bases = bases_of(classes, j.found) if of_class else []
        held = [b for b in bases if b not in told and _lends(classes[b], classes[j.found])]
        found.append(replace(j, parts=tuple(dict.fromkeys((*j.parts, *held)))) if held else j)
    return tuple(found)


def _lends(base: Definition, to: Definition) -> bool:
    own = {f.name for f in functions_of(to)} | {"__init__"}
    left = (f.name for f in functions_of(base) if f.name not in own)
    return any(not computes_nothing(base.source, name) for name in left)


def _part_of(
    j: Judgement, wrong: Mapping[str, Judgement], of: Callable[[str], Subject]
) -> Judgement | None:
    """A wrong layer that it holds; of a layer or a derivative also a wrong function it calls."""
    others = {name: w for name, w in wrong.items() if name != j.found}
    subject = of(j.found)
    held = [n for n in others if subject.found.kind == "class" and holds(subject, {n})]
    if held or j.concept not in _OF_DIFFERENCES:
        return others[held[0]] if held else None
    called = called_by(subject.found.source)
    for name, other in others.items():
        by_name = name.rpartition(".")[2] in called and of(name).found.kind == "function"
        if by_name and name not in j.parts:
            return other
    return None


def holds(subject: Subject, classes: Container[str]) -> bool:
    """Whether an object that the script makes of it holds another of these classes, in a list too.

    What it hands back is then theirs.
    """
    name = subject.found.name
    try:
        first = subject.box.script_values()[0]
        made = [
            v for place, args in first.items() if place != f"{name}.__init__"
            for v in args.values() if isinstance(v, Handle) and v.type_name == name
        ]  # fmt: skip
        held = subject.box.get(made[0], "__dict__") if made else {}
    except Failed:
        return False
    return any(h.type_name in classes and h.type_name != name for h in _handles(held))


def _handles(value: Any) -> Iterable[Handle]:
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _handles(each)
