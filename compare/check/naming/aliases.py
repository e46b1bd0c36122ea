"""Definitions of a file that have several names: ``MSE = MeanSquaredError``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container
from dataclasses import replace

from compare.check.naming.grammar import read
from compare.sandbox.interface import Definition, Inventory

_OWN_NAME = re.compile(r"^(?:class|def|async def) +(\w+)|\A(\w+) *(?::[^=]*)?= *lambda\b", re.M)


def without_aliases(inventory: Inventory, asked: Container[str] = ()) -> Inventory:
    """The same, with each definition under its own name, or the only one of them that says what
    it is; and under those ``asked`` for.
    """
    named: defaultdict[tuple[str, int, str], list[Definition]] = defaultdict(list)
    for d in inventory.found:
        if _own_name(d):
            named[d.file, d.line, d.source].append(d)
    kept = {id(min(alike, key=_rank)) for alike in named.values()}
    left_out = {id(d) for alike in named.values() for d in alike if id(d) not in kept}
    found = (d for d in inventory.found if id(d) not in left_out or d.name in asked)
    return replace(inventory, found=tuple(found))


def _own_name(definition: Definition) -> str:
    """The name in its text, where that stands in no function that may make several; else ""."""
    said = _OWN_NAME.search(definition.source)
    inside = definition.source[:1].isspace() or definition.kind == "value"
    return (said[1] or said[2]) if said and not inside else ""


def _rank(definition: Definition) -> tuple[bool, bool]:
    silent = read(definition.name, definition.kind == "class") is None
    return silent, definition.name.rpartition(".")[2] != _own_name(definition)
