"""``--lang`` of every command: its help in Japanese, within 80 columns."""

import gettext
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from compare.cli import COMMANDS, main
from compare.cli.translated_help import asked_language

JAPANESE = "[ぁ-んァ-ン一-龥]"


@pytest.mark.parametrize("command", ["", *(c for c in COMMANDS if c != "bench")])
def test_the_help_is_in_japanese_and_fits(command):
    shown = CliRunner().invoke(main, [*command.split(), "--help", "--lang", "ja"])
    assert shown.exit_code == 0, shown.output
    about = shown.output.split("\n\n")[1]
    assert re.search(JAPANESE, about), shown.output
    assert max(map(cell_len, shown.output.splitlines()[1:])) <= 80
    rest = re.sub("`.*?`", "", shown.output)
    assert not re.findall("[a-z]{2,} [a-z]{2,} [a-z]{2,}", rest), shown.output


def test_the_help_of_another_run_is_in_english_again():
    CliRunner().invoke(main, ["run", "--help", "--lang", "ja"])
    shown = CliRunner().invoke(main, ["run", "--help"])
    assert not re.search(JAPANESE, shown.output) and "--lang" in shown.output


@pytest.mark.parametrize(
    "wrong",
    [
        "rnu",
        "run --nope",
        "run -k",
        "run -j 0",
        "run -j x",
        "check",
        "check no/such/file.py",
        "list one two",
        "list --lang fr",
        "board --open=1",
    ],
)
def test_a_mistake_is_told_in_japanese_and_in_english_again_afterwards(wrong):
    # the last --lang is the one that is checked: of two languages the first is spoken
    told = CliRunner().invoke(main, ["--lang", "ja", *wrong.split()])
    assert told.exit_code == 2
    for line in told.output.strip().splitlines():
        assert re.search(JAPANESE, line) or not line, told.output
    again = CliRunner().invoke(main, ["--lang", "en", *wrong.split()])
    assert again.exit_code == 2 and not re.search(JAPANESE, again.output), again.output


@pytest.mark.parametrize("asked", [None, "fr"])
def test_the_language_of_other_programs_is_left_as_it_was(monkeypatch, asked):
    monkeypatch.delenv("LANGUAGE", raising=False)
    if asked:
        monkeypatch.setenv("LANGUAGE", asked)
    gettext.textdomain("another")
    try:
        CliRunner().invoke(main, ["rnu", "--lang", "ja"])
        assert os.environ.get("LANGUAGE") == asked and gettext.textdomain() == "another"
    finally:
        gettext.textdomain("messages")


@pytest.mark.parametrize(("wrong", "meant"), [("rnu", "run"), ("chek", "check"), ("lits", "list")])
def test_a_command_that_there_is_not_is_refused_with_the_one_that_is_like_it(wrong, meant):
    refused = CliRunner().invoke(main, [wrong])
    assert refused.exit_code == 2 and f"Did you mean '{meant}'?" in refused.output


def test_a_language_that_there_is_not_is_refused():
    refused = CliRunner().invoke(main, ["list", "--lang", "fr"])
    assert refused.exit_code == 2 and "--lang" in refused.output


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [(["list", "--lang", "ja"], "ja"), (["--lang=ja"], "ja"), (["list"], ""), (["--lang"], "")],
)
def test_the_option_is_seen_wherever_it_stands(arguments, wanted):
    assert asked_language(arguments) == wanted


IN_JAPANESE = {"SCRATCH_COMPARE_LANG": "ja"}


def printed(encoding, *arguments):
    """What the command prints to a stream of that encoding, where the system is Japanese."""
    result = CliRunner(charset=encoding).invoke(main, ["sweep", *arguments], env=IN_JAPANESE)
    return result.stdout_bytes.decode(encoding)


def test_a_terminal_without_japanese_characters_gets_english_unless_it_is_asked_for():
    assert re.search(JAPANESE, printed("utf-8")) and re.search(JAPANESE, printed("cp932"))
    english = printed("cp1252")
    assert "the learning rate" in english and "?" not in english
    assert "?" in printed("cp1252", "--lang", "ja")


@pytest.mark.slow
def test_so_does_a_process_whose_own_stream_has_none():
    settings = {**IN_JAPANESE, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "compare", "sweep"]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, timeout=60)
    assert "the learning rate" in done.stdout.decode("cp1252")
