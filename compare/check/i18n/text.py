"""What is said to people, in each of their languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compare.language.message import ENGLISH, JAPANESE, Message, said


@dataclass(frozen=True)
class Text:
    """One sentence or formula in English and in Japanese; ``{blanks}`` are filled alike in both."""

    en: str
    ja: str

    def of(self, lang: str) -> str:
        """The sentence in ``en`` or ``ja``."""
        return self.ja if lang == "ja" else self.en

    def filled(self, blanks: Mapping[str, str | Text]) -> Text:
        """With ``{name}`` replaced by what it stands for; braces that are no blank stay."""
        en, ja = self.en, self.ja
        for name, value in blanks.items():
            text = _text(value)
            # not str.format: formulas have braces of their own
            en, ja = en.replace(f"{{{name}}}", text.en), ja.replace(f"{{{name}}}", text.ja)
        return Text(en, ja)


def _text(value: str | Text) -> Text:
    if isinstance(value, Text):
        return value
    # of plain text, a name or a formula, none is looked up
    return both(value) if isinstance(value, Message) else same(value)


def both(line: str) -> Text:
    """A line in both languages: what is no message, and in no catalogue, stays as it is."""
    return Text(said(line, ENGLISH), said(line, JAPANESE))


def same(text: str) -> Text:
    """What reads the same in both, such as a formula."""
    return Text(text, text)


def joined(*texts: Text | None) -> Text | None:
    """What is said together, or None where there is nothing to say."""
    said_together = [text for text in texts if text is not None]
    if not said_together:
        return None
    return Text("; ".join(t.en for t in said_together), "、".join(t.ja for t in said_together))


NOTHING = same("")
