"""What came of each submission so far, a line each, on the disk before anything is made of it.

It lies beside the table, ``grades.csv.resume``, and is read one line at a time: of a large class no
more than that is in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from compare.check.grading.entry import Entry
from compare.system.atomic_files import write_atomically

SUFFIX = ".resume"


class Journal:
    """The journal of a table.   Methods that write raise OSError."""

    def __init__(self, out: Path) -> None:
        self.path = journal_of(out)

    def add(self, entry: Entry) -> None:
        """One more submission."""
        self._append({"entry": entry.plain()})

    def note_table(self, text: str) -> None:
        """The table that will be written next: by it an edited one is told from it."""
        self._append({"csv": fingerprint(text)})

    def entries(self) -> Iterator[Entry]:
        """The last of each name, in the order in which these were written."""
        last = {entry.name: k for k, entry in self._numbered()}
        yield from (entry for k, entry in self._numbered() if last[entry.name] == k)

    def knows(self, text: str) -> bool:
        """Whether a table is as one of those that were written."""
        written = fingerprint(text)
        return any(line.get("csv") == written for _, line in self._lines())

    def keep(self, names: Collection[str], table: str) -> None:
        """Leave out all other names, and what is past."""
        entries = ({"entry": e.plain()} for e in self.entries() if e.name in names)
        lines = chain([{"csv": fingerprint(table)}], entries)
        write_atomically(self.path, (json.dumps(line) + "\n" for line in lines))

    def _numbered(self) -> Iterator[tuple[int, Entry]]:
        for k, line in self._lines():
            try:
                yield k, Entry.of(line["entry"])
            except (KeyError, TypeError):
                continue  # a table's, or of another version: it is judged anew

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                for k, line in enumerate(file):
                    try:
                        yield k, dict(json.loads(line))
                    except (ValueError, TypeError):
                        continue  # cut off
        except OSError:
            return

    def _append(self, line: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            # on the disk, and not only with the system: a machine may stop
            os.fsync(file.fileno())


def journal_of(out: Path) -> Path:
    """Where the journal of a table lies."""
    return out.with_name(out.name + SUFFIX)


def fingerprint(text: str) -> str:
    """By which a text is known again."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
