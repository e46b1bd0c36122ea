"""A message is its English, and knows the other languages as far as the catalogue has them."""

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest

from compare.language.message import Message, mapped, message, said

SHAPES = message("shape {shape}, expected {right}", shape="(3, 2)", right="(2, 3)")
INNER = message("its result cannot be read so: {why}", why=SHAPES)


def test_it_is_its_english():
    assert SHAPES == "shape (3, 2), expected (2, 3)"
    assert json.dumps([SHAPES]) == '["shape (3, 2), expected (2, 3)"]'
    assert f"{INNER}" == "its result cannot be read so: shape (3, 2), expected (2, 3)"


def test_it_is_said_in_japanese_with_what_is_in_it():
    assert said(SHAPES, "ja") == "形が (3, 2) ですが、正しくは (2, 3) です"
    assert said(INNER, "ja").endswith("形が (3, 2) ですが、正しくは (2, 3) です")
    assert said(INNER, "en") == INNER


def test_what_no_catalogue_has_stays_english():
    assert message("no such message of {n}", n=3).of("ja") == "no such message of 3"
    assert said("ValueError: whatever", "ja") == "ValueError: whatever"
    assert said("", "ja") == ""


def test_a_text_without_values_is_known_by_itself():
    """As of a record in JSON, where no more than the English is left."""
    assert said("it returns None", "ja") == "None を返しています"


@dataclass
class Kept:
    line: str


@pytest.mark.parametrize(
    "way",
    [
        lambda m: pickle.loads(pickle.dumps(m)),
        copy.deepcopy,
        lambda m: asdict(Kept(m))["line"],
        lambda m: str(ValueError(m)),
    ],
    ids=["pickle", "copy", "asdict", "exception"],
)
def test_it_survives_on_its_way(way):
    there = way(INNER)
    assert there == INNER and said(there, "ja") == said(INNER, "ja") != INNER


def test_braces_of_a_stranger_are_text():
    line = message("{line} ({place})", line="{place} {0.__class__} {x:>9}", place="a.py:1")
    assert line == "{place} {0.__class__} {x:>9} (a.py:1)"
    assert line.of("ja") == "{place} {0.__class__} {x:>9}（a.py:1）"


def test_of_one_and_of_many():
    one, many = (Message("{n} case", "{n} cases", {"n": n}) for n in (1, 2))
    assert (one, many) == ("1 case", "2 cases")


def test_numbers_have_the_form_of_the_text():
    assert message("{seconds:.1f} s", seconds=1.25) == "1.2 s"


def test_what_is_not_our_own_in_it_can_be_changed():
    line = mapped(INNER, lambda text: text.replace("(3, 2)", "(9,)"))
    assert said(line, "ja").endswith("形が (9,) ですが、正しくは (2, 3) です")
    assert mapped("(3, 2)", lambda text: text.replace("3", "4")) == "(4, 2)"


def test_a_value_called_n_need_be_no_number():
    assert said(message("an int of {n} bits", n="?"), "ja") == "? ビットの整数は大きすぎます"
