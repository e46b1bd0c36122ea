"""What belongs to a class beside its own text: its bases, and keywords that it reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from compare.check.naming.update_parameters import SETTINGS, roles
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Parameter

_HANDED_ON = re.compile(r"\*\*(\w+)\)\s*(?:->.*)?:\n\s*super\(\).__init__\(.*\*\*\1\)")


def with_bases(subject: Subject) -> Subject:
    """The subject with the text of the classes of the submission that its own is made of."""
    found = subject.found
    if found.kind != "class":
        return subject
    classes = {d.name: d for d in subject.inventory.classes}
    names = bases_of(classes, found.name)
    if not names:
        return subject
    source = "\n".join((found.source, *(classes[name].source for name in names)))
    handed_on = _HANDED_ON.search(found.source)
    bases = (p for name in names for p in classes[name].parameters)
    there = {p.name for p in found.parameters}
    kept = [p for p in found.parameters if not (handed_on and p.name == handed_on[1])]
    own = [p for p in bases if p.name not in there and not p.variadic] if handed_on else []
    return subject.beside(replace(found, source=source, parameters=(*kept, *own)))


def bases_of(classes: Mapping[str, Definition], name: str) -> list[str]:
    """The classes of a submission that one of its classes is made of, one through another."""
    names = [name]
    for each in names:  # which grows
        last = each.rpartition(".")[2]
        head = re.search(rf"\bclass {last}\((.*?)\):", classes[each].source)
        bases = re.findall(r"\w+", head[1] if head else "")
        names += [b for b in dict.fromkeys(bases) if b in classes and b not in names]
    return names[1:]


def with_hyper_parameters(definition: Definition) -> Definition:
    """And, where a constructor takes ``**hyper``, what of it is read: self.rate, hyper["eps"]."""
    keywords = [p.name for p in definition.parameters if p.variadic and p.keyword_only]
    if definition.kind != "class" or not keywords:
        return definition
    items = rf"\b{keywords[0]}(?:\[|\.(?:get|pop|setdefault)\()['\"](\w+)['\"]"
    own = r"\bself\.(\w+)\b(?! *[(=])"
    read = [n for pattern in (items, own) for n in re.findall(pattern, definition.source)]
    names = [n for n in dict.fromkeys(read) if roles([Parameter(n, False)], SETTINGS)]
    named = tuple(Parameter(name, required=False) for name in names)
    return replace(definition, parameters=(*definition.parameters, *named))
