"""Calls that are answered before they are made are the calls that they would have been."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from compare.sandbox.interface import Failed
from compare.sandbox.sandbox import Sandbox

CODE = """
import numpy as np
seen = []

def square(x):
    seen.append(float(x[0]))
    if x[0] == 3:
        raise ValueError("three")
    return x ** 2

def told(x):
    print("told")
    return square(x)

def count():
    return len(seen)

class Line:
    def __init__(self):
        self.w = np.ones(2)

    def forward(self, x):
        return x @ self.w
"""


@pytest.fixture
def box(tmp_path: Path):
    file = tmp_path / "mine.py"
    file.write_text(CODE, encoding="utf-8")
    with Sandbox(file) as opened:
        yield opened


def _works(box: Sandbox, name: str, numbers):
    return [partial(box.call, name, np.full(2, float(n))) for n in numbers]


def test_each_work_has_its_answer_and_its_function_ran_once(box: Sandbox) -> None:
    box.call("square", np.zeros(2))
    works = _works(box, "square", (1, 2, 5))
    box.ahead(works)
    assert [float(work().value[0]) for work in works] == [1.0, 4.0, 25.0]
    assert box.call("count").value == 4


def test_what_is_put_in_before_a_call_is_of_that_call(box: Sandbox) -> None:
    line = box.call("Line").value
    box.method(line, "forward", np.ones(2))

    def at(w: float) -> float:
        box.put(line, {".w": np.array([w, 1.0])})
        return float(box.method(line, "forward", np.array([1.0, 10.0])).value)

    works = [partial(at, w) for w in (2.0, 3.0, 4.0)]
    box.ahead(works)
    assert [work() for work in works] == [12.0, 13.0, 14.0]
    box.ahead(works)
    assert at(7.0) == 17.0, "another work than the next one is done by itself"
    assert [work() for work in works] == [12.0, 13.0, 14.0]


def test_after_one_that_fails_none_is_run(box: Sandbox) -> None:
    box.call("square", np.zeros(2))
    works = _works(box, "square", (1, 3, 4))
    box.ahead(works)
    assert box.call("count").value == 3
    box.ahead(works)
    assert float(works[0]().value[0]) == 1.0
    with pytest.raises(Failed, match="three"):
        works[1]()
    assert float(works[2]().value[0]) == 16.0


def test_nothing_is_asked_ahead_of_what_prints(box: Sandbox) -> None:
    assert box.call("told", np.zeros(2)).printed == "told\n"
    works = _works(box, "told", (1, 2))
    box.ahead(works)
    assert [work().printed for work in works] == ["told\n", "told\n"]
    assert box.call("count").value == 3
