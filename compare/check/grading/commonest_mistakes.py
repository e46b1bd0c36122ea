"""Which mistakes are the commonest in a class: a cause, how many have it, and who."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from compare.check.grading.entry import Entry, MistakeEntry
from compare.check.mistakes import CAUSES
from compare.language.message import message

WARNING = message("warning")


@dataclass(frozen=True)
class CommonMistake:
    """A cause with the submissions that have it, and the concepts in which they do."""

    title: str
    warning: bool
    concepts: tuple[str, ...]
    names: tuple[str, ...]


def commonest(entries: Iterable[Entry], lang: str) -> list[CommonMistake]:
    """Every cause in the class, the commonest first; each submission counts once."""
    by_cause: dict[tuple[bool, str], list[tuple[str, MistakeEntry]]] = {}
    for entry in entries:
        for mistake in entry.mistakes:
            # one cause may be a warning here and a mistake there
            key = (mistake.warning, mistake.cause)
            by_cause.setdefault(key, []).append((entry.name, mistake))
    common = [_common(cause, warning, had, lang) for (warning, cause), had in by_cause.items()]
    return sorted(common, key=lambda c: (-len(c.names), c.warning, c.title))


def _common(
    cause: str, warning: bool, occurrences: list[tuple[str, MistakeEntry]], lang: str
) -> CommonMistake:
    titles = {mistake.title for _, mistake in occurrences}
    concepts = dict.fromkeys(mistake.concept for _, mistake in occurrences)
    names = dict.fromkeys(name for name, _ in occurrences)
    # the blanks of a title differ from one submission to another
    title = titles.pop() if len(titles) == 1 else in_general(cause, lang)
    return CommonMistake(title, warning, tuple(concepts), tuple(names))


def in_general(cause: str, lang: str) -> str:
    """The cause's title with its blanks left open."""
    return re.sub(r"{\w+}", "…", CAUSES[cause].title.of(lang))
