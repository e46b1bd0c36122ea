"""A line that a worker sent may be a stranger's: it is shown, and does nothing else."""

import pytest

from compare.language.message import said
from compare.sandbox.received_lines import DEEPEST, LONGEST, received


def line(text, **values):
    return {"text": text, "values": values}


def test_a_line_of_ours_is_said_in_both_languages():
    node = line("{line} ({place})", line=line("it imports {name}", name="torch"), place="a.py:1")
    assert received(node) == "it imports torch (a.py:1)"
    assert said(received(node), "ja") == "torch をインポートしています（a.py:1）"


def nested(depth):
    return line("{x}", x=nested(depth - 1) if depth else "end")


@pytest.mark.parametrize(
    "node",
    [
        line("{x:>99999999}", x="1"),
        line("{x.__class__.__mro__}", x="1"),
        line("{n}", n="no number"),
        line("x" * 10 * LONGEST),
        line("{x}", x="\x1b[2J" * LONGEST),
        line("{x}", **{f"x{k}": "1" for k in range(1000)}),
        nested(10 * DEEPEST),
        {"text": 1, "values": []},
        ["text"],
        None,
    ],
    ids=lambda node: str(node)[:30],
)
def test_whatever_was_sent_is_short_text_without_control_characters(node):
    for lang in ("en", "ja"):
        text = said(received(node), lang)
        assert len(text) <= 10 * LONGEST and "\x1b" not in text
