"""A class's grades as text for a terminal: a line for each, and what the class has in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compare.check.grading.commonest_mistakes import WARNING, commonest
from compare.check.grading.csv_table import points
from compare.check.grading.entry import Entry
from compare.check.grading.output_files import Gradebook
from compare.language.columns import cell_len
from compare.language.message import message
from compare.language.wrapping import padded, wrapped

WIDTH = 79
NAME = 30  # columns of a submission's name
FEW = 5  # of the commonest mistakes
_COMMONEST = message("Commonest mistakes:")
_ALIKE = message("The same bytes, judged once: {names}")
_ONE, _MORE = message("1 submission"), message("{n} submissions")
_JUDGED = message("{submissions} in {seconds} s")
_KEPT = message("{submissions} in {seconds} s, {kept} kept as they were")  # fmt: skip


def class_lines(
    book: Gradebook, kept: Sequence[Entry], alike: Sequence[Sequence[str]], seconds: float
) -> list[str]:
    """Name, points and outcome of each; the commonest mistakes; where it is written."""
    lines = [*_rows(book), "", *_common(book)]
    for names in alike:
        line = _ALIKE.filled({"names": ", ".join(names)}).of(book.lang)
        lines += wrapped(line, WIDTH, "", "  ")
    n = len(book.entries)
    counts: dict[str, str] = {
        "submissions": _ONE if n == 1 else _MORE.filled({"n": str(n)}),
        "kept": str(len(kept)),
        "seconds": f"{seconds:.0f}",
    }
    last = (_KEPT if kept else _JUDGED).filled(counts).of(book.lang)
    where = [str(book.out), *([str(book.pages / "index.html")] if book.pages else [])]
    return [*lines, f"{last}: {', '.join(where)}"]


def _rows(book: Gradebook) -> Iterator[str]:
    entries = book.sorted()
    name = min(NAME, max((cell_len(e.name) for e in entries), default=0) + 2)
    for entry in entries:
        head = f"{padded(entry.name, name)}{points(entry, book.most):>10}  "
        # cells and not characters: a name may be Japanese
        yield from wrapped(entry.outcome, WIDTH, head, " " * cell_len(head))


def _common(book: Gradebook) -> Iterator[str]:
    common = commonest(book.sorted(), book.lang)[:FEW]
    if common:
        yield _COMMONEST.of(book.lang)
        for each in common:
            head = f"{len(each.names):>5}  "
            title = f"{WARNING.of(book.lang)}: {each.title}" if each.warning else each.title
            yield from wrapped(title, WIDTH, head, " " * len(head))
        yield ""
