"""``grade`` for a class of many: going on, what is the same, what is common, what fits a table."""

import csv
import io
import os
import re
from itertools import count

import pytest
from click.testing import CliRunner

from compare.check.grading import plan, workers
from compare.check.grading.csv_table import cell
from compare.check.grading.journal import SUFFIX
from compare.cli import main

pytestmark = pytest.mark.slow

RIGHT = """
import numpy as np

def softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
WRONG = RIGHT.replace("axis=-1, keepdims=True", "")
WITH_RELU = RIGHT + "\ndef relu(u): return np.maximum(u, 0)\n"
UNSTABLE = RIGHT.replace("u - u.max(axis=-1, keepdims=True)", "u")
OVERFLOW = "overflow encountered in exp"  # as NumPy says it
RAISES = "def relu(u): raise ValueError('no')\n"


def invoke(*arguments):
    return CliRunner().invoke(main, ["grade", *map(str, arguments)])


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


@pytest.fixture
def room(tmp_path):
    """A folder for submissions, and what grades it, here: others judge in test_grade."""
    folder = tmp_path / "in"
    folder.mkdir()

    def grade(*options, **files):
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        written = ("--out", tmp_path / "g.csv", "--html", tmp_path / "p")
        return invoke(folder, *written, "--jobs", "1", *options)

    grade.out, grade.folder, grade.pages = tmp_path / "g.csv", folder, tmp_path / "p"
    return grade


@pytest.fixture
def taken(monkeypatch):
    """The names of the submissions that are really judged."""
    names, handed = [], workers.handed

    def noted(submission, *more):
        names.append(submission.name)
        return handed(submission, *more)

    monkeypatch.setattr(workers, "handed", noted)
    return names


def cut_off(monkeypatch, after):
    handed, calls = workers.handed, count()

    def interrupted(*given):
        if next(calls) == after:
            raise KeyboardInterrupt
        return handed(*given)

    monkeypatch.setattr(workers, "handed", interrupted)


def test_a_run_that_was_cut_off_is_gone_on_with(room, taken, monkeypatch):
    with monkeypatch.context() as patched:
        cut_off(patched, 2)
        first = room(a=RIGHT, b=WRONG, c=RAISES)
    assert first.exit_code == 130 and "--resume" in first.stderr
    assert len(table(room.out)) == 2
    taken.clear()
    second = room("--resume")
    assert second.exit_code == 0 and taken == ["c.py"]
    assert "3 submissions in" in second.stdout and "2 kept as they were" in second.stdout
    interrupted = room.out.read_bytes(), (room.pages / "index.html").read_bytes()
    room("--force")
    assert interrupted == (room.out.read_bytes(), (room.pages / "index.html").read_bytes())


def test_only_what_is_unchanged_is_kept(room, taken):
    room(a=RIGHT, b=WRONG)
    taken.clear()
    room("--resume", a=WITH_RELU)
    assert taken == ["a.py"]
    assert [row["points"] for row in table(room.out)] == ["2", "0"]


@pytest.mark.parametrize(
    "options", [["--seed", "1"], ["--strict"], ["--lang", "ja"], ["--timeout", "30"], ["--rubric"]]
)
def test_what_was_judged_otherwise_is_judged_anew(room, taken, tmp_path, options):
    room(a=RIGHT)
    taken.clear()
    if options == ["--rubric"]:
        (tmp_path / "r.toml").write_text("[points]\nsoftmax = 3\n")
        options = [*options, tmp_path / "r.toml"]
    assert room("--resume", *options).exit_code == 0
    assert taken == ["a.py"]


def test_another_version_of_the_program_judges_anew(room, taken, monkeypatch):
    room(a=RIGHT)
    monkeypatch.setattr(plan, "sources", lambda: {"compare/judge/judge.py": "changed"})
    room("--resume")
    assert taken == ["a.py", "a.py"]


def test_a_table_that_was_edited_is_not_written_over(room):
    room(a=RIGHT)
    edited = room.out.read_text("utf-8").replace("ALL SAME", "seen, well done")
    room.out.write_text(edited, "utf-8")
    result = room("--resume")
    assert result.exit_code == 2 and "may have been edited" in result.stderr
    assert room.out.read_text("utf-8") == edited


def test_a_journal_that_was_cut_off_loses_no_more_than_its_last_line(room, taken):
    room(a=RIGHT, b=WRONG)
    journal = room.out.with_name(room.out.name + SUFFIX)
    journal.write_text(journal.read_text("utf-8")[:-40], "utf-8")
    taken.clear()
    assert room("--resume").exit_code == 0
    assert taken == ["b.py"] and len(table(room.out)) == 2


def raise_key_error(*given):
    raise KeyError("ours")


def test_one_that_we_failed_to_judge_is_tried_again(room, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(workers, "check_source", raise_key_error)
        assert room(a=RIGHT).exit_code == 3
    assert room("--resume").exit_code == 0
    assert table(room.out)[0]["points"] == "1"


def test_columns_are_of_the_concepts_that_are_asked(room):
    room(a=RIGHT, b=RAISES)
    assert list(table(room.out)[0])[5:-1] == ["relu", "softmax"]


def test_a_rubric_that_lists_concepts_has_a_column_for_each(room, tmp_path):
    (tmp_path / "r.toml").write_text("[points]\ntanh = 2\nsoftmax = 1\n")
    room("--rubric", tmp_path / "r.toml", a=RIGHT, b="import torch\n")
    rows = table(room.out)
    assert list(rows[0])[5:-1] == ["tanh", "softmax"]
    assert [(row["points"], row["max"]) for row in rows] == [("1", "3"), ("0", "3")]


@pytest.mark.parametrize("text", ["def f(:\n", "import torch\n" + RIGHT, "x = 1\n", "1 / 0\n"])
def test_what_is_void_has_nothing_of_what_the_class_can_have(room, text):
    room(a=text, b=WITH_RELU)
    assert [(row["points"], row["max"]) for row in table(room.out)] == [("0", "2"), ("2", "2")]
    (page,) = room.pages.glob("a.py-*.html")
    assert "0 / 2" in page.read_text("utf-8")


def test_submissions_of_the_same_bytes_are_judged_once_and_it_is_said(room, taken):
    result = room(ito=WRONG, sato=WRONG, mori=RIGHT)
    assert sorted(taken) == ["ito.py", "mori.py"]
    assert "The same bytes, judged once: ito.py, sato.py" in result.stdout
    rows = {row["name"]: row for row in table(room.out)}
    assert rows["ito.py"]["feedback"] == rows["sato.py"]["feedback"]
    index = (room.pages / "index.html").read_text("utf-8")
    assert "The same bytes, judged once" in index


def test_no_page_or_row_of_one_names_another_of_the_same_bytes(room):
    room(ito=RAISES, sato=RAISES)
    (page,) = room.pages.glob("sato.py-*.html")
    (row,) = (row for row in table(room.out) if row["name"] == "sato.py")
    for text in (page.read_text("utf-8"), row["feedback"]):
        assert "ito.py" not in text and "sato.py:1" in text
    assert f"{room.folder}/sato.py --only relu" in page.read_text("utf-8")


def test_folders_of_the_same_files_are_the_same_whatever_they_are_called(room, taken):
    for name in ("1_ito", "2_sato"):
        (room.folder / name).mkdir()
        (room.folder / name / "main.py").write_text(RIGHT)
    room()
    assert taken == ["1_ito"]
    assert [row["name"] for row in table(room.out)] == ["1_ito", "2_sato"]


def test_the_index_says_which_mistakes_are_the_commonest_and_who_has_them(room):
    result = room(
        a=WRONG,
        b=WRONG + "#\n",
        c=RAISES,
        d=RAISES.replace("no", "other"),
        e=RAISES + RAISES.replace("relu", "sigmoid"),
    )
    index = (room.pages / "index.html").read_text("utf-8")
    rows = re.findall(r"<tr><td class=\"number\">(\d+)</td>\s*<td class=\"long\">(.*?)</td>", index)
    assert rows == [
        ("3", "it raises an exception: …"),
        ("2", "softmax over the wrong axis: all elements of the batch"),
    ]
    who = index[index.index("it raises") : index.index("softmax over")]
    assert all(name in who for name in ("c.py", "d.py", "e.py")) and "a.py" not in who
    assert re.search(r"3  it raises an exception: …\n +2  softmax over", result.stdout)


def test_the_last_line_says_how_many_how_long_and_where(room):
    last = room(a=RIGHT).stdout.splitlines()[-1]
    assert re.fullmatch(r"1 submission in \d+ s: \S+g\.csv, \S+index\.html", last)
    last = room("--force", "--lang", "ja").stdout.splitlines()[-1]
    assert re.fullmatch(r"提出物 1 件、\d+ 秒: \S+g\.csv, \S+index\.html", last)


def test_feedback_is_one_line_in_one_cell_that_excel_takes(room):
    room(a=WRONG + RAISES)
    (row,) = table(room.out)
    assert "softmax" in row["feedback"] and "relu" in row["feedback"] and "\n" not in str(row)
    assert len(cell("x" * 100_000)) <= 32_767


def test_grades_that_are_there_say_how_to_go_on(room):
    room(a=RIGHT)
    result = room()
    assert result.exit_code == 2 and "--resume" in result.stderr and "--force" in result.stderr


def test_all_that_a_teacher_sees_is_japanese_where_that_is_asked_for(room, monkeypatch):
    (room.folder / "notes.txt").write_text("")
    with monkeypatch.context() as patched:
        cut_off(patched, 1)
        first = room("--lang", "ja", a=WRONG, b=UNSTABLE)
    second = room("--lang", "ja", "--resume")
    for text in (first.stderr, second.stdout, second.stderr):
        assert not re.search("[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", text.replace(OVERFLOW, "")), text
    assert "--resume" in first.stderr and "前回のまま" in second.stdout
    assert "注意: " in second.stdout and "対象外: notes.txt" in second.stderr


def test_what_the_command_writes_is_no_submission(room):
    (room.folder / "a.py").write_text(RIGHT)
    out, pages = room.folder / "g.csv", room.folder / "pages"
    for more in ([], ["--resume"], ["--force"]):
        result = invoke(room.folder, "--out", out, "--html", pages, *more)
        assert result.exit_code == 0 and not result.stderr, result.stderr
        assert [row["name"] for row in table(out)] == ["a.py"]


def test_a_table_that_is_no_file_is_refused(room, tmp_path):
    (room.folder / "a.py").write_text(RIGHT)
    (tmp_path / "null").symlink_to(os.devnull)
    result = invoke(room.folder, "--out", tmp_path / "null", "--force")
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert not (tmp_path / f"null{SUFFIX}").exists()
