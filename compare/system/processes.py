"""How processes that work in parallel are started: none is a copy of one that has threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.forkserver import ensure_running

from compare.system.torch_compiler import leave_out_compiler


def process_context() -> ForkServerContext | SpawnContext:
    """Where processes come from.

    On Linux they are forked from a server that has imported torch and done nothing with it, so
    that these seconds are spent once, and its threads, which survive no fork, are not there yet.
    Elsewhere each is spawned. What forks has the environment of when the server began: send
    ``dict(os.environ)`` along, and begin with :func:`take_environment`.
    Source: docs.python.org/3/library/multiprocessing.html, "Contexts and start methods".
    """
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    # the second one is imported by the first gradient that is carried back
    context.set_forkserver_preload(["torch", "torch.fx.experimental.symbolic_shapes"])
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"  # no torch.py of the working directory
    try:
        ensure_running()
    finally:
        os.environ.pop("PYTHONSAFEPATH")
        if before is not None:
            os.environ["PYTHONSAFEPATH"] = before
    return context


def take_environment(environment: Mapping[str, str]) -> None:
    """Have the environment that the process had which asked for this one."""
    leave_out_compiler()
    os.environ.clear()
    os.environ.update(environment)
