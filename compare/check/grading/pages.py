"""A class's pages: an index with the commonest mistakes, and one for each submission."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from compare.check.grading.commonest_mistakes import WARNING, CommonMistake, commonest
from compare.check.grading.csv_table import COLUMNS, FEEDBACK, most_of_class, points
from compare.check.grading.entry import Entry
from compare.language.message import message
from compare.report.html import templates

WORDS = {
    "title": message("Grades"),
    "commonest": message("Commonest mistakes"),
    "mistake": message("mistake"),
    "concepts": message("in"),
    "how_many": message("how many"),
    "who": message("who"),
    "warning": WARNING,
    "alike": message("The same bytes, judged once"),
    "every": message("Submissions"),
    "back": message("All grades"),
}


def index_page(entries: Sequence[Entry], alike: Sequence[Sequence[str]], lang: str) -> str:
    """Every submission with its points, outcome and mistakes; and what the class has in common."""
    most = most_of_class(entries)
    rows = [
        {
            "href": page_name(e.name),
            "name": e.name,
            "points": points(e, most),
            "outcome": e.outcome,
            "tone": e.tone,
            "causes": e.brief,
        }
        for e in entries
    ]
    common = [_common(each) for each in commonest(entries, lang)]
    same = [[_link(name) for name in names] for names in alike]
    return _rendered("index.html", lang, rows=rows, common=common, alike=same)


def submission_page(entry: Entry, most: float, lang: str) -> str:
    """What came of one; ``most`` is what a submission of the class could have had."""
    return _rendered(
        "submission.html", lang, name=entry.name, view=entry.view, points=points(entry, most)
    )


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
