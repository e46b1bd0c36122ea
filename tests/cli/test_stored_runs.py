"""Runs that were kept, and are deleted."""

from click.testing import CliRunner

from compare.cli import main


def invoke(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_clean_keeps_the_newest_runs_and_everything_else(tmp_path):
    for _ in range(3):
        invoke("run", "affine", "--logdir", str(tmp_path))
    (tmp_path / "20200101-000000").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    result = invoke("clean", "--keep", "1", "--logdir", str(tmp_path))
    assert "deleted 2, kept 1" in result.stdout
    assert (tmp_path / "20200101-000000").is_dir(), "not one of our runs: it has no manifest"
    assert (tmp_path / "notes.txt").read_text() == "mine"
