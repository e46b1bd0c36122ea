"""A class's pages: an index with the commonest mistakes, and one for each submission."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from compare.check.grading.class_points import BEYOND, ClassPoints
from compare.check.grading.commonest_mistakes import WARNING, CommonMistake, commonest
from compare.check.grading.csv_table import COLUMNS, FEEDBACK
from compare.check.grading.entry import Entry
from compare.check.grading.rubric import Grade, Mark
from compare.language.message import message
from compare.report.html import templates

WORDS = {
    "title": message("Grades"),
    "commonest": message("Commonest mistakes"),
    "mistake": message("mistake"),
    "concepts": message("in"),
    "how_many": message("how many"),
    "who": message("who"),
    "others": message("the others"),
    "warning": WARNING,
    "alike": message("The same bytes, judged once"),
    "every": message("Submissions"),
    "back": message("All grades"),
    "concept": message("concept"),
    "asked": message("What is asked of everybody"),
    "had": message("handed in by"),
    "mean": message("mean"),
    "undecided": message("To be looked at: no points are lost or given by the program"),
}

FEW = 12  # submissions that are named at once, of those with one mistake
NOT_THERE = message("not handed in")
_MEAN = message("class {mean}")
_LOOKED_AT = message("to be looked at")


def index_page(
    entries: Sequence[Entry], points: ClassPoints, alike: Sequence[Sequence[str]], lang: str
) -> str:
    """Every submission with its points, outcome and mistakes; and what the class has in common."""
    rows = [
        {
            "href": page_name(e.name),
            "name": e.name,
            "points": points.shown(e),
            "outcome": e.outcome,
            "tone": e.tone,
            "causes": e.brief,
            "undecided": e.undecided,
        }
        for e in entries
    ]
    common = [_common(each) for each in commonest(entries, lang)]
    same = [[_link(name) for name in names] for names in alike]
    asked = [
        (concept, points.handed_in[concept], f"{points.means[concept]:.3g} / {most:g}")
        for concept, most in points.asked.items()
    ]
    beyond = BEYOND.filled({"concepts": points.named_beyond()}).of(lang) if points.beyond else ""
    undecided = [row for row in rows if row["undecided"]]
    return _rendered(
        "index.html", lang, rows=rows, common=common, alike=same, asked=asked, beyond=beyond,
        undecided_rows=undecided, few=FEW,
    )  # fmt: skip


def submission_page(entry: Entry, points: ClassPoints, lang: str) -> str:
    """What came of one, with the points of the class beside it."""
    view = _with_marks(entry.view, points.of(entry), points.means, lang)
    return _rendered(
        "submission.html", lang, name=entry.name, view=view, points=points.shown(entry)
    )


def _with_marks(
    page: Mapping[str, Any], grade: Grade, means: Mapping[str, float], lang: str
) -> dict[str, Any]:
    """The view with the points of each concept and the class's mean; and what is not there."""
    marks = {mark.concept: mark for mark in grade.marks}

    def marked(row: dict[str, Any]) -> dict[str, Any]:
        mark = marks.pop(row["concept"], None)
        if mark is None:
            return row
        mean = _MEAN.filled({"mean": f"{means[mark.concept]:.3g}"}).of(lang)
        return {**row, "points": _points(mark, lang), "mean": mean}

    rows = [marked(row) for row in page["rows"]]
    # what is left in `marks` is of concepts that it does not have
    absent = [
        marked({"concept": concept, "found": "", "outcome": NOT_THERE.of(lang), "tone": "todo",
                "beside": []})
        for concept in list(marks)
    ]  # fmt: skip
    return {**page, "rows": [*rows, *absent]}


def _points(mark: Mark, lang: str) -> str:
    """``0.9 / 1``."""
    return _LOOKED_AT.of(lang) if mark.undecided else f"{mark.points:g} / {mark.most:g}"


def _common(common: CommonMistake) -> dict[str, Any]:
    return {
        "title": common.title,
        "warning": common.warning,
        "concepts": common.concepts,
        "names": [_link(name) for name in common.names],
    }


def _link(name: str) -> dict[str, str]:
    return {"name": name, "href": page_name(name)}


def _rendered(template: str, lang: str, **values: Any) -> str:
    words = {key: text.of(lang) for key, text in WORDS.items()}
    table = {"columns": [c.of(lang) for c in COLUMNS], "feedback": FEEDBACK.of(lang)}
    page = templates("compare.check.report").get_template(template)
    # bare: the style is the page's, and not repeated in the block
    return page.render(lang=lang, bare=True, words=words, **table, **values)


def page_name(name: str) -> str:
    """A file name that every system takes, and that no other submission has."""
    # 60 characters: some systems take 255 bytes and no more
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.")[:60]
    # two names may differ only by what was left out of `safe`
    digest = crc32(name.encode("utf-8", "backslashreplace"))
    return f"{safe or 'submission'}-{digest:08x}.html"
