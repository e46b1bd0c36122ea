"""A class's grades as a table that spreadsheets open."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from compare.check.grading.class_points import ClassPoints
from compare.check.grading.entry import Entry
from compare.language.message import message

COLUMNS = (
    message("name"),
    message("points"),
    message("max"),
    message("outcome"),
)
UNDECIDED = message("to be looked at")
FEEDBACK = message("feedback")
_BOM = "\ufeff"  # by which Excel knows that it is UTF-8
# a spreadsheet would run what begins so: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_000  # characters; a cell of Excel takes 32,767


def grades_csv(entries: Sequence[Entry], points: ClassPoints, lang: str) -> str:
    """A header, and a row for each; a concept that has to be looked at is empty."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    write([*(c.of(lang) for c in (*COLUMNS, UNDECIDED)), *points.asked, FEEDBACK.of(lang)])
    for entry in entries:
        write(_row(entry, points))
    return _BOM + text.getvalue()


def _row(entry: Entry, points: ClassPoints) -> list[str]:
    grade = points.of(entry)
    return [
        cell(entry.name),
        f"{grade.points:g}",
        f"{points.most:g}",
        cell(entry.outcome),
        cell(" | ".join(entry.undecided)),
        *("" if mark.undecided else f"{mark.points:g}" for mark in grade.marks),
        cell(entry.feedback),
    ]


def cell(text: str) -> str:
    """A stranger's text for a spreadsheet, where it may not begin as a formula does."""
    text = " ".join(text.split())[:_LONGEST]
    return f"'{text}" if text.startswith(_FORMULA) else text
