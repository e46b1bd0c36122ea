"""One writer a run directory, and a lock that no dead process keeps."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.store.directories import runs_in
from compare.store.lock import Busy, Lock, is_held

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys
from pathlib import Path
from compare.store.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_process(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline().strip() == b"held"
    yield process
    process.kill()
    process.communicate()


def test_a_directory_that_another_process_holds_is_busy_and_says_by_whom(tmp_path, other_process):
    with pytest.raises(Busy, match=f"process {other_process.pid} on .* since .*: wait until"):
        Lock(tmp_path)
    assert is_held(tmp_path)


def test_what_a_killed_process_held_is_free_at_once_and_said_to_be_left(tmp_path, other_process):
    other_process.kill()
    other_process.wait()
    assert not is_held(tmp_path)
    lock = Lock(tmp_path)
    assert lock.left_by["pid"] == other_process.pid
    lock.release()


def test_a_lock_that_was_released_leaves_no_holder(tmp_path):
    Lock(tmp_path).release()
    lock = Lock(tmp_path)
    assert lock.left_by is None
    with pytest.raises(Busy):
        Lock(tmp_path)
    lock.release()


def test_a_note_of_the_holder_that_is_damaged_does_not_matter(tmp_path):
    (tmp_path / "lock.json").write_text("{")
    lock = Lock(tmp_path)
    assert lock.left_by == {}
    assert json.loads((tmp_path / "lock.json").read_text())["pid"] == os.getpid()
    lock.release()


def test_clean_leaves_a_run_that_goes_on(tmp_path):
    runs = [tmp_path / f"20260101-00000{k}" for k in range(3)]
    for run in runs:
        run.mkdir()
        (run / "manifest.json").write_text("{}")
        (run / "results.jsonl").write_text("")
    lock = Lock(runs[0])
    result = CliRunner().invoke(main, ["clean", "--keep", "0", "--logdir", str(tmp_path)])
    lock.release()
    assert result.exit_code == 0
    assert "deleted 2, kept 1" in result.stdout
    assert "Kept: " in result.stderr
    assert runs_in(tmp_path) == [runs[0]]
    assert (runs[0] / "results.jsonl").is_file()
    result = CliRunner().invoke(main, ["clean", "--keep", "0", "--logdir", str(tmp_path)])
    assert "deleted 1, kept 0" in result.stdout
