"""What a training loop counts for itself is found wherever it stands."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from compare.engine.hidden_state import counts


@pytest.fixture
def package(monkeypatch):
    """A package ``counted`` with one module, and one of another name that begins alike."""
    modules = {name: ModuleType(name) for name in ("counted.loop", "counted_not.loop")}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
        module.calls = 7
    return modules["counted.loop"]


def program(net=None, optimizer=None, counting=False):
    def loop():
        done = 0
        while True:
            done += counting
            yield done

    steps = loop()
    for step in steps:
        yield step, net, optimizer


def begun(*args, **options):
    running = program(*args, **options)
    next(running)
    return running


def test_numbers_of_the_packages_own_modules_are_found_and_no_others(package):
    package.rate, package.ready = 0.5, True
    package.name, package.table, package.nothing = "a", [1, 2], None
    found = counts(begun(), "counted")
    assert {name: n for name, n in found.items() if name.startswith("counted")} == {
        "counted.loop.calls": 7,
        "counted.loop.rate": 0.5,
        "counted.loop.ready": True,
    }


def test_numbers_of_the_network_and_the_optimizer_are_found():
    net = SimpleNamespace(seen=3, W=np.ones((2, 2)))
    optimizer = SimpleNamespace(t=4, lr=np.float64(0.1), beta=torch.tensor(0.9))
    found = counts(begun(net, optimizer), "counted")
    assert found["net.seen"] == 3
    assert found["optimizer.t"] == 4
    assert found["optimizer.lr"] == 0.1
    assert found["optimizer.beta"] == pytest.approx(0.9, rel=1e-6)
    assert not any(name.startswith("net.W") for name in found)


@pytest.mark.parametrize("counting", [True, False])
def test_a_loop_that_counts_is_told_from_one_that_does_not(counting):
    running = begun(counting=counting)
    before = counts(running, "counted")
    next(running)
    assert (counts(running, "counted") != before) is counting


def test_a_program_that_is_over_holds_nothing():
    running = begun(SimpleNamespace(seen=3))
    running.close()
    assert counts(running, "counted") == {}


def test_a_program_that_is_no_generator_holds_nothing():
    assert counts(iter([1]), "counted") == {}
