"""Processes for work in parallel: none inherits threads, and each has the environment of now."""

import os
import sys

import pytest
import torch

from compare.system.processes import process_context, take_environment


def look(pipe, environment):
    """What a process finds when it begins, and what torch computes in it."""
    begun_with = "torch" in sys.modules
    take_environment(environment)
    product = (torch.ones(300, 300) @ torch.ones(300, 300)).sum().item()
    pipe.send((begun_with, os.environ.get("OF_NOW"), os.environ.get("OF_BEFORE"), product))


def found(environment):
    ours, theirs = process_context().Pipe()
    process = process_context().Process(target=look, args=(theirs, environment))
    process.start()
    assert ours.poll(60)
    answer = ours.recv()
    process.join()
    assert process.exitcode == 0
    return answer


def test_it_computes_whatever_this_process_has_done_and_has_its_environment(monkeypatch):
    torch.set_num_threads(2)  # a fork of this process would wait for threads that it has not
    try:
        torch.ones(300, 300) @ torch.ones(300, 300)
        monkeypatch.setenv("OF_BEFORE", "before")
        found(dict(os.environ))
        monkeypatch.delenv("OF_BEFORE")
        monkeypatch.setenv("OF_NOW", "now")
        _, now, before, product = found(dict(os.environ))
    finally:
        torch.set_num_threads(1)
    assert (now, before, product) == ("now", None, 300.0**3)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each imports torch for itself")
def test_torch_is_imported_once_for_all_of_them():
    assert found(dict(os.environ))[0]
