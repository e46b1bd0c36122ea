"""A class of any size: the journal has each at once, the table follows, and nothing is lost."""

import pickle
import tracemalloc

import pytest

from compare.check.grading import output_files
from compare.check.grading.entry import Entry
from compare.check.grading.output_files import ChangedSince, Gradebook, earlier
from compare.check.grading.rubric import Grade, Mark, default_rubric

RUBRIC = default_rubric(["relu"])
VIEW = {"tone": "good", "rows": [], "blocks": [], "code": [], "rest": []}


def entry(name, points=1.0, note=""):
    view = {**VIEW, "name": name, "conclusion": note}
    grade = Grade((Mark("relu", points, 1.0),))
    return Entry(name, f"key of {name}", grade, "ALL SAME (1)", "good", "", (), (), (), view)


@pytest.fixture
def book(tmp_path):
    made = Gradebook(tmp_path / "g.csv", tmp_path / "pages", RUBRIC)
    made.begin(())
    return made


def names_in(book):
    return [line.split(",")[0] for line in book.out.read_text("utf-8-sig").splitlines()[1:]]


def test_the_table_follows_as_often_as_that_is_cheap_and_is_whole_at_the_end(book, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(output_files.time, "monotonic", lambda: clock[0])
    book._next_table = 5.0
    book.add(entry("a.py"))
    assert names_in(book) == [] and [e.name for e in earlier(book.out)] == ["a.py"]
    clock[0] = 6.0
    book.add(entry("b.py"))
    assert names_in(book) == ["a.py", "b.py"]
    book._next_table = 99.0
    book.add(entry("c.py"))
    book.end()
    assert names_in(book) == ["a.py", "b.py", "c.py"]


def test_what_was_judged_last_of_a_name_counts(book):
    for points in (0.0, 1.0):
        book.add(entry("a.py", points))
    book.end()
    (again,) = earlier(book.out)
    assert again.grade.points == 1
    assert len(book._journal.path.read_text("utf-8").splitlines()) == 2  # a table, and the entry


def test_pages_have_at_the_end_what_the_whole_class_is_asked(book):
    book.add(entry("a.py", 0.0, "mine"))
    for name in ("b.py", "c.py"):
        book.add(entry(name))
    book.end()
    (page,) = book.pages.glob("a.py-*.html")
    assert "mine" in page.read_text("utf-8") and "class 0.667" in page.read_text("utf-8")


def test_an_edited_table_is_known_from_every_one_that_was_written(book):
    book.add(entry("a.py"))
    book.end()
    assert [e.name for e in earlier(book.out)] == ["a.py"]
    book.out.write_text(book.out.read_text("utf-8") + "and mine\n", "utf-8")
    with pytest.raises(ChangedSince):
        earlier(book.out)


def test_of_a_large_class_no_page_stays_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(output_files, "PATIENCE", 1e9)
    book = Gradebook(tmp_path / "g.csv", None, RUBRIC)
    book.begin(())
    tracemalloc.start()
    try:
        for k in range(40):
            book.add(entry(f"{k}.py", note="x" * 100_000))
        book.end()
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3_000_000 and len(names_in(book)) == 40


def test_what_many_have_in_common_is_in_memory_once(book):
    for name in ("a.py", "b.py", "c.py"):
        # as they come from another process: equal, and another object each time
        book.add(pickle.loads(pickle.dumps(entry(name, 0.5 if name == "c.py" else 1.0))))
    a, b, c = (book.entries[name].grade.marks[0] for name in ("a.py", "b.py", "c.py"))
    assert a is b and (a.points, c.points) == (1.0, 0.5)
    book.end()
    kept = earlier(book.out)
    assert kept == book.sorted() and kept[0].grade.marks[0] is kept[1].grade.marks[0]
