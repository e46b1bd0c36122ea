"""A class's grades as CSV and as pages: written as they come, so that a cut-off loses none."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from compare.files import CannotWrite, write_atomically
from compare.report.checked_html import templates, view
from compare.report.wording import conclusion, outcome_of, reason, troubles
from compare.submission.classroom import Handed
from compare.submission.grading import Grade, Rubric
from compare.submission.judgement import Judgement
from compare.submission.texts import Text

COLUMNS = (
    Text("name", "提出物"),
    Text("points", "得点"),
    Text("max", "満点"),
    Text("outcome", "結果"),
)
FEEDBACK = Text("feedback", "講評")
TITLE = Text("Grades", "採点結果")
UNREADABLE = Text("CANNOT BE READ", "読めません")
OURS = Text("NOT JUDGED: an error of this program", "判定なし: このプログラムのエラー")
_BOM = "\ufeff"  # by which Excel knows that it is UTF-8
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Entry:
    """One submission with its grade."""

    handed: Handed
    grade: Grade

    def outcome(self, lang: str, strict: bool) -> str:
        """What came of it, in a few words."""
        if self.handed.ours:
            return OURS.of(lang)
        if self.handed.unreadable:
            return UNREADABLE.of(lang)
        return conclusion(self.handed.checked, strict).of(lang)


def cell(text: str) -> str:
    """A stranger's text for a spreadsheet, where it may not begin as a formula does."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(_FORMULA) else text


def header(rubric: Rubric, lang: str) -> list[str]:
    """The names of the columns."""
    return [*(c.of(lang) for c in COLUMNS), *rubric.points, FEEDBACK.of(lang)]


def row(entry: Entry, rubric: Rubric, lang: str, strict: bool = False) -> list[str]:
    """One line of the CSV; a concept that does not count is empty."""
    marks = {mark.concept: f"{mark.points:g}" for mark in entry.grade.marks}
    return [
        cell(entry.handed.submission.name),
        f"{entry.grade.points:g}",
        f"{entry.grade.most:g}",
        cell(entry.outcome(lang, strict)),
        *(marks.get(concept, "") for concept in rubric.points),
        cell(feedback(entry, lang)),
    ]


def feedback(entry: Entry, lang: str) -> str:
    """What its author should know: what is wrong with each concept, and what to do."""
    checked = entry.handed.checked
    said = [text.of(lang) for _, text in troubles(checked)]
    said += [_of(j, lang) for j in checked.judgements if j.diagnoses or j.fails()]
    return " | ".join(said)


def _of(judgement: Judgement, lang: str) -> str:
    if not judgement.diagnoses:
        return (
            f"{judgement.concept}: {reason(judgement).of(lang) or outcome_of(judgement).of(lang)}"
        )
    told = [f"{d.title.of(lang)} → {d.advice.of(lang)}" for d in judgement.diagnoses]
    return f"{judgement.concept}: {' '.join(told)}"


def line(cells: Sequence[str]) -> str:
    """One line of CSV."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


class Gradebook:
    """The files of a class: a row is appended, and a page written, as soon as one is judged."""

    def __init__(
        self, out: Path, pages: Path | None, rubric: Rubric, lang: str, strict: bool
    ) -> None:
        self.out, self.pages, self.rubric = out, pages, rubric
        self.lang, self.strict = lang, strict
        self.entries: list[Entry] = []

    def begin(self) -> None:
        """The header, and the folder of pages.   Raises CannotWrite."""
        try:
            self.out.write_text(_BOM + line(header(self.rubric, self.lang)), "utf-8", newline="")
            if self.pages is not None:
                self.pages.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite.at(error.filename or self.out, error) from error

    def add(self, entry: Entry) -> None:
        """One more submission.   Raises CannotWrite."""
        self.entries.append(entry)
        try:
            with self.out.open("a", encoding="utf-8", newline="") as file:
                file.write(line(row(entry, self.rubric, self.lang, self.strict)))
                file.flush()
                os.fsync(file.fileno())
            if self.pages is not None:
                write_atomically(self.pages / page_name(entry), self._page(entry))
                write_atomically(self.pages / "index.html", self._index())
        except OSError as error:
            raise CannotWrite.at(error.filename or self.out, error) from error

    def end(self) -> None:
        """The same rows, by name.   Raises CannotWrite."""
        rows = [row(e, self.rubric, self.lang, self.strict) for e in self._sorted()]
        text = "".join(line(cells) for cells in [header(self.rubric, self.lang), *rows])
        try:
            write_atomically(self.out, _BOM + text)
        except OSError as error:
            raise CannotWrite.at(self.out, error) from error

    def _sorted(self) -> list[Entry]:
        return sorted(self.entries, key=lambda e: e.handed.submission.name)

    def _page(self, entry: Entry) -> str:
        checked = entry.handed.checked
        return self._rendered(
            "submission.html",
            title=checked.name,
            view=view(checked, self.lang, self.strict),
            points=f"{entry.grade.points:g} / {entry.grade.most:g}",
            outcome=entry.outcome(self.lang, self.strict),
            marks=entry.grade.marks,
        )

    def _index(self) -> str:
        rows = [
            {
                "href": page_name(e),
                "name": e.handed.submission.name,
                "points": f"{e.grade.points:g} / {e.grade.most:g}",
                "outcome": e.outcome(self.lang, self.strict),
                "tone": "good" if e.handed.checked.passed(self.strict) else "bad",
                "causes": causes(e, self.lang),
            }
            for e in self._sorted()
        ]
        return self._rendered("index.html", title=TITLE.of(self.lang), rows=rows)

    def _rendered(self, template: str, **values: Any) -> str:
        words = {"columns": [c.of(self.lang) for c in COLUMNS], "feedback": FEEDBACK.of(self.lang)}
        return templates().get_template(template).render(lang=self.lang, **words, **values)


def causes(entry: Entry, lang: str) -> list[str]:
    """What is wrong in a few words each, for the index."""
    checked = entry.handed.checked
    failing = (j for j in checked.judgements if j.diagnoses and j.fails())
    said = [text.of(lang) for _, text in troubles(checked)]
    return [*said, *(f"{j.concept}: {j.diagnoses[0].title.of(lang)}" for j in failing)]


def page_name(entry: Entry) -> str:
    """A file name that every system takes, and that no other submission has."""
    name = entry.handed.submission.name
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.")[:60]
    digest = crc32(name.encode("utf-8", "backslashreplace"))
    return f"{safe or 'submission'}-{digest:08x}.html"


def summary(
    entries: Iterable[Entry], lang: str, strict: bool = False
) -> list[tuple[str, str, str]]:
    """Name, points and outcome of every submission, by name."""
    ordered = sorted(entries, key=lambda e: e.handed.submission.name)
    return [
        (
            e.handed.submission.name,
            f"{e.grade.points:g} / {e.grade.most:g}",
            e.outcome(lang, strict),
        )
        for e in ordered
    ]
