"""Whatever a terminal can show, everything is printed: as it is, or as its nearest ASCII."""

import io
import sys

import pytest

from compare.system.terminal import allow_any_character


@pytest.fixture
def printed(monkeypatch):
    """``printed(encoding, text)``: the bytes that reach standard output and standard error."""

    def show(encoding, text):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding, errors="strict") for _ in range(2)]
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        allow_any_character()
        for stream in streams:
            stream.write(text)
            stream.flush()
        one, other = (stream.buffer.getvalue() for stream in streams)
        assert one == other
        return one

    return show


FORMULA = "delta ← ∂E/∂u ≤ √Σ x², m\u0302 → ∞"


def test_a_stream_without_the_characters_gets_their_nearest_ascii(printed):
    assert printed("ascii", FORMULA) == b"delta <- dE/du <= sqrtsum x^2, m^ -> inf"


def test_what_a_stream_has_stays_as_it_is(printed):
    assert printed("utf-8", FORMULA) == FORMULA.encode("utf-8")
    assert printed("latin-1", "x² ≥ ±1 é") == "x² >= ±1 é".encode("latin-1")


def test_what_has_no_likeness_is_a_question_mark_a_character(printed):
    assert printed("ascii", "a層b𝛿c") == b"a?b?c"


def test_a_stream_of_another_kind_is_left_alone(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", None)
    allow_any_character()
    stream.write(FORMULA)
    assert stream.getvalue() == FORMULA
