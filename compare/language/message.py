"""A message: a line in English that knows what it takes to say it in another language.

It is text, so that whoever keeps, compares or writes a line need not know that it is one. Of what
is put together with it no more than the English is left: that is a message of its own, with this
one among its values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

from compare.language.catalogue import looked_up

ENGLISH, JAPANESE = "en", "ja"
LANGUAGES = (ENGLISH, JAPANESE)
# not str.format: what a stranger wrote may stand in it, and formulas have braces of their own
_PLACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


class Message(str):
    """``text`` with its ``{places}`` filled by ``values``; ``many`` is said where n is not 1."""

    text: str
    many: str
    values: Mapping[str, Any]

    def __new__(cls, text: str, many: str, values: Mapping[str, Any]) -> Message:
        self = super().__new__(cls, _filled(_form(text, many, values), values, ENGLISH))
        self.text, self.many, self.values = text, many, {k: _plain(v) for k, v in values.items()}
        return self

    def __str__(self) -> str:
        return self  # str(error) is what was raised, and no copy of its English

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.text, self.many, self.values)

    def filled(self, values: Mapping[str, Any]) -> Message:
        """With these values."""
        return Message(self.text, self.many, values)

    def mapped(self, change: Callable[[str], str]) -> Message:
        """With every text among its values changed, those of messages in it too."""
        values = {
            k: v.mapped(change)
            if isinstance(v, Message)
            else change(v)
            if isinstance(v, str)
            else v
            for k, v in self.values.items()
        }
        return Message(self.text, self.many, values)

    def of(self, lang: str) -> str:
        """In that language."""
        if lang == ENGLISH:
            return str.__str__(self)
        text = looked_up(self.text, lang, self.many, self.values["n"] if self.many else 1)
        return _filled(text, self.values, lang)


def message(text: str, /, **values: Any) -> Message:
    """The line, to be said later; values may be messages, or plain text."""
    return Message(text, "", values)


def plural(one: str, many: str, n: int, /, **values: Any) -> Message:
    """The line of ``n`` of something, to be said later; ``{n}`` is among its places."""
    return Message(one, many, {"n": n, **values})


def joined(lines: Iterable[str], between: str = " ") -> Message:
    """The lines behind each other."""
    texts = list(lines)
    names = [f"line{k}" for k in range(len(texts))]
    text = between.join(f"{{{name}}}" for name in names)
    return Message(text, "", dict(zip(names, texts, strict=True)))


def constant(text: str) -> Message:
    """A text that stands in a table of ours, whatever it has of braces, to be said later."""
    return text if isinstance(text, Message) else Message(text, "", {})


def said(line: Any, lang: str) -> str:
    """A line in that language: a message, or a text of the catalogue that has no values."""
    line = line if isinstance(line, str) or hasattr(line, "of") else str(line)
    if hasattr(line, "of"):
        return str(line.of(lang))
    return line if lang == ENGLISH else looked_up(line, lang)


def mapped(line: str, change: Callable[[str], str]) -> str:
    """A line with whatever is not our own in it changed: a path, or a stranger's text."""
    return line.mapped(change) if isinstance(line, Message) else change(line)


def _plain(value: Any) -> Any:
    # numbers keep their form for the text, what has languages keeps them, a path is its text
    kept = isinstance(value, (str, Real)) or hasattr(value, "of")
    # str(error) is the message that was raised
    return value if kept else str(value)


def _form(text: str, many: str, values: Mapping[str, Any]) -> str:
    return many if many and values["n"] != 1 else text


def _filled(text: str, values: Mapping[str, Any], lang: str) -> str:
    def value(place: re.Match[str]) -> str:
        name, form = place.groups()
        if name not in values:
            return place[0]
        given = values[name]
        return str(given.of(lang)) if hasattr(given, "of") else format(given, form or "")

    return _PLACE.sub(value, text)
