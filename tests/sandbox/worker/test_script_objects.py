"""Objects that a script makes of its own classes are made again, and nothing else of it is run."""

import ast
from types import FunctionType

import pytest

from compare.sandbox.interface import Failed
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.worker.script_objects import code_of, name_of, once

CLASSES = """
import numpy as np

class Layer:
    def __init__(self, n, f=None):
        self.w = np.ones(n)

class Net:
    def __init__(self, first=None):
        self.layers = [first] if first else []

    def add(self, layer):
        self.layers.append(layer)
        return self

    def train(self, data):
        raise RuntimeError("not to be run")

    def sizes(self):
        return [len(layer.w) for layer in self.layers]
"""


@pytest.fixture
def made(tmp_path):
    """What the network has for layers that a script makes after the classes."""

    def sizes(*lines):
        path = tmp_path / "net.py"
        path.write_text("\n".join([CLASSES, *lines]))
        with Sandbox(path) as box:
            assert {d.name for d in box.inventory.found if d.kind == "class"} == {"Layer", "Net"}
            return box.method(box.call(name_of("Net")).value, "sizes").value

    return sizes


MAKES = ("net = Net()", "net.add(Layer(2))", "net.add(Layer(3))")


@pytest.mark.parametrize(
    "script",
    [
        MAKES,
        ("if __name__ == '__main__':", *(f"    {line}" for line in MAKES)),
        (
            "def main():",
            "    data = np.load('x.npy')",
            "    n = 2",
            "    net = Net(Layer(n, lambda u: u))",
            "    net.add(Layer(n + 1, np.tanh))",
            "    net.train(data)",
        ),
        ("net = Net().add(Layer(2)).add(Layer(3))",),
    ],
    ids=["a script", "its main part", "a function", "one line"],
)
def test_it_has_the_layers_that_were_added(made, script):
    assert made(*script) == [2, 3]


@pytest.mark.parametrize(
    "line",
    ["net.train(np.array([1.0]))", "net.train(np.load('x.npy'))", "net.train(data)", "print(net)"],
)
def test_what_needs_data_and_what_follows_it_is_left_out(made, line):
    lines = (*MAKES[:2], line, MAKES[2])
    assert made("def main(data):", *(f"    {each}" for each in lines)) == [2]


@pytest.mark.parametrize(
    "line", ["net = Net(Layer(len(data)))", "net = Net().add(Layer(2)).train(np.load('x.npy'))"]
)
def test_what_is_made_of_data_is_not_made(made, line):
    with pytest.raises(Failed, match="there is no"):
        made("def main(data):", f"    {line}")


def test_names_with_annotations_are_those_of_a_turn_as_well():
    body = ast.parse("w: float = 3.0\nlast: float\nv = w + 1").body
    code = code_of("turn", once(body, "_once", ["w", "v"]), "script.py")
    names = {}
    FunctionType(code, names)()
    assert (names["w"], names["v"]) == (3.0, 4.0)
