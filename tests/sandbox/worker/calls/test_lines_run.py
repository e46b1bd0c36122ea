"""What no call has run is known: whole functions, methods, and branches of those that ran."""

import numpy as np
import pytest

from compare.sandbox.interface import Failed, NotRun
from compare.sandbox.sandbox import Sandbox

TEXT = '''
import numpy as np

def clipped(x, low=None, mode="both"):
    """A docstring is no line that runs."""
    if low is None:
        low = -1.0
    if mode == "both":
        x = np.minimum(x, 1.0)
    elif mode == "low":
        pass
    else:
        x = x * 0.5
    try:
        return np.maximum(x, low)
    except TypeError:
        raise ValueError("numbers are needed")

def printed(x):
    if x.ndim > 2:
        print(x)
    return x

class Layer:
    def __init__(self):
        self.training = True

    def forward(self, x):
        if self.training:
            return 2 * x
        return x

    def reset(self):
        self.training = True

    def __repr__(self):
        return "Layer" + str(self.training)

def step(x):
    return half(x)

def half(x):
    return 0.5 * x

for epoch in range(2):
    z = step(1.0)
'''


TWO_WAYS = """            x = 2 * x
        else:
            x = x + 0
        return x
"""


def _not_run(tmp_path, calls, trainings=(), text=TEXT):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    with Sandbox(path) as box:
        calls(box)
        return {(each.name, each.first): each for each in box.not_run(trainings)}


def test_functions_and_branches_that_no_call_has_run(tmp_path):
    found = _not_run(tmp_path, lambda box: box.call("clipped", 0.5))
    assert found["clipped", 10] == NotRun("clipped", "mine.py", 10, 13, whole=False)
    assert found["printed", 19].whole and found["Layer.reset", 33].whole
    assert {name for name, _ in found} == {
        "clipped", "printed", "Layer.__init__", "Layer.forward", "Layer.reset", "step", "half",
    }  # fmt: skip


def test_what_ran_and_what_only_prints_raises_or_shows_is_not_told(tmp_path):
    def calls(box):
        for mode in ("both", "other"):
            box.call("clipped", 0.5, mode=mode)
        box.call("printed", np.zeros(2))
        layer = box.call("Layer").value
        box.method(layer, "forward", 1.0)
        box.set(layer, "training", False)
        box.method(layer, "forward", 1.0)
        box.call("step", 1.0)

    assert {name for name, _ in _not_run(tmp_path, calls)} == {"Layer.reset"}


def test_a_switch_that_was_set_makes_another_kind_of_call(tmp_path):
    def calls(box, *values):
        layer = box.call("Layer").value
        for value in values:
            box.set(layer, "training", value)
            for _ in range(9):
                box.method(layer, "forward", 1.0)

    two_ways = TEXT.replace("            return 2 * x\n        return x\n", TWO_WAYS)
    once = _not_run(tmp_path, lambda box: calls(box, True), text=two_ways)
    both = _not_run(tmp_path, lambda box: calls(box, True, False), text=two_ways)
    assert [each.first for (name, _), each in once.items() if name == "Layer.forward"] == [32]
    assert not [name for name, _ in both if name == "Layer.forward"]


def test_of_a_training_all_that_it_calls_was_run_by_its_script(tmp_path):
    found = _not_run(tmp_path, lambda box: box.inventory, ["loop_in_line_45"])
    assert {"step", "half"}.isdisjoint(name for name, _ in found)
    assert ("Layer.reset", 33) in found


def test_what_failed_or_was_only_tried_is_no_result_that_was_compared(tmp_path):
    def calls(box):
        with pytest.raises(Failed):
            box.call("half", "no number")
        box.tries = True
        box.call("step", 1.0)
        layer = box.call("Layer").value
        box.method(layer, "reset")
        box.tries = False
        box.method(layer, "forward", 1.0)

    names = {name for name, _ in _not_run(tmp_path, calls)}
    assert {"half", "step", "Layer.reset"} <= names
    # of what has a method that was run an object was made
    assert names.isdisjoint({"Layer.__init__"})


def test_after_a_restart_and_after_too_many_lines_nothing_is_said(tmp_path):
    text = TEXT + "\ndef ends():\n    import os\n    os._exit(3)\n"
    text += "\ndef long():\n    n = 0\n    for i in range(30000):\n        n += i\n    return n\n"

    def ended(box):
        try:
            box.call("ends")
        except Exception:
            box.call("clipped", 0.5)

    assert _not_run(tmp_path, ended, text=text) == {}
    assert _not_run(tmp_path, lambda box: box.call("long"), text=text) == {}


def test_what_looks_at_its_own_local_names_sees_no_other(tmp_path):
    text = (
        TEXT
        + """
def summed(a, b):
    total = 0.0
    for name, value in locals().items():
        total += value
        last = name
    return total
"""
    )
    found = _not_run(tmp_path, lambda box: box.call("summed", 1.0, 2.0), text=text)
    assert "summed" not in {name for name, _ in found}
