"""TensorBoard is started, and the browser opened once it answers."""

import socket
import sys

import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.report.tensorboard import server


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_a_port_that_is_taken_is_one_clear_line(whole_run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = invoke("board", whole_run, "--port", port)
    assert result.exit_code == 2
    assert f"port {port} is taken" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("opens", [True, False])
def test_a_missing_browser_is_one_line_and_a_present_one_gets_the_link(monkeypatch, opens):
    asked = []
    monkeypatch.setattr("webbrowser.open", lambda link: asked.append(link) or opens)
    told = server.open_browser("http://127.0.0.1:6006/?x")
    assert asked == ["http://127.0.0.1:6006/?x"]
    assert told == ("" if opens else "no browser can be opened here: follow the link above")


@pytest.mark.parametrize("status", [0, 3])
def test_the_browser_is_opened_once_the_server_answers_and_not_if_it_ends_before(status):
    code = f"import sys; sys.exit({status})"
    opened = []
    assert server.serve([sys.executable, "-c", code], 1, lambda: opened.append(1)) == status
    assert opened == []
    with socket.create_server(("127.0.0.1", 0)) as answering:
        port = answering.getsockname()[1]
        waits = [sys.executable, "-c", "import time; time.sleep(0.5)"]
        assert server.serve(waits, port, lambda: opened.append(1)) == 0
    assert opened == [1]
