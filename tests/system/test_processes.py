"""Processes for work in parallel: none inherits threads, and each has the environment of now."""

import os
import sys

import pytest
import torch

from compare.system.processes import process_context

LOOK = """
import os, sys
with_torch = "torch" in sys.modules
from compare.system.processes import take_environment
take_environment(environment)
import torch
product = (torch.ones(300, 300) @ torch.ones(300, 300)).sum().item()
pipe.send((with_torch, os.environ.get("OF_NOW"), os.environ.get("OF_BEFORE"), product))
"""


def found():
    """What a process finds when it begins, and what torch computes in it."""
    ours, theirs = process_context().Pipe()
    # exec: a function of this file would import torch with it
    names = {"pipe": theirs, "environment": dict(os.environ)}
    process = process_context().Process(target=exec, args=(LOOK, names))
    process.start()
    assert ours.poll(60)
    answer = ours.recv()
    process.join()
    assert process.exitcode == 0
    return answer


@pytest.mark.slow
def test_it_computes_whatever_this_process_has_done_and_has_its_environment(monkeypatch):
    torch.set_num_threads(2)  # a fork of this process would wait for threads that it has not
    try:
        torch.ones(300, 300) @ torch.ones(300, 300)
        monkeypatch.setenv("OF_BEFORE", "before")
        found()
        monkeypatch.delenv("OF_BEFORE")
        monkeypatch.setenv("OF_NOW", "now")
        _, now, before, product = found()
    finally:
        torch.set_num_threads(1)
    assert (now, before, product) == ("now", None, 300.0**3)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each imports torch for itself")
def test_torch_is_imported_once_for_all_of_them():
    with_torch, *_ = found()
    assert with_torch


def parent_of_a_process_of(process):
    """Whose child a process is that a process of ours starts."""
    ours, theirs = process_context().Pipe()
    child = process_context().Process(target=exec, args=(process, {"pipe": theirs}))
    child.start()
    assert ours.poll(60)
    answer = ours.recv()
    child.join()
    return answer


PARENT = "import os; pipe.send(os.getppid())"
NESTED = f"""
from compare.system.processes import process_context
child = process_context().Process(target=exec, args=({PARENT!r}, {{"pipe": pipe}}))
child.start()
child.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no server")
def test_processes_of_processes_come_from_the_same_server():
    assert parent_of_a_process_of(NESTED) == parent_of_a_process_of(PARENT)


LOADED = "import sys; pipe.send(sys.modules['compare.engine.processes'].__file__)"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no server")
def test_what_judges_cases_is_imported_once_from_where_it_is_here():
    from compare.engine import processes

    assert parent_of_a_process_of(LOADED) == processes.__file__
