"""``compare.run``: the cases of the course, with scratch or with what somebody's file has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compare.engine import run_suite
from compare.engine.result import RunResult


def run(
    *names: str, impl: str | Path | None = None, trust: bool = False, **settings: Any
) -> RunResult:
    """Compare scratch, or what a file has, with torch on the named cases; without names on all.

    impl: a .py file, a folder or a notebook with functions, layers, update rules and a network of
    one's own: they stand in the place of scratch, in a sandbox, and what it lacks is scratch's ·
    trust: run it in this interpreter instead, kept from nothing · settings: those of
    ``compare.engine.run_suite.run``; dtype is float64 by default with ``impl``.
    Raises UsageError, also where the file cannot be read.
    """
    if impl is None and not trust:
        return run_suite.run(*names, **settings)
    # it imports all of `check`: a second that a run of scratch need not wait
    from compare.from_file.beside_torch import beside_torch

    beside = beside_torch(impl, trust)
    if settings.get("dtype") is None:
        settings["dtype"] = "float64"
    return run_suite.run(*names, **settings, beside=beside)
