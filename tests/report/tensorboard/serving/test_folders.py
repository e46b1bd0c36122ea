"""What is said of a run that goes on, that has nothing to show yet, or that was cut off."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from compare.report.tensorboard.serving import folders
from compare.report.tensorboard.serving.link import Contents, address
from compare.store.manifest import RunRequest
from compare.store.reader import Unreadable
from compare.store.writer import begin
from compare.system.errors import UserError


@pytest.fixture
def running(tmp_path):
    with closing(begin(tmp_path, ["test"], RunRequest(selected=("a", "b", "c")))) as record:
        yield record


def test_a_run_that_has_just_begun_says_what_will_appear(running):
    progress = folders.progress(running.directory)
    assert progress.live
    assert "0 of 3 cases are judged. Curves appear here while a case trains" in progress.text


def test_a_case_that_trains_is_named_and_its_curves_are_pinned(running):
    (running.directory / "live" / "mlp.iris.float64" / "torch").mkdir(parents=True)
    assert "In training: mlp.iris.float64;" in folders.progress(running.directory).text
    contents = folders.contents(running.directory)
    assert contents == Contents([], ("mlp.iris.float64",))
    assert "mlp.iris.float64/loss" in address({"": contents})
    assert "scoreboard" not in address({"": contents})


def test_a_run_that_was_cut_off_says_how_to_go_on(running):
    running.close()
    progress = folders.progress(running.directory)
    assert not progress.live
    assert progress.text.startswith("This run was cut off: 0 of 3 cases are judged; ")
    assert f"run --resume {running.directory}" in progress.text


def test_a_finished_run_says_nothing_unless_nothing_was_judged(running):
    running.finish("finished", 5)
    assert folders.progress(running.directory).text.endswith(": nothing was judged.")


@pytest.mark.slow
def test_a_finished_run_with_results_says_nothing(whole_run):
    assert folders.progress(whole_run) == folders.Progress(False, "")


def test_a_sweep_without_events_says_so_and_one_with_events_nothing(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps({}))
    assert folders.find_folder(str(tmp_path), Path("nowhere")) == tmp_path
    assert "no curves" in folders.progress(tmp_path).text
    assert folders.contents(tmp_path) is None
    (tmp_path / "summary").mkdir()
    assert folders.progress(tmp_path).text == ""


def test_what_is_neither_run_nor_sweep_is_told(tmp_path):
    with pytest.raises(Unreadable, match="is no run"):
        folders.find_folder(str(tmp_path), tmp_path)


def test_folders_have_a_name_each_and_one_alone_has_none(tmp_path):
    assert folders.named([tmp_path]) == {"": tmp_path}
    a, b = tmp_path / "a" / "run", tmp_path / "b" / "run"
    for path in (a, b):
        path.mkdir(parents=True)
    assert folders.named([a, b]) == {"run": a.resolve(), "b.run": b.resolve()}
    assert folders.named([a, b, a]) == folders.named([a, b])
    odd = Path(shutil.copytree(a, tmp_path / "a,b"))
    with pytest.raises(UserError, match="rename it"):
        folders.named([a, odd])
