"""What was asked for and how it ended; a damaged one is one clear line."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.store import manifest
from compare.store.manifest import Unreadable


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


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
