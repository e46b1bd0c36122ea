"""What scripts that are run once more hand over, as objects of the classes that were there."""

from dataclasses import dataclass

from compare.sandbox.worker.calls.kinds_of_arguments import calls_of_scripts

SCRIPT = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Setting:
    rate: float

def halved(of):
    return of.rate / 2

halved(Setting(0.5))
"""


@dataclass(frozen=True)
class Setting:
    rate: float


def test_a_frozen_object_becomes_one_of_the_class_that_was_there():
    calls = calls_of_scripts({"mine.py": {"mine.py": SCRIPT}}, 20.0, {"Setting": Setting})
    assert Setting(0.5) in [v for held in calls.first.values() for v in held.values()]


WORDS = """
import numpy as np

def named(words):
    return len(words)

named(np.array(["a", "b"]))
"""


def test_an_array_of_texts_is_handed_out_as_a_list_of_them():
    calls = calls_of_scripts({"mine.py": {"mine.py": WORDS}}, 20.0, {})
    assert calls.first["named"] == {"words": ["a", "b"]}
