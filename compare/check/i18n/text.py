"""What is said to people, in each of their languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "ja")


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
            text = same(value) if isinstance(value, str) else value
            # not str.format: formulas have braces of their own
            en, ja = en.replace(f"{{{name}}}", text.en), ja.replace(f"{{{name}}}", text.ja)
        return Text(en, ja)


def same(text: str) -> Text:
    """What reads the same in both, such as a formula."""
    return Text(text, text)


NOTHING = same("")
