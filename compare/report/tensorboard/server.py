"""Start TensorBoard on a run."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

from compare.language.message import message
from compare.report.tensorboard.link import link, tags_to_pin
from compare.store.lock import is_held
from compare.store.manifest import FINISHED, Unreadable, read
from compare.store.reader import read_results, resume_command
from compare.system.errors import UserError

HOST = "127.0.0.1"


class PortTaken(UserError):
    """Something else answers at the port already."""


def check_port(port: int) -> None:
    """Raise PortTaken where somebody listens there: TensorBoard would not start."""
    if _answers(port):
        raise PortTaken(
            message("port {port} is taken: end what runs there, or give another --port", port=port)
        )


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def open_browser(link: str) -> str:
    """Open the link in the browser; "", or one line that says that there is none here."""
    try:
        opened = webbrowser.open(link)
    except (webbrowser.Error, OSError):
        opened = False
    return "" if opened else message("no browser can be opened here: follow the link above")


def cut_off(directory: Path) -> list[str]:
    """That a run was cut off, and the command that goes on with it; empty where it was not."""
    try:
        state = read(directory)["state"]
    except Unreadable:
        return []
    if state == FINISHED or is_held(directory):  # held: it is running at this moment
        return []
    command = resume_command(directory)
    return [message("this run was cut off; to go on with it: {command}", command=command)]


def records(directory: Path) -> list[dict[str, object]]:
    """The lines of a run's results.jsonl, without what is damaged or of another version."""
    try:
        return list(read_results(directory)[0].values())
    except Unreadable:
        return []


def address(directory: Path, port: int) -> str:
    """The link that opens on the answer."""
    return link(f"http://{HOST}:{port}", tags_to_pin(records(directory)))


def command(directory: Path, port: int, load_fast: bool = True) -> list[str]:
    """What starts TensorBoard, on this machine only, with every point and figure kept."""
    arguments = [sys.executable, "-m", "tensorboard.main", "--logdir", str(directory)]
    arguments += ["--host", HOST, "--port", str(port)]
    # by default a chart keeps 1000 points, at random, and an image card ten; 0, which once meant
    # all of them, blanks every chart
    arguments += ["--samples_per_plugin", "scalars=20000,images=100"]
    return arguments if load_fast else [*arguments, "--load_fast=false"]


def serve(arguments: list[str], port: int, ready: Callable[[], None] | None = None) -> int:
    """Run TensorBoard until it ends or Ctrl-C; its exit status. ``ready`` once it answers."""
    process = subprocess.Popen(arguments)
    try:
        if ready is not None and _answers_before_it_ends(process, port):
            ready()
        return process.wait()
    except KeyboardInterrupt:  # how a server is ended: no failure
        process.terminate()
        process.wait()
        return 0


def _answers_before_it_ends(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it answers, and has not ended before."""
    while process.poll() is None:
        if _answers(port):
            return True
        time.sleep(0.1)
    return False
