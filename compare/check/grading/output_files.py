"""The files of a class: a CSV and pages, whole after every submission; and what is kept to go on.

Beside the CSV lies a journal, ``grades.csv.resume``: a line for each submission, on the disk before
anything else is written of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compare.check.grading.class_points import ClassPoints, class_points
from compare.check.grading.csv_table import grades_csv
from compare.check.grading.entry import Entry
from compare.check.grading.pages import index_page, page_name, submission_page
from compare.check.grading.rubric import Rubric
from compare.language.message import message
from compare.system.atomic_files import CannotWrite, write_atomically
from compare.system.errors import UserError

JOURNAL = ".resume"


class ChangedSince(UserError):
    """A CSV that is not as it was written: to write over it would lose what somebody wrote."""


class Gradebook:
    """What is written of a class in one language, and where.   All methods raise CannotWrite."""

    def __init__(
        self, out: Path, pages: Path | None, rubric: Rubric, lang: str = "en", strict: bool = False
    ) -> None:
        self.out, self.pages, self.rubric = out, pages, rubric
        self.lang, self.strict = lang, strict
        self.entries: dict[str, Entry] = {}
        self.alike: tuple[tuple[str, ...], ...] = ()
        self._journal = journal_of(out)

    def begin(self, kept: Iterable[Entry], alike: Sequence[Sequence[str]] = ()) -> None:
        """The files with what is kept of an earlier run; ``alike`` are names of the same bytes."""
        self.entries = {entry.name: entry for entry in kept}
        self.alike = tuple(tuple(names) for names in alike)
        with _as_cannot_write(self.out):
            if self.pages is not None:
                self.pages.mkdir(parents=True, exist_ok=True)
            self._rewrite_journal()
            self._write()
            self._write_pages(self.entries.values(), self.points)

    def add(self, entry: Entry) -> None:
        """One more submission."""
        self.entries[entry.name] = entry
        with _as_cannot_write(self.out):
            # the journal first: between the two the CSV is the one that the line before knows
            self._note({"entry": entry.plain(), "csv": fingerprint(self._csv())})
            self._write()
            self._write_pages([entry], self.points)

    def end(self) -> None:
        """Pages with what is asked of the whole class, and a journal without what is past."""
        with _as_cannot_write(self.out):
            # which the last submission may have changed, and the means it has
            self._write_pages(self.entries.values(), self.points)
            self._rewrite_journal()

    def sorted(self) -> list[Entry]:
        """The entries by name."""
        return sorted(self.entries.values(), key=lambda e: e.name)

    @property
    def points(self) -> ClassPoints:
        """What is asked of the class as far as it is judged, and the means."""
        return class_points(self.sorted(), self.rubric)

    def _csv(self) -> str:
        return grades_csv(self.sorted(), self.points, self.lang)

    def _write(self) -> None:
        write_atomically(self.out, self._csv())
        if self.pages is not None:
            page = index_page(self.sorted(), self.points, self.alike, self.lang)
            write_atomically(self.pages / "index.html", page)

    def _write_pages(self, entries: Iterable[Entry], points: ClassPoints) -> None:
        if self.pages is not None:
            for entry in entries:
                page = submission_page(entry, points, self.lang)
                write_atomically(self.pages / page_name(entry.name), page)

    def _note(self, line: Mapping[str, Any]) -> None:
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            # on the disk, and not only with the system: a machine may stop
            os.fsync(file.fileno())

    def _rewrite_journal(self) -> None:
        csv = fingerprint(self._csv())
        lines = [json.dumps({"entry": e.plain(), "csv": csv}) for e in self.entries.values()]
        write_atomically(self._journal, "".join(f"{line}\n" for line in lines))


def journal_of(out: Path) -> Path:
    """Where the journal of a table lies."""
    return out.with_name(out.name + JOURNAL)


def earlier(out: Path) -> list[Entry]:
    """What the journal of an earlier run has, one of each name; nothing where there is none.

    Raises ChangedSince where the CSV is not as that run left it.
    """
    entries: dict[str, Entry] = {}
    written: set[str] = set()
    for line in _lines(journal_of(out)):
        try:
            noted = json.loads(line)
            entry = Entry.of(noted["entry"])
        except (ValueError, KeyError, TypeError):
            continue  # cut off, or of another version: it is judged anew
        entries[entry.name] = entry
        written.add(noted["csv"])
    # any of them: it may have stopped before the last one was written
    if out.exists() and fingerprint(_text(out)) not in written:
        raise ChangedSince(
            message(
                "{out} is not as an earlier run left it: it may have been edited. Move it "
                "away, or write over it with --force",
                out=out,
            )
        )
    return list(entries.values())


def fingerprint(text: str) -> str:
    """By which a text is known again."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _lines(journal: Path) -> list[str]:
    try:
        return journal.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


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
