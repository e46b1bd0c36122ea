"""A class's grades as a table that spreadsheets open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from compare.check.grading.entry import Entry
from compare.check.grading.rubric import Rubric
from compare.language.message import message

COLUMNS = (
    message("name"),
    message("points"),
    message("max"),
    message("outcome"),
)
FEEDBACK = message("feedback")
_BOM = "\ufeff"  # by which Excel knows that it is UTF-8
# a spreadsheet would run what begins so: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_000  # characters; a cell of Excel takes 32,767


def grades_csv(entries: Sequence[Entry], rubric: Rubric, lang: str) -> str:
    """A header, and a row for each; a concept that does not count is empty."""
    concepts = columns(entries, rubric)
    text = io.StringIO()
    write = csv.writer(text).writerow
    write([*(c.of(lang) for c in COLUMNS), *concepts, FEEDBACK.of(lang)])
    most = most_of_class(entries)
    for entry in entries:
        write(_row(entry, concepts, most))
    return _BOM + text.getvalue()


def columns(entries: Iterable[Entry], rubric: Rubric) -> list[str]:
    """The concepts of a rubric that lists them; else those that somebody has, in its order."""
    if rubric.listed:
        return list(rubric.points)
    marked = {mark.concept for entry in entries for mark in entry.grade.marks}
    return [concept for concept in rubric.points if concept in marked]


def most_of_class(entries: Iterable[Entry]) -> float:
    """The most points that a submission of the class can have."""
    return max((entry.grade.most for entry in entries), default=0.0)


def most_of(entry: Entry, most: float) -> float:
    """What a submission could have had: one that is void as much as any of the class."""
    return most if entry.grade.void and not entry.grade.marks else entry.grade.most


def points(entry: Entry, most: float) -> str:
    """``2.9 / 4``."""
    return f"{entry.grade.points:g} / {most_of(entry, most):g}"


def _row(entry: Entry, concepts: Sequence[str], most: float) -> list[str]:
    marks = {mark.concept: f"{mark.points:g}" for mark in entry.grade.marks}
    return [
        cell(entry.name),
        f"{entry.grade.points:g}",
        f"{most_of(entry, most):g}",
        cell(entry.outcome),
        *(marks.get(concept, "") for concept in concepts),
        cell(entry.feedback),
    ]


def cell(text: str) -> str:
    """A stranger's text for a spreadsheet, where it may not begin as a formula does."""
    text = " ".join(text.split())[:_LONGEST]
    return f"'{text}" if text.startswith(_FORMULA) else text
