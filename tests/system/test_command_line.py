"""Commands as they are printed: by the interpreter that is running, as the shell finds it."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from compare.system.command_line import interpreter, printed, stored, typed


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment beside the folder that one stands in, and how its interpreter is started."""

    def made(activated, folder="work"):
        bin_folder = tmp_path / "environment" / "bin"
        bin_folder.mkdir(parents=True)
        (bin_folder / "python").symlink_to(sys.executable)
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        monkeypatch.setattr(sys, "executable", str(bin_folder / "python"))
        monkeypatch.delenv("UV", raising=False)
        monkeypatch.setenv("PATH", os.pathsep.join([str(bin_folder)] * activated + ["/nowhere"]))
        return bin_folder / "python"

    return made


def test_in_an_activated_environment_it_is_python(environment):
    environment(activated=True)
    assert typed("board") == "python -m compare board"


def test_where_it_is_not_on_the_path_it_is_the_shorter_path(environment):
    environment(activated=False)
    assert interpreter() == "../environment/bin/python"


def test_from_far_away_it_is_the_whole_path(environment, tmp_path, monkeypatch):
    python = environment(activated=False)
    far = tmp_path.joinpath(*("a" * 60))
    far.mkdir(parents=True)
    monkeypatch.chdir(far)
    assert interpreter() == shlex.quote(str(python))


def test_in_its_own_folder_it_is_no_name_that_the_shell_would_look_for(environment, monkeypatch):
    python = environment(activated=False)
    monkeypatch.chdir(python.parent)
    assert interpreter() == "./python"


def test_another_interpreter_on_the_path_is_not_taken_for_it(environment, tmp_path, monkeypatch):
    """What an environment was made from is the same file, and lacks what is installed in it."""
    environment(activated=False)
    base = tmp_path / "base"
    base.mkdir()
    (base / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(base))
    assert interpreter() == "../environment/bin/python"


def test_what_uv_put_on_the_path_is_not_on_that_of_the_shell(environment, monkeypatch):
    environment(activated=True)
    monkeypatch.setenv("UV", "/usr/bin/uv")
    assert interpreter() == "../environment/bin/python"


def test_a_folder_that_is_gone_leaves_the_whole_path(environment):
    python = environment(activated=False)
    Path.cwd().rmdir()
    assert interpreter() == shlex.quote(str(python))


def test_arguments_arrive_as_they_were_given(environment):
    environment(activated=False)
    arguments = ["run", "mlp.*", "a b", "it's", "$HOME", "`id`", ""]
    show = "import sys; print(sys.argv[1:])"
    command = typed(*arguments).replace(" -m compare", f" -c {shlex.quote(show)}")
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == repr(arguments), done.stderr


def test_what_is_stored_names_no_path_of_this_machine(environment):
    environment(activated=False)
    assert stored("run", "affine") == "python -m compare run affine"


def test_more_is_added_to_a_command_and_to_nothing_else(environment):
    environment(activated=True)
    assert printed(stored("run"), "--logdir", "a b") == "python -m compare run --logdir 'a b'"
    assert printed("compare.assert_equivalent(f, g, ...)", "--x") == (
        "compare.assert_equivalent(f, g, ...)"
    )
    assert printed("") == ""
