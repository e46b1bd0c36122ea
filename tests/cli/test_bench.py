"""``bench`` leaves records, table, JSON and figure, and goes on where it was cut off."""

import json

import pytest
from click.testing import CliRunner

from compare.bench import diagnosis
from compare.cli import main

KEYS = [
    f"bug/0/{next(iter(diagnosis.BUGS)).name}",
    f"variant/0/{next(iter(diagnosis.VARIANTS)).name}",
]


@pytest.fixture
def measured(monkeypatch):
    """The keys that are measured by ``bench diagnosis``, which has two in all."""
    seen, measure = [], diagnosis.measure
    monkeypatch.setattr(diagnosis, "keys", lambda size: KEYS)
    monkeypatch.setattr(diagnosis, "measure", lambda key: seen.append(key) or measure(key))
    return seen


def invoke(out):
    return CliRunner().invoke(main, ["bench", "diagnosis", "--short", "--out", str(out)])


def test_what_was_measured_is_printed_written_and_not_measured_again(measured, tmp_path):
    first = invoke(tmp_path / "out")
    assert first.exit_code == 0, first.output
    assert measured == KEYS
    assert f"Written to {tmp_path / 'out'}" in first.stdout.replace("\n", "")
    table = (tmp_path / "out" / "table.txt").read_text("utf-8")
    assert table in first.stdout and "1 planted bugs" in table
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert (tmp_path / "out" / "figure.png").read_bytes().startswith(b"\x89PNG")
    again = invoke(tmp_path / "out")
    assert (again.stdout, measured) == (first.stdout, KEYS)


def test_a_folder_that_cannot_be_made_is_one_line(measured, tmp_path):
    (tmp_path / "out").write_text("a file")
    result = invoke(tmp_path / "out")
    assert (result.exit_code, measured) == (2, [])
    (line,) = result.stderr.splitlines()
    assert "cannot write to --out" in line
