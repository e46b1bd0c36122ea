"""Entries of the corpus: submissions with a planted bug, and correct ones in many conventions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """A submission with one realistic bug in ``concept``, and the cause that it has to get.

    ``source`` is a whole file. ``causes`` has more than one key only where the same numbers come
    of both.
    """

    name: str
    concept: str
    causes: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Variant:
    """A correct submission, with a part of the convention (in English) that has to be named.

    ``says`` is "" where it is the course's own convention.
    """

    name: str
    concept: str
    source: str
    says: str = ""


def with_changes(source: str, *changes: tuple[str, str]) -> str:
    """The source with each piece of text, which has to be there, replaced by another."""
    for old, new in changes:
        if old not in source:
            raise ValueError(f"{old!r} is not in the source")
        source = source.replace(old, new)
    return source
