"""Ranks go on together, and end together: who died is named, with its step, and nobody waits."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from compare.system import rank_processes
from compare.system.rank_processes import RankDied, RankRaised, in_ranks

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends signals to one process")

PROGRAMS = """
import os, time

def counting(rank, ranks, steps):
    yield None
    for step in range(1, steps + 1):
        yield rank, step

def exiting(rank, ranks):
    yield from counting(rank, ranks, 2)
    if rank == 1:
        os._exit(3)
    time.sleep(0.2)
    raise ConnectionError("lost the other")

def raising(rank, ranks):
    yield from counting(rank, ranks, 1)
    time.sleep(0 if rank == 2 else 0.2)
    raise ValueError(f"of rank {rank}")

def not_ready(rank, ranks):
    raise OSError("no network")
    yield
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A module that the processes can import as well, which have this one's path."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "programs_of_ranks.py").write_text(PROGRAMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        import programs_of_ranks

        yield programs_of_ranks


@pytest.fixture(autouse=True)
def _none_is_left():
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) <= before


def process_of(rank):
    """The process of a rank."""
    (process,) = (p for p in multiprocessing.active_children() if p.name.startswith(f"rank {rank}"))
    return process


def test_each_step_has_what_every_rank_yields_in_order(programs):
    steps = list(in_ranks(programs.counting, 3, 2))
    assert steps == [[(0, 1), (1, 1), (2, 1)], [(0, 2), (1, 2), (2, 2)]]


@pytest.mark.slow
def test_a_script_needs_nothing_around_what_it_does(tmp_path):
    (tmp_path / "script.py").write_text(
        "import compare\n"
        "print('here')\n"
        "print(compare.run('parallel.ranks.2', dtype='float64').passed)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "script.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("here\nTrue\n", "")


def test_who_goes_no_further_leaves_no_process(programs):
    steps = in_ranks(programs.counting, 2, 10**6)
    assert next(steps) == [(0, 1), (1, 1)]
    steps.close()


def test_a_killed_rank_is_named_with_its_step(programs):
    steps = in_ranks(programs.counting, 4, 10**6)
    next(steps), next(steps)
    os.kill(process_of(2).pid, signal.SIGKILL)
    with pytest.raises(RankDied, match=r"rank 2 of 4 was ended by signal 9 in step 3: was it kill"):
        next(steps)


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.02])
def test_a_rank_killed_at_any_moment_is_named(programs, seconds):
    steps = in_ranks(programs.counting, 2, 10**9)
    next(steps)
    pid = process_of(1).pid
    timer = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(RankDied, match="rank 1 of 2 was ended by signal 9 in step"):
        for _ in steps:
            pass
    timer.join()


def test_a_rank_that_ends_is_named_and_not_who_lost_it(programs):
    with pytest.raises(RankDied, match="rank 1 of 2 ended with exit code 3 in step 3"):
        list(in_ranks(programs.exiting, 2))


def test_what_was_raised_first_is_what_went_wrong(programs):
    with pytest.raises(RankRaised, match=r"ValueError: of rank 2 .*rank 2 of 3, step 2") as raised:
        list(in_ranks(programs.raising, 3))
    assert raised.value.step == 2


def test_a_program_that_does_not_begin_raises_in_step_0(programs):
    with pytest.raises(RankRaised, match="OSError: no network") as raised:
        list(in_ranks(programs.not_ready, 2))
    assert raised.value.step == 0


def test_where_no_process_can_be_started_that_is_raised_in_step_0(programs, monkeypatch):
    start, started = rank_processes.start, []

    def second_fails(process):
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(process)
        start(process)

    monkeypatch.setattr(rank_processes, "start", second_fails)
    with pytest.raises(RankRaised, match="Resource temporarily unavailable") as raised:
        list(in_ranks(programs.counting, 2, 1))
    assert raised.value.step == 0


def test_nobody_waits_for_a_rank_that_stands_still(programs, monkeypatch):
    steps = in_ranks(programs.counting, 2, 10**6)
    next(steps)
    os.kill(process_of(1).pid, signal.SIGSTOP)
    monkeypatch.setattr(rank_processes, "PATIENCE", 0.5)
    with pytest.raises(RankDied, match=r"no answer in step 2 from rank .*1 of 2 within 0.5 s"):
        next(steps)
