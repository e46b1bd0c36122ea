"""A line that came as plain English text, in Japanese too: by the table, and never by guessing."""

from __future__ import annotations

import re
from functools import cache

from compare.check.i18n.japanese_lines import LINES
from compare.check.i18n.text import Text

_INNER = ("line", "what", "why")
_NUMBER, _WORD = r"-?[0-9][0-9.e+-]*", r"\S+"
_FORMS = {"n": _NUMBER, "m": _NUMBER, "name": _WORD, "event": _WORD, "names": ".*?"}
_BLANK = re.compile(r"\\{(\w+)\\}")
_PLACE = re.compile(r"(.+) \(([^()]+:\d+)(?:, in ([^()]+))?\)", re.DOTALL)
_RAISED = re.compile(r"(\w+): (?:\[Errno \d+\] )?(.+?)(: '.*')?", re.DOTALL)


def translated(line: str) -> Text:
    """The line as it came, and in Japanese as far as it is known."""
    return Text(line, _japanese(line) or line)


def _japanese(line: str) -> str | None:
    """The line in Japanese; None where nothing of it is known."""
    # the place is no part of any line in the table
    if place := _PLACE.fullmatch(line):
        message, where, function = place.groups()
        inside = f", {function} の中" if function else ""
        return f"{_japanese(message) or message}（{where}{inside}）"
    # before exceptions: a line of ours may have a colon, too
    for text, pattern in _patterns():
        if match := pattern.fullmatch(line):
            return _filled(text.ja, match.groupdict())
    raised = _RAISED.fullmatch(line)
    inner = raised and _japanese(raised[2])
    return f"{raised[1]}: {inner}{raised[3] or ''}" if raised and inner else None


def _filled(ja: str, blanks: dict[str, str]) -> str:
    known = {k: (_japanese(v) or v) if k in _INNER else v for k, v in blanks.items()}
    return re.sub(r"{(\w+)}", lambda blank: known[blank[1]], ja)


@cache
def _patterns() -> tuple[tuple[Text, re.Pattern[str]], ...]:
    return tuple((text, _pattern(text.en)) for text in LINES)


def _pattern(en: str) -> re.Pattern[str]:
    def group(blank: re.Match[str]) -> str:
        return f"(?P<{blank[1]}>{_FORMS.get(blank[1], '.+?')})"

    return re.compile(_BLANK.sub(group, re.escape(en)), re.DOTALL)
