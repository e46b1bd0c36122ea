"""Processes that do jobs: each result once, whatever becomes of a process."""

import os
import threading
from functools import partial

import pytest

from compare.system import worker_processes
from compare.system.errors import UsageError
from compare.system.worker_processes import WorkerProcesses

JOBS = """
import os, threading

def begin(line):
    return lambda key: work(line, key)

def work(line, key):
    line.tell("at", key)
    if key == "raise":
        raise ValueError("three")
    if key == "lock":
        return threading.Lock()
    if key == "die":
        os._exit(7)
    return key, os.getpid()

def ends(line):
    os._exit(5)
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A module that processes import."""
    (tmp_path / "jobs_of_this_test.py").write_text(JOBS)
    monkeypatch.syspath_prepend(tmp_path)
    import jobs_of_this_test

    return jobs_of_this_test


@pytest.fixture
def ended(jobs):
    """What comes of keys in two processes, and what the jobs tell."""

    def of(*keys, tries=1, number=2):
        heard = []
        processes = WorkerProcesses(jobs.begin, number, tries, partial(_append, heard))
        try:
            return list(processes.results(iter(keys))), heard
        finally:
            processes.end()

    return of


def _append(heard, *content):
    heard.append(content)


def test_each_comes_once_and_what_it_tells_is_heard(ended):
    results, heard = ended(*range(20))
    assert sorted(key for key, _ in results) == list(range(20))
    assert all(each.value[0] == key for key, each in results)
    assert os.getpid() not in {each.value[1] for _, each in results}
    assert sorted(heard) == [("at", k) for k in range(20)]


def test_what_is_raised_and_what_cannot_be_sent_are_errors_of_their_jobs(ended):
    results, _ = ended("raise", "lock", "well")
    by_key = dict(results)
    assert isinstance(by_key["raise"].error, ValueError) and "three" in str(by_key["raise"].error)
    assert "work" in by_key["raise"].error.__notes__[0]  # where it was raised
    assert "pickle" in str(by_key["lock"].error)
    assert by_key["well"].value[0] == "well"


def test_one_that_dies_costs_its_own_job_alone(ended):
    results, heard = ended("die", *range(6), tries=2)
    by_key = dict(results)
    assert len(results) == 7 and "ended with exit code 7" in by_key["die"].died
    assert [by_key[k].value[0] for k in range(6)] == list(range(6))
    assert heard.count(("at", "die")) == 2


def test_one_that_was_killed_is_begun_anew(ended, monkeypatch):
    take, killed = worker_processes._Lane.take, []

    def take_and_kill_once(lane, task):
        if task.key == 3 and not killed:  # before it has it, or it might be done with it
            killed.append(task.key)
            lane.process.kill()
            lane.process.join()
        take(lane, task)

    monkeypatch.setattr(worker_processes._Lane, "take", take_and_kill_once)
    results, _ = ended(*range(6), tries=2)
    assert killed and sorted(key for key, _ in results) == list(range(6))
    assert all(each.value for _, each in results)


def test_keys_are_taken_as_processes_are_free(jobs):
    taken = []

    def keys():
        for k in range(99):
            taken.append(k)
            yield k

    processes = WorkerProcesses(jobs.begin, 2)
    try:
        for done, _ in enumerate(processes.results(keys())):
            assert len(taken) <= done + 3  # those that are done, this one, and one in each
    finally:
        processes.end()
    assert len(taken) == 99


def test_who_asks_for_processes_does_not_wait_until_they_have_started(jobs, monkeypatch):
    go, lane = threading.Event(), worker_processes._Lane

    def started_later(*arguments):
        go.wait()
        return lane(*arguments)

    monkeypatch.setattr(worker_processes, "_Lane", started_later)
    processes = WorkerProcesses(jobs.begin, 1)
    try:
        assert not processes.ready
        go.set()
        assert [key for key, _ in processes.results(iter([3]))] == [3]
    finally:
        go.set()
        processes.end()


def test_one_that_does_not_start_is_said(jobs):
    processes = WorkerProcesses(jobs.ends, 1)
    try:
        with pytest.raises(UsageError, match="did not start .exit code 5."):
            next(processes.results(iter([1])))
    finally:
        processes.end()


def test_a_process_whose_command_was_killed_ends_without_a_word(jobs, monkeypatch):
    monkeypatch.setattr(worker_processes.signal, "signal", lambda *_: None)
    ours, theirs = worker_processes.process_context().Pipe()
    ours.send((1,))
    ours.close()
    worker_processes._work(theirs, jobs.begin, dict(os.environ))
