"""The record of a run: what stands in it, and that nothing of it is lost, however the run ends."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import compare
from compare.cli import main
from compare.core.trace import Trace
from compare.engine.digest import Digest, combined
from compare.store import curve_files, manifest, provenance, reader
from compare.store.json_lines import is_whole
from compare.store.manifest import Unreadable

ROOT = Path(__file__).resolve().parents[2]


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def directory(whole_run, tmp_path):
    return Path(shutil.copytree(whole_run, tmp_path / whole_run.name))


def test_the_manifest_says_what_was_asked_for_by_what_and_how_it_ended(whole_run):
    found = json.loads((whole_run / "manifest.json").read_text())
    assert found["state"] == "finished"
    assert found["exit_code"] == 0
    assert found["seed"] == 0
    assert found["settings"]["names"] == ["affine", "sigmoid", "mlp.iris"]
    assert found["settings"]["dtype"] == "float64"
    assert [i.split("[")[0] for i in found["selected"]] == ["affine", "sigmoid", "mlp.iris"]
    assert found["versions"]["numpy"] == np.__version__
    assert found["threads"] == 1
    assert found["started"] <= found["ended"]
    assert {"scratch/network.py", "torch_ref/network.py", "compare/judge/judge.py"} <= set(
        found["sources"]
    )


def test_a_run_with_a_difference_says_so_in_its_manifest(tmp_path, monkeypatch):
    from scratch import activations

    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    invoke("run", "sigmoid", "--dtype", "float64", "--logdir", tmp_path)
    (path,) = tmp_path.glob("2*/manifest.json")
    assert json.loads(path.read_text())["exit_code"] == 1


def test_an_internal_error_leaves_a_record_that_says_interrupted(tmp_path, monkeypatch):
    def fault(*arguments):
        raise RuntimeError("planted")

    monkeypatch.setattr("compare.engine.run_case.conclude", fault)
    assert invoke("run", "affine", "--logdir", tmp_path).exit_code == 3
    (path,) = tmp_path.glob("2*/manifest.json")
    found = json.loads(path.read_text())
    assert (found["state"], found["exit_code"]) == ("interrupted", 3)


def test_a_source_that_changes_has_another_fingerprint_and_line_ends_have_none(
    tmp_path, monkeypatch
):
    for package in provenance.PACKAGES:
        (tmp_path / package).mkdir()
    path = tmp_path / "scratch" / "affine.py"
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    path.write_bytes(b"x = 1\ny = 2\n")
    before = provenance.sources()
    path.write_bytes(b"x = 1\r\ny = 2\r\n")
    assert provenance.sources() == before == {"scratch/affine.py": before["scratch/affine.py"]}
    path.write_bytes(b"x = 1\ny = 3\n")
    assert provenance.sources() != before


def test_without_git_or_outside_a_repository_the_revision_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert provenance.revision() is None
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    assert provenance.revision() is None


def test_a_digest_is_the_sha256_of_name_type_shape_and_bytes():
    values = np.array([1.0, -0.0])
    digest = Digest()
    digest.update(Trace({"y": values}, step=3))
    expected = hashlib.sha256(b"step/3/y\0float64 <f8 (2,)\0" + values.tobytes()).hexdigest()
    assert digest.by_quantity() == {"y": expected[:16]}


def digests(*arrays):
    digest = Digest()
    for t, array in enumerate(arrays, start=1):
        digest.update(Trace({"y": array, "z": np.ones(2)}, step=t))
    return digest.by_quantity()


@pytest.mark.parametrize(
    "other",
    [
        np.array([[1.0, 2.0, np.nextafter(3.0, 4.0)]]),
        np.array([[1.0, 2.0, 3.0]], np.float32),
        np.array([1.0, 2.0, 3.0]),
        np.array([[1.0], [2.0], [3.0]]),
    ],
    ids=["one bit", "dtype", "rank", "transposed"],
)
def test_one_bit_at_one_step_changes_the_digest_of_that_quantity_alone(other):
    array = np.array([[1.0, 2.0, 3.0]])
    before, after = digests(array, array, array), digests(array, other, array)
    assert before["y"] != after["y"]
    assert before["z"] == after["z"]
    assert combined(before) != combined(after)


def test_the_same_bits_in_another_layout_have_the_same_digest():
    array = np.arange(12.0).reshape(3, 4)
    assert digests(array) == digests(np.asfortranarray(array)) == digests(array[::-1][::-1])


def test_the_sign_of_zero_and_of_nan_are_bits_too():
    assert digests(np.array([0.0])) != digests(np.array([-0.0]))
    assert digests(np.array([np.nan])) != digests(np.array([-np.nan]))


def test_objects_have_a_digest_that_repeats():
    assert digests(np.array(object())) == digests(np.array(object()))
    assert digests(np.array([1, None], object)) != digests(np.array([2, None], object))


def test_every_line_of_the_record_has_the_bits_of_both_sides(whole_run):
    again = compare.run("affine", dtype="float64")["affine"]
    record = reader.load(whole_run).results[again.id]
    assert record["digests"] == again.digests
    assert set(record["digests"]) == {"yours", "torch"}
    named = {row["name"]: row["bits"] for row in record["quantities"]}
    assert named["u"]["yours"] == again.bits["yours"]["u"]


def test_one_changed_character_of_a_line_is_seen(directory):
    line = (directory / "results.jsonl").read_text().splitlines()[0]
    assert is_whole(line)
    assert not is_whole(line.replace('"seed": 0', '"seed": 1'))


def test_the_trajectories_are_the_curves_in_float64(whole_run):
    result = compare.run("mlp.iris", dtype="float64")["mlp.iris"]
    found = curve_files.read(whole_run, "mlp.iris", "float64")
    assert found == {"curves": result.curves, "errors": result.errors}
    assert {"loss", "test/loss", "test/accuracy", "lr"} == set(found["curves"])
    with np.load(whole_run / "trajectories" / "mlp.iris.float64.npz") as file:
        assert file["curves/loss/yours"].dtype == np.float64
        assert file["curves/loss/step"].tolist() == list(range(1, 201))


@pytest.mark.parametrize(
    "case, name",
    [
        ("mlp.iris", "mlp.iris.float64.npz"),
        ("a/b:c", "a_b_c.float64-"),
        ("con", "_con.float64-"),
        ("MLP", "___.float64-"),
    ],
)
def test_the_name_of_a_file_is_one_that_every_system_takes(case, name):
    assert curve_files.file_name(case, "float64").startswith(name)


def test_names_that_would_fall_together_stay_apart():
    assert len({curve_files.file_name(c, "float64") for c in ("a/b", "a:b", "a_b", "A_B")}) == 4


def test_kill_9_loses_nothing_that_was_judged(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "compare", "run", "--logdir", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )
    judged = []
    for line in process.stdout:
        if line.startswith("  "):
            judged.append(line.split()[0])
        if len(judged) == 12:
            process.kill()
            break
    process.stdout.close()
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

    monkeypatch.setattr("compare.report.tensorboard.writer.TensorBoardWriter.flush", full)
    result = invoke("run", "affine", "--logdir", tmp_path)
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    (directory,) = tmp_path.glob("2*")
    assert len(reader.load(directory).results) == 2


@pytest.mark.parametrize(
    "content, words",
    [
        ("{", "cannot be read"),
        ('{"schema": 1}', "another version: its schema is 1, here it is 2"),
        ('{"schema": 2}', "is damaged: it lacks command"),
        ("[]", "another version"),
    ],
)
def test_a_damaged_manifest_is_one_clear_line(directory, content, words):
    (directory / "manifest.json").write_text(content)
    with pytest.raises(Unreadable, match=words):
        manifest.read(directory)
    result = invoke("diff", directory, directory)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_line_of_another_version_is_one_clear_line(directory):
    (directory / "results.jsonl").write_text('{"schema": 1, "id": "affine"}\n')
    result = invoke("diff", directory, directory)
    assert result.exit_code == 2
    assert "line 1 was written by another version" in result.stderr


def test_a_torn_line_is_told_and_hides_no_other(directory):
    path = directory / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    found = reader.load(directory)
    assert len(found.results) == 2
    assert len(found.damaged) == 1
    assert "line 3 cannot be read" in found.damaged[0]
