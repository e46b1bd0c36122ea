"""A function has another text for a while, and then its own again."""

import pytest

from compare.sandbox.interface import Failed
from compare.sandbox.sandbox import Sandbox

TEXT = """
class Base:
    def value(self):
        return 1

class Mine(Base):
    def value(self):
        return super().value() + 1

def twice(x):
    return 2 * x

def over(n):
    def add(x):
        return x + n
    return add

plus = over(3)
"""


@pytest.fixture
def box(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(TEXT, encoding="utf-8")
    with Sandbox(path) as box:
        yield box


def test_another_text_until_its_own(box):
    assert box.rewrite("twice", "def twice(x):\n    return 3 * x")
    assert box.call("twice", 2).value == 6
    assert box.rewrite("twice", "def twice(x):\n    return 4 * x")
    assert box.call("twice", 2).value == 8
    assert not box.rewrite("twice", "")
    assert box.call("twice", 2).value == 4 and not box.breaches


def test_a_method_of_objects_that_were_made_before(box):
    mine = box.call("Mine").value
    assert box.rewrite("Mine.value", "def value(self):\n    return super().value() + 7")
    assert box.method(mine, "value").value == 8
    box.rewrite("Mine.value", "")
    assert box.method(mine, "value").value == 2


@pytest.mark.parametrize("text", ["def twice(x):\n    return (", "twice = 3", "def other(x): pass"])
def test_no_text_of_that_function_changes_nothing(box, text):
    assert not box.rewrite("twice", text)
    assert box.call("twice", 2).value == 4


def test_what_closes_over_other_names_keeps_its_own(box):
    assert not box.rewrite("plus", "def add(x):\n    return x")
    assert box.call("plus", 2).value == 5
    with pytest.raises(Failed):
        box.rewrite("nothing", "def nothing(): pass")


def test_so_are_the_functions_that_it_made_before(box):
    text = "def over(n):\n    def add(x):\n        return x - n\n    return add"
    assert box.rewrite("over", text)
    assert box.call("plus", 5).value == 2
    box.rewrite("over", "")
    assert box.call("plus", 5).value == 8
