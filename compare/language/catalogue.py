"""The catalogues of messages: compare/locale/LANGUAGE/LC_MESSAGES, made by ``make messages``."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"
DOMAIN = "compare"


def looked_up(text: str, lang: str, many: str = "", n: int = 1) -> str:
    """The text of the catalogue; as it is where the catalogue has none."""
    if not text:  # gettext keeps its header there
        return text
    catalogue = _catalogue(lang)
    return catalogue.ngettext(text, many, n) if many else catalogue.gettext(text)


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [lang], fallback=True)
