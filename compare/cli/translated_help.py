"""``--lang`` of every command, the help of each and click's own words in the language in force."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import TypeVar

import click

from compare.language.catalogue import LOCALE
from compare.language.choice import language, told
from compare.language.extraction import paragraphs
from compare.language.message import ENGLISH, LANGUAGES
from compare.language.wrapping import wrapped

CLICK = "click"
# columns: of a help text, and of what stands beside an option, as click lays them out
_WIDTH, _BESIDE = 75, 44

Command = TypeVar("Command", bound=click.Command)


def asked_language(arguments: Sequence[str]) -> str:
    """What ``--lang`` asks for, or "": click would see it only after what it may say before."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, beside = option.partition("=")
        if name == "--lang":
            asked = beside or value
            return asked if asked in LANGUAGES else ""
    return ""


@contextmanager
def click_translated() -> Iterator[None]:
    """Within it click says its own ("No such option") in the language in force.

    It asks gettext for each of its lines: for the domain and the language of the whole process.
    """
    domain, asked = gettext.textdomain(), os.environ.get("LANGUAGE")
    gettext.bindtextdomain(CLICK, LOCALE)
    gettext.textdomain(CLICK)
    os.environ["LANGUAGE"] = language()
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if asked is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = asked


def lang() -> click.Option:
    """The option: it is checked here, and was in force before (``asked_language``)."""
    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help="Language; by default that of SCRATCH_COMPARE_LANG, else the system's.",
    )


def in_language(command: Command) -> Command:
    """A copy of the command with ``--lang``, whose help is in the language in force."""
    translated = copy(command)
    there = any("--lang" in parameter.opts for parameter in command.params)
    translated.params = [_parameter(p) for p in [*command.params, *([] if there else [lang()])]]
    translated._help_option = None  # click keeps it, in the language of the first time
    translated.help = _text(command.help)
    translated.epilog = _text(command.epilog)
    translated.short_help = told(command.short_help or "") or None
    if isinstance(translated, click.Group):
        translated.commands = {n: in_language(c) for n, c in translated.commands.items()}
    return translated


def _parameter(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    translated = copy(parameter)
    translated.help = _laid_out(told(parameter.help), _BESIDE)
    return translated


def _text(text: str | None) -> str | None:
    if not text or language() == ENGLISH:
        return text
    return "\n\n".join(_laid_out(told(part), _WIDTH) for part in paragraphs(text))


def _laid_out(text: str, width: int) -> str:
    """With its lines: click, which breaks at spaces, leaves alone what follows a \\b."""
    if language() == ENGLISH:
        return text
    return "\b\n" + "\n".join(wrapped(text, width))
