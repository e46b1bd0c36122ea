"""TensorBoard's server in this process: it ends with it, however that ends."""

from __future__ import annotations

import io
import os
import time
from argparse import Namespace
from collections.abc import Mapping
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

from tensorboard import default, program

from compare.language.message import message
from compare.report.tensorboard.serving.front_page import FrontPage
from compare.system.errors import UserError

HOST = "127.0.0.1"
PORTS = 100  # tried, from the one that is asked for


class NoPort(UserError):
    """No port is free."""


def launch(shown: Mapping[str, Path], port: int, load_fast: bool = True) -> str:
    """Serve these folders, on this machine only, from a thread of its own; returns the link.

    At the port or the next one that is free.   Raises NoPort.
    """

    def serve(application: Any, flags: Namespace) -> program.WerkzeugServer:
        front_page = FrontPage(application, shown)
        for free in range(flags.port, min(flags.port + PORTS, 1 << 16)):
            asked = Namespace(**{**vars(flags), "port": free})
            # SystemExit: werkzeug's own, at a port that is taken and does not answer
            with suppress(program.TensorBoardPortInUseError, SystemExit):
                return program.WerkzeugServer(front_page, asked)
        raise NoPort(
            message(
                "no port from {port} on is free: end what runs there, or give --port",
                port=flags.port,
            )
        )

    board = program.TensorBoard(default.get_plugins(), server_class=serve)
    board.configure(["tensorboard", *_arguments(shown, port, load_fast)])
    with redirect_stderr(io.StringIO()):  # what it says of its loader is no news to anybody
        return str(board.launch())


def _arguments(shown: Mapping[str, Path], port: int, load_fast: bool) -> list[str]:
    arguments = ["--host", HOST, "--port", str(port), "--reload_interval", "2"]
    # by default a chart keeps 1000 points, at random, and an image card ten; 0, which once meant
    # all of them, blanks every chart
    arguments += ["--samples_per_plugin", "scalars=20000,images=100"]
    # a loader in a process of its own, which ends with the pipe to this one
    arguments += ["--load_fast", "auto" if load_fast else "false"]
    if "" in shown:
        return [*arguments, "--logdir", os.fspath(shown[""])]
    return [*arguments, "--logdir_spec", ",".join(f"{n}:{path}" for n, path in shown.items())]


def wait() -> None:
    """Until Ctrl-C, which is how a server is ended, and no failure."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
