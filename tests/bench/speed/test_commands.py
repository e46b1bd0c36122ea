"""A command is run as its user runs it, and one that fails is no measurement."""

import subprocess
from tempfile import TemporaryDirectory

import pytest

from compare.bench.speed import commands


def test_a_command_takes_the_least_of_its_times(monkeypatch):
    monkeypatch.setattr(commands, "_run", lambda arguments, folder: "")
    ticks = iter([0.0, 4.0, 4.0, 6.0, 6.0, 11.0])  # 4, 2 and 5 seconds: enough of them
    assert commands.measured("list", lambda: next(ticks)) == {"seconds": 2.0, "work": {}}


def test_a_command_that_fails_has_no_seconds(monkeypatch):
    monkeypatch.setitem(commands.COMMANDS, "list", ("-c", "raise SystemExit(3)"))
    with pytest.raises(subprocess.CalledProcessError):
        commands.measured("list")


def test_a_run_says_where_its_work_was():
    arguments = ("-m", "compare", "run", "mlp.iris", "--no-tensorboard", "--durations", "0")
    with TemporaryDirectory() as folder:
        work = commands._work(commands._run(arguments, folder))
    assert {"run scratch", "run torch", "judge"} <= work.keys()
    assert sum(work.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", commands.SHORT)
def test_every_command_runs(name, tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "TIMES", 1)
    assert commands.measured(name)["seconds"] > 0
