"""``board``: a link that answers, at a port of its own, of a server that ends with the command."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest
from click.testing import CliRunner

from compare.cli import board, main

pytestmark = pytest.mark.slow
LINK = re.compile(r"http://127\.0\.0\.1:\d+/")


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@contextmanager
def serving(*arguments, before=None):
    """The process of the command and its link, once it is printed."""
    command = [sys.executable, "-m", "compare", "board", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=before
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if LINK.fullmatch(line.strip()):
                break
        assert lines, "it ended and said nothing"
        yield process, lines[-1].strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def location(link):
    """Where the page leads to."""
    with suppress(URLError), build_opener(_Stay).open(link) as page:
        raise AssertionError(f"{page.url} answers itself")
    try:
        build_opener(_Stay).open(link)
    except URLError as answer:
        return answer.headers["Location"]


def get(address):
    with urlopen(address) as page:
        return page.read()


def children(pid):
    found = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True)
    return [int(child) for child in found.stdout.split()]


def is_alive(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_the_link_leads_to_the_answer_and_says_of_a_finished_run_that_it_is_whole(whole_run):
    with serving(whole_run, "--port", free_port()) as (process, link):
        asked = parse_qs(urlsplit(location(link)).query)
        (cards,) = asked["pinnedCards"]
        assert "00_verdict/scoreboard" in [card["tag"] for card in json.loads(cards)]
        assert b'<script src="live.js">' in get(f"{link}?smoothing=0")
        assert b"app-header-reload" in get(f"{link}live.js")
        state = json.loads(get(f"{link}live"))
        assert state.pop("words")["ended"]
        assert state == {"live": False, "training": False, "text": ""}
        assert "summary" in json.loads(get(f"{link}data/runs"))
        assert any(line.endswith(": whole\n") for line in process.stdout)


def test_a_port_that_is_taken_is_passed_over_and_another_board_gets_one_of_its_own(whole_run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(whole_run, "--port", port) as (_, link):
            assert urlsplit(link).port > port
            with serving(whole_run, "--port", port) as (_, another):
                assert urlsplit(another).port > urlsplit(link).port
                assert location(another) and location(link)


def test_a_port_that_is_held_and_does_not_answer_is_passed_over_as_well(whole_run):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        with serving(whole_run, "--port", held.getsockname()[1]) as (_, link):
            assert urlsplit(link).port > held.getsockname()[1]
            assert location(link)


@pytest.mark.skipif(os.name != "posix", reason="signals of another system")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_however_the_command_ends_nothing_of_it_is_left(whole_run, how):
    def interruptible():  # even where the tests run in the background of a shell
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    with serving(whole_run, "--port", free_port(), before=interruptible) as (process, link):
        assert get(f"{link}live")
        left = children(process.pid)
        process.send_signal(getattr(signal, how))
        rest = process.stdout.read()  # until nobody has it open any more: children neither
        assert process.wait() == (0 if how == "SIGINT" else -getattr(signal, how))
        assert "Traceback" not in rest
        with pytest.raises(URLError):
            get(f"{link}live")
        assert not any(map(is_alive, left))


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The directory of a short sweep, alone in its folder."""
    logdir = tmp_path_factory.mktemp("tried")
    assert invoke("sweep", "hidden-size", "--steps", "1", "--logdir", logdir).exit_code == 0
    (directory,) = logdir.iterdir()
    return directory


def test_several_runs_and_a_sweep_are_shown_beside_each_other(whole_run, swept, tmp_path):
    other = Path(shutil.copytree(whole_run, tmp_path / "other"))
    three = [whole_run, other, swept]
    with serving(*three, "--port", free_port()) as (process, link):
        (cards,) = parse_qs(urlsplit(location(link)).query)["pinnedCards"]
        scoreboards = [c["runId"] for c in json.loads(cards) if "scoreboard" in c["tag"]]
        assert scoreboards == [
            f"defaultExperimentId/{name}/summary" for name in (whole_run.name, "other")
        ]
        for line in process.stdout:  # of both runs: that they are whole
            if line.startswith(f"{other}:"):
                break
        while len(runs := json.loads(get(f"{link}data/runs"))) < 12:
            pass
        assert {f"{path.name}/summary" for path in three} <= set(runs)


def test_a_sweep_alone_is_found_as_a_run_is(swept):
    assert invoke("board", "--check", swept.name, "--logdir", swept.parent).exit_code == 0


@pytest.mark.parametrize("opens", [True, False])
def test_a_missing_browser_is_one_line_and_a_present_one_gets_the_link(monkeypatch, opens):
    asked = []
    monkeypatch.setattr("webbrowser.open", lambda link: asked.append(link) or opens)
    told = board._open_browser("http://127.0.0.1:6006/")
    assert asked == ["http://127.0.0.1:6006/"]
    assert told == ("" if opens else "no browser can be opened here: follow the link above")


def test_without_a_run_it_says_how_to_make_one(tmp_path):
    result = invoke("board", "--logdir", str(tmp_path))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert all(word in line for word in ("compare run",))
