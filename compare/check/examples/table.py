"""Examples read from a text: a program, and below it what people change in it, a line each.

::

    === tanh_layer | a layer of tanh
    class Tanh:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y
        def backward(self, dout):
            return dout * (1 - self.y ** 2)
    - a layer of tanh that forgets the square | slope_formula | self.y ** 2 => self.y

``=== concept | name | convention`` begins a program, a correct variant where it has a name. NumPy
is imported for it, unless it begins with an import of its own or with ``# without NumPy``.
``=== also concept | name | convention`` goes on with the program above it: with changes, or with
lines below. ``+ name | convention`` is a variant of the program, ``- name | cause`` a bug in it,
each with changes. ``-`` for a convention says that it is the course's own. A change is
``old => new``, wherever the old text stands, or a text that is added below; in it ``\\n`` breaks a
line, and so does each ``;`` of a ``def`` in one line.
"""

from __future__ import annotations

import re
from pathlib import Path

from compare.check.examples.example import Planted, Variant, with_changes

_OWN_IMPORTS = ("import ", "from ", "# without NumPy")
_DEF = re.compile(r"(def \w+\(.*?\)(?: -> \w+)?:) (.+)")


def read(file: Path) -> list[Planted | Variant]:
    """The examples of a file in their order; ValueError with the line that cannot be read."""
    examples: list[Planted | Variant] = []
    above = program = concept = ""
    for block in _blocks(file.read_text(encoding="utf-8")):
        for number, line in block:
            try:
                if line.startswith("=== "):
                    concept, *fields = line.removeprefix("=== ").split(" | ")
                    goes_on = concept.startswith("also ")
                    concept = concept.removeprefix("also ")
                    code = "".join(f"{text}\n" for _, text in block if _is_code(text))
                    program = _changed(f"{above}{code}" if goes_on else code, fields[2:])
                    above = above if goes_on else program
                    if fields and fields[0] != "-":
                        examples.append(_example("+", concept, program, fields[:2]))
                elif line and not _is_code(line):
                    examples.append(_example(line[0], concept, program, line[2:].split(" | ")))
            except ValueError as error:
                raise ValueError(f"{file.name}, line {number}, {line!r}: {error}") from error
    return examples


def _blocks(text: str) -> list[list[tuple[int, str]]]:
    """The numbered lines of each program; what stands above the first says what they are."""
    blocks: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("=== "):
            blocks.append([])
        blocks[-1].append((number, line))
    return blocks[1:]


def _is_code(line: str) -> bool:
    return bool(line) and not line.startswith(("=== ", "+ ", "- "))


def _example(kind: str, concept: str, program: str, fields: list[str]) -> Planted | Variant:
    name, label, *changes = fields if len(fields) > 1 else [*fields, "-"]
    source = _changed(program, changes)
    if not source.startswith(_OWN_IMPORTS):
        source = f"import numpy as np\n{source}"
    if kind == "+":
        return Variant(name, concept, source, "" if label == "-" else label)
    if label == "-":
        raise ValueError("a bug has a cause")
    return Planted(name, concept, (label,), source)


def _changed(program: str, changes: list[str]) -> str:
    for change in changes:
        old, arrow, new = f"{change} ".replace("\\n", "\n").partition(" => ")
        if arrow:
            program = with_changes(program, (old, new.removesuffix(" ")))
        else:
            program += _lines(old.removesuffix(" "))
    return program


def _lines(added: str) -> str:
    """A text as lines, those of a ``def`` in one line each in its own."""
    found = _DEF.fullmatch(added)
    parts = [added] if found is None else [found[1], *(f"    {s}" for s in found[2].split("; "))]
    return "".join(f"{part}\n" for part in parts)
