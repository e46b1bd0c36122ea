"""Which language is spoken: --lang, else SCRATCH_COMPARE_LANG, else that of the system."""

import threading

import pytest

from compare.language.choice import _, language, ngettext, preferred, speaking, told


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ja_JP"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "SCRATCH_COMPARE_LANG": "en"}, "en"),
        ({"LC_ALL": "C", "SCRATCH_COMPARE_LANG": "ja"}, "ja"),
        ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "ja"),
    ],
)
def test_the_environment_is_asked_in_the_order_of_posix(environment, wanted):
    assert preferred(environment, "linux") == wanted


def test_windows_is_asked_where_no_variable_says_it(monkeypatch):
    monkeypatch.setattr("compare.language.choice._of_windows", lambda: "ja_JP")
    assert preferred({}, "win32") == "ja"
    assert preferred({"SCRATCH_COMPARE_LANG": "en"}, "win32") == "en"
    assert preferred({}, "linux") == "en"


def test_a_language_is_in_force_within_and_not_after():
    before = language()
    with speaking("ja"):
        assert language() == "ja"
        assert _("it returns None") == told("it returns None") == "None を返しています"
        with speaking("en"):
            assert _("it returns None") == "it returns None"
        with speaking(""):
            assert language() == "ja"
    assert language() == before


def test_of_several_there_is_the_plural():
    with speaking("en"):
        assert [ngettext("{n} bug", "{n} bugs", n) for n in (0, 1, 2)] == [
            "0 bugs", "1 bug", "2 bugs",
        ]  # fmt: skip


def test_a_thread_speaks_what_the_environment_asks_for(monkeypatch):
    monkeypatch.setenv("SCRATCH_COMPARE_LANG", "ja")
    heard = []
    thread = threading.Thread(target=lambda: heard.append(language()))
    thread.start()
    thread.join()
    assert heard == ["ja"]
