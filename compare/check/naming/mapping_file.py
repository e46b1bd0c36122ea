"""Which name of a submission is meant to be which concept: as given, and as it may be guessed."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from compare.check.concept import Concept
from compare.check.naming.bind import MappingError, plain
from compare.check.naming.grammar import spellings
from compare.language.message import message
from compare.language.system_errors import reason
from compare.sandbox.interface import Definition
from compare.system.shell_quoting import quoted

ALIKE = 0.8  # of difflib; below, a suggestion is more often wrong than right
_BASES = frozenset("layer activation loss optimizer module base function model elu".split())
# things that this table does not have: leaky_relu is no other spelling of relu
_OTHERS = (
    "leaky",
    "prelu",
    "gelu",
    "selu",
    "swish",
    "softplus",
    "softsign",
    "conv",
    "dropout",
    "batchnorm",
    "pool",
)
_VAGUE = frozenset(  # alone they say which concept, at the end of another name they do not
    "forward backward predict linear model layer loss net step update fit train act".split()
)
AsTyped = Callable[[str, str], str]  # a concept and a name, as their reader gives them


def as_option(concept: str, name: str) -> str:
    """How a name is said to be a concept on the command line."""
    return f"--map {quoted(f'{concept}={name}')}"


def as_argument(concept: str, name: str) -> str:
    """How a name is said to be a concept in Python."""
    return f'mapping={{"{concept}": "{name}"}}'


def mapping_of(entries: Iterable[str], file: Path | None = None) -> dict[str, str]:
    """``CONCEPT=NAME`` by ``CONCEPT=NAME``, after those of a TOML file.   Raises MappingError."""
    mapping = _from_file(file) if file is not None else {}
    for entry in entries:
        concept, equals, name = (part.strip() for part in entry.partition("="))
        if not (concept and equals and name):
            raise MappingError(
                message(
                    "--map {entry}: expected CONCEPT=NAME, such as softmax=my_softmax", entry=entry
                )
            )
        mapping[concept] = name
    return mapping


def _from_file(file: Path) -> dict[str, str]:
    """Lines such as ``softmax = "my_softmax"``, by themselves or below ``[map]``."""
    table = toml_table(file)
    entries = table.get("map", table)
    if not isinstance(entries, dict):
        raise MappingError(
            message('{file}: expected lines such as softmax = "my_softmax"', file=file)
        )
    entries = flat(entries)
    for concept, name in entries.items():
        if not isinstance(name, str):
            raise MappingError(
                message(
                    "{file}: {concept} = {name}, expected a name in quotes",
                    file=file,
                    concept=concept,
                    name=repr(name),
                )
            )
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
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))  # a BOM is no TOML
    except OSError as error:
        raise MappingError(
            message("{file} cannot be read: {error}", file=file, error=reason(error))
        ) from None
    except UnicodeDecodeError:
        raise MappingError(message("{file} is not UTF-8: save it as UTF-8", file=file)) from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(message("{file} is no TOML: {error}", file=file, error=error)) from None


def meant(
    definition: Definition, missing: Iterable[Concept], every: Iterable[Concept]
) -> Concept | None:
    """The missing concept that a name left alone may be meant to be, or None where none is near.

    Of a name that is nearer to a concept that was found elsewhere, nothing is said.
    """
    names: dict[str, Concept] = {}
    for concept in every:
        for name in (concept.name, *chain.from_iterable(map(spellings, concept.names))):
            # of two concepts with one name the first, as when they are bound
            names.setdefault(plain(name), concept)
    near = _nearest(definition.name, names)
    return next((concept for concept in missing if near and concept is names[near]), None)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The longest known name that it ends with, at the beginning of a word, or the most alike."""
    mine = plain(name)
    if mine in _BASES or any(other in mine for other in _OTHERS):
        return None
    ends = {plain(name[start:]) for start in range(len(name)) if _begins_a_word(name, start)}
    whole_words = [each for each in known if each in ends and each not in _VAGUE]
    if whole_words:
        return max(whole_words, key=len)
    alike = [each for each in known if each[:1] == mine[:1]]
    return next(iter(difflib.get_close_matches(mine, alike, 1, ALIKE)), None)


def _begins_a_word(name: str, start: int) -> bool:
    before, here = name[start - 1] if start else "_", name[start]
    return here != "_" and (before == "_" or (here.isupper() and not before.isupper()))
