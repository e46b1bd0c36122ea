"""What a journal gives back, whatever became of its file."""

from compare.check.grading.entry import Entry
from compare.check.grading.journal import Journal
from compare.check.grading.rubric import Grade


def entry(name, key=""):
    return Entry(name, key, Grade(), "", "good", "", (), (), (), {})


def test_the_last_of_each_name_is_there_and_what_is_cut_off_is_not(tmp_path):
    journal = Journal(tmp_path / "g.csv")
    assert list(journal.entries()) == []
    for name, key in (("a", "1"), ("b", "2"), ("a", "3")):
        journal.add(entry(name, key))
    whole = journal.path.read_text("utf-8")
    journal.path.write_text(whole + '[1]\nnull\n{"entry": 3}\n' + whole[:30], "utf-8")
    assert [(e.name, e.key) for e in journal.entries()] == [("b", "2"), ("a", "3")]


def test_it_knows_every_table_and_no_other(tmp_path):
    journal = Journal(tmp_path / "g.csv")
    journal.note_table("one")
    journal.note_table("two")
    assert journal.knows("one") and journal.knows("two") and not journal.knows("three")
    journal.keep((), "two")
    assert journal.knows("two") and not journal.knows("one")


def test_only_what_is_named_is_kept(tmp_path):
    journal = Journal(tmp_path / "g.csv")
    for name in "abc":
        journal.add(entry(name))
    journal.keep({"a", "c"}, "")
    assert [e.name for e in journal.entries()] == ["a", "c"]
