"""How many columns of a terminal a text takes: a character of Japanese takes two."""

from __future__ import annotations

from unicodedata import combining, east_asian_width


def cell_len(text: str) -> int:
    """The columns of a text."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def set_cell_size(text: str, total: int) -> str:
    """The text cut, or filled up with spaces, to so many columns."""
    while text and cell_len(text) > total:  # a wide one that is cut in half leaves a space
        text = text[:-1]
    return text + " " * (total - cell_len(text))
