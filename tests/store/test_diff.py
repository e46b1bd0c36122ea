"""What changed between two runs: everything that did, and nothing that did not."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.store import reader
from compare.store.diff import difference
from compare.store.json_lines import is_whole


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def make(tmp_path):
    """Makes a run of the named cases, and returns its directory."""

    def run(*arguments):
        known = set(tmp_path.glob("2*"))
        invoke("run", *arguments, "--dtype", "float64", "--logdir", tmp_path)
        (new,) = set(tmp_path.glob("2*")) - known
        return new

    return run


@pytest.fixture
def copy(whole_run, tmp_path):
    return Path(shutil.copytree(whole_run, tmp_path / "copy"))


def test_the_same_run_twice_differs_in_nothing_but_its_time(make):
    a, b = make("affine", "sigmoid"), make("affine", "sigmoid")
    result = invoke("diff", a, b)
    assert result.exit_code == 0, result.output
    last = " ".join(result.stdout.split("\n\n")[-1].split())
    assert last == (
        "Nothing changed in 2 cases: the same verdicts, the same bits; nothing else either"
    )


def test_a_bug_is_a_changed_verdict_with_its_first_difference_and_its_bits(make, monkeypatch):
    from scratch import activations

    a = make("affine", "sigmoid")
    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    result = invoke("diff", a, make("affine", "sigmoid"))
    assert result.exit_code == 1
    shown = result.stdout
    assert "Verdicts that changed\n  sigmoid[float64 N=5 K=4]\n    same -> DIFFERENT" in shown
    assert "first difference: none -> at z" in shown
    assert "yours, " in shown
    assert "torch, " not in shown
    assert "1 with another verdict, 1 with other bits" in " ".join(shown.split())


def test_one_other_bit_without_another_verdict_is_a_change(make, one_bit_off):
    a = make("sigmoid")
    one_bit_off()
    found = difference(reader.load(a), reader.load(make("sigmoid")))
    (case,) = found.cases
    assert found.changed
    assert case.outcome is None
    assert "z" in case.bits["yours"]
    assert "torch" not in case.bits


def test_another_seed_is_told_and_puts_other_arrays_in(make):
    result = invoke("diff", make("affine"), make("affine", "--seed", "1"))
    assert result.exit_code == 1
    assert "seed: 0 -> 1" in result.stdout
    assert "other arrays went in" in result.stdout


def test_a_changed_source_alone_is_told_and_is_no_change_of_bits(whole_run, copy):
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["sources"]["scratch/network.py"] = "0" * 16
    manifest["versions"]["numpy"] = "0.9"
    path.write_text(json.dumps(manifest))
    result = invoke("diff", whole_run, copy)
    assert result.exit_code == 0
    assert "scratch/ changed: network.py" in result.stdout
    assert "-> 0.9" in result.stdout


def test_a_case_in_one_run_alone_is_a_change(make):
    a, b = make("affine", "sigmoid"), make("affine")
    result = invoke("diff", a, b)
    assert result.exit_code == 1
    assert "Only in A\n  sigmoid[float64 N=5 K=4]" in result.stdout
    assert "Only in B\n  sigmoid[float64 N=5 K=4]" in invoke("diff", b, a).stdout


def test_how_long_it_took_is_no_part_of_it(whole_run, copy):
    from compare.store import json_lines

    path = copy / "results.jsonl"
    lines = []
    for line in path.read_text().splitlines():
        record = {**json.loads(line), "seconds": 1e6}
        del record["checksum"]
        lines.append(json.dumps({**record, "checksum": json_lines._checksum(record)}) + "\n")
        assert is_whole(lines[-1])
    path.write_text("".join(lines))
    assert invoke("diff", whole_run, copy).exit_code == 0


def test_json_has_all_of_it(make):
    a, b = make("affine", "sigmoid"), make("affine", "--seed", "1")
    result = invoke("diff", a, b, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["changed"] is True
    assert document["context"]["seed"] == [0, 1]
    assert [i.split("[")[0] for i in document["only"][0]] == ["sigmoid"]
    assert document["cases"][0]["inputs"] is True


def test_lines_fit_80_columns(make, monkeypatch):
    from scratch import activations

    a = make("affine.*", "sigmoid", "relu.*", "batches.*")
    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    b = make("affine.*", "sigmoid", "relu.*", "--seed", "2")
    monkeypatch.chdir(a.parent)
    result = invoke("diff", a.name, b.name, "--logdir", ".")
    assert result.exit_code == 1
    assert "What else differs" in result.stdout
    assert [line for line in result.stdout.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    "runs, words",
    [
        (["nowhere", "nowhere"], "no run 'nowhere': give a directory, a stamp in"),
        ([".", "."], ". is no run: it has no manifest.json"),
        (["LATEST", "LATEST"], "make one with"),
    ],
)
def test_no_such_run_is_one_clear_line(tmp_path, runs, words):
    result = invoke("diff", *runs, "--logdir", tmp_path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
