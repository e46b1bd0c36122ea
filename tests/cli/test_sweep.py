"""``sweep`` on the command line: its files, its exit codes, and a mistake in one line."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.sweeps.registry import SWEEPS
from compare.system.command_line import typed


def invoke(*arguments):
    return CliRunner().invoke(main, ["sweep", *arguments])


def assert_one_clear_line(result, *words):
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.stderr.splitlines() if line]
    for word in words:
        assert word in line


def test_without_a_name_the_sweeps_are_listed():
    result = invoke()
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [s.name for s in SWEEPS]


@pytest.mark.slow
def test_the_command_writes_its_files_and_never_over_others(tmp_path):
    result = invoke("batch-size", "--steps", "2", "--logdir", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "ALL SAME: 4 settings" in result.stdout
    assert max(map(len, result.stdout.partition("Figure")[0].splitlines())) <= 80
    (first,) = tmp_path.glob("sweep-batch-size-*")
    assert {p.name for p in first.iterdir()} == {
        "figure.png", "sweep.json", "scratch", "torch", "summary", "settings"
    }  # fmt: skip
    before = (first / "sweep.json").read_bytes()
    again = invoke("batch-size", "--steps", "2", "--no-tensorboard", "--logdir", str(tmp_path))
    assert again.exit_code == 0, again.output
    assert len([*tmp_path.glob("sweep-batch-size-*")]) == 2
    assert (first / "sweep.json").read_bytes() == before


def test_where_no_folder_can_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert_one_clear_line(invoke("batch-size", "--logdir", str(tmp_path / "taken")), "--logdir")


@pytest.mark.slow
def test_the_numbers_go_to_standard_output_alone(tmp_path):
    asked = ("--steps", "2", "--logdir", str(tmp_path), "--no-tensorboard", "--json", "-")
    result = invoke("batch-size", *asked)
    assert json.loads(result.stdout)["sweep"] == "batch-size"
    (directory,) = tmp_path.iterdir()
    assert {p.name for p in directory.iterdir()} == {"figure.png", "sweep.json"}


@pytest.mark.slow
def test_a_difference_is_exit_code_1_and_is_explained(tmp_path, monkeypatch):
    from scratch import activations

    monkeypatch.setitem(activations.ACTIVATIONS, "relu", lambda u: np.maximum(u, 0.001 * u))
    result = invoke("batch-size", "--steps", "2", "--logdir", str(tmp_path))
    assert result.exit_code == 1
    assert "NOT THE SAME: 4 of 4 settings" in result.stdout
    assert "batch1  DIFFERENT  first at step/1/z1" in result.stdout
    again = typed("sweep", "batch-size", "--dtype", "float64", "--seed", "0", "--steps", "2")
    assert f"Reproduce: {again}" in result.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["optimiser"], ["unknown sweep", "did you mean optimizers?"]),
        (["zzzz"], ["unknown sweep", "python -m compare sweep"]),
        (["optimizers", "--dtype", "float31"], ["float31", "float64"]),
        (["numerical-gradient", "--dtype", "float32"], ["float32", "float64"]),
        (["numerical-gradient", "--steps", "3"], ["trains nothing"]),
        (["optimizers", "--steps", "0"], ["--steps", "1 or more"]),
        (["optimizers", "--seed", "-1"], ["seed", "0 or more"]),
    ],
)
def test_a_mistake_is_one_line(arguments, words):
    assert_one_clear_line(invoke(*arguments), *words)
