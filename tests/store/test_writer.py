"""The record of a run: what stands in it, and that nothing of it is lost, however the run ends."""

import json
import sys

import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.store import reader


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_an_internal_error_leaves_a_record_that_says_interrupted(tmp_path, monkeypatch):
    def fault(*arguments):
        raise RuntimeError("planted")

    monkeypatch.setattr("compare.engine.run_case.conclude", fault)
    assert invoke("run", "affine", "--logdir", tmp_path).exit_code == 3
    (path,) = tmp_path.glob("2*/manifest.json")
    found = json.loads(path.read_text())
    assert (found["state"], found["exit_code"]) == ("interrupted", 3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gives streams to a process")
def test_kill_9_loses_nothing_that_was_judged(tmp_path, forked):
    program = "import sys; sys.stdout.reconfigure(line_buffering=True)\n"
    program += "from compare.__main__ import main; main()"
    process = forked(program, "run", "-j", "1", "--logdir", str(tmp_path))
    judged = []
    for line in process.stdout:
        if line.startswith("  "):
            judged.append(line.split()[0])
        if len(judged) == 12:
            process.kill()
            break
    process.wait()
    (directory,) = tmp_path.glob("2*")
    found = reader.load(directory)
    assert found.manifest["state"] == "running"
    written = {record["case"] for record in found.results.values()}
    assert len(judged) == 12
    assert set(judged) <= written


def test_a_full_disk_leaves_whole_lines_and_a_run_that_can_be_gone_on_with(tmp_path, monkeypatch):
    from compare.store.writer import Record

    class Full:
        """A file on a disk that has room for half of the second line."""

        def __init__(self, file):
            self.file, self.left = file, 1

        def write(self, line):
            if self.left:
                self.left -= 1
                return self.file.write(line)
            return self.file.write(line[: len(line) // 2])

        def __getattr__(self, name):
            return getattr(self.file, name)

    original = Record.__init__

    def on_a_full_disk(self, *arguments):
        original(self, *arguments)
        self._lines = Full(self._lines)

    monkeypatch.setattr(Record, "__init__", on_a_full_disk)
    result = invoke("run", "affine", "--logdir", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "No space left" in result.stderr
    assert "ALL SAME" in result.stdout
    (directory,) = tmp_path.glob("2*")
    found = reader.load(directory)
    assert len(found.results) == 1
    assert not found.damaged
    assert found.manifest["state"] == "interrupted"
    monkeypatch.undo()
    assert invoke("run", "--resume", directory).exit_code == 0
    assert len(reader.load(directory).results) == 2


def test_events_that_cannot_be_written_do_not_cost_the_record(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compare.report.tensorboard.writer.TensorBoardWriter.add", full)
    result = invoke("run", "affine", "--logdir", tmp_path)
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    (directory,) = tmp_path.glob("2*")
    assert len(reader.load(directory).results) == 2
