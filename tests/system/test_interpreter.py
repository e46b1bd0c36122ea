"""An interpreter that cannot run it is told in one line, and which one can."""

import subprocess
import sys
from pathlib import Path

import pytest

import compare
from compare.system import interpreter

ROOT = Path(compare.__file__).resolve().parent.parent


def without_packages(*arguments):
    """The interpreter without what is installed in it."""
    return subprocess.run(
        [sys.executable, "-S", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_the_command_ends_in_one_line_where_nothing_is_installed():
    done = without_packages("-m", "compare", "board")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert f"Error: {sys.executable} has no numpy, torch" in done.stderr


def test_an_import_raises_what_an_import_raises():
    done = without_packages("-c", "import compare")
    assert "ImportError: " in done.stderr.splitlines()[-1]
    assert "has no numpy, torch" in done.stderr


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(interpreter.sys, "version_info", (3, 10, 13, "final", 0))
    with pytest.raises(ImportError, match=r"Python 3\.11 or newer is needed, and .* is 3\.10\.13"):
        interpreter.check()


def test_the_environment_of_the_checkout_is_offered_unless_it_is_the_one(tmp_path, monkeypatch):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    monkeypatch.setattr(interpreter, "_ROOT", tmp_path)
    monkeypatch.setattr(interpreter, "_NEEDED", ("no_such_package",))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImportError, match="`make` sets everything up"):
        interpreter.check()
    python.touch()
    with pytest.raises(ImportError, match="start it with .venv/bin/python, or activate"):
        interpreter.check()
    monkeypatch.setattr(interpreter.sys, "prefix", str(tmp_path / ".venv"))
    with pytest.raises(ImportError, match="`make` sets everything up"):
        interpreter.check()


def test_this_one_can():
    interpreter.check()
