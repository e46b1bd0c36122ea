"""A class's grades as text for a terminal: a line for each, and what the class has in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from compare.report.commonest import commonest
from compare.report.gradebook import Gradebook
from compare.report.graded import Entry
from compare.report.grades_csv import points
from compare.report.wrapping import padded, wrapped
from compare.submission.texts import Text

WIDTH = 79
NAME = 30  # columns of a submission's name
FEW = 5  # of the commonest mistakes
_COMMONEST = Text("Commonest mistakes:", "多い誤り:")
_ALIKE = Text("The same bytes, judged once: {names}", "内容が同一のため一度だけ判定: {names}")
_JUDGED = Text("{n} submissions in {seconds} s", "提出物 {n} 件、{seconds} 秒")
_KEPT = Text("{n} submissions in {seconds} s, {kept} kept as they were",
             "提出物 {n} 件、{seconds} 秒（うち {kept} 件は前回のまま）")  # fmt: skip


def class_lines(
    book: Gradebook, kept: Sequence[Entry], alike: Sequence[Sequence[str]], seconds: float
) -> list[str]:
    """Name, points and outcome of each; the commonest mistakes; where it is written."""
    lines = [*_rows(book), "", *_common(book)]
    for names in alike:
        said = _ALIKE.filled({"names": ", ".join(names)}).of(book.lang)
        lines += wrapped(said, WIDTH, "", "  ")
    counts = {
        "n": str(len(book.entries)), "kept": str(len(kept)), "seconds": f"{seconds:.0f}"
    }  # fmt: skip
    last = (_KEPT if kept else _JUDGED).filled(counts).of(book.lang)
    where = [str(book.out), *([str(book.pages / "index.html")] if book.pages else [])]
    return [*lines, f"{last}: {', '.join(where)}"]


def _rows(book: Gradebook) -> Iterator[str]:
    entries = book.sorted()
    name = min(NAME, max((cell_len(e.name) for e in entries), default=0) + 2)
    for entry in entries:
        head = f"{padded(entry.name, name)}{points(entry, book.most):>10}  "
        yield from wrapped(entry.outcome, WIDTH, head, " " * cell_len(head))


def _common(book: Gradebook) -> Iterator[str]:
    common = commonest(book.sorted(), book.lang)[:FEW]
    if common:
        yield _COMMONEST.of(book.lang)
        for each in common:
            yield from wrapped(each.title, WIDTH, f"{len(each.names):>5}  ", " " * 7)
        yield ""
