"""What a constructor may be given for a network of some sizes: by names, and by what it does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare.check.calling.networks.parameter_kinds import Kind, kinds
from compare.check.naming import network_parameters as calls
from compare.check.subject import Subject
from compare.sandbox.interface import Parameter

_MOST = 12  # combinations that are tried

Arguments = dict[str, Any]
# what was made: the first way that is tried; and the one after that in which something was guessed
BEYOND, GUESSED_SETTINGS = "beyond", "guessed_settings"


def others(subject: Subject, sizes: Sequence[int], settings: Mapping[str, Any]) -> list[Arguments]:
    """Arguments of other kinds than names say: a list where one size is usual, a count, a text."""
    if subject.found.kind != "class":
        return []
    parameters = [p for p in subject.found.parameters if not p.variadic and p.name not in settings]
    roles = calls.size_roles(parameters, len(sizes))
    done = kinds(subject.found.source)
    forms: dict[str, list[Any]] = {}
    for p in parameters:
        kind = done.get(p.name, Kind())
        values = list(_values(p, roles, kind, sizes))
        if values:
            forms[p.name] = values
        elif p.required:
            return []
    combined = itertools.islice(itertools.product(*forms.values()), _MOST)
    return [{**dict(zip(forms, values, strict=True)), **settings} for values in combined]


def guesses(subject: Subject, arguments: Mapping[str, Any]) -> bool:
    """Whether one of them is for what no name says: an activation, say, where another is right."""
    roles = calls.size_roles(subject.found.parameters, len(arguments))
    unsaid = (p.name for p in calls.needed(subject.found.parameters) if not roles[p.name])
    done = kinds(subject.found.source)
    return any(n in arguments and (done[n].texts or not done[n].one) for n in unsaid if n in done)


def contradicts(subject: Subject, arguments: Mapping[str, Any]) -> bool:
    """Whether the class does with one of them what cannot be done with it."""
    done = kinds(subject.found.source)
    return any(_cannot_be(value, done.get(name, Kind())) for name, value in arguments.items())


def _cannot_be(value: Any, kind: Kind) -> bool:
    if isinstance(value, str):
        return any(kind.texts) and value not in kind.texts
    if isinstance(value, (list, tuple)):
        return kind.one and not kind.several or kind.members not in (0, len(value))
    return isinstance(value, (int, float)) and kind.several and not kind.one


def _values(
    p: Parameter, roles: Mapping[str, str], kind: Kind, sizes: Sequence[int]
) -> Iterator[Any]:
    """What it may be given; nothing where it has a default that nothing speaks against."""
    role = roles[p.name]
    hidden = [r for n, r in roles.items() if r.startswith("hidden") and n != p.name]
    said = calls.value_of(role, sizes)
    if said is not None and (p.required or calls.is_size(role)):
        if not _cannot_be(said, kind):
            yield said
        elif role in ("input", "output") and not kind.members:
            yield (said,)
        elif role == "hidden" and kind.several:
            yield list(sizes[1:-1])
        elif role == "hiddens":
            yield len(sizes) - 2 if hidden else sizes[1]
    if not p.required or (said is not None and not isinstance(said, str)):
        return
    yield from (text for text in kind.texts if text)
    if any(kind.texts):
        return
    if kind.one or not kind.several:
        yield from () if hidden else (sizes[1],)
        yield calls.LR
        yield len(sizes) - 2
    if kind.several or not kind.one:
        ends = {"input", "output"} & set(roles.values())
        yield list(sizes[1:-1]) if ends else list(sizes)
