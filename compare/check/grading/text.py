"""A class's grades as text for a terminal: a line for each, and what the class has in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compare.check.grading.class_points import BEYOND, ClassPoints
from compare.check.grading.commonest_mistakes import WARNING, commonest
from compare.check.grading.entry import Entry
from compare.check.grading.output_files import Gradebook
from compare.language.columns import cell_len
from compare.language.message import message
from compare.language.wrapping import padded, wrapped

WIDTH = 79
NAME = 30  # columns of a submission's name
FEW = 5  # of the commonest mistakes
_COMMONEST = message("Commonest mistakes:")
_ASKED = message("Asked of everybody, with the mean of the class: {concepts}")
_VOTED = message("That is what at least half of the class has; --rubric FILE says otherwise.")
_UNDECIDED = message("To be looked at by you, as it could not be compared:")
_ALIKE = message("The same bytes, judged once: {names}")
_ONE, _MORE = message("1 submission"), message("{n} submissions")
_JUDGED = message("{submissions} in {seconds} s")
_KEPT = message("{submissions} in {seconds} s, {kept} kept as they were")  # fmt: skip


def class_lines(
    book: Gradebook, kept: Sequence[Entry], alike: Sequence[Sequence[str]], seconds: float
) -> list[str]:
    """Name, points and outcome of each; the commonest mistakes; where it is written."""
    points: ClassPoints = book.points
    lines = [*_rows(book, points), "", *_asked(book, points), *_undecided(book), *_common(book)]
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


def _asked(book: Gradebook, points: ClassPoints) -> Iterator[str]:
    means = [f"{c} {points.means[c]:.3g} / {most:g}" for c, most in points.asked.items()]
    if means:
        yield from wrapped(_ASKED.filled({"concepts": ", ".join(means)}).of(book.lang), WIDTH)
        if not book.rubric.required:
            yield from wrapped(_VOTED.of(book.lang), WIDTH)
        if points.beyond:
            beyond = BEYOND.filled({"concepts": points.named_beyond()})
            yield from wrapped(beyond.of(book.lang), WIDTH)
        yield ""


def _undecided(book: Gradebook) -> Iterator[str]:
    lines = [f"{entry.name}: {why}" for entry in book.sorted() for why in entry.undecided]
    if lines:
        yield _UNDECIDED.of(book.lang)
        for line in lines:
            yield from wrapped(line, WIDTH, "  ", "    ")
        yield ""


def _rows(book: Gradebook, points: ClassPoints) -> Iterator[str]:
    entries = book.sorted()
    name = min(NAME, max((cell_len(e.name) for e in entries), default=0) + 2)
    for entry in entries:
        head = f"{padded(entry.name, name)}{points.shown(entry):>10}  "
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
