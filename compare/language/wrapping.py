"""Text broken into lines by the columns that it takes: Japanese has no spaces, and is wide."""

from __future__ import annotations

import re
import textwrap

from compare.language.choice import language
from compare.language.columns import cell_len, set_cell_size
from compare.language.message import ENGLISH

# A run of ASCII with its space, or one wide character; each with the punctuation that may not end
# a line before it, and that which may not begin one after it.
_PIECES = re.compile(
    r"[（「『]*(?:[\x21-\x7e]+[、。）」』：・ー]*|[^\x00-\x7f][、。）」』：・ー).,:;]*)\s*|\s+"
)


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """The lines of a text within ``width`` columns, indented by ``first`` and ``rest``."""
    lines, line = [], first
    for piece in (part for p in _PIECES.findall(text) for part in _cut(p, width - len(rest))):
        if cell_len((line + piece).rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = rest
        line += piece
    return [*lines, line.rstrip()]


def _cut(piece: str, width: int) -> list[str]:
    """A piece that is longer than a line, in parts."""
    if cell_len(piece) <= width:
        return [piece]
    return [piece[i : i + width] for i in range(0, len(piece), width)]


def filled(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """The lines of a text in the language in force: English breaks at spaces alone."""
    if language() != ENGLISH:
        return wrapped(text, width, first, rest)
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def right(text: str, width: int) -> str:
    """The text at the right of so many columns."""
    return " " * (width - cell_len(text)) + text


def padded(text: str, width: int) -> str:
    """The text in exactly so many columns; what is cut off ends in an ellipsis."""
    if cell_len(text) > width - 1:
        text = set_cell_size(text, width - 2).rstrip() + "…"
    return set_cell_size(text, width)
