"""The files of a class: a CSV and pages, whole at any time; and what is kept to go on.

A submission's page and its line in the journal are written as it is judged. The CSV and the index,
which are of the whole class, are brought up to date as often as that costs little.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from compare.check.grading.class_points import class_points
from compare.check.grading.csv_table import grades_csv
from compare.check.grading.entry import Entry
from compare.check.grading.journal import Journal
from compare.check.grading.pages import index_page, page_name, submission_page
from compare.check.grading.rubric import Rubric
from compare.language.message import message
from compare.system.atomic_files import CannotWrite, write_atomically
from compare.system.errors import UserError

Part = TypeVar("Part")
PATIENCE = 20  # times as long as the table of the class took, until it is written again


class ChangedSince(UserError):
    """A CSV that is not as it was written: to write over it would lose what somebody wrote."""


class Gradebook:
    """What is written of a class in one language, and where.   All methods raise CannotWrite.

    Of each entry what stands on its page is in the journal alone.
    """

    def __init__(
        self, out: Path, pages: Path | None, rubric: Rubric, lang: str = "en", strict: bool = False
    ) -> None:
        self.out, self.pages, self.rubric = out, pages, rubric
        self.lang, self.strict = lang, strict
        self.entries: dict[str, Entry] = {}
        self.alike: tuple[tuple[str, ...], ...] = ()
        self.points = class_points((), rubric)
        self._journal = Journal(out)
        self._next_table = 0.0
        self._parts: dict[Any, Any] = {}

    def begin(self, kept: Iterable[Entry], alike: Sequence[Sequence[str]] = ()) -> None:
        """The files with what is kept of an earlier run; ``alike`` are names of the same bytes."""
        self.entries = {entry.name: entry for entry in kept}
        self.alike = tuple(tuple(names) for names in alike)
        with _as_cannot_write(self.out):
            if self.pages is not None:
                self.pages.mkdir(parents=True, exist_ok=True)
            self._write_table()
            self._journal.keep(self.entries, self._csv())

    def add(self, entry: Entry) -> None:
        """One more submission."""
        with _as_cannot_write(self.out):
            self._journal.add(entry)
            self.entries[entry.name] = lean(entry, self._parts)
            if time.monotonic() >= self._next_table:
                self._write_table()
            self._write_page(entry)

    def end(self) -> None:
        """The table, pages with what the whole class is asked, a journal without what is past."""
        with _as_cannot_write(self.out):
            self._write_table()
            self._journal.keep(self.entries, self._csv())
            if self.pages is not None:
                for entry in self._journal.entries():
                    self._write_page(entry)

    def sorted(self) -> list[Entry]:
        """The entries by name."""
        return sorted(self.entries.values(), key=lambda e: e.name)

    def _csv(self) -> str:
        return grades_csv(self.sorted(), self.points, self.lang)

    def _write_table(self) -> None:
        began = time.monotonic()
        self.points = class_points(self.sorted(), self.rubric)
        table = self._csv()
        # the journal first: between the two the table is one that it knows
        self._journal.note_table(table)
        write_atomically(self.out, table)
        if self.pages is not None:
            page = index_page(self.sorted(), self.points, self.alike, self.lang)
            write_atomically(self.pages / "index.html", page)
        now = time.monotonic()
        self._next_table = now + PATIENCE * (now - began)

    def _write_page(self, entry: Entry) -> None:
        if self.pages is not None:
            page = submission_page(entry, self.points, self.lang)
            write_atomically(self.pages / page_name(entry.name), page)


def lean(entry: Entry, parts: dict[Any, Any]) -> Entry:
    """What the table and the index need of it; ``parts`` that many have are in memory once."""

    def shared(each: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(parts.setdefault(part, part) for part in each)

    return replace(
        entry,
        view={},
        grade=replace(entry.grade, marks=shared(entry.grade.marks)),
        mistakes=shared(entry.mistakes),
        brief=shared(entry.brief),
        undecided=shared(entry.undecided),
    )


def earlier(out: Path) -> list[Entry]:
    """What the journal of an earlier run has, one of each name; nothing where there is none.

    Raises ChangedSince where the CSV is not as that run left it.
    """
    journal = Journal(out)
    if out.exists() and not journal.knows(_text(out)):
        raise ChangedSince(
            message(
                "{out} is not as an earlier run left it: it may have been edited. Move it "
                "away, or write over it with --force",
                out=out,
            )
        )
    parts: dict[Any, Any] = {}
    return [lean(entry, parts) for entry in journal.entries()]


def _text(out: Path) -> str:
    try:
        return out.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


@contextmanager
def _as_cannot_write(path: Path) -> Iterator[None]:
    """An error of the system while files are written is CannotWrite with the path."""
    try:
        yield
    except OSError as error:
        raise CannotWrite.at(error.filename or path, error) from error
