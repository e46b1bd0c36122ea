"""What a run was made by: every source that changes shows, and no repository is no error."""

from pathlib import Path

from compare.store import provenance

ROOT = Path(__file__).resolve().parents[2]


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
