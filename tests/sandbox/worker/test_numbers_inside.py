"""The numbers inside an object: read by path and set in place, in a process and in this one."""

import numpy as np
import pytest

from compare.sandbox.in_process import InProcess
from compare.sandbox.sandbox import Sandbox

SOURCE = """
import numpy as np

class Unit:
    def __init__(self):
        self.w, self.bias = [0.5, 1.5], 2.0

class Net:
    def __init__(self):
        self.units = [Unit(), Unit()]
        self.table = {"W": np.ones((2, 2)), 3: 4.0}
        self.shared = self.table["W"]
        self.itself = self
        self.name, self.on, self.labels = "net", True, np.array([1, 2])

    def total(self):
        return float(self.shared.sum() + self.units[1].w[0] + self.table[3])
"""
PATHS = [
    ".units[0].w[0]", ".units[0].w[1]", ".units[0].bias",
    ".units[1].w[0]", ".units[1].w[1]", ".units[1].bias",
    ".table['W']", ".table[3]",
]  # fmt: skip


@pytest.fixture(params=["a process", "this one"])
def box(request, tmp_path):
    """Either box with the same submission."""
    if request.param == "a process":
        path = tmp_path / "net.py"
        path.write_text(SOURCE)
        with Sandbox(path) as made:
            yield made
        return
    names = {"__name__": "submission"}
    exec(SOURCE, names)  # a text of ours
    yield InProcess(names)


def test_every_number_has_one_path_however_often_it_is_held(box):
    net = box.call("Net").value
    held = box.numbers(net)
    assert sorted(held) == sorted(PATHS)
    assert held[".units[1].w[1]"] == 1.5 and np.array_equal(held[".table['W']"], np.ones((2, 2)))


def test_what_is_set_is_set_where_it_stands_and_no_copy_of_it(box):
    net = box.call("Net").value
    box.put(net, {".table['W']": np.full((2, 2), 2.0), ".units[1].w[0]": 10.0, ".nowhere": 1.0})
    assert box.method(net, "total").value == 8.0 + 10.0 + 4.0


def test_what_is_read_is_a_copy(box):
    net = box.call("Net").value
    box.numbers(net)[".table['W']"][...] = 7.0
    assert box.method(net, "total").value == 4.0 + 0.5 + 4.0


def test_numbers_of_a_plain_value_that_is_kept(box):
    kept = box.keep([{"weights": [0.25, 0.5]}])
    box.put(kept, {"[0]['weights'][1]": 3.0})
    assert box.fetch(kept) == [{"weights": [0.25, 3.0]}]
