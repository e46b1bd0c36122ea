"""A run that was cut off and gone on with ends as one that was not, and nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.report.tensorboard.event_files import event_files, read, tags
from compare.report.tensorboard.serving.link import RUNS
from compare.report.tensorboard.verify import check
from compare.store import reader
from compare.store.diff import difference
from compare.store.lock import Lock

pytestmark = pytest.mark.slow


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def change_manifest(directory, **changes):
    path = directory / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.fixture(scope="module")
def killed(whole_run, tmp_path_factory):
    """The run as a kill leaves it: one line whole, the next torn, half a case in the events."""
    directory = Path(shutil.copytree(whole_run, tmp_path_factory.mktemp("killed") / "run"))
    change_manifest(directory, state="running", ended=None, exit_code=None)
    lines = (directory / "results.jsonl").read_bytes().splitlines(keepends=True)
    (directory / "results.jsonl").write_bytes(lines[0] + lines[1][:100])
    shutil.rmtree(directory / "trajectories")
    for run in RUNS:
        (path,) = event_files(directory / run)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (directory / "lock.json").write_text('{"pid": 1, "host": "here", "started": "then"}')
    return directory


@pytest.fixture(scope="module")
def resumed(killed):
    """What the command printed, the directory as it was and as it is now."""
    before = Path(shutil.copytree(killed, killed.parent / "before"))
    return invoke("run", "--resume", killed), before, killed


@pytest.fixture
def cut_off(whole_run, tmp_path):
    """A run that lacks one small case."""
    directory = Path(shutil.copytree(whole_run, tmp_path / whole_run.name))
    change_manifest(directory, state="interrupted", exit_code=130)
    lines = (directory / "results.jsonl").read_bytes().splitlines(keepends=True)
    (directory / "results.jsonl").write_bytes(lines[0] + lines[2])
    return directory


def test_it_ends_with_the_results_of_a_run_that_was_not_cut_off(resumed, whole_run):
    result, before, after = resumed
    assert result.exit_code == 0, result.output
    assert "process 1 on here since then was killed: its lock is taken over" in result.stdout
    assert "line 2 cannot be read" in result.stdout
    assert "Judged before, as recorded: 1 same" in result.stdout
    assert "All 3 cases together: ALL SAME" in result.stdout
    found = difference(reader.load(whole_run), reader.load(after))
    assert not found.changed
    assert found.shared == 3
    assert reader.load(after).manifest["state"] == "finished"
    assert reader.load(after).manifest["resumed"][0]["cases_before"] == 1
    torn = (before / "results.jsonl").read_bytes()
    assert (after / "before-resume" / "results.jsonl.1").read_bytes() == torn


def test_every_point_stands_in_tensorboard_once(resumed):
    _, before, after = resumed
    assert check(before)
    assert check(after) == []
    assert {len(event_files(after / run)) for run in RUNS} == {2}
    written = [e for f in event_files(after / "summary") for _, e in read(f).events]
    assert [t for e in written for t in tags(e)].count("00_verdict/cases_failed") == 1


def test_a_run_that_is_finished_is_not_gone_on_with(whole_run, tmp_path):
    directory = Path(shutil.copytree(whole_run, tmp_path / whole_run.name))
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    result = invoke("run", "--resume", directory)
    assert result.exit_code == 2
    assert "is finished: there is nothing left to do" in result.stderr
    assert before == {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_changed_source_is_named_and_refused_unless_it_is_wanted_anyhow(cut_off):
    sources = json.loads((cut_off / "manifest.json").read_text())["sources"]
    change_manifest(cut_off, sources={**sources, "scratch/network.py": "0" * 16})
    before = (cut_off / "results.jsonl").read_bytes()
    result = invoke("run", "--resume", cut_off)
    assert result.exit_code == 2
    assert "scratch/network.py" in result.stderr
    assert "--anyhow" in result.stderr
    assert (cut_off / "results.jsonl").read_bytes() == before
    assert invoke("run", "--resume", cut_off, "--anyhow").exit_code == 0
    (again,) = reader.load(cut_off).manifest["resumed"]
    assert list(again["changed"]) == ["sources/scratch/network.py"]


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"schema": 1}, "another version"),
        ({"settings": {"names": [], "colour": "red"}}, "other settings than this version: colour"),
        (
            {"settings": {"names": [], "pattern": "", "dtype": None, "fail_fast": False,
                          "data_dir": "/nowhere", "steps": None, "force_every": None,
                          "impl": None, "trust": False}},
            "needs its --data-dir /nowhere",
        ),
    ],
    ids=["schema", "settings", "data"],
)  # fmt: skip
def test_what_cannot_be_gone_on_with_is_one_clear_line_and_left_as_it_is(cut_off, changes, words):
    change_manifest(cut_off, **changes)
    before = (cut_off / "results.jsonl").read_bytes()
    result = invoke("run", "--resume", cut_off)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (cut_off / "results.jsonl").read_bytes() == before


def test_a_live_run_is_not_gone_on_with(cut_off):
    lock = Lock(cut_off)
    before = (cut_off / "results.jsonl").read_bytes()
    result = invoke("run", "--resume", cut_off)
    lock.release()
    assert result.exit_code == 2
    assert "is being written by process" in result.stderr
    assert (cut_off / "results.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "given, word",
    [
        (["affine"], "CASE"),
        (["--seed", "1"], "--seed"),
        (["--dtype", "float32"], "--dtype"),
        (["--json", "-"], "--json"),
    ],
)
def test_what_the_run_settles_may_not_be_given_again(cut_off, given, word):
    result = invoke("run", "--resume", cut_off, *given)
    assert result.exit_code == 2
    assert f"--resume takes {word} from the run" in result.stderr


def test_a_damaged_line_in_the_middle_is_kept_aside_and_its_case_run_again(whole_run, tmp_path):
    directory = Path(shutil.copytree(whole_run, tmp_path / whole_run.name))
    change_manifest(directory, state="interrupted")
    path = directory / "results.jsonl"
    damaged = path.read_bytes().replace(b'"outcome": "same"', b'"outcome": "fame"', 1)
    path.write_bytes(damaged)
    assert invoke("run", "--resume", directory).exit_code == 0
    assert (directory / "before-resume" / "results.jsonl.1").read_bytes() == damaged
    found = reader.load(directory)
    assert len(found.results) == 3
    assert not found.damaged


def test_a_failure_from_before_decides_the_exit_code(tmp_path, monkeypatch):
    from scratch import activations

    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    invoke("run", "sigmoid", "tanh", "--dtype", "float64", "--logdir", tmp_path)
    monkeypatch.undo()
    (directory,) = tmp_path.glob("2*")
    lines = (directory / "results.jsonl").read_bytes().splitlines(keepends=True)
    (directory / "results.jsonl").write_bytes(lines[0])
    change_manifest(directory, state="running")
    result = invoke("run", "--resume", directory)
    assert result.exit_code == 1
    assert "Judged before, as recorded: 1 DIFFERENT" in result.stdout
    assert "NOT THE SAME: 1 of 2 cases" in result.stdout


def test_a_run_that_was_to_stop_at_its_first_failure_is_over_once_that_is_in_the_record(
    tmp_path, monkeypatch
):
    from scratch import activations

    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    arguments = ["sigmoid", "tanh", "--dtype", "float64", "--fail-fast", "--logdir", tmp_path]
    invoke("run", *arguments)
    (directory,) = tmp_path.glob("2*")
    change_manifest(directory, state="running")
    result = invoke("run", "--resume", directory)
    assert result.exit_code == 1
    assert list(reader.load(directory).results) == ["sigmoid[float64 N=5 K=4]"]
    assert reader.load(directory).manifest["state"] == "finished"


def test_every_recorded_outcome_is_recalled_with_its_first_difference(tmp_path, monkeypatch):
    import compare
    from compare.store.json_lines import case_object
    from compare.store.restored_result import recalled
    from scratch import activations

    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    for result in compare.run("sigmoid", "step_function", "mlp.mnist", dtype="float64"):
        again = recalled(result.case, json.loads(json.dumps(case_object(result))))
        assert again.outcome is result.outcome
        assert again.skipped == result.skipped
        assert again.digests == result.digests
        firsts = [r.verdict.first.name if r.verdict.first else None for r in (result, again)]
        assert firsts[0] == firsts[1]


def test_steps_are_no_mistake_where_no_training_case_is_left(cut_off):
    settings = json.loads((cut_off / "manifest.json").read_text())["settings"]
    change_manifest(cut_off, settings={**settings, "steps": 5})
    result = invoke("run", "--resume", cut_off)
    assert result.exit_code == 0, result.output
    assert "All 3 cases together: ALL SAME" in result.stdout
