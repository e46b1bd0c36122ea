"""Reports without colours, for where rich is not installed, which the commands alone need."""

from __future__ import annotations

from typing import Any, TextIO


class Text:
    """What rich's Text is to a report: a text that is made part by part."""

    def __init__(self, text: str = "", style: str = "", end: str = "\n") -> None:
        self.plain = text

    def append(self, text: Any, style: str = "") -> Text:
        """Add a text, or another Text, at its end."""
        self.plain += str(text)
        return self

    def __len__(self) -> int:
        return len(self.plain)

    def __str__(self) -> str:
        return self.plain


class Console:
    """What rich's Console is to a report: lines, written to a file as they are."""

    def __init__(self, file: TextIO, **looks: Any) -> None:
        self.file = file

    def print(self, text: Any = "", end: str = "\n", **looks: Any) -> None:
        """Write a line."""
        self.file.write(f"{text}{end}")
