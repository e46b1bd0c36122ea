"""The numbers inside an object: read by path and set in place, in a process and in this one."""

import random

import numpy as np
import pytest

from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import Failed, Handle
from compare.sandbox.sandbox import Sandbox

SOURCE = """
import random

import numpy as np

ABOVE = np.random.default_rng()

class Unit:
    def __init__(self):
        self.w, self.bias = [0.5, 1.5], 2.0

class Pair:
    of_all = {"scale": 3.0}

    def __init__(self):
        unit = Unit()
        self.units = [unit, Unit(), unit]

class Net:
    def __init__(self):
        self.units = [Unit(), Unit()]
        self.table = {"W": np.ones((2, 2)), 3: 4.0}
        self.shared = self.table["W"]
        self.itself = self
        self.name, self.on, self.labels = "net", True, np.array([1, 2])

        self.drawers = {"old": np.random.RandomState(), "new": [np.random.default_rng()]}

    def drawn(self):
        own = self.drawers["old"].rand(), self.drawers["new"][0].random(), ABOVE.random()
        return [float(v) for v in (*own, np.random.rand(), random.random())]

    def total(self):
        return float(self.shared.sum() + self.units[1].w[0] + self.table[3])

def made():
    return Net()

class Shut:
    def __init__(self):
        vars(self)["rate"] = 1.0

    def __setattr__(self, name, value):
        raise ValueError("nothing is set")
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


def test_an_array_of_another_size_takes_each_place_of_the_one_before(box):
    net = box.call("Net").value
    box.put(net, {".table['W']": np.ones((3, 3))})
    assert box.method(net, "total").value == 9.0 + 0.5 + 4.0


def test_what_a_class_holds_for_all_its_objects_is_in_each(box):
    assert box.numbers(box.call("Pair").value)[".of_all['scale']"] == 3.0


def test_an_object_in_two_places_gets_a_copy_of_its_own(box):
    pair = box.call("Pair").value
    assert ".units[2].bias" not in box.numbers(pair)
    assert box.separate(pair) is True
    box.put(pair, {".units[2].bias": 7.0})
    held = box.numbers(pair)
    assert [held[f".units[{i}].bias"] for i in range(3)] == [2.0, 2.0, 7.0]
    assert box.separate(pair) is False and box.separate(box.call("Net").value) is False


def test_what_is_read_is_a_copy(box):
    net = box.call("Net").value
    box.numbers(net)[".table['W']"][...] = 7.0
    assert box.method(net, "total").value == 4.0 + 0.5 + 4.0


def test_numbers_of_a_plain_value_that_is_kept(box):
    kept = box.keep([{"weights": [0.25, 0.5]}])
    box.put(kept, {"[0]['weights'][1]": 3.0})
    assert box.fetch(kept) == [{"weights": [0.25, 3.0]}]


def test_what_is_put_beside_the_code_is_there_at_the_call_that_follows(box):
    held = [box.keep([float(i)]) for i in range(200)]
    both = box.keep({"one": held[0], "two": [held[199]]})
    box.put(held[0], {"[0]": 7.0})
    box.put(both, {"['two'][0][0]": 8.0})
    assert box.numbers(both) == {"['one'][0]": 7.0, "['two'][0][0]": 8.0}
    assert [box.fetch(h)[0] for h in held] == [7.0, *range(1, 199), 8.0]
    names = box.globals_of("made")
    for _ in range(2):
        box.set(names, "Net", held[1])
        assert box.get(names, "Net") == [1.0]
        box.method(names, "__call__")
        assert isinstance(box.call("made").value, Handle)


def test_what_an_object_refuses_is_raised_where_it_is_used_next(box):
    shut, net = box.call("Shut").value, box.call("Net").value
    within = box.keep({"shut": shut})
    for holder, path in ((shut, ".rate"), (within, "['shut'].rate")):
        with pytest.raises(Failed, match="nothing is set"):
            box.put(holder, {path: 2.0})
            assert box.method(net, "total").value == 4.0 + 1.5 + 4.0 - 1.0
            box.numbers(holder)
    assert box.numbers(shut) == {".rate": 1.0}


def test_whatever_is_drawn_from_starts_anew(box):
    net = box.call("Net").value
    draws = []
    for seed in (3, 4, 3):
        box.reseed(net, seed)
        draws.append(box.method(net, "drawn").value)
    first, second, again = draws
    assert first == again and all(a != b for a, b in zip(first, second, strict=True))
    if isinstance(box, InProcess):
        box.put_back()


def test_the_generators_of_this_interpreter_are_put_back():
    random.seed(5)
    np.random.seed(5)
    wanted = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    names = {"__name__": "submission"}
    exec(SOURCE, names)  # a text of ours
    box = InProcess(names)
    for seed in (1, 2):
        box.reseed(box.call("Net").value, seed)
    box.put_back()
    assert (random.random(), np.random.rand()) == wanted


def test_a_generator_among_the_global_names_is_put_back():
    own = np.random.default_rng(7)
    box = InProcess({"__name__": "submission", "rng": own, "f": lambda: own.random()})
    for seed in (1, 2):
        box.reseed(box.keep([0.0]), seed)
        own.random()
    box.put_back()
    assert own.random() == np.random.default_rng(7).random()
