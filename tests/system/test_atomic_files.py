"""A file that is written is whole or as it was before, and nothing is left beside it."""

import errno
import os

import pytest

from compare.system.atomic_files import CannotWrite, write_atomically


@pytest.mark.parametrize("content, wanted", [("α\n", "α\n".encode()), (b"\x00\xff", b"\x00\xff")])
def test_a_file_is_made_or_replaced(tmp_path, content, wanted):
    path = tmp_path / "report.json"
    for _ in range(2):
        write_atomically(path, content)
        assert path.read_bytes() == wanted
    assert os.listdir(tmp_path) == ["report.json"]


@pytest.mark.parametrize("step", ["os.replace", "os.chmod"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_is_interrupted_leaves_the_older_file_whole(tmp_path, monkeypatch, step, error):
    path = tmp_path / "report.json"
    path.write_text("older")

    def fails(*args):
        raise error

    monkeypatch.setattr(f"compare.system.atomic_files.{step}", fails)
    with pytest.raises(type(error)):
        write_atomically(path, "newer")
    monkeypatch.undo()
    assert path.read_text() == "older"
    assert os.listdir(tmp_path) == ["report.json"]


@pytest.mark.skipif(os.name != "posix", reason="no modes, no such device")
def test_others_may_read_it_and_a_device_is_written_to_directly(tmp_path):
    path = tmp_path / "report.json"
    write_atomically(path, "text")
    assert path.stat().st_mode & 0o777 == 0o644
    path.unlink()
    path.symlink_to(os.devnull)
    write_atomically(path, "text")
    assert path.is_symlink()


def test_the_reason_is_the_systems_or_what_was_raised():
    assert str(CannotWrite.at("a.json", OSError(errno.EIO, "No answer"))) == (
        "cannot write to a.json: No answer"
    )
    assert str(CannotWrite.at("a.json", OSError("odd"))) == "cannot write to a.json: odd"
