"""``grade``: every submission gets its row, whatever the others are; points are by the rubric."""

import csv
import io
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare.check.concepts import CONCEPTS
from compare.check.examples import BUGS
from compare.check.grading import workers
from compare.check.grading.csv_table import cell
from compare.check.grading.rubric import RubricError, default_rubric, graded, rubric_of, rubric_text
from compare.check.grading.workers import submissions_in
from compare.check.i18n.text import same
from compare.check.naming.mapping_file import flat
from compare.check.result import CheckResult, Diagnosis, Judgement
from compare.cli import main
from compare.core.outcome import Outcome
from compare.judge.verdict import Comparison, Verdict
from compare.system import worker_processes

pytestmark = pytest.mark.slow

RIGHT = """
import numpy as np

def softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
WRONG = RIGHT.replace("axis=-1, keepdims=True", "")
OTHER = RIGHT + "\n"  # as right, of other bytes
ATTACKS = {
    "torchy.py": "import torch\n" + RIGHT,
    "hangs.py": "while True: pass\n",
    "exits.py": "import os\ndef softmax(u): os._exit(0)\n",
    "broken.py": "def softmax(u:\n",
    "binary.py": None,
    "=1+1.py": "def softmax(u): raise ValueError('=cmd|calc')\n",
    "<b>tag.py": "def softmax(u): raise ValueError('<script>alert(1)</script>')\n",
}

NAMES = [concept.name for concept in CONCEPTS]


def invoke(*arguments):
    return CliRunner().invoke(main, ["grade", *map(str, arguments)])


def table(path):
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")  # by which Excel knows that it is UTF-8
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


def written(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A class with two learners, and everything that may go wrong; its output, rows and pages."""
    home = tmp_path_factory.mktemp("class")
    folder = written(home / "in", **{"佐藤 花子.py": RIGHT, "wrong.py": WRONG})
    for name, text in ATTACKS.items():
        (folder / name).write_bytes(b"\xff\xfe\x00" if text is None else text.encode())
    written(folder / "moodle").joinpath("inner").mkdir()
    written(folder / "moodle" / "inner", **{"main.py": RIGHT})
    (folder / "nothing").mkdir()
    (folder / "notes.txt").write_text("no submission")
    out, pages = home / "grades.csv", home / "pages"
    result = invoke(folder, "--out", out, "--html", pages, "--timeout", "3")
    return result, {row["name"].lstrip("'"): row for row in table(out)}, pages


def test_every_submission_is_judged_whatever_the_others_do(room):
    result, rows, _ = room
    assert result.exit_code == 0, result.output
    names = {"佐藤 花子.py", "wrong.py", "moodle", "nothing", *ATTACKS}
    assert set(rows) == names
    assert rows["佐藤 花子.py"]["points"] == rows["moodle"]["points"] == "1"
    assert all(rows[name]["points"] == "0" for name in names - {"佐藤 花子.py", "moodle"})
    assert {row["max"] for row in rows.values()} == {"1"}
    assert "notes.txt" in result.stderr


def test_each_outcome_and_its_feedback_say_what_happened(room):
    _, rows, _ = room
    assert rows["佐藤 花子.py"]["outcome"] == "ALL SAME (1)"
    assert "wrong axis" in rows["wrong.py"]["feedback"] and rows["wrong.py"]["softmax"] == "0"
    assert rows["torchy.py"]["outcome"] == "NOT FROM SCRATCH"
    assert "torch" in rows["torchy.py"]["feedback"]
    assert "was stopped" in rows["hangs.py"]["feedback"]
    assert "exit" in rows["exits.py"]["feedback"]
    assert rows["broken.py"]["outcome"] == rows["binary.py"]["outcome"] == "CANNOT BE READ"
    assert "broken.py:1" in rows["broken.py"]["feedback"]
    assert "no .py file" in rows["nothing"]["feedback"] and "/" not in rows["nothing"]["feedback"]


def test_pages_escape_what_strangers_wrote_and_the_index_leads_to_each(room):
    _, rows, pages = room
    texts = {path.name: path.read_text("utf-8") for path in pages.iterdir()}
    assert len(texts) == len(rows) + 1
    for text in texts.values():
        assert "<script" not in text and "<b>tag" not in text
    index = texts.pop("index.html")
    assert "&lt;b&gt;tag.py" in index and "佐藤 花子.py" in index
    assert all(f'href="{name}"' in index for name in texts)
    assert any("&lt;script&gt;alert(1)" in text for text in texts.values())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1"])
def test_no_cell_of_a_strangers_text_begins_as_a_formula(text):
    assert cell(text).startswith("'")
    assert cell("softmax = 1") == "softmax = 1"


def test_japanese_is_in_every_column_and_page(tmp_path):
    folder = written(tmp_path / "in", **{"wrong.py": WRONG})
    assert invoke(
        folder, "--out", tmp_path / "g.csv", "--html", tmp_path / "p", "--lang", "ja"
    ).exit_code == 0  # fmt: skip
    (row,) = table(tmp_path / "g.csv")
    assert row["得点"] == "0" and "軸が違います" in row["講評"]
    assert "軸が違います" in (tmp_path / "p" / "index.html").read_text("utf-8")


def test_no_submission_is_exit_code_5(tmp_path):
    result = invoke(written(tmp_path / "empty"), "--out", tmp_path / "g.csv")
    assert result.exit_code == 5 and not (tmp_path / "g.csv").exists()


def test_grades_that_are_there_are_not_written_over(tmp_path):
    (tmp_path / "g.csv").write_text("mine")
    result = invoke(written(tmp_path / "in", **{"a.py": RIGHT}), "--out", tmp_path / "g.csv")
    assert result.exit_code == 2 and "--force" in result.stderr
    assert (tmp_path / "g.csv").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["absent", "--out", "g.csv"],
        ["."],
        [".", "--out", "."],
        [".", "--out", ""],
        ["", "--out", "g.csv"],
    ],
)
def test_wrong_usage_is_told_and_exit_code_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(written(tmp_path / "in", **{"a.py": RIGHT}))
    result = invoke(*arguments)
    assert result.exit_code == 2 and "Traceback" not in result.output


def test_the_rubric_that_is_shown_is_the_default_one(tmp_path):
    text = invoke("--show-rubric").stdout
    assert set(flat(tomllib.loads(text)["points"])) == {c.name for c in CONCEPTS}
    (tmp_path / "r.toml").write_text(text)
    assert rubric_of(tmp_path / "r.toml", NAMES) == default_rubric(NAMES)
    assert text == rubric_text(default_rubric(NAMES))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[points]\nsoftmx = 1", ["points.softmx", "did you mean softmax"]),
        ("[points]\nsoftmax = -1", ["points.softmax", "0 or more"]),
        ("[points]\nsoftmax = true", ["points.softmax", "a number"]),
        ("[credit]\nwarning = 2", ["credit.warning", "from 0 to 1"]),
        ("[causes]\nmutate = 0.5", ["did you mean mutates"]),
        ("points = 3", ["[points]"]),
        ("required = 1", ["true or false"]),
        ("[points", ["no TOML"]),
    ],
)
def test_a_rubric_that_is_wrong_is_one_clear_line(tmp_path, text, words):
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(RubricError) as told:
        rubric_of(tmp_path / "r.toml", NAMES)
    for word in ["r.toml", *words]:
        assert word in str(told.value)


def _judged(outcome, comparisons=(), **more):
    compared = tuple(Comparison(name, o) for name, o in comparisons)
    return Judgement("softmax", "softmax", "name", outcome, verdict=Verdict(compared), **more)


def _diagnosis(cause, warning=False):
    return Diagnosis(cause, same("it"), same("do"), warning=warning)


SAME, DIFFERENT = Outcome.SAME, Outcome.DIFFERENT


@pytest.mark.parametrize(
    ("judgement", "points"),
    [
        (_judged(SAME), 10),
        (_judged(SAME, conventions=(same("columns"),)), 8),
        (_judged(SAME, diagnoses=(_diagnosis("unstable", True),)), 7),
        (_judged(DIFFERENT, [("z", SAME), ("grad/x", DIFFERENT)]), 4),
        (_judged(DIFFERENT, [("z", DIFFERENT), ("grad/x", SAME)]), 0),
        (_judged(DIFFERENT, [("z", SAME), ("z", DIFFERENT)]), 0),
        (_judged(DIFFERENT, follows_from="relu"), 9),
        (_judged(DIFFERENT, diagnoses=(_diagnosis("softmax_axis"),)), 3),
        (_judged(Outcome.ERROR), 0),
    ],
)
def test_points_are_by_what_came_of_it(tmp_path, judgement, points):
    (tmp_path / "r.toml").write_text(
        "[points]\nsoftmax = 10\n[credit]\nconvention = 0.8\nwarning = 0.7\npartly = 0.4\n"
        "follows = 0.9\n[causes]\nsoftmax_axis = 0.3\n"
    )
    rubric = rubric_of(tmp_path / "r.toml", NAMES)
    assert graded(CheckResult("a", (judgement,)), rubric).points == points
    assert graded(CheckResult("a", (judgement,), breaches=("torch",)), rubric).points == 0


def test_links_and_hidden_files_are_no_submissions(tmp_path):
    folder = written(tmp_path / "in", **{"a.py": RIGHT, ".hidden.py": RIGHT})
    (folder / "link.py").symlink_to(Path(__file__))
    (folder / "round.py").symlink_to("round.py")
    found, left = submissions_in(folder)
    assert [s.name for s in found] == ["a.py"] and left == ["link.py", "round.py"]


def test_a_row_is_on_the_disk_as_soon_as_one_is_judged(tmp_path, monkeypatch):
    handed = workers.handed

    def cut_off(submission, *more):
        if submission.name == "b.py":
            raise KeyboardInterrupt
        return handed(submission, *more)

    monkeypatch.setattr(workers, "handed", cut_off)
    folder = written(tmp_path / "in", **{"a.py": RIGHT, "b.py": OTHER})
    result = invoke(folder, "--out", tmp_path / "g.csv", "--jobs", "1")
    assert result.exit_code == 130
    assert [row["name"] for row in table(tmp_path / "g.csv")] == ["a.py"]


def test_an_error_of_ours_is_said_and_the_others_are_judged(tmp_path, monkeypatch):
    check_source = workers.check_source

    def failing(source, *more):
        if source.path.name == "a.py":
            raise KeyError("x")
        return check_source(source, *more)

    monkeypatch.setattr(workers, "check_source", failing)
    folder = written(tmp_path / "in", **{"a.py": RIGHT, "b.py": OTHER})
    result = invoke(folder, "--out", tmp_path / "g.csv", "--jobs", "1")
    assert result.exit_code == 3 and "a.py: KeyError: 'x'" in result.stderr
    assert [row["points"] for row in table(tmp_path / "g.csv")] == ["0", "1"]


def name_of(lane):
    (submission, *_), _source = lane.task.key
    return submission.name


def test_a_submission_whose_process_dies_is_judged_by_another(tmp_path, monkeypatch):
    take, killed = worker_processes._Lane.take, []

    def take_and_die_once(lane, task):
        take(lane, task)
        if not killed:
            killed.append(name_of(lane))
            lane.process.kill()

    monkeypatch.setattr(worker_processes._Lane, "take", take_and_die_once)
    folder = written(tmp_path / "in", **{"a.py": RIGHT, "b.py": OTHER})
    result = invoke(folder, "--out", tmp_path / "g.csv", "-j", "2")
    assert killed and result.exit_code == 0, result.output
    assert [row["points"] for row in table(tmp_path / "g.csv")] == ["1", "1"]


def test_a_submission_that_kills_its_process_twice_is_said_to_be_unjudged(tmp_path, monkeypatch):
    take = worker_processes._Lane.take

    def take_and_die(lane, task):
        take(lane, task)
        if name_of(lane) == "a.py":
            lane.process.kill()

    monkeypatch.setattr(worker_processes._Lane, "take", take_and_die)
    folder = written(tmp_path / "in", **{"a.py": RIGHT, "b.py": OTHER})
    result = invoke(folder, "--out", tmp_path / "g.csv", "--jobs", "2")
    assert result.exit_code == 3
    assert "a.py: the process that judged it was ended by signal 9" in result.stderr
    assert [row["points"] for row in table(tmp_path / "g.csv")] == ["0", "1"]


def test_what_came_of_one_can_be_sent_whatever_its_verdict_holds(tmp_path):
    """Of some mistakes a verdict holds formulas, which no process can send to another."""
    planted = next(bug for bug in BUGS if "not_the_loss_differentiated" in bug.causes)
    folder = written(tmp_path / "in", **{"a.py": planted.source, "b.py": RIGHT})
    result = invoke(folder, "--out", tmp_path / "g.csv", "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert table(tmp_path / "g.csv")[0]["feedback"]
