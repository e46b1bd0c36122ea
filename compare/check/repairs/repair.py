"""An edit that makes right what is wrong, as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compare.check.i18n.text import Text
from compare.sandbox.worker.edits.statements import AFTER, BEFORE, FIRST_IN, LAST_IN, OUT_OF

CAUSES = ("right_with_one_edit", "right_with_line_elsewhere", "right_with_either_edit")
_WHERE = {
    BEFORE: ("before line {n}", "{n} 行目の前"),
    AFTER: ("after line {n}", "{n} 行目の後"),
    FIRST_IN: ("inside the loop of line {n}, at its begin", "{n} 行目のループの中の最初"),
    LAST_IN: ("inside the loop of line {n}, at its end", "{n} 行目のループの中の最後"),
    OUT_OF: ("after all of the block of line {n}", "{n} 行目のブロックの外、その後"),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where it is, and with what in the place of what it is right.

    ``where``: it should stand elsewhere, seen from the line ``beside``.
    """

    name: str
    line: int
    stands: str
    meant: str
    where: str = ""
    beside: int = 0

    @property
    def elsewhere(self) -> Text:
        """Where it should stand."""
        return Text(*(said.format(n=self.beside) for said in _WHERE[self.where]))

    @property
    def told(self) -> Text:
        """All of it, in few words."""
        line, name = self.line, self.name
        if self.where:
            to = self.elsewhere
            return Text(f"line {line} of {name} ({self.stands}) {to.en}",
                        f"{name} の {line} 行目（{self.stands}）を{to.ja}に")  # fmt: skip
        return Text(f"line {line} of {name} as {self.meant}",
                    f"{name} の {line} 行目を {self.meant} に")  # fmt: skip


@dataclass(frozen=True)
class Repair:
    """The places of which each by itself, written otherwise, makes all of it right."""

    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """The function that is wrong, or the first of those that may be."""
        return self.places[0].name

    @property
    def cause(self) -> str:
        """The key of its texts."""
        one, moved, either = CAUSES
        if len(self.places) > 1:
            return either
        return moved if self.places[0].where else one

    @property
    def blanks(self) -> Mapping[str, str | Text]:
        """Of the texts that say so."""
        if len(self.places) > 1:
            told = [place.told for place in self.places]
            either = Text(", or ".join(t.en for t in told), "、または ".join(t.ja for t in told))
            return {"either": either}
        place = self.places[0]
        said = {"place": place.name, "line": str(place.line), "stands": place.stands}
        if place.where:
            return {**said, "where": place.elsewhere}
        return {**said, "meant": place.meant}
