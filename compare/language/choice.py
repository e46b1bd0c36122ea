"""Which language is spoken: ``--lang``, else SCRATCH_COMPARE_LANG, else that of the system."""

from __future__ import annotations

import ctypes
import locale
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from compare.language.message import ENGLISH, LANGUAGES, Message, plural, said

VARIABLE = "SCRATCH_COMPARE_LANG"
# what POSIX reads for messages, in this order
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_spoken: ContextVar[str] = ContextVar("language")


def language() -> str:
    """The language in force: that of ``speaking``, else what the environment asks for."""
    return _spoken.get("") or preferred(os.environ, sys.platform)


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Within it, that language is in force; "" leaves it as it is."""
    token = _spoken.set(lang or language())
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(lang: str) -> None:
    """That language from now on: for the start of a process that works for another one."""
    _spoken.set(lang)


def preferred(environment: Mapping[str, str], platform: str) -> str:
    """What these variables ask for; English where we do not have it."""
    asked = next((environment[name] for name in (VARIABLE, *_LOCALE) if environment.get(name)), "")
    if not asked and platform == "win32":
        asked = _of_windows()
    # ja, ja_JP.UTF-8
    lang = asked[:2].lower()
    return lang if lang in LANGUAGES else ENGLISH


def _of_windows() -> str:
    if sys.platform != "win32":
        return ""
    number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
    return locale.windows_locale.get(number, "")


def _(text: str, /, **values: Any) -> str:
    """The message in the language in force."""
    return Message(text, "", values).of(language())


def ngettext(one: str, many: str, n: int, /, **values: Any) -> str:
    """The message for n of something, in the language in force; ``{n}`` is among its places."""
    return plural(one, many, n, **values).of(language())


def told(line: Any) -> str:
    """A message, or a constant text of the catalogue, in the language in force."""
    return said(line, language())
