"""What makes a result: functions and methods that are called, one through another."""

from compare.check.repairs.reach import called_by_methods, methods_of, reached
from compare.sandbox.interface import Definition, Inventory


def function(name, body):
    return Definition(name, "function", source=f"def {name}(x):\n    {body}\n")


CLASSES = """
class Base:
    def step(self, x):
        return low(x)
###
class Mine(Base):
    def __init__(self):
        self.x = 1

    def go(self, x):
        return self.step(x)

    def step(self, x):
        return x
"""
BASE, MINE = (
    Definition(name, "class", source=text)
    for name, text in zip(("Base", "Mine"), CLASSES.split("###"), strict=True)
)
FOUND = Inventory((
    function("top", "return middle(x)"), function("middle", "return low(x) + KINDS['a'](x)"),
    function("low", "return x"), function("kept", "return x"), function("other", "return top(x)"),
    Definition("KINDS", "value"), BASE, MINE,
))  # fmt: skip


def test_one_through_another_and_what_only_a_dict_of_the_file_holds():
    assert {*reached(FOUND, ["top"])} == {"top", "middle", "kept", "other", "low"}
    assert reached(FOUND, ["top"], but=("middle",)) == ("top",)
    assert reached(FOUND, ["low"]) == ("low",)


def test_a_method_is_that_of_any_class_that_has_it():
    assert reached(FOUND, ["Mine.go"]) == ("Mine.go", "Mine.step", "Base.step", "low")


def test_the_methods_of_a_class_and_those_that_it_inherits():
    assert methods_of(FOUND, MINE, ("go",)) == ("Mine.__init__", "Mine.step")
    assert methods_of(FOUND, BASE) == ("Base.step",)
    assert called_by_methods(FOUND, ["Base.step"], "Mine.step") == ("low",)
