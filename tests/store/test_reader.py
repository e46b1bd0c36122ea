"""A record is read as it was written; what was changed or torn is told."""

from click.testing import CliRunner

from compare.cli import main
from compare.store import reader


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


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
