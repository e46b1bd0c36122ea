"""A case from a record, run again: the same bits, or exactly what is not the same, and why."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.store import json_lines

pytestmark = pytest.mark.slow

SIGMOID = "sigmoid[float64 N=5 K=4]"


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def copy(whole_run, tmp_path):
    return Path(shutil.copytree(whole_run, tmp_path / "copy"))


def change_record(directory, **changes):
    """Change every line, as a run would have written it."""
    path = directory / "results.jsonl"
    lines = []
    for line in path.read_text().splitlines():
        record = {**json.loads(line), **changes}
        del record["checksum"]
        lines.append(json.dumps({**record, "checksum": json_lines._checksum(record)}) + "\n")
    path.write_text("".join(lines))


@pytest.mark.parametrize("case", [SIGMOID, "affine", "mlp.iris"])
def test_what_has_not_changed_has_the_same_bits(whole_run, case):
    result = invoke("replay", whole_run, case)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("the same bits") == 2
    assert result.stdout.endswith("THE SAME BITS\n")


def test_one_other_bit_of_one_side_is_found_and_the_quantity_is_named(whole_run, one_bit_off):
    one_bit_off()
    result = invoke("replay", whole_run, SIGMOID)
    assert result.exit_code == 1
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "CHANGED" in lines["yours"]
    assert "the same bits" in lines["torch"]
    assert "same, as recorded" in lines["verdict"]
    assert "first: z" in result.stdout
    assert "Sources, versions, machine and threads are those of the record: it is" in result.stdout


def test_another_verdict_is_told_with_its_first_difference(whole_run, monkeypatch):
    from scratch import activations

    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    result = invoke("replay", whole_run, SIGMOID)
    assert result.exit_code == 1
    assert "CHANGED: same -> DIFFERENT" in result.stdout
    assert "first difference: none -> at z" in result.stdout


def test_other_arrays_are_told(copy):
    change_record(copy, seed=1)
    result = invoke("replay", copy, SIGMOID)
    assert result.exit_code == 1
    assert "arrays    CHANGED" in result.stdout


def test_what_may_be_why_is_named_from_the_manifest(copy):
    change_record(copy, seed=1)
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["versions"]["numpy"] = "0.9"
    manifest["sources"]["torch_ref/affine.py"] = "0" * 16
    path.write_text(json.dumps(manifest))
    result = invoke("replay", copy, SIGMOID)
    assert f"versions/numpy: 0.9 -> {np.__version__}" in result.stdout
    assert "torch_ref/ changed: affine.py" in result.stdout


def test_json_has_both_results(whole_run):
    document = json.loads(invoke("replay", whole_run, SIGMOID, "--json").stdout)
    assert document["same"] is True
    assert document["recorded"]["digests"] == document["now"]["digests"]


@pytest.mark.parametrize(
    "case, words",
    [("sigmoidd", "did you mean sigmoid"), ("nothing at all", "it has 3 cases")],
)
def test_a_case_that_is_not_in_the_record_is_one_clear_line(whole_run, case, words):
    result = invoke("replay", whole_run, case)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_name_or_a_group_is_all_that_it_has_of_it(tmp_path, one_bit_off):
    invoke("run", "affine", "sigmoid", "--logdir", tmp_path)
    both = invoke("replay", "LATEST", "affine", "--logdir", tmp_path)
    assert both.exit_code == 0
    assert both.stdout.endswith("2 of 2 cases with the same bits\n")
    one_bit_off()
    every = invoke("replay", "LATEST", "*", "--logdir", tmp_path, "--json")
    assert every.exit_code == 1
    replays = json.loads(every.stdout)
    assert [r["recorded"]["case"] for r in replays] == ["affine"] * 2 + ["sigmoid"] * 2
    assert [r["same"] for r in replays][:2] == [True, True] and not all(r["same"] for r in replays)


def test_a_case_that_was_skipped_cannot_be_replayed(tmp_path):
    invoke("run", "mlp.mnist", "--dtype", "float64", "--logdir", tmp_path)
    result = invoke("replay", "LATEST", "mlp.mnist", "--logdir", tmp_path)
    assert result.exit_code == 2
    assert "was skipped in the record: no IDX files" in result.stderr
