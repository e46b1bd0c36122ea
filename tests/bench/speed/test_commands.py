"""A command is run as its user runs it, and one that fails is no measurement."""

import subprocess

import pytest

from compare.bench.speed import commands


def test_a_command_takes_the_least_of_its_times(monkeypatch):
    monkeypatch.setattr(commands, "_run", lambda arguments, folder: None)
    ticks = iter([0.0, 4.0, 4.0, 6.0, 6.0, 11.0])  # 4, 2 and 5 seconds: enough of them
    assert commands.seconds("list", lambda: next(ticks)) == 2.0


def test_a_command_that_fails_has_no_seconds(monkeypatch):
    monkeypatch.setitem(commands.COMMANDS, "list", ("-c", "raise SystemExit(3)"))
    with pytest.raises(subprocess.CalledProcessError):
        commands.seconds("list")


@pytest.mark.slow
@pytest.mark.parametrize("name", commands.SHORT)
def test_every_command_runs(name, tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "TIMES", 1)
    assert commands.seconds(name) > 0
