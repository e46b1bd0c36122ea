"""How processes that work in parallel are started: none is a copy of one that has threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from compare.system.torch_compiler import leave_out_compiler

# By name, as it is the server that imports them: torch, what the first gradient that is carried
# back imports, and what judges cases.
_PRELOADED = ["torch", "torch.fx.experimental.symbolic_shapes", "compare.engine.processes"]


def process_context(preloaded: Sequence[str] = ()) -> ForkServerContext | SpawnContext:
    """Where processes come from; ``preloaded``: what else they import before they begin.

    On Linux they are forked from a server that has imported what they need and done nothing with
    it, so that these seconds are spent once, and torch's threads, which survive no fork, are not
    there yet.
    Elsewhere each is spawned. What forks has the environment of when the server began: send
    ``dict(os.environ)`` along, and begin with :func:`take_environment`.
    Source: docs.python.org/3/library/multiprocessing.html, "Contexts and start methods".
    """
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    if _is_forked():
        return context
    context.set_forkserver_preload([*_PRELOADED, *preloaded])
    before = {name: os.environ.get(name) for name in ("PYTHONSAFEPATH", "PYTHONPATH")}
    os.environ["PYTHONSAFEPATH"] = "1"  # no torch.py of the working directory
    # this very package, wherever it was imported from, and not one that is installed beside it
    home = str(Path(__file__).resolve().parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (home, before["PYTHONPATH"])))
    try:
        ensure_running()
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
    return context


def _is_forked() -> bool:
    """Whether this process comes from the server itself, which then starts its processes too."""
    server: Any = getattr(forkserver, "_forkserver", None)
    inherited = getattr(server, "_forkserver_address", None) is not None
    if not inherited or getattr(server, "_forkserver_pid", None) is not None:
        return False
    # Python means it to be so (the docstring of ensure_running), and starts a second server
    server.ensure_running = lambda: None
    return True


def start(process: BaseProcess) -> None:
    """Start a process which needs nothing of the script at hand, and does not run that again.

    So a script may ask for it without ``if __name__ == "__main__":`` around what it does.
    """
    script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = script


def take_environment(environment: Mapping[str, str]) -> None:
    """Have the environment that the process had which asked for this one."""
    leave_out_compiler()
    os.environ.clear()
    os.environ.update(environment)
