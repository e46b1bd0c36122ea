"""Which name of a submission is meant to be which concept: as given, and as it may be guessed."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from compare.sandbox import Found
from compare.submission.binding import MappingError, plain
from compare.submission.concept import Concept

ALIKE = 0.75  # of difflib; below, a suggestion is more often wrong than right


def mapping_of(given: Iterable[str], file: Path | None = None) -> dict[str, str]:
    """``CONCEPT=NAME`` by ``CONCEPT=NAME``, after those of a TOML file.   Raises MappingError."""
    mapping = _of_file(file) if file is not None else {}
    for entry in given:
        concept, equals, name = (part.strip() for part in entry.partition("="))
        if not (concept and equals and name):
            raise MappingError(f"--map {entry}: expected CONCEPT=NAME, such as softmax=my_softmax")
        mapping[concept] = name
    return mapping


def _of_file(file: Path) -> dict[str, str]:
    """Lines such as ``softmax = "my_softmax"``, by themselves or below ``[map]``."""
    table = toml_table(file)
    entries = table.get("map", table)
    if not isinstance(entries, dict):
        raise MappingError(f'{file}: expected lines such as softmax = "my_softmax"')
    entries = flat(entries)
    for concept, name in entries.items():
        if not isinstance(name, str):
            raise MappingError(f"{file}: {concept} = {name!r}, expected a name in quotes")
    return entries


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The lines of a table: TOML takes the dot of ``optimizer.adam = 1`` for a table in it."""
    lines: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            lines |= flat(value, f"{prefix}{key}.")
        else:
            lines[prefix + key] = value
    return lines


def toml_table(file: Path) -> dict[str, Any]:
    """What a TOML file says.   Raises MappingError with its name, and the line that is wrong."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MappingError(f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise MappingError(f"{file} is not UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file} is no TOML: {error}") from None


def meant(found: Found, concepts: Iterable[Concept]) -> Concept | None:
    """The concept that a name left alone may be meant to be, or None where none is near."""
    names: dict[str, Concept] = {}
    for concept in concepts:
        for name in (concept.name, *concept.names):
            names.setdefault(plain(name), concept)
    mine = plain(found.name)
    whole = [name for name in names if len(name) > 2 and mine.endswith(name)]
    if whole:
        return names[max(whole, key=len)]
    near = difflib.get_close_matches(mine, names, 1, ALIKE)
    return names[near[0]] if near else None
