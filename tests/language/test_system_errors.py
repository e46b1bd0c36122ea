"""The reasons of the system, in the language of who reads them."""

import errno
import os

import pytest

from compare.language.choice import speaking
from compare.language.message import message, said
from compare.language.system_errors import reason


@pytest.mark.parametrize("asked", ["a file", "a folder"])
def test_what_people_meet_is_told_in_japanese(tmp_path, asked):
    path = tmp_path if asked == "a folder" else tmp_path / "nothing"
    with pytest.raises(OSError) as caught:
        path.read_text()
    told = message("{path} cannot be read: {error}", path="x", error=reason(caught.value))
    # Windows calls a folder that is read a refusal of permission
    assert str(told) == f"x cannot be read: {os.strerror(caught.value.errno)}"
    assert not any(c.isascii() and c.isalpha() for c in told.of("ja").replace("x", ""))


def test_what_it_has_no_words_for_is_said_as_the_system_says_it():
    with speaking("ja"):
        assert said(reason(OSError(errno.EPIPE, "Broken pipe")), "ja") == "Broken pipe"
    assert reason(OSError("no number")) == "no number"
