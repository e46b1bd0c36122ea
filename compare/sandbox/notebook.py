"""The code cells of a notebook, without the lines that only a notebook understands."""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare.language.message import message
from compare.sandbox.interface import Unreadable

FURNITURE = re.compile(r"^\s*(?:[%!?]|[\w.\[\], ]+=\s*[%!]|[\w.]+\?{1,2}\s*$)")
CODE_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")


@dataclass(frozen=True)
class Cell:
    """A code cell: its place among the code cells, from 1, and its Python text."""

    number: int
    text: str


def cells_of(path: Path, text: str) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """The code cells in order, and a line for each that lost something.   Raises Unreadable."""
    try:
        notebook = json.loads(text)
        raw = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        texts = ["".join(_lines(cell["source"])) for cell in raw]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = message("{kind}: {message}", kind=type(error).__name__, message=str(error))
        raise Unreadable(
            message("{path} is no Jupyter notebook of format 4 ({why})", path=path, why=why)
        ) from None
    cells, notes = [], []
    for number, source in enumerate(texts, 1):
        plain, dropped = python_of(source)
        cells.append(Cell(number, plain))
        notes += [message("cell {n}: left out {text}", n=number, text=repr(s)) for s in dropped]
    return tuple(cells), tuple(notes)


def _lines(source: Any) -> list[str]:
    if isinstance(source, str):
        return [source]
    if all(isinstance(line, str) for line in source):
        return list(source)
    raise TypeError(message("a cell's source is neither text nor lines of text"))


def python_of(text: str) -> tuple[str, list[str]]:
    """The text with magics and shell lines blanked, and what was blanked.

    A cell that is Python as it stands keeps every line: one may begin with the operator ``%``.
    """
    if _first_error(text) is None:
        return text, []
    lines = text.split("\n")
    first = lines[0].strip()
    # the cell of another language: ``%%bash``, ``%%html``
    if first.startswith("%%") and first.split()[0] not in CODE_MAGICS:
        return "", [first]
    dropped = []
    # one line is blanked each time, so it ends
    for _ in range(len(lines)):
        position = _first_error("\n".join(lines))
        if position is None or not position < len(lines) or not FURNITURE.match(lines[position]):
            break  # it is Python now, or what is wrong with it is its author's
        dropped.append(lines[position].strip())
        lines[position] = _blank(lines[position])
    return "\n".join(lines), dropped


def _blank(line: str) -> str:
    """A statement that does nothing, as deep as the line was."""
    indent = line[: len(line) - len(line.lstrip())]
    # a block needs a statement; at the margin none is missing
    return f"{indent}pass" if indent else ""


def _first_error(text: str) -> int | None:
    """The line, from 0, at which it stops to be Python; None if it is."""
    try:
        with warnings.catch_warnings():
            # of its literals and escapes: what it warns of is for its author's own run
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return (error.lineno or 1) - 1
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None
